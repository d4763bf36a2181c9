"""The way into the trail. Called inside the transaction of the change: no trail, no change."""

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from structlog.contextvars import get_contextvars

from kunming_portal.accounts.models import User
from kunming_portal.audit import canonical, links
from kunming_portal.audit.models import AuditEvent

# The transaction gets its number before it takes keys: a seal relies on that order (`sealing`)
LOCK = """select pg_advisory_xact_lock(hashtextextended(s, 0)), pg_current_xact_id()
from unnest(%s::text[]) with ordinality u(s, n) order by n"""
# The head of each stream by one step into the unique index, and keys for all rows
HEADS = """select s.stream, h.seq, h.link, case when s.n = 1 then keys.taken end
from (select array(select nextval(pg_get_serial_sequence('audit_auditevent', 'id'))
                   from generate_series(1, %s)) as taken) keys
cross join unnest(%s::text[]) with ordinality s(stream, n)
left join lateral (
    select seq, link from audit_auditevent e where e.stream = s.stream order by seq desc limit 1) h on true
order by s.n"""
PLAIN_COLUMNS = (*(name for name in canonical.COLUMNS if name != "data"), "key_id")
COPY = f"copy audit_auditevent ({', '.join((*PLAIN_COLUMNS, 'data', 'link'))}) from stdin"
NULL = "\\N"
_special = re.compile(r"[\\\t\n\r]").search
_json = json.JSONEncoder(ensure_ascii=False).encode
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Entry:
    """One event to record. `stream` is the thing whose history it belongs to, `subject` what it is about."""

    stream: str
    event: str
    subject: Model
    label: str
    at: datetime
    by: User | None  # nobody: a visitor who did not get in
    unit_name: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    ip: str | None = None


def record(entry: Entry) -> AuditEvent:
    """Append one event. Must run inside a transaction. Three statements."""
    return record_many([entry])[0]


def record_many(entries: Sequence[Entry]) -> list[AuditEvent]:
    """Append events in the given order, numbering and linking each stream without gaps.

    Refuses to run outside a transaction. Each stream is locked by an advisory lock until the end of the
    transaction, in sorted order, so that two writers can neither share a number nor wait in a circle.
    Three statements, however many events.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The trail is written in the transaction of the change.")
    if not entries:
        return []
    streams = sorted({entry.stream for entry in entries})
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [streams])
        cursor.execute(HEADS, [len(entries), streams])
        found = cursor.fetchall()
        keys = found[0][3]  # of the first line only
        heads = {stream: (seq or 0, bytes(link or links.FIRST)) for stream, seq, link, _keys in found}
        rows = []
        for key, entry in zip(keys, entries, strict=True):
            seq, previous = heads[entry.stream]
            row = row_of(entry, seq=seq + 1)
            row.pk = key
            heads[entry.stream] = row.seq, bind(row, previous)
            rows.append(row)
        _write(cursor, rows)
    return rows


def bind(row: AuditEvent, previous: bytes) -> bytes:
    """Give a row with key and place its link after the link `previous`; return the link."""
    row.key_id = links.current_key_id()
    values = row.__dict__
    made = links.link(previous, [values[name] for name in canonical.COLUMNS], key_id=row.key_id)
    row.link = made
    return made


def bind_new_streams(rows: Iterable[AuditEvent]) -> None:
    """Link the rows of streams that begin here, in the order of their places. For writers beside `record_many`."""
    heads: dict[str, bytes] = {}
    for row in rows:
        heads[row.stream] = bind(row, heads.get(row.stream, links.FIRST))


def _write(cursor: Any, rows: list[AuditEvent]) -> None:
    """Insert finished rows by COPY: one round trip, and a fraction of what an INSERT of as many costs."""
    lines = "".join([_line(row) for row in rows])
    with connection.wrap_database_errors:
        cursor.copy_expert(COPY, io.StringIO(lines))
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _line(row: AuditEvent) -> str:
    values = row.__dict__
    cells = [_cell(values[name]) for name in PLAIN_COLUMNS]
    return "\t".join([*cells, _cell(_json(row.data)), f"\\\\x{row.link.hex()}\n"])


def _cell(value: Any) -> str:
    if value is None:
        return NULL
    text = value if type(value) is str else str(value)
    return text.translate(ESCAPED) if _special(text) else text


def row_of(entry: Entry, *, seq: int) -> AuditEvent:
    """Return the unsaved row of an entry at this place of its stream. Who saves it answers for the number."""
    return AuditEvent(
        at=entry.at,
        stream=entry.stream,
        seq=seq,
        event=str(entry.event),
        actor_id=entry.by.pk if entry.by is not None else None,
        actor_name=entry.by.name if entry.by is not None else "",
        unit_name=str(entry.unit_name),
        object_type=entry.subject._meta.label_lower,
        object_id=str(entry.subject.pk or ""),
        object_label=str(entry.label)[:120],
        data=entry.data,
        reason=str(entry.reason),
        ip=entry.ip or None,
        request_id=str(get_contextvars().get("request_id", ""))[:40],
    )
