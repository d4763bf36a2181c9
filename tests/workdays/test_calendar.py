"""The calendar's rules on examples worked by hand."""

import datetime
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from kunming_portal.workdays import calendar, seeding

SHANGHAI = ZoneInfo("Asia/Shanghai")
WHOLE_DAY = 420


def local(day: str, time: str, zone: ZoneInfo = SHANGHAI) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone)


@pytest.fixture(scope="module")
def offices() -> calendar.Calendar:
    days = [day for year in (2025, 2026, 2027) for day in seeding.get_days(year)]
    return calendar.Calendar(
        exceptions={day.date: calendar.DayRule(day.is_working, day.name) for day in days},
        official_years=frozenset({2025, 2026}),
    )


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        # Wednesday before the holiday; 1-7 October are closed
        (("2026-09-30", "16:00"), 60, ("2026-09-30", "17:00")),
        (("2026-09-30", "16:00"), 61, ("2026-10-08", "09:01")),
        # Thursday 8, Friday 9, then Saturday 10 October is worked in exchange
        (("2026-10-09", "16:00"), 120, ("2026-10-10", "10:00")),
        (("2026-10-10", "16:30"), 60, ("2026-10-12", "09:30")),
        # Sunday 20 September is worked too
        (("2026-09-18", "16:00"), 60 + WHOLE_DAY, ("2026-09-20", "17:00")),
        # the lunch break does not count; the end of a segment is not moved to the next start
        (("2026-11-23", "11:00"), 60, ("2026-11-23", "12:00")),
        (("2026-11-23", "11:00"), 61, ("2026-11-23", "13:01")),
        # blown at lunch, in the evening, on a Sunday
        (("2026-11-23", "12:30"), 60, ("2026-11-23", "14:00")),
        (("2026-11-23", "19:00"), 60, ("2026-11-24", "10:00")),
        (("2026-11-22", "10:00"), 60, ("2026-11-23", "10:00")),
    ],
)
def test_minutes_around_national_day(
    offices: calendar.Calendar, start: tuple[str, str], minutes: int, due: tuple[str, str]
) -> None:
    assert offices.add_working_minutes(local(*start), minutes) == local(*due)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 5, "2026-10-13"),
        # received on a worked Sunday: that day is not counted either
        ("2026-09-20", 5, "2026-09-28"),
        # Friday the 18th: Sunday the 20th is the first day
        ("2026-09-18", 1, "2026-09-20"),
        # received on a rest day: the first working day counts
        ("2026-11-21", 1, "2026-11-23"),
    ],
)
def test_days_end_at_closing_time(offices: calendar.Calendar, start: str, days: int, due: str) -> None:
    for time in ("00:00", "09:00", "16:59", "23:59"):
        assert offices.add_working_days(local(start, time), days) == local(due, "17:00")
    assert offices.working_days_between(local(start, "10:00"), local(due, "17:00")) == days


def test_answers_are_in_utc(offices: calendar.Calendar) -> None:
    due = offices.add_working_minutes(local("2026-11-23", "09:00"), 30)
    assert due.tzinfo is datetime.UTC
    assert due.isoformat() == "2026-11-23T01:30:00+00:00"


def test_naive_moments_are_refused(offices: calendar.Calendar) -> None:
    naive = local("2026-11-23", "09:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        offices.add_working_minutes(naive, 1)
    with pytest.raises(ValueError, match="time zone"):
        offices.add_working_days(naive, 1)


def test_amounts_below_the_smallest_are_refused(offices: calendar.Calendar) -> None:
    start = local("2026-11-23", "09:00")
    with pytest.raises(ValueError, match="zero up"):
        offices.add_working_minutes(start, -1)
    with pytest.raises(ValueError, match="zero up"):
        offices.subtract_working_minutes(start, -1)
    with pytest.raises(ValueError, match="at least one day"):
        offices.add_working_days(start, 0)


def test_no_minutes_move_nothing(offices: calendar.Calendar) -> None:
    sunday = local("2026-11-22", "10:00")
    assert offices.add_working_minutes(sunday, 0) == sunday
    assert offices.subtract_working_minutes(sunday, 0) == sunday


def test_seconds_are_kept_and_dropped_where_stated(offices: calendar.Calendar) -> None:
    start = local("2026-11-23", "11:59:30")
    assert offices.add_working_minutes(start, 1) == local("2026-11-23", "13:00:30")
    assert offices.working_minutes_between(start, local("2026-11-23", "13:00:29")) == 0
    assert offices.working_minutes_between(start, local("2026-11-23", "13:00:30")) == 1
    assert offices.working_minutes_between(local("2026-11-23", "13:00:29"), start) == 0


def test_time_backwards_is_negative(offices: calendar.Calendar) -> None:
    early, late = local("2026-09-30", "16:00"), local("2026-10-08", "10:00")
    assert offices.working_minutes_between(early, late) == 120
    assert offices.working_minutes_between(late, early) == -120
    assert offices.working_days_between(late, early) == -1


def test_subtracting_over_lunch_and_holidays(offices: calendar.Calendar) -> None:
    assert offices.subtract_working_minutes(local("2026-11-23", "14:00"), 60) == local("2026-11-23", "13:00")
    assert offices.subtract_working_minutes(local("2026-11-23", "14:00"), 61) == local("2026-11-23", "11:59")
    assert offices.subtract_working_minutes(local("2026-10-08", "09:30"), 60) == local("2026-09-30", "16:30")


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        (("2026-11-23", "10:00"), ("2026-11-23", "10:00")),
        (("2026-11-23", "12:00"), ("2026-11-23", "13:00")),
        (("2026-11-23", "17:00"), ("2026-11-24", "09:00")),
        (("2026-09-30", "17:00"), ("2026-10-08", "09:00")),
    ],
)
def test_next_working_moment(
    offices: calendar.Calendar, at: tuple[str, str], moment: tuple[str, str]
) -> None:
    assert offices.next_working_moment(local(*at)) == local(*moment)


def test_a_walk_into_a_year_without_notice_is_provisional(offices: calendar.Calendar) -> None:
    start = local("2026-12-18", "10:00")
    inside, beyond = offices.add_working_days(start, 5), offices.add_working_days(start, 15)
    assert not offices.is_provisional(start, inside)
    assert offices.is_provisional(start, beyond)
    assert offices.is_provisional(beyond, start)


def test_the_year_ends_at_local_midnight(offices: calendar.Calendar) -> None:
    start = local("2026-12-31", "10:00")
    assert not offices.is_provisional(start, datetime.datetime(2026, 12, 31, 15, 59, tzinfo=datetime.UTC))
    assert offices.is_provisional(start, datetime.datetime(2026, 12, 31, 16, 0, tzinfo=datetime.UTC))


def test_an_override_carries_hours_of_its_own() -> None:
    short_day = calendar.DayRule(True, "大扫除", ((datetime.time(9), datetime.time(11)),))
    offices = calendar.Calendar(exceptions={datetime.date(2026, 11, 24): short_day})
    start = local("2026-11-23", "16:00")
    assert offices.add_working_minutes(start, 60 + 120) == local("2026-11-24", "11:00")
    assert offices.add_working_minutes(start, 60 + 121) == local("2026-11-25", "09:01")
    assert offices.add_working_days(start, 1) == local("2026-11-24", "11:00")


def test_hours_change_from_a_day_on() -> None:
    winter = ((datetime.time(9), datetime.time(12)), (datetime.time(13), datetime.time(16)))
    offices = calendar.Calendar(changes=((datetime.date(2026, 11, 24), winter),))
    start = local("2026-11-22", "10:00")
    assert offices.add_working_days(start, 1) == local("2026-11-23", "17:00")
    assert offices.add_working_days(start, 2) == local("2026-11-24", "16:00")
    assert offices.working_minutes_between(local("2026-11-23", "00:00"), local("2026-11-25", "00:00")) == 780


def test_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(calendar.NoOpenTime):
        calendar.Calendar(weekdays=frozenset())
    only_day = datetime.date(2026, 11, 24)
    offices = calendar.Calendar(weekdays=frozenset(), exceptions={only_day: calendar.DayRule(True)})
    assert offices.add_working_days(local("2026-11-01", "10:00"), 1) == local("2026-11-24", "17:00")


def test_a_walk_is_bounded() -> None:
    only_day = datetime.date(2026, 11, 24)
    offices = calendar.Calendar(weekdays=frozenset(), exceptions={only_day: calendar.DayRule(True)})
    after, before = local("2026-11-25", "10:00"), local("2026-11-23", "10:00")
    walks: tuple[Callable[[], datetime.datetime], ...] = (
        lambda: offices.add_working_minutes(after, 1),
        lambda: offices.add_working_days(after, 1),
        lambda: offices.next_working_moment(after),
        lambda: offices.subtract_working_minutes(before, 1),
    )
    for walk in walks:
        with pytest.raises(calendar.NoOpenTime):
            walk()


@pytest.mark.parametrize(
    "hours",
    [
        (),
        (("12:00", "09:00"),),
        (("09:00", "09:00"),),
        (("09:00", "12:00"), ("11:00", "17:00")),
        (("13:00", "17:00"), ("09:00", "12:00")),
    ],
)
def test_impossible_hours_are_refused(hours: tuple[tuple[str, str], ...]) -> None:
    segments = tuple((datetime.time.fromisoformat(a), datetime.time.fromisoformat(b)) for a, b in hours)
    with pytest.raises(calendar.BadHours):
        calendar.Calendar(segments=segments)
    with pytest.raises(calendar.BadHours):
        calendar.Calendar(exceptions={datetime.date(2026, 1, 1): calendar.DayRule(True, "", segments)})


def test_a_rest_day_with_hours_is_refused() -> None:
    rule = calendar.DayRule(False, "", calendar.OFFICE_HOURS)
    with pytest.raises(calendar.BadHours):
        calendar.Calendar(exceptions={datetime.date(2026, 1, 1): rule})


def test_changes_of_hours_out_of_order_are_refused() -> None:
    later, earlier = datetime.date(2026, 6, 1), datetime.date(2026, 1, 1)
    with pytest.raises(calendar.BadHours):
        calendar.Calendar(changes=((later, calendar.OFFICE_HOURS), (earlier, calendar.OFFICE_HOURS)))


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        ("2026-03-28", 240),
        ("2026-03-29", 180),  # 02:00 becomes 03:00
        ("2026-10-25", 300),  # 03:00 becomes 02:00
    ],
)
def test_a_change_of_clocks_changes_the_open_time_of_that_day_only(day: str, minutes: int) -> None:
    nights = calendar.Calendar(
        zone=BERLIN,
        weekdays=frozenset(range(7)),
        segments=((datetime.time(1), datetime.time(5)),),
    )
    start = local(day, "00:00", BERLIN)
    assert nights.working_minutes_between(start, local(day, "12:00", BERLIN)) == minutes
    assert nights.add_working_minutes(start, minutes) == local(day, "05:00", BERLIN)
    assert nights.subtract_working_minutes(local(day, "12:00", BERLIN), minutes) == local(
        day, "01:00", BERLIN
    )


def test_hours_inside_the_skipped_hour_do_not_exist() -> None:
    spans = ((datetime.time(2, 15), datetime.time(2, 45)), (datetime.time(3), datetime.time(4)))
    nights = calendar.Calendar(zone=BERLIN, weekdays=frozenset(range(7)), segments=spans)
    opened = nights.segments_on(datetime.date(2026, 3, 29))
    assert all(start < end for start, end in opened)
    assert all(before[1] <= after[0] for before, after in zip(opened, opened[1:], strict=False))
    assert (
        nights.working_minutes_between(
            local("2026-03-29", "00:00", BERLIN), local("2026-03-30", "00:00", BERLIN)
        )
        == 60
    )
