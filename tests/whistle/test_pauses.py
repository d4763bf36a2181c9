"""A pause moves a clock by exactly its working time, and a paused clock never rings."""

from datetime import datetime, timedelta

import pytest
from django.db import Error, transaction
from hypothesis import given
from hypothesis import strategies as st

from kunming_portal.deadlines.ladder import Limit, LimitUnit, Rung, Step, due_after, length_of_pause, moved
from kunming_portal.deadlines.models import Deadline
from kunming_portal.deadlines.timers import ring_due
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import NOW, World, at, dispatched
from whistle import services
from whistle.models import CaseDeadline, CasePause, Whistle
from whistle.presenters.clocks import Watch, running_spans, worksheet
from whistle.selectors import get_deadlines
from whistle.services import clocks

CALENDAR = Calendar(official_years=frozenset({2026}))
MOMENTS = st.datetimes(
    min_value=at("2026-03-02 00:00").replace(tzinfo=None),
    max_value=at("2026-04-30 00:00").replace(tzinfo=None),
)


@given(start=MOMENTS, rest=st.integers(0, 3000), first=st.integers(0, 90_000), second=st.integers(0, 90_000))
def test_a_pause_adds_exactly_its_working_time(start: datetime, rest: int, first: int, second: int) -> None:
    begins = start.replace(tzinfo=CALENDAR.zone)
    due = CALENDAR.add_working_minutes(begins, rest)
    paused, resumed = begins + timedelta(minutes=first), begins + timedelta(minutes=first + second)
    length = length_of_pause(start=paused, end=resumed, natural=False, calendar=CALENDAR)
    later = moved(due, length, natural=False, calendar=CALENDAR)
    assert CALENDAR.working_time_between(due, later) == length
    assert CALENDAR.working_time_between(paused, resumed) == length


@given(cut=st.integers(0, 6000))
def test_two_pauses_in_a_row_are_one(cut: int) -> None:
    due, start, end = at("2026-03-09 11:20"), at("2026-03-05 16:40"), at("2026-03-12 09:31")
    between = min(start + timedelta(minutes=cut), end)

    def after(moment: datetime, a: datetime, b: datetime) -> datetime:
        length = length_of_pause(start=a, end=b, natural=False, calendar=CALENDAR)
        return moved(moment, length, natural=False, calendar=CALENDAR)

    assert after(after(due, start, between), between, end) == after(due, start, end)


def test_a_natural_clock_counts_the_pause_on_the_wall() -> None:
    length = length_of_pause(
        start=at("2026-03-06 16:00"), end=at("2026-03-09 09:00"), natural=True, calendar=CALENDAR
    )
    assert length == timedelta(hours=65)
    assert moved(at("2026-03-06 17:00"), length, natural=True, calendar=CALENDAR) == at("2026-03-09 10:00")


def test_climbed_rungs_stay_and_the_others_move() -> None:
    limit = Limit(3, LimitUnit.WORKING_HOUR)
    row = CaseDeadline(
        started_at=at("2026-03-05 09:00"),
        due_at=due_after(start=at("2026-03-05 09:00"), limit=limit, calendar=CALENDAR),
        amount=3,
        unit=limit.unit.value,
    )
    row.take([Step(Rung.YELLOW, at("2026-03-05 11:15")), Step(Rung.RED, row.due_at)])
    row.climb()
    row.pause(now=at("2026-03-05 11:30"))
    assert row.wake_at is None
    assert row.light(at("2026-03-20 10:00")) == "hold"
    row.resume(now=at("2026-03-09 11:00"), calendar=CALENDAR)
    assert [step.at for step in row.steps] == [at("2026-03-05 11:15"), row.due_at]
    assert row.wake_at == row.due_at
    assert CALENDAR.working_minutes_between(at("2026-03-09 11:00"), row.due_at) == 30


@pytest.fixture
def handled(world: World) -> Whistle:
    return dispatched(world)[0].whistle


def ring(now: datetime) -> int:
    return ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now).rung


def test_a_paused_whistle_is_silent_until_it_goes_on(handled: Whistle) -> None:
    before = {row.pk: row.due_at for row in CaseDeadline.objects.running().filter(whistle=handled)}
    with transaction.atomic():
        assert clocks.pause_all(whistle=handled, now=NOW) == len(before) == 7
        clocks.refresh(handled.case)
    assert handled.case.due_at is None
    assert ring(at("2026-12-20 10:00")) == 0
    until = at("2026-11-30 10:00")
    calendar = get_calendar()
    with transaction.atomic():
        assert clocks.resume_all(whistle=handled, now=until, calendar=calendar) == 7
        clocks.refresh(handled.case)
    pause = calendar.working_time_between(NOW, until)
    for row in CaseDeadline.objects.running().filter(whistle=handled):
        assert calendar.working_time_between(before[row.pk], row.due_at) == pause
    assert handled.case.due_at is not None
    assert ring(at("2026-12-20 10:00")) > 0


def test_ending_a_paused_clock_ends_its_pause(handled: Whistle) -> None:
    clocks.pause_all(whistle=handled, now=NOW)
    later = at("2026-11-25 10:00")
    clocks.end_all(handled, now=later, outcome=CaseDeadline.Outcome.CANCELLED)
    assert set(CasePause.objects.values_list("ended_at", flat=True)) == {later}
    assert not CaseDeadline.objects.exclude(paused_at=None).exists()


def test_the_worksheet_shows_the_pause_and_counts_none_of_it(handled: Whistle) -> None:
    clocks.pause_all(whistle=handled, now=at("2026-11-24 10:00"))
    clocks.resume_all(whistle=handled, now=at("2026-11-26 10:00"), calendar=get_calendar())
    row = next(d for d in get_deadlines(handled.case) if d.step == "close")
    watch = Watch(calendar=get_calendar(), now=at("2026-11-26 11:00"))
    assert len(running_spans(row, until=watch.now)) == 2
    lines = worksheet(row, watch, until=watch.now)
    assert [line.counted for line in lines if "10:00" in line.note and line.counted == "0"] == ["0"]
    counted = watch.calendar.working_minutes_between(row.started_at, watch.now) - 2 * 7 * 60
    assert watch.took(row) == counted


def test_the_database_refuses_a_paused_clock_that_would_ring(handled: Whistle) -> None:
    with pytest.raises(Error, match="paused_is_silent"), transaction.atomic():
        CaseDeadline.objects.filter(whistle=handled).update(paused_at=NOW)


def test_only_one_pause_lasts_at_a_time(handled: Whistle) -> None:
    row = CaseDeadline.objects.filter(whistle=handled)[0]
    CasePause.objects.create(deadline=row, started_at=NOW)
    with pytest.raises(Error, match="paused_once"), transaction.atomic():
        CasePause.objects.create(deadline=row, started_at=NOW)


def test_resuming_what_runs_is_a_mistake_of_the_caller(handled: Whistle) -> None:
    row: Deadline = CaseDeadline.objects.filter(whistle=handled)[0]
    with pytest.raises(AssertionError):
        row.resume(now=NOW, calendar=CALENDAR)


def test_a_pause_into_a_year_without_notice_makes_the_limit_provisional(world: World) -> None:
    whistle = dispatched(world, now=at("2026-12-21 10:00"))[0].whistle
    closing = CaseDeadline.objects.get(whistle=whistle, step="close")
    assert (closing.due_at, closing.provisional) == (at("2026-12-28 17:00"), False)
    clocks.pause_all(whistle=whistle, now=at("2026-12-22 09:00"))
    clocks.resume_all(whistle=whistle, now=at("2026-12-28 09:00"), calendar=get_calendar())
    closing.refresh_from_db()
    assert (closing.due_at, closing.provisional) == (at("2027-01-01 17:00"), True)
