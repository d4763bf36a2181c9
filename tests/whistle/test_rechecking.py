"""The nightly check: walked through moves nothing differs; what is bent is found, named, and closed when mended."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from kunming_portal.audit.models import AuditEvent
from kunming_portal.workdays import services as workdays
from kunming_portal.workdays.models import LocalDay
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import NOW, World, at, build_world, dispatched, fed_back, on_hold, worked
from tests.whistle.recalculated import change, days, policies, recalculated, rest_on, sweep
from whistle import rechecks, services
from whistle.models import CaseDeadline, DeadlineDifference, Recheck, TaskDeadline
from whistle.services import clocks, previewing, rechecking

pytestmark = pytest.mark.django_db
LATER = at("2026-11-25 09:30")


@pytest.fixture
def world() -> World:
    found = build_world()
    workdays.keep_version(now=at("2026-01-01 00:00"))
    return found


def checked(now: datetime = LATER, size: int = 3) -> Recheck:
    """Walk to the end of a run."""
    run = rechecking.begin(now=now)
    timeline = rechecking.get_timeline(now=now)
    while rechecking.advance(run=run, timeline=timeline, now=now, size=size):
        pass
    run.refresh_from_db()
    return run


def sums(run: Recheck) -> tuple[int, int, int]:
    return run.wrong, run.outdated, run.resolved


def test_whatever_people_and_timers_do_nothing_differs(world: World) -> None:
    on_hold(world)
    duty = dispatched(world, now=at("2026-11-23 11:00"))[0]
    services.sign(assignment=duty, by=world.enforcement_liaison, now=at("2026-11-23 11:30"))
    fed_back(world, now=at("2026-11-23 09:15"))
    paused = dispatched(world, now=at("2026-11-20 16:00"))[0]
    clocks.pause_all(whistle=paused.whistle, now=at("2026-11-23 10:10"))
    clocks.resume_all(whistle=paused.whistle, now=at("2026-11-24 15:20"), calendar=get_calendar())
    clocks.extend(whistle=paused.whistle, days=3, now=at("2026-11-24 16:00"), calendar=get_calendar())
    clocks.pause_of(paused, now=at("2026-11-25 09:10"))
    for hour in ("2026-11-24 10:00", "2026-11-24 17:30", "2026-11-25 09:20"):
        sweep(at(hour))
    run = checked()
    assert run.seen == CaseDeadline.objects.running().count() > 10
    assert (sums(run), list(DeadlineDifference.objects.values())) == ((0, 0, 0), [])
    assert AuditEvent.objects.get(event="deadlines.recheck.finished").data["seen"] == run.seen


def test_a_confirmed_change_leaves_nothing_that_differs(world: World) -> None:
    duty = dispatched(world, now=at("2026-11-16 10:00"))[0]
    clocks.extend(whistle=duty.whistle, days=2, now=at("2026-11-17 16:00"), calendar=get_calendar())
    clocks.pause_of(duty, now=at("2026-11-18 09:10"))
    clocks.resume_of(duty, now=at("2026-11-19 10:10"), calendar=get_calendar())
    dispatched(world, now=at("2026-11-23 09:00"))
    sweep(NOW)
    change("close", world, now=at("2026-11-23 12:00"), amount=2)
    recalculated(policies(), world.system_admin, now=at("2026-11-23 14:00"))
    rest_on(date(2026, 11, 26))
    workdays.keep_version(now=at("2026-11-24 09:00"))
    recalculated(days(date(2026, 11, 26)), world.system_admin, now=at("2026-11-24 10:00"))
    sweep(at("2026-11-24 10:05"))
    assert sums(checked()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("bent", "part"),
    [
        ({"due_at": at("2026-12-09 09:00")}, "due_at"),
        ({"provisional": True}, "provisional"),
        ({"wake_at": at("2027-01-01 09:00")}, "wake_at"),
        ({"ladder": []}, "ladder"),
    ],
)
def test_what_is_bent_is_found_and_closed_when_mended(
    world: World, bent: dict[str, object], part: str
) -> None:
    dispatched(world)
    row = CaseDeadline.objects.running().get(step="close")
    CaseDeadline.objects.filter(pk=row.pk).update(**bent)
    assert sums(checked()) == (1, 0, 0)
    found = DeadlineDifference.objects.get()
    assert (found.deadline_id, found.sort) == (row.pk, "wrong")
    assert part in found.parts
    assert found.computed["due_at"] == row.due_at.isoformat()
    again = LATER + timedelta(days=1)
    checked(again)
    found.refresh_from_db()
    assert (DeadlineDifference.objects.count(), found.found_at, found.seen_at) == (1, LATER, again)
    row.save()
    assert sums(checked(again)) == (0, 0, 1)
    found.refresh_from_db()
    assert found.resolved_at == again


def test_a_changed_calendar_makes_deadlines_outdated_and_not_wrong(world: World) -> None:
    dispatched(world)
    LocalDay.objects.create(place="market", date="2026-11-25", is_working=False, name="停电检修")
    workdays.keep_version(now=at("2026-11-24 12:00"))
    assert sums(checked()) == (0, 2, 0)
    assert {
        d.deadline.assignment.unit.code
        for d in DeadlineDifference.objects.all()
        if d.deadline and d.deadline.assignment
    } == {"market"}
    recalculated(days(date(2026, 11, 25)), world.system_admin, now=LATER)
    assert sums(checked(LATER + timedelta(minutes=1))) == (0, 0, 2)


def test_an_interrupted_run_goes_on_where_it_stopped(world: World) -> None:
    dispatched(world)
    timeline = rechecking.get_timeline(now=LATER)
    run = rechecking.begin(now=LATER)
    assert rechecking.advance(run=run, timeline=timeline, now=LATER, size=2)
    assert rechecking.has_work(now=LATER)
    assert rechecking.begin(now=LATER).pk == run.pk
    whole = checked()
    assert (whole.pk, whole.seen) == (run.pk, CaseDeadline.objects.running().count())
    assert not rechecking.has_work(now=LATER)
    assert not rechecking.has_work(now=at("2026-11-26 02:09"))
    assert rechecking.has_work(now=at("2026-11-26 02:10"))


def test_a_batch_costs_a_constant_number_of_queries(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    LocalDay.objects.create(place="5301", date="2026-12-25", is_working=False, name="停电")
    for hour in range(3):
        worked(world, dispatched(world, now=at(f"2026-11-23 0{hour + 6}:00"))[0], now=LATER)
    timeline = rechecking.get_timeline(now=LATER)
    rows = list(
        previewing.with_rules(CaseDeadline.objects.running())
        .select_related("predecessor__policy")
        .order_by("pk")
    )
    for size in (3, len(rows)):
        with django_assert_num_queries(1):  # pauses; nobody has a predecessor or is on hold
            rechecking.check(rows[:size], timeline=timeline, now=LATER)


def test_the_page_lists_what_differs(world: World, client: Client) -> None:
    dispatched(world)
    client.force_login(world.system_admin)
    assert client.get(reverse("rechecks")).context["health"].last is None
    CaseDeadline.objects.filter(step="close").update(due_at=at("2026-12-09 09:00"))
    assert client.post(reverse("rechecks-begin")).status_code == 302
    checked()
    page = client.get(reverse("rechecks"))
    assert [row["who"] for row in page.context["rows"]] == [world.units["street_centre"].short_name]
    assert rechecks.get_health().wrong == page.context["health"].wrong == 1
    assert client.get(reverse("rechecks"), {"show": "outdated"}).context["rows"] == []
    client.force_login(world.street_dispatcher)
    assert client.get(reverse("rechecks")).status_code == 403


def test_deadlines_of_tasks_are_checked_too(world: World, client: Client) -> None:
    whistle = dispatched(world)[0].whistle
    services.instruct(
        whistle=whistle,
        unit=world.units["enforcement"],
        text="请于三日内上门查看并报告。",
        due_at=at("2026-11-27 17:00"),
        by=world.street_secretary,
        now=NOW,
    )
    run = checked()
    assert (run.seen, sums(run)) == (CaseDeadline.objects.running().count() + 1, (0, 0, 0))
    TaskDeadline.objects.update(provisional=True)
    assert sums(checked()) == (1, 0, 0)
    client.force_login(world.system_admin)
    assert client.get(reverse("rechecks")).context["rows"][0]["who"] == world.units["enforcement"].short_name
    TaskDeadline.objects.update(provisional=False)
    assert sums(checked()) == (0, 0, 1)
