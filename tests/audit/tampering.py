"""A trail to be tampered with, and somebody who owns the table and not the key."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from kunming_portal.accounts.models import User
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import sealing, trail, verification
from kunming_portal.audit.models import AuditEvent
from tests.whistle.people import NOW

TABLES = ("audit_auditevent", "audit_seal", "audit_sealedhead")


def entry(stream: str, number: int, by: User) -> trail.Entry:
    return trail.Entry(
        stream=stream,
        event=f"case.{number}",
        subject=by,
        label=f"大观{number}",
        at=NOW + timedelta(microseconds=number),
        by=by,
        unit_name="大观街道",
        reason="第一行\n第二行\t\\.",
        data={"z": 1.5, "a": [1, 1e2, None, "é"], "n": {"深": number}},
        ip="192.0.2.7",
    )


def write(stream: str, number: int) -> list[AuditEvent]:
    by = get_system_user()
    with transaction.atomic():
        return trail.record_many([entry(stream, place, by) for place in range(number)])


@contextmanager
def unguarded() -> Iterator[Any]:
    """The triggers stand aside, as for an owner of the tables."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table {table} disable trigger user")
        yield cursor
        for table in TABLES:
            cursor.execute(f"alter table {table} enable trigger user")


def sql(*statements: str) -> None:
    with unguarded() as cursor:
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount != 0, statement


def seal() -> int:
    made = sealing.seal(now=NOW)
    assert made is not None
    return made.number


def first(**part: Any) -> tuple[str, str, int]:
    """What is found first: kind, stream (or nothing for a seal), place (or the seal's number)."""
    found = verification.verify(**part).first
    assert found is not None
    return found.kind.value, found.stream, found.seq if found.stream else found.seal
