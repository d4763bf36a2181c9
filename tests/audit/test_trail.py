"""The trail only grows, numbers its streams without gaps, and is written in the change's transaction."""

import pytest
from django.db import DatabaseError, connection, transaction

from kunming_portal.audit import trail
from kunming_portal.audit.models import AuditEvent
from tests.whistle.people import NOW, World


def entry(world: World, stream: str = "case:1", event: str = "case.opened") -> trail.Entry:
    return trail.Entry(
        stream=stream, event=event, subject=world.units["market"], label="市场", at=NOW, by=world.inspector
    )


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_auditevent set actor_name = 'nobody'",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
    ],
)
def test_the_database_refuses_to_alter_the_trail(world: World, statement: str) -> None:
    trail.record(entry(world))
    with connection.cursor() as cursor:
        cursor.execute("set local kunming_portal.allow_truncate = off")  # as everywhere but in tests
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            cursor.execute(statement)
    assert AuditEvent.objects.count() == 1


def test_the_orm_cannot_alter_the_trail_either(world: World) -> None:
    row = trail.record(entry(world))
    row.reason = "afterthought"
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        row.save()
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        row.delete()


def test_streams_count_without_gaps(world: World) -> None:
    trail.record_many([entry(world), entry(world, "case:2"), entry(world)])
    trail.record(entry(world, "case:2"))
    rows = AuditEvent.objects.order_by("stream", "seq").values_list("stream", "seq")
    assert list(rows) == [("case:1", 1), ("case:1", 2), ("case:2", 1), ("case:2", 2)]


def test_a_number_cannot_be_given_twice(world: World) -> None:
    row = trail.record(entry(world))
    row.pk = None
    with pytest.raises(DatabaseError, match="trail_numbers_are_unique"), transaction.atomic():
        row.save(force_insert=True)


def test_what_is_rolled_back_leaves_no_event(world: World) -> None:
    with transaction.atomic():
        trail.record(entry(world))
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    trail.record(entry(world))
    assert AuditEvent.objects.get().seq == 1


def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        trail.record_many([])
