"""A change of policy or calendar moves running deadlines only after a preview was confirmed, and nothing else."""

import threading
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from tests.whistle.people import NOW, World, at, build_world, dispatched, worked
from tests.whistle.recalculated import (
    change,
    days,
    drain,
    outcomes,
    policies,
    previewed,
    recalculated,
    rest_on,
    running,
    sweep,
)
from whistle import services
from whistle.models import (
    Case,
    CaseDeadline,
    CaseRung,
    Recalculation,
)
from whistle.services import previewing, recalculating

SOON = NOW + timedelta(hours=1)
OWN = {"recalculation", "recalculateddeadline", "auditevent"}


def tables(*, without: set[str] = OWN) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table but the job's own."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.model_name not in without
    }


def test_a_preview_changes_nothing(world: World) -> None:
    dispatched(world)
    change("close", world, amount=2)
    before = tables()
    job = previewed(policies(), world.system_admin)
    assert (job.state, job.earlier, job.to_move) == ("previewed", 1, 1)
    assert tables() == before


def test_a_confirmed_change_moves_exactly_what_the_preview_showed(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    other = dispatched(world, kind="sanitation")[0].whistle
    change("close", world, amount=2)
    old = running("close", whistle)
    job = previewed(policies(), world.system_admin)
    before = tables(without=OWN | {"notice", "delivery", "casedeadline", "case"})
    untouched = CaseDeadline.objects.exclude(pk=old.pk).order_by("pk").values()
    kept = list(untouched)
    case = Case.objects.filter(pk=whistle.case_id).values().get()
    recalculating.confirm(job=job, by=world.system_admin, now=SOON)
    drain(job, now=SOON)
    fresh = running("close", whistle)
    assert (job.state, job.moved, job.skipped) == ("done", 1, 0)
    assert (fresh.predecessor_id, fresh.started_at, fresh.amount) == (old.pk, old.started_at, 2)
    assert fresh.due_at == at("2026-11-25 17:00")
    old.refresh_from_db()
    assert (old.ended_at, old.outcome, old.wake_at) == (SOON, "superseded", None)
    assert list(untouched.exclude(pk=fresh.pk)) == kept
    after = Case.objects.filter(pk=whistle.case_id).values().get()
    assert {name for name, value in case.items() if value != dict(after)[name]} <= {"due_at", "yellow_at"}
    assert tables(without=OWN | {"notice", "delivery", "casedeadline", "case"}) == before
    assert running("close", other).predecessor_id is None


def test_each_moved_deadline_is_on_its_cases_trail_and_the_job_on_its_own(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    old = running("close", whistle)
    change("close", world, amount=2)
    job = recalculated(policies(), world.system_admin)
    event = AuditEvent.objects.get(event="deadline.recalculated")
    assert event.stream == whistle.case.stream
    assert (event.data["before"], event.data["job"]) == (old.due_at.isoformat(), job.pk)
    assert event.reason == "市里调整了时限"
    told = AuditEvent.objects.filter(stream=job.stream).order_by("seq").values_list("event", flat=True)
    assert list(told) == [f"config.recalculation.{what}" for what in ("asked", "confirmed", "done")]


def test_a_second_run_moves_nothing(world: World) -> None:
    dispatched(world)
    change("close", world, amount=2)
    recalculated(policies(), world.system_admin)
    again = previewed(policies(), world.system_admin)
    assert (again.to_move, again.skipped) == (0, 0)
    with pytest.raises(services.RecalculationRefused) as refused:
        recalculating.confirm(job=again, by=world.system_admin, now=NOW)
    assert refused.value.code == "empty"


def test_rules_that_changed_since_the_preview_are_previewed_again(world: World) -> None:
    dispatched(world)
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin)
    change("close", world, amount=3, now=SOON)
    with pytest.raises(services.RecalculationRefused) as refused:
        recalculating.confirm(job=job, by=world.system_admin, now=SOON)
    assert refused.value.code == "rules"
    assert not CaseDeadline.objects.filter(outcome="superseded").exists()


def test_rules_that_change_while_it_runs_stop_it(world: World) -> None:
    for _ in range(3):
        dispatched(world)
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    drain(job, size=1, most=1)
    rest_on(date(2026, 11, 24))
    drain(job, size=1)
    assert (job.state, job.moved) == ("failed", 1)
    assert outcomes(job) == {"moved": 1, "planned": 2}


def state_of_all() -> list[tuple[Any, ...]]:
    """Return what lists and timers read of every deadline, independent of keys."""
    rows = CaseDeadline.objects.order_by("whistle_id", "assignment_id", "step", "started_at", "ended_at")
    return [
        (
            row.whistle.case.title, row.step, row.due_at, row.ladder, row.rungs_climbed, row.wake_at, row.outcome,
            row.predecessor_id is not None, row.whistle.case.due_at, row.whistle.case.yellow_at,
        )
        for row in rows.select_related("whistle__case")
    ]  # fmt: skip


def test_an_interruption_after_any_batch_gives_the_same_result(world: World) -> None:
    for _ in range(3):
        dispatched(world)
    change("close", world, amount=2)
    change("feed_back", world, amount=2)
    job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    with transaction.atomic():
        drain(job, size=2)
        assert job.moved == 9
        whole = state_of_all()
        transaction.set_rollback(True)
    for batches in range(1, 7):
        with transaction.atomic():
            dead = uuid.uuid4()
            job.refresh_from_db()
            assert recalculating.claim(worker=dead, now=NOW, job=job)
            for _ in range(batches):
                recalculating.advance(job=job, worker=dead, now=NOW, size=2)
            assert drain(job, now=NOW + timedelta(minutes=1)).state != "done" or batches > 5, (
                "the lease holds"
            )
            drain(job, now=NOW + timedelta(minutes=3), size=2)
            assert (job.state, job.moved) == ("done", 9)
            assert [row[:5] for row in state_of_all()] == [row[:5] for row in whole]
            transaction.set_rollback(True)


def test_a_batch_that_breaks_leaves_nothing_of_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatched(world)
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)

    def killed(*_args: Any, **_more: Any) -> None:
        raise SystemExit

    before = CaseDeadline.objects.order_by("pk").values()
    kept = list(before)
    with monkeypatch.context() as patched:
        patched.setattr(recalculating, "_refresh", killed)
        with pytest.raises(SystemExit):
            drain(job)
    assert list(before) == kept
    drain(job, now=NOW + timedelta(minutes=3))
    assert (job.state, job.moved) == ("done", 1)


def test_a_row_that_cannot_be_written_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guilty = dispatched(world)[0].whistle
    innocent = dispatched(world)[0].whistle
    change("close", world, amount=2)
    original = recalculating._entry

    def entry(job: Any, row: CaseDeadline, fresh: Any, *, now: datetime) -> Any:
        if row.whistle_id == guilty.pk:
            raise ValueError("cannot be written")
        return original(job, row, fresh, now=now)

    monkeypatch.setattr(recalculating, "_entry", entry)
    job = recalculated(policies(), world.system_admin)
    assert outcomes(job) == {"moved": 1, "skipped": 1}
    assert job.results.get(outcome="skipped").reason == "failed"
    assert running("close", guilty).predecessor_id is None
    assert running("close", innocent).amount == 2


def test_what_a_person_did_meanwhile_is_respected(world: World) -> None:
    ended = dispatched(world)
    open_one = dispatched(world)[0].whistle
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    for duty in ended:
        worked(world, duty)
    touched = CaseDeadline.objects.get(whistle=open_one, step="close")
    CaseDeadline.objects.filter(pk=touched.pk).update(due_at=touched.due_at + timedelta(days=1))
    drain(job)
    assert (job.state, job.moved, job.skipped) == ("done", 0, 2)
    assert set(job.results.values_list("reason", flat=True)) == {"ended", "touched"}


def test_a_cancelled_job_stops_between_two_batches(world: World) -> None:
    for _ in range(3):
        dispatched(world)
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    drain(job, size=1, most=2)
    recalculating.cancel(job=job, by=world.system_admin, now=NOW)
    drain(job, size=1)
    assert (job.state, job.moved) == ("cancelled", 2)
    assert CaseDeadline.objects.filter(outcome="superseded").count() == 2
    with pytest.raises(services.RecalculationRefused):
        recalculating.cancel(job=job, by=world.system_admin, now=NOW)
    with pytest.raises(services.RecalculationRefused):
        recalculating.confirm(job=job, by=world.system_admin, now=NOW)


def test_people_are_told_once_how_many_of_theirs_moved(world: World) -> None:
    for _ in range(3):
        dispatched(world)
    change("close", world, amount=2)
    change("feed_back", world, amount=9)
    Notice.objects.all().delete()
    job = recalculated(policies(), world.system_admin)
    told = Notice.objects.get(recipient=world.enforcement_liaison)
    assert told.values == {"earlier": 0, "later": 3}
    assert told.link.endswith(f"?recalculation={job.pk}")
    assert Notice.objects.get(recipient=world.street_dispatcher).values == {"earlier": 3, "later": 0}
    assert not Notice.objects.filter(recipient=world.stranger).exists()
    assert Notice.objects.get(recipient=world.system_admin).link == job.get_absolute_url()


def test_a_batch_costs_a_constant_number_of_queries(
    world: World, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(8):
        dispatched(world)
    change("close", world, amount=2)
    worker = uuid.uuid4()
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    recalculating.claim(worker=worker, now=NOW, job=job)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert recalculating.advance(job=job, worker=worker, now=NOW)
    job.refresh_from_db()
    assert job.moved == 8


@pytest.mark.parametrize(
    ("extent", "reason", "code"),
    [
        (services.Extent(cause="policy"), " ", "reason"),
        (services.Extent(cause="calendar"), "x", "first_day"),
        (days(date(2026, 12, 2), date(2026, 12, 1)), "x", "last_day"),
    ],
)
def test_what_cannot_be_asked(world: World, extent: services.Extent, reason: str, code: str) -> None:
    with pytest.raises(services.RecalculationRefused) as refused:
        previewing.ask(extent=extent, reason=reason, by=world.system_admin, now=NOW)
    assert refused.value.code == code
    assert not Recalculation.objects.exists()


def test_a_preview_under_changing_rules_begins_again(world: World) -> None:
    for _ in range(2):
        dispatched(world)
    change("close", world, amount=2)
    job = previewing.ask(extent=policies(), reason="调整", by=world.system_admin, now=NOW)
    drain(job, size=9, most=1)
    change("close", world, amount=3, now=NOW)
    drain(job, size=9)
    assert (job.state, job.earlier) == ("previewed", 2)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    drain(job)
    assert set(CaseDeadline.objects.filter(step="close", ended_at=None).values_list("amount", flat=True)) == {
        3
    }


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_somebody_holds_is_tried_again_at_the_end() -> None:
    world = build_world()
    held = dispatched(world)[0].whistle
    dispatched(world)
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin)
    recalculating.confirm(job=job, by=world.system_admin, now=NOW)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Case.objects.select_for_update().get(pk=held.case_id)
                locked.set()
                done.wait(10)
        finally:
            connection.close()

    person = threading.Thread(target=hold)
    person.start()
    assert locked.wait(10)
    drain(job)
    assert (job.state, job.moved) == ("running", 1)
    done.set()
    person.join()
    drain(job)
    assert (job.state, job.moved) == ("done", 2)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_four_workers_and_the_timers_move_each_deadline_once() -> None:
    world = build_world()
    for _ in range(10):
        dispatched(world)
    late = at("2026-12-01 09:30")
    change("close", world, amount=4)
    job = previewed(policies(), world.system_admin, now=late)
    recalculating.confirm(job=job, by=world.system_admin, now=late)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            if number % 2:
                sweep(late)
            else:
                drain(Recalculation.objects.get(pk=job.pk), now=late, size=2)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    drain(job, now=late)
    sweep(late)
    assert failures == []
    assert (job.state, job.moved) == ("done", 10)
    assert CaseDeadline.objects.filter(step="close", ended_at=None).count() == 10
    assert AuditEvent.objects.filter(event="deadline.recalculated").count() == 10
    for whistle in {row.whistle for row in CaseDeadline.objects.filter(step="close")}:
        rungs = list(
            CaseRung.objects.filter(deadline__whistle=whistle, deadline__step="close").values_list(
                "rung", flat=True
            )
        )
        assert len(rungs) == len(set(rungs)), "no rung twice over predecessor and successor"
