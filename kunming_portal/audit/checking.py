"""Walks rows of the trail and says what does not fit. Pure: rows in, findings out."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import chain, pairwise
from typing import Any

from kunming_portal.audit import canonical, links
from kunming_portal.audit.reading import BASE_LINK, BASE_SEQ, ID, KEY_ID, LINK, SEQ, STREAM, Row

AT, EVENT = canonical.COLUMNS.index("at"), canonical.COLUMNS.index("event")


class Kind(StrEnum):
    """What may be wrong; `selectors.KIND_NAMES` names it for people."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"  # fits its chain and not its seal: somebody with the key
    KEY = "key"
    SEAL_ALTERED = "seal_altered"
    SEAL_MISSING = "seal_missing"
    SEAL_REPLACED = "seal_replaced"


@dataclass(frozen=True)
class Finding:
    """The first row of a stream that does not fit, or a seal."""

    kind: Kind
    said: str
    stream: str = ""
    seq: int = 0
    id: int = 0
    event: str = ""
    at: str = ""
    seal: int = 0

    @property
    def order(self) -> tuple[Any, ...]:
        """Seals by number, then rows by stream and place."""
        return (bool(self.stream), self.seal if not self.stream else 0, self.stream, self.seq)

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept and shown as JSON."""
        return {name: value for name, value in asdict(self).items() if value}

    def __str__(self) -> str:
        if not self.stream:
            return f"seal {self.seal}: {self.said}"
        row = f", id {self.id}, {self.event}, {self.at}" if self.id else ""
        return f"{self.stream} seq {self.seq}{row}: {self.said}"


class Walk:
    """One pass over rows in the order of stream and place; `rows` counts them, memory holds two."""

    def __init__(self) -> None:
        self.rows = 0

    def findings(self, rows: Iterable[Row]) -> Iterator[Finding]:
        """Yield the first thing that does not fit of every stream."""
        stream, broken, seq, previous = None, False, 0, links.FIRST
        for row, following in pairwise(chain(rows, [None])):
            assert row is not None
            self.rows += 1
            if row[STREAM] != stream:
                stream, broken = row[STREAM], False
                seq, previous = row[BASE_SEQ], bytes(row[BASE_LINK])
            if broken:
                continue
            found = _check(row, following, seq, previous)
            if found is not None:
                broken = True
                yield found
            seq, previous = row[SEQ], row[LINK]


def _check(row: Row, following: Row | None, seq: int, previous: bytes) -> Finding | None:
    if row[SEQ] > seq + 1:
        gone = f"{seq + 1}" if row[SEQ] == seq + 2 else f"{seq + 1} to {row[SEQ] - 1}"
        return Finding(Kind.MISSING, f"gone, with {gone} of this history", stream=row[STREAM], seq=seq + 1)
    if row[SEQ] <= seq:
        return about(row, Kind.ADDED, "this place is taken twice")
    try:
        if _fits(row, row[SEQ], previous):
            return None
        return _explain(row, following, previous)
    except links.UnknownKey:
        return about(row, Kind.KEY, f"linked under the key {row[KEY_ID]!r}, which AUDIT_KEYS does not hold")


def _explain(row: Row, following: Row | None, previous: bytes) -> Finding:
    if following is not None and following[STREAM] == row[STREAM] and _fits(following, row[SEQ], previous):
        if _fits(row, following[SEQ], following[LINK]):
            return about(row, Kind.REORDERED, f"changed places with seq {following[SEQ]}")
        return about(row, Kind.ADDED, f"added: seq {following[SEQ]} belongs to this place")
    return about(row, Kind.ALTERED, "altered, or added by somebody without the key")


def _fits(row: Row, seq: int, previous: bytes) -> bool:
    """Return whether a row's link is right for this place after this link. A row that cannot be spelled never is."""
    values = row[: len(canonical.COLUMNS)]
    values[SEQ] = seq
    try:
        return links.link(previous, values, key_id=row[KEY_ID]) == bytes(row[LINK])
    except (ValueError, TypeError):
        return False


def about(row: Row, kind: Kind, said: str) -> Finding:
    """Return a finding that names a row."""
    return Finding(
        kind,
        said,
        stream=row[STREAM],
        seq=row[SEQ],
        id=row[ID],
        event=row[EVENT],
        at=canonical.written_at(row[AT]),
    )
