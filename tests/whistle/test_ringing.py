"""The ladder climbs once, in order, under concurrency, after outages, past rows that cannot ring."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.deadlines.timers import Sweep
from kunming_portal.notifications.models import Notice
from kunming_portal.organisations.models import Unit
from tests.whistle.people import NOW, World, at, blown, build_world, dispatched, whistle_of, worked
from whistle import services
from whistle.models import CaseDeadline, CaseRung

LATER = NOW + timedelta(days=45)


def sweep(now: datetime, batch: int = timers.BATCH) -> Sweep:
    return timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now, batch=batch)


def rungs_of(deadline: CaseDeadline) -> list[str]:
    return list(CaseRung.objects.filter(deadline=deadline).order_by("id").values_list("rung", flat=True))


def test_nothing_rings_before_its_moment(world: World) -> None:
    blown(world)
    deadline = CaseDeadline.objects.get(step="dispatch")
    assert deadline.wake_at is not None
    assert sweep(deadline.wake_at - timedelta(microseconds=1)).rung == 0
    assert sweep(deadline.wake_at).rung == 1
    assert rungs_of(deadline) == ["yellow"]


def test_yellow_tells_who_must_act_and_red_their_leader_too(world: World) -> None:
    lead = dispatched(world)[0]
    signing = CaseDeadline.objects.get(assignment=lead, step="sign")
    assert signing.yellow_at is not None
    sweep(signing.yellow_at)
    told = set(Notice.objects.filter(kind="deadline.yellow").values_list("recipient__username", flat=True))
    assert {"enforcement_liaison", "enforcement_leader"} <= told
    Notice.objects.all().delete()
    sweep(signing.due_at)
    told = set(Notice.objects.filter(kind="deadline.red").values_list("recipient__username", flat=True))
    assert "enforcement_leader" in told
    assert "stranger" not in told


def test_supervision_reaches_the_centre_and_leaders_rung_the_office_above(world: World) -> None:
    dispatched(world)
    sweep(LATER)
    for rung, name in (("supervision", "street_dispatcher"), ("leaders", "street_secretary")):
        told = Notice.objects.filter(kind=f"deadline.{rung}").values_list("recipient__username", flat=True)
        assert name in set(told)


def test_an_ended_deadline_is_silent(world: World) -> None:
    lead, assist = dispatched(world)
    worked(world, lead)
    worked(world, assist)
    ended = list(CaseDeadline.objects.filter(whistle=lead.whistle).exclude(ended_at=None))
    assert len(ended) == 9  # approve, dispatch, close; sign, report in, feed back for two units
    sweep(LATER)
    assert not CaseRung.objects.filter(deadline__in=ended).exists()


def test_after_an_outage_rungs_come_in_order_with_planned_and_actual_moment(world: World) -> None:
    lead = dispatched(world)[0]
    sweep(LATER)
    close = CaseDeadline.objects.get(whistle=lead.whistle, step="close")
    rows = list(CaseRung.objects.filter(deadline=close).order_by("id"))
    assert [row.rung for row in rows] == ["yellow", "red", "supervision", "leaders", "upgrade"]
    assert [row.planned_at for row in rows] == sorted(row.planned_at for row in rows)
    assert {row.climbed_at for row in rows} == {LATER}
    events = AuditEvent.objects.filter(stream=lead.whistle.case.stream, event="deadline.red")
    assert all(event.data["late_reason"] == "outage" for event in events)


def test_the_ladder_upgrades_with_the_system_actor_like_a_person(world: World) -> None:
    lead = dispatched(world)[0]
    sweep(LATER)
    event = AuditEvent.objects.get(stream=lead.whistle.case.stream, event="case.upgraded")
    assert event.data["automatic"] is True
    second = whistle_of(lead.whistle.case)
    assert (second.tier, second.status) == (2, "awaiting_acceptance")
    lead.refresh_from_db()
    assert lead.status == "released"
    assert not CaseDeadline.objects.running().filter(whistle=lead.whistle).exists()


def test_a_row_that_cannot_ring_does_not_stop_the_others(world: World) -> None:
    guilty = blown(world)
    innocent = blown(world)
    CaseDeadline.objects.filter(whistle=guilty, step="dispatch").update(
        ladder=[{"rung": "nonsense", "at": NOW.isoformat()}], wake_at=NOW
    )
    done = sweep(LATER)
    assert done.failed == 1
    broken = CaseDeadline.objects.get(whistle=guilty, step="dispatch")
    assert broken.failures == 1
    assert broken.wake_at is not None
    assert broken.wake_at > LATER
    assert "nonsense" in broken.failure
    assert rungs_of(CaseDeadline.objects.get(whistle=innocent, step="dispatch")) == ["yellow", "red"]


def test_an_upgrade_without_a_centre_above_is_reported_and_tried_again(world: World) -> None:
    lead = dispatched(world)[0]
    Unit.objects.filter(code="county_centre").update(valid_to=at("2026-11-01 00:00").date())
    assert sweep(LATER).failed == 1
    close = CaseDeadline.objects.get(whistle=lead.whistle, step="close")
    assert "MoveRefused" in close.failure
    assert rungs_of(close) == ["yellow", "red", "supervision", "leaders"]
    Unit.objects.filter(code="county_centre").update(valid_to=None)
    assert close.wake_at is not None
    sweep(close.wake_at)
    assert whistle_of(lead.whistle.case).tier == 2


def test_a_batch_costs_a_constant_number_of_queries(
    world: World, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(12):
        blown(world)
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        sweep(CaseDeadline.objects.filter(step="dispatch").latest("yellow_at").yellow_at or NOW)
    assert CaseRung.objects.filter(rung="yellow", deadline__step="dispatch").count() == 12


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_workers_ring_each_rung_once() -> None:
    world = build_world()
    for _ in range(12):
        dispatched(world)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            sweep(LATER, batch=7)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sweep(LATER)
    assert failures == []
    closing = CaseDeadline.objects.filter(step="close", whistle__tier=1)
    assert closing.count() == 12
    for deadline in closing:
        assert rungs_of(deadline) == ["yellow", "red", "supervision", "leaders", "upgrade"]
    assert AuditEvent.objects.filter(event="case.upgraded").count() == 12
    streams = AuditEvent.objects.order_by("stream", "seq").values_list("stream", "seq")
    for stream in {name for name, _ in streams}:
        numbers = [seq for name, seq in streams if name == stream]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_people_signing_at_once_sign_once() -> None:
    world = build_world()
    lead = dispatched(world)[0]
    refused: list[str] = []

    def sign(name: str) -> None:
        try:
            mine = type(lead).objects.select_related("whistle__case", "unit").get(pk=lead.pk)
            services.sign(assignment=mine, by=world.people[name], now=NOW)
        except services.MoveRefused as error:
            refused.append(error.sentence)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=sign, args=(name,)) for name in ("enforcement_liaison", "enforcement_leader")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert AuditEvent.objects.filter(event="assignment.signed").count() == 1


@pytest.mark.django_db
def test_the_claim_reads_the_partial_index(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select id from whistle_casedeadline where wake_at is not null and wake_at <= %s"
            " order by wake_at, id limit 200",
            [NOW],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "deadline_ringing" in plan


def test_the_claim_locks_the_deadline_and_its_case(world: World) -> None:
    """Locking only the case would hand a rung deadline to a second worker (docs/architecture.md)."""
    blown(world)
    with CaptureQueriesContext(connection) as queries:
        sweep(LATER)
    claims = [q["sql"] for q in queries if "SKIP LOCKED" in q["sql"]]
    assert claims
    assert all('FOR UPDATE OF "whistle_casedeadline", "whistle_case" SKIP LOCKED' in sql for sql in claims)
