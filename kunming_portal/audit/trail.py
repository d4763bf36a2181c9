"""The way into the trail. Called inside the transaction of the change: no trail, no change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Model
from structlog.contextvars import get_contextvars

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent


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
    """Append one event. Must run inside a transaction. Two or three queries."""
    return record_many([entry])[0]


def record_many(entries: Sequence[Entry]) -> list[AuditEvent]:
    """Append events in the given order, numbering each stream without gaps.

    Refuses to run outside a transaction. Each stream is locked by an advisory lock until the end of the
    transaction, in sorted order, so that two writers can neither share a number nor wait in a circle.
    Three queries, however many events.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The trail is written in the transaction of the change.")
    if not entries:
        return []
    streams = sorted({entry.stream for entry in entries})
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(s, 0)) from unnest(%s::text[]) with ordinality u(s, n)"
            " order by n",
            [streams],
        )
    last = dict(
        AuditEvent.objects.filter(stream__in=streams)
        .values("stream")
        .annotate(last=Max("seq"))
        .order_by()
        .values_list("stream", "last")
    )
    rows = []
    for entry in entries:
        last[entry.stream] = last.get(entry.stream, 0) + 1
        rows.append(row_of(entry, seq=last[entry.stream]))
    return AuditEvent.objects.bulk_create(rows, batch_size=1000)


def row_of(entry: Entry, *, seq: int) -> AuditEvent:
    """Return the unsaved row of an entry at this place of its stream. Who saves it answers for the number."""
    return AuditEvent(
        at=entry.at,
        stream=entry.stream,
        seq=seq,
        event=entry.event,
        actor_id=entry.by.pk if entry.by is not None else None,
        actor_name=entry.by.name if entry.by is not None else "",
        unit_name=entry.unit_name,
        object_type=entry.subject._meta.label_lower,
        object_id=str(entry.subject.pk or ""),
        object_label=entry.label[:120],
        data=entry.data,
        reason=entry.reason,
        ip=entry.ip,
        request_id=str(get_contextvars().get("request_id", ""))[:40],
    )
