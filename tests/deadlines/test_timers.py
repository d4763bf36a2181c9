"""The hand that rings: what is due, what is stale, what fails, and what all of it costs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kunming_portal.deadlines import timers
from kunming_portal.deadlines.claiming import claim
from kunming_portal.deadlines.models import GIVEN_UP_AFTER, NothingDue
from kunming_portal.deadlines.selectors import count_given_up, get_failing
from kunming_portal.deadlines.timers import Sweep
from tests.whistle.people import NOW, World, blown, build_world
from whistle import services
from whistle.models import CaseDeadline, CaseRung, TaskDeadline

LATER = NOW + timedelta(days=45)
FUTURE = 10_000


def sweep(now: datetime, **more: float) -> Sweep:
    return timers.ring_due(model=CaseDeadline, owner="case", act=services.ringer(), now=now, **more)  # type: ignore[arg-type]


def promise(world: World) -> CaseDeadline:
    return CaseDeadline.objects.get(whistle=blown(world), step="dispatch")


def poisoned(world: World) -> CaseDeadline:
    guilty = promise(world)
    ladder = [{"rung": "nonsense", "at": NOW.isoformat()}]
    CaseDeadline.objects.filter(pk=guilty.pk).update(ladder=ladder, wake_at=NOW)
    return guilty


# -- decided from the deadline ------------------------------------------------------------------------------
def test_an_alarm_before_the_next_rung_is_set_right_and_rings_nothing(world: World) -> None:
    deadline = promise(world)
    planned = deadline.wake_at
    CaseDeadline.objects.filter(pk=deadline.pk).update(wake_at=NOW)
    done = sweep(NOW + timedelta(seconds=1))
    assert (done.rung, done.corrected) == (0, 1)
    deadline.refresh_from_db()
    assert deadline.wake_at == planned
    assert not CaseRung.objects.exists()


def test_an_alarm_without_a_rung_left_falls_silent(world: World) -> None:
    deadline = promise(world)
    CaseDeadline.objects.filter(pk=deadline.pk).update(rungs_climbed=len(deadline.ladder), wake_at=NOW)
    assert sweep(NOW).corrected == 1
    deadline.refresh_from_db()
    assert deadline.wake_at is None


def test_nobody_rings_early_even_who_forgets_to_ask(world: World) -> None:
    deadline = promise(world)
    assert deadline.wake_at is not None
    with pytest.raises(NothingDue):
        services.ring([deadline], deadline.wake_at - timedelta(microseconds=1))
    assert not CaseRung.objects.exists()


def test_a_rung_that_stands_there_is_counted_and_nobody_is_told_again(world: World) -> None:
    deadline = promise(world)
    assert deadline.wake_at is not None
    step = deadline.steps[0]
    CaseRung.objects.create(deadline=deadline, rung=step.rung, planned_at=step.at, climbed_at=step.at)
    with CaptureQueriesContext(connection) as queries:
        sweep(deadline.wake_at)
    assert not any('into "notifications_notice"' in query["sql"] for query in queries)
    assert CaseRung.objects.count() == 1
    deadline.refresh_from_db()
    assert deadline.wake_at == deadline.steps[1].at


# -- what fails ---------------------------------------------------------------------------------------------
def test_one_bad_row_among_many_costs_a_few_batches_and_rings_alone_from_then_on(world: World) -> None:
    guilty = poisoned(world)
    others = [promise(world) for _ in range(16)]
    moment = others[0].wake_at
    assert moment is not None
    with CaptureQueriesContext(connection) as queries:
        done = sweep(moment)
    assert (done.rung, done.failed) == (16, 1)
    assert sum("LIMIT" in query["sql"] and "wake_at" in query["sql"] for query in queries) < 16
    guilty.refresh_from_db()
    assert guilty.failures == 1
    CaseDeadline.objects.filter(pk=guilty.pk).update(wake_at=LATER)
    assert sweep(LATER).failed == 1


def test_after_eight_failures_a_person_must_look_and_it_is_tried_seldom(world: World) -> None:
    guilty = poisoned(world)
    moment = NOW
    for attempt in range(1, GIVEN_UP_AFTER + 1):
        assert count_given_up(CaseDeadline) == 0
        assert sweep(moment).failed == 1
        guilty.refresh_from_db()
        assert guilty.failures == attempt
        assert guilty.wake_at is not None
        assert list(get_failing(CaseDeadline)) == [guilty]
        last, moment = moment, guilty.wake_at
    assert moment - last == timedelta(hours=6)
    assert guilty.is_given_up
    assert count_given_up(CaseDeadline) == 1
    assert count_given_up(TaskDeadline) == 0


def test_what_somebody_moved_meanwhile_is_not_pushed_ahead(world: World) -> None:
    deadline = promise(world)
    timers._push_ahead(CaseDeadline, deadline.pk, now=NOW, reason="x")
    deadline.refresh_from_db()
    assert (deadline.failures, deadline.wake_at) == (0, deadline.steps[0].at)


# -- what it costs ------------------------------------------------------------------------------------------
def test_a_sweep_ends_by_itself_and_says_that_more_is_left(world: World) -> None:
    for _ in range(3):
        blown(world)
    done = sweep(LATER, batch=1, seconds=0)
    assert (done.rung, done.more) == (1, True)
    assert sweep(LATER).more is False


def test_an_idle_sweep_is_one_query(world: World, django_assert_num_queries: pytest.FixtureRequest) -> None:
    blown(world)
    with django_assert_num_queries(3):  # type: ignore[operator]  # the claim, and the test's own savepoint
        assert sweep(NOW).rung == 0


def test_the_claim_reads_a_few_pages_by_its_partial_index(world: World) -> None:
    deadline = promise(world)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        fields = [str(field.column) for field in CaseDeadline._meta.concrete_fields if not field.primary_key]
        made_up = {"wake_at": "wake_at + interval '1 second' * n", "assignment_id": "1000000 + n"}
        cursor.execute(
            f"insert into whistle_casedeadline ({', '.join(fields)})"
            f" select {', '.join(made_up.get(name, name) for name in fields)}"
            " from whistle_casedeadline, generate_series(1, %s) n where id = %s",
            [FUTURE, deadline.pk],
        )
        cursor.execute("set local session_replication_role = origin")
        cursor.execute("analyze whistle_casedeadline")
        with CaptureQueriesContext(connection) as queries:
            assert deadline.wake_at is not None
            assert sweep(deadline.wake_at).rung == 1
        nearest = next(query["sql"] for query in queries if "wake_at" in query["sql"])
        cursor.execute(f"explain (analyze, buffers, format json) {nearest}")
        plan = cursor.fetchone()[0][0]["Plan"]
    assert "deadline_ringing" in str(plan)
    assert "Seq Scan" not in str(plan)
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 100


# -- beside people and a failing database -----------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_promise_whose_case_somebody_holds_is_left_to_them() -> None:
    """A lock that the sweep kept on it would let both wait for each other."""
    deadline = promise(build_world())
    person = psycopg2.connect(**connection.get_connection_params())
    try:
        with person.cursor() as moving, transaction.atomic():
            moving.execute("select id from whistle_case where id = %s for update", [deadline.case_id])
            assert claim(CaseDeadline, owner="case", now=LATER, size=10) == []
            moving.execute("set local lock_timeout = '1s'")
            moving.execute("update whistle_casedeadline set failures = failures where id = %s", [deadline.pk])
        person.rollback()
        with transaction.atomic():
            assert claim(CaseDeadline, owner="case", now=LATER, size=10) == [deadline]
    finally:
        person.close()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_holds_the_nearest_does_not_stop_the_rest() -> None:
    world = build_world()
    nearest, other = promise(world), promise(world)
    person = psycopg2.connect(**connection.get_connection_params())
    try:
        with person.cursor() as moving, transaction.atomic():
            moving.execute("select id from whistle_case where id = %s for update", [nearest.case_id])
            assert claim(CaseDeadline, owner="case", now=LATER, size=1) == [other]
    finally:
        person.close()


class PostgresError(Exception):
    """What the driver raises, with PostgreSQL's code."""

    def __init__(self, code: str | None) -> None:
        self.pgcode = code


def failing(code: str | None) -> Callable[[list[CaseDeadline], datetime], None]:
    def act(_rows: list[CaseDeadline], _now: datetime) -> None:
        raise OperationalError("gone") from PostgresError(code)

    return act


@pytest.mark.parametrize("code", ["57P01", "08006", None])
def test_no_row_is_to_blame_for_a_database_that_left(world: World, code: str | None) -> None:
    deadline = promise(world)
    with pytest.raises(OperationalError):
        timers.ring_due(model=CaseDeadline, owner="case", act=failing(code), now=LATER)
    kept = CaseDeadline.objects.get(pk=deadline.pk)
    assert (kept.failures, kept.wake_at) == (0, deadline.wake_at)


def test_a_lock_that_was_kept_too_long_costs_seconds(world: World) -> None:
    deadline = promise(world)
    done = timers.ring_due(model=CaseDeadline, owner="case", act=failing("55P03"), now=LATER)
    assert done.failed == 1
    deadline.refresh_from_db()
    assert deadline.wake_at == LATER + timedelta(seconds=15)
