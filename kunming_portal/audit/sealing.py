"""Seals the trail: one root over the heads of all streams that moved, chained to the seal before (ADR 0016).

A seal covers places of streams, not keys, because a row with a smaller key may commit after it. What moved since the
last seal is looked for among keys above `unseen_above`: every row that the last seal could not see has a greater key.
Proof: such a row belongs to a transaction that was running then or began later, so its number is at least `xmin`,
below which all had ended. Let k be the newest seal whose own transaction number is below `xmin`. A seal looks for the
greatest key first and gets its number then; the writer got a greater number, so later; and `trail` takes keys, from a
sequence, only after that number. So they are above every key that k saw. (`pg_snapshot_xmax` would not do for k: it is
above the last number that ended, not above the last that was given out.) Numbers of transactions mean nothing in
another cluster, after a restore: there everything is compared once.
"""

import json
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from kunming_portal.audit import canonical, links, reading
from kunming_portal.audit.merkle import Tree
from kunming_portal.audit.models import Seal

logger = structlog.get_logger(__name__)
LOCK = "select pg_try_advisory_xact_lock(hashtextextended('seal of the trail', 0))"
HORIZON = """select pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       (select coalesce(max(id), 0) from audit_auditevent), (select system_identifier from pg_control_system())"""
NUMBER = "select pg_current_xact_id()::text::bigint"  # never before HORIZON
# The table of heads grows while the statement runs: whoever scans it for each stream reads all that it wrote so far
BY_INDEX = "set local enable_seqscan = off"
COVER = """insert into audit_sealedhead (number, stream, after, seq, link)
select %s, moved.stream, coalesce(sealed.seq, 0), head.seq, head.link
from (select distinct stream from audit_auditevent where id > %s) moved
cross join lateral (
    select seq, link from audit_auditevent e where e.stream = moved.stream order by seq desc limit 1) head
left join lateral (
    select seq from audit_sealedhead h where h.stream = moved.stream order by seq desc limit 1) sealed on true
where head.seq > coalesce(sealed.seq, 0)"""
HEADS = (
    """select stream, after, seq, link from audit_sealedhead where number = %s order by stream collate "C" """
)


@dataclass(frozen=True)
class Horizon:
    """What is running in the database, seen before the heads are read."""

    xmin: int
    last_id: int
    cluster: int
    xid: int


def seal(*, now: datetime) -> Seal | None:
    """Make the next seal and log it; None when nothing is new or another process is sealing.

    The log line is the anchor: it leaves the host with the logs. Costs what moved since the last seal, or since the
    oldest running transaction began; eight queries.
    """
    with transaction.atomic(durable=True):  # in a transaction with a number, keys below could still be unseen
        made = _seal(now)
    if made is not None:
        logger.info(
            "audit.sealed",
            number=made.number,
            hash=bytes(made.hash).hex(),
            root=bytes(made.root).hex(),
            count=made.rows,
            total=made.total,
        )
    return made


def _seal(now: datetime) -> Seal | None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(HORIZON)
        seen = cursor.fetchone()
        cursor.execute(NUMBER)
        horizon = Horizon(*seen, *cursor.fetchone())
        last = Seal.objects.order_by("-number").first()
        number = last.number + 1 if last is not None else 1
        known = last is not None and last.cluster == horizon.cluster
        cursor.execute(BY_INDEX)
        cursor.execute(COVER, [number, last.unseen_above if last is not None and known else 0])
        if cursor.rowcount == 0:
            return None
    root, heads, rows = root_of(number)
    made = Seal(
        number=number,
        at=now,
        heads=heads,
        rows=rows,
        total=rows + (last.total if last is not None else 0),
        root=root,
        previous=last.hash if last is not None else links.FIRST,
        key_id=links.current_key_id(),
        key_fingerprint=links.fingerprint(links.current_key_id()),
        cluster=horizon.cluster,
        xid=horizon.xid,
        last_id=horizon.last_id,
        unseen_above=_unseen_above(horizon),
    )
    made.hash = hash_of(made)
    made.save(force_insert=True)
    return made


def _unseen_above(horizon: Horizon) -> int:
    earlier = Seal.objects.filter(cluster=horizon.cluster, xid__lt=horizon.xmin)
    newest = earlier.order_by("-number").values_list("last_id", flat=True).first()
    return newest if newest is not None else 0


def root_of(number: int) -> tuple[bytes, int, int]:
    """Return the root over a seal's heads, their number and the number of rows they cover. Constant memory."""
    tree, rows = Tree(), 0
    for stream, after, seq, link in reading.lines(HEADS, [number]):
        tree.add(json.dumps([stream, after, seq, bytes(link).hex()], ensure_ascii=False).encode())
        rows += seq - after
    return tree.root(), tree.size, rows


def hash_of(seal: Seal) -> bytes:
    """Return the keyed hash that binds every column of a seal to the seal before. Raises `links.UnknownKey`."""
    spelled = [
        canonical.VERSION,
        seal.key_id,
        seal.key_fingerprint,
        seal.number,
        canonical.moment(seal.at),
        seal.heads,
        seal.rows,
        seal.total,
        bytes(seal.root).hex(),
        bytes(seal.previous).hex(),
        seal.cluster,
        seal.xid,
        seal.last_id,
        seal.unseen_above,
    ]
    return links.signed(json.dumps(spelled, separators=(",", ":")).encode(), key_id=seal.key_id)
