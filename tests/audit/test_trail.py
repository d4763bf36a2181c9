"""The trail only grows, belongs to the transaction, and numbers each stream without gaps."""

import threading
from unittest import mock

import pytest
from django.db import Error, connection, transaction

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.audit.models import AuditEvent
from tests.whistle.people import NOW, World, blown, opened, whistle_of
from whistle import services
from whistle.models import Reporter, Whistle


def test_rows_cannot_be_changed_or_removed(world: World) -> None:
    opened(world)
    event = AuditEvent.objects.get()
    for change in (
        lambda: AuditEvent.objects.filter(pk=event.pk).update(reason="x"),
        lambda: AuditEvent.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(Error, match="only grows"), transaction.atomic():
            change()


def test_the_table_cannot_be_emptied_outside_tests(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local kunming_portal.allow_truncate = 'off'")
        with pytest.raises(Error, match="only grows"), transaction.atomic():
            cursor.execute("truncate audit_auditevent")


def test_without_the_trail_there_is_no_change(world: World) -> None:
    whistle = blown(world)
    with (
        mock.patch("kunming_portal.audit.trail.record_many", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    assert Whistle.objects.get(pk=whistle.pk).status == "awaiting_acceptance"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        trail.record_many([])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_writers_of_one_stream_wait_for_each_other() -> None:
    actor = User.objects.get(username="system")
    failures: list[Exception] = []

    def write() -> None:
        entry = trail.Entry(stream="config:1", event="x", subject=actor, label="x", at=NOW, by=actor)
        try:
            for _ in range(5):
                with transaction.atomic():
                    trail.record(entry)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 31))


def test_a_reporter_is_nowhere_but_in_their_own_table(world: World) -> None:
    case = opened(world, reporter_name="钱多多", reporter_phone="13987654321")
    services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'select count(*) from "{table}" t where t::text like any (array[%s, %s])',
                ["%钱多多%", "%13987654321%"],
            )
            assert cursor.fetchone() == (0,), table
    assert Reporter.objects.get(case=case).phone_hash
    assert services.masked_reporter(case) == ("钱**", "139****4321")


def test_reading_a_reporter_needs_right_and_reason_and_leaves_a_trace(world: World) -> None:
    case = opened(world, reporter_name="钱多多", reporter_phone="13987654321")
    for by, reason in (
        (world.stranger, "call back"),
        (world.street_dispatcher, "x"),
        (world.community_worker, "  "),
    ):
        with pytest.raises(services.MoveRefused):
            services.reveal_reporter(case=case, reason=reason, by=by, now=NOW)
    shown = services.reveal_reporter(case=case, reason="电话核实", by=world.community_worker, now=NOW)
    assert shown == ("钱多多", "13987654321")
    event = AuditEvent.objects.get(event="reporter.revealed")
    assert (event.actor_name, event.reason) == ("community_worker", "电话核实")
    assert "钱" not in str(event.data)


def test_what_is_rolled_back_leaves_no_event_and_frees_its_number(world: World) -> None:
    entry = trail.Entry(
        stream="config:1", event="x", subject=world.units["market"], label="x", at=NOW, by=world.inspector
    )
    with transaction.atomic():
        trail.record(entry)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    assert trail.record_many([entry, entry])[1].seq == 2
