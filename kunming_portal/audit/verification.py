"""Verifies the trail: seals, rows, and rows against seals. Reads only, with constant memory (ADR 0016)."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from kunming_portal.audit import canonical, links, reading, sealing
from kunming_portal.audit.checking import Finding, Kind, Walk
from kunming_portal.audit.models import Seal, SealedHead, Verification
from kunming_portal.audit.reading import STREAM, Row

MOST = 100  # findings that are told; the first is what counts
TOLD_EVERY = 20_000
ALL = "from audit_auditevent e order by e.stream, e.seq"
ONE = "from audit_auditevent e where e.stream = %s order by e.seq"
AFTER = "from audit_auditevent e where e.stream > %s order by e.stream, e.seq"
SINCE_BASE = "coalesce(base.seq, 0), coalesce(base.link, ''::bytea)"
SINCE = """from (select stream from audit_sealedhead where number > %(since)s
      union select stream from audit_auditevent where id > %(unseen_above)s) moved
left join lateral (select seq, link from audit_sealedhead h where h.stream = moved.stream and h.number <= %(since)s
                   order by seq desc limit 1) base on true
cross join lateral (select * from audit_auditevent a where a.stream = moved.stream and a.seq > coalesce(base.seq, 0)
                    order by a.seq) e
order by e.stream, e.seq"""
# Sealed places whose row is gone or another one
UNSEALED = f"""select h.stream, h.seq, h.number, e.id, e.event, {reading.AT},
       (select coalesce(max(seq), 0) from audit_auditevent l where l.stream = h.stream)
from audit_sealedhead h left join audit_auditevent e on e.stream = h.stream and e.seq = h.seq
where {{part}} and (e.id is null or e.link <> h.link)
order by h.stream, h.seq"""

Say = Callable[[int], None]


@dataclass
class Report:
    """What a verification did and found; findings in order, seals first."""

    rows: int = 0
    seals: int = 0
    sealed_to: int = 0
    took: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def first(self) -> Finding | None:
        """Return the first finding."""
        return self.findings[0] if self.findings else None


def _silent(rows: int) -> None:
    """Say nothing of the progress."""


def verify(
    *,
    stream: str | None = None,
    since: int = 0,
    anchors: Iterable[tuple[int, str]] = (),
    say: Say = _silent,
) -> Report:
    """Verify the whole trail, one stream of it (without seals), or what moved since a seal that is trusted.

    `anchors` are seals kept elsewhere, number and hash. A wrong key ends it early: nothing would fit. Walks indexes in
    one pass; tens of thousands of rows a second.
    """
    began, report = time.monotonic(), Report()
    found: list[Finding] = []
    with reading.unsorted():
        if stream is None:
            found += _first(check_seals(report, since=since))
            found += check_anchors(anchors)
        if not any(finding.kind == Kind.KEY for finding in found):
            found += _rows_of(report, stream, since, say)
    report.findings = _sorted(found)
    report.took = time.monotonic() - began
    return report


def _rows_of(report: Report, stream: str | None, since: int, say: Say) -> list[Finding]:
    if stream is not None:
        rows = reading.rows(ONE, [stream])
        sealed = _first(check_heads(stream=stream))
    else:
        rows = _moved(since) if since else reading.rows(ALL)
        sealed = _first(check_heads(since=since))
    return sealed + _walked(rows, report, say)


def _walked(rows: Iterable[Row], report: Report, say: Say = _silent) -> list[Finding]:
    walk = Walk()
    found = _first(walk.findings(_told(rows, say)))
    report.rows += walk.rows
    return found


def _moved(since: int) -> Iterator[Row]:
    last = Seal.objects.order_by("-number").first()
    values = {"since": since, "unseen_above": last.unseen_above if last is not None else 0}
    return reading.rows(SINCE, values, base=SINCE_BASE)


def _told(rows: Iterable[Row], say: Say) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number % TOLD_EVERY == 0:
            say(number)
        yield row


def _first(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding, _place in zip(findings, range(MOST), strict=False)]


def _sorted(findings: list[Finding]) -> list[Finding]:
    """Return findings in order, of every stream the first only, named by its chain where both passes name it."""
    kept: dict[tuple[str, int], Finding] = {}
    for finding in sorted(findings, key=lambda f: (f.order, f.kind == Kind.REWRITTEN)):
        kept.setdefault((finding.stream, finding.seal if not finding.stream else 0), finding)
    return list(kept.values())[:MOST]


# -- seals --------------------------------------------------------------------------------------------
def check_seals(report: Report, *, since: int = 0) -> Iterator[Finding]:
    """Yield what does not fit of every seal after `since`, and count them. Two queries a seal."""
    last = Seal.objects.filter(number=since).first()
    if since and last is None:
        yield Finding(Kind.SEAL_MISSING, "this seal is not there", seal=since)
    report.sealed_to = since
    for seal in Seal.objects.filter(number__gt=since).order_by("number").iterator(chunk_size=500):
        report.seals += 1
        report.sealed_to = seal.number
        found = _check_seal(seal, last)
        if found is not None:
            yield found
            if found.kind == Kind.KEY:
                return
        last = seal
    beyond = SealedHead.objects.filter(number__gt=report.sealed_to).order_by("number")
    number = beyond.values_list("number", flat=True).first()
    if number is not None:
        yield Finding(Kind.SEAL_MISSING, "gone; heads that it covered are there", seal=number)


def _check_seal(seal: Seal, last: Seal | None) -> Finding | None:
    expected = last.number + 1 if last is not None else 1
    if seal.number > expected:
        return Finding(Kind.SEAL_MISSING, f"gone, before seal {seal.number}", seal=expected)
    try:
        if links.fingerprint(seal.key_id) != seal.key_fingerprint:
            return Finding(Kind.KEY, f"AUDIT_KEYS holds another key {seal.key_id!r}", seal=seal.number)
        if sealing.hash_of(seal) != bytes(seal.hash):
            return Finding(Kind.SEAL_ALTERED, _altered(seal), seal=seal.number)
    except links.UnknownKey:
        said = f"sealed under the key {seal.key_id!r}, which AUDIT_KEYS does not hold"
        return Finding(Kind.KEY, said, seal=seal.number)
    before, total = (bytes(last.hash), last.total) if last is not None else (links.FIRST, 0)
    if bytes(seal.previous) != before or seal.total != total + seal.rows:
        return Finding(Kind.SEAL_ALTERED, "does not follow the seal before it", seal=seal.number)
    if sealing.root_of(seal.number) != (bytes(seal.root), seal.heads, seal.rows):
        return Finding(Kind.SEAL_ALTERED, "its heads are not those it was made over", seal=seal.number)
    return None


def _altered(seal: Seal) -> str:
    return (
        f"altered, or made by somebody without the key (at {canonical.written_at(canonical.moment(seal.at))})"
    )


def check_anchors(anchors: Iterable[tuple[int, str]]) -> list[Finding]:
    """Return what does not fit of seals that were kept elsewhere. A query an anchor."""
    found = []
    for number, kept in anchors:
        seal = Seal.objects.filter(number=number).first()
        if seal is None:
            said = "kept elsewhere and not there: the end of the trail was cut off"
            found.append(Finding(Kind.SEAL_MISSING, said, seal=number))
        elif bytes(seal.hash).hex() != kept.lower():
            said = "another than the one kept elsewhere: the trail was cut off and made anew"
            found.append(Finding(Kind.SEAL_REPLACED, said, seal=number))
    return found


def check_heads(
    *, since: int = 0, stream: str | None = None, above: str = "", up_to: str | None = None
) -> Iterator[Finding]:
    """Yield sealed places whose row is gone or another: of one stream, or of those above one name up to another."""
    part, values = ("h.stream = %s", [stream]) if stream is not None else ("h.number > %s", [since])
    for name, condition in ((above, " and h.stream > %s"), (up_to, " and h.stream <= %s")):
        if name:
            part, values = part + condition, [*values, name]
    for stream, seq, number, key, event, at, last in reading.lines(UNSEALED.format(part=part), values):
        if key is None:
            said = f"gone: seal {number} saw this history up to seq {seq}"
            yield Finding(Kind.MISSING, said, stream=stream, seq=min(seq, last + 1))
        else:
            said = f"another than the one that seal {number} saw: rewritten by somebody with the key"
            row = {"id": key, "event": event, "at": canonical.written_at(at)}
            yield Finding(Kind.REWRITTEN, said, stream=stream, seq=seq, **row)


# -- every night ----------------------------------------------------------------------------------------
def verify_nightly(*, now: datetime, seconds: float) -> Verification:
    """Verify what moved since the last verification, then go on with the whole trail where that one stopped.

    The first one trusts the newest seal and leaves the rest to the rounds through the whole trail. `seconds` bounds the
    round of this night. Writes one row with the result.
    """
    last = Verification.objects.order_by("-id").first()
    since = last.sealed_to if last is not None else _newest_seal()
    report = verify(since=since)
    if not any(finding.kind == Kind.KEY for finding in report.findings):
        reached = _go_round(report, last.reached if last is not None else "", seconds)
    else:
        reached = last.reached if last is not None else ""
    return Verification.objects.create(
        at=now,
        took_ms=round(report.took * 1000),
        rows=report.rows,
        seals=report.seals,
        sealed_to=report.sealed_to,
        reached=reached,
        findings=[finding.as_dict() for finding in report.findings],
    )


def _newest_seal() -> int:
    return Seal.objects.order_by("-number").values_list("number", flat=True).first() or 0


def _go_round(report: Report, reached: str, seconds: float) -> str:
    """Check whole streams above `reached` while there is time; return the last one, or nothing at the end."""
    began = time.monotonic()
    with reading.unsorted():
        part = _Part(reading.rows(AFTER, [reached]), ends=began + seconds)
        found = _walked(part, report)
        found += _first(check_heads(above=reached, up_to=part.last if part.is_cut else None))
    report.findings = _sorted(report.findings + found)
    report.took += time.monotonic() - began
    return part.last if part.is_cut else ""


class _Part:
    """Rows of whole streams until a moment; `last` is the last stream, `is_cut` says that there are more."""

    def __init__(self, rows: Iterator[Row], *, ends: float) -> None:
        self.rows, self.ends = rows, ends
        self.last, self.is_cut = "", False

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            if row[STREAM] != self.last and self.last and time.monotonic() > self.ends:
                self.is_cut = True
                return
            self.last = row[STREAM]
            yield row
