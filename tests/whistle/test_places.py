"""Days that hold at one place only: whose promises they move, and whose they leave alone."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from kunming_portal.workdays.models import LocalDay, WorkingHours
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import COUNTY, NOW, STREET, World, at, blown, build_world, dispatched, on_hold
from tests.whistle.recalculated import days, outcomes, recalculated
from whistle import rows
from whistle.models import CaseDeadline, Whistle
from whistle.services import clocks
from whistle.workflow import Step

pytestmark = pytest.mark.django_db
TUESDAY = date(2026, 11, 24)


@pytest.fixture
def world() -> World:
    return build_world()


def close(place: str, day: date = TUESDAY) -> None:
    """Close the offices of a place for a day."""
    LocalDay.objects.create(place=place, date=day, is_working=False, name="火把节")


def due(step: str, unit: str = "") -> str:
    """Return when the running promise of a step falls due, in Kunming."""
    found = CaseDeadline.objects.running().filter(step=step)
    if unit:
        found = found.filter(assignment__unit__code=unit)
    return f"{found.get().due_at.astimezone(NOW.tzinfo):%m-%d %H:%M}"


def test_the_county_closes_and_its_unit_gets_a_day_more(world: World) -> None:
    close("530103")  # another county: nothing here
    dispatched(world)
    before = due("close")
    CaseDeadline.objects.all().delete()
    LocalDay.objects.all().delete()
    close(COUNTY)
    clocks.start_handling(
        whistle=Whistle.objects.get(),
        duties=list(Whistle.objects.get().assignments.all()),
        now=NOW,
        calendar=get_calendar(),
    )
    assert (before, due("close")) == ("11-30 17:00", "12-01 17:00")


def test_a_unit_alone_may_have_a_day_of_its_own(world: World) -> None:
    close("market")
    dispatched(world)
    assert due("report_in", "enforcement") == "11-26 17:00"
    assert due("report_in", "market") == "11-27 17:00"
    assert due("close") == "11-30 17:00"


def test_the_caller_verifies_by_its_own_calendar_and_the_receiver_dispatches_by_its_own(world: World) -> None:
    close("530102003004", date(2026, 11, 23))  # the community alone is closed today
    whistle = blown(world, now=at("2026-11-23 10:00"))
    assert due("dispatch") == "11-23 15:00"
    clocks.start(Step.VERIFY, whistle=whistle, now=at("2026-11-22 10:00"), calendar=get_calendar())
    assert due("verify") == "11-25 17:00"


def test_the_nearest_place_wins(world: World) -> None:
    close(COUNTY)
    LocalDay.objects.create(
        place=STREET, date=TUESDAY, is_working=True, name="值守", segments=[["09:00", "11:00"]]
    )
    here = get_calendar().at(world.units["street_centre"].places)
    assert here.working_minutes_between(at("2026-11-24 00:00"), at("2026-11-25 00:00")) == 120
    assert not get_calendar().at(world.units["county_centre"].places).is_working_day(TUESDAY)
    assert get_calendar().is_working_day(TUESDAY)


def test_hours_of_a_place_hold_from_their_day_on(world: World) -> None:
    WorkingHours.objects.create(
        name="高原", place=COUNTY, valid_from="2026-11-24", segments=[["10:00", "12:00"]]
    )
    here = get_calendar().at(world.units["street_centre"].places)
    assert here.working_minutes_between(at("2026-11-23 00:00"), at("2026-11-24 00:00")) == 420
    assert here.working_minutes_between(at("2026-11-24 00:00"), at("2026-11-25 00:00")) == 120


def test_a_pause_counts_by_the_place_too(world: World) -> None:
    close("enforcement")
    duty = dispatched(world)[0]
    assert due("feed_back", "enforcement") == "12-01 17:00"
    clocks.pause_of(duty, now=at("2026-11-24 09:00"))
    clocks.resume_of(duty, now=at("2026-11-25 10:00"), calendar=get_calendar())
    assert due("feed_back", "enforcement") == "12-02 10:00"  # one hour, for the day off counts nothing


def test_a_local_day_reaches_what_runs_by_a_confirmed_change(world: World) -> None:
    dispatched(world)
    close("market")
    job = recalculated(days(TUESDAY), world.system_admin)
    assert due("report_in", "market") == "11-27 17:00"
    assert due("report_in", "enforcement") == "11-26 17:00"
    assert outcomes(job) == {"moved": 2}


def test_lists_cost_the_same_however_many_places_differ(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    on_hold(world)
    dispatched(world)
    close(STREET)
    close("market")
    calendar = get_calendar()
    whistles = rows.present([row.case for row in Whistle.objects.select_related("case")])
    with django_assert_max_num_queries(9):
        rows.case_rows(whistles, user=world.street_dispatcher, now=NOW, calendar=calendar)
