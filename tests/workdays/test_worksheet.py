"""The worksheet: every day accounted for, with its reason."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from kunming_portal.workdays import calendar, seeding
from kunming_portal.workdays.calendar import DayReason, TimeUnit

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime.datetime:
    return datetime.datetime(2026, month, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def offices() -> calendar.Calendar:
    days = [day for year in (2026, 2027) for day in seeding.get_days(year)]
    return calendar.Calendar(
        exceptions={day.date: calendar.DayRule(day.is_working, day.name) for day in days},
        official_years=frozenset({2026}),
    )


def brief(lines: list[calendar.DayLine]) -> list[tuple[str, str, str, int, int]]:
    return [
        (
            f"{line.first:%m-%d}" + (f"/{line.last:%m-%d}" if line.last != line.first else ""),
            line.reason.value,
            line.name,
            line.minutes,
            line.days,
        )
        for line in lines
    ]


def test_working_days_over_a_weekend(offices: calendar.Calendar) -> None:
    start = local(11, 20, 10)
    lines = offices.explain(start, offices.add_working_days(start, 2), TimeUnit.DAYS)
    assert brief(lines) == [
        ("11-20", "start_day", "", 0, 0),
        ("11-21/11-22", "weekend", "", 0, 0),
        ("11-23", "working", "", 420, 1),
        ("11-24", "working", "", 420, 1),
    ]


def test_working_hours_over_national_day(offices: calendar.Calendar) -> None:
    start = local(9, 30, 16)
    due = offices.add_working_minutes(start, 60 + 840 + 90)
    assert brief(offices.explain(start, due, TimeUnit.HOURS)) == [
        ("09-30", "working", "", 60, 0),
        ("10-01/10-07", "holiday", "国庆节", 0, 0),
        ("10-08", "working", "", 420, 0),
        ("10-09", "working", "", 420, 0),
        ("10-10", "make_up", "国庆节调休上班", 90, 0),
    ]


def test_natural_time_counts_every_day(offices: calendar.Calendar) -> None:
    start = local(9, 30, 22)
    lines = offices.explain(start, start + datetime.timedelta(hours=28), TimeUnit.NATURAL)
    assert brief(lines) == [
        ("09-30", "natural", "", 120, 0),
        ("10-01", "natural", "国庆节", 1440, 0),
        ("10-02", "natural", "国庆节", 120, 0),
    ]


def test_the_seconds_of_two_days_make_a_minute(offices: calendar.Calendar) -> None:
    start = local(11, 23, 16, 0, 30)
    due = offices.add_working_minutes(start, 100)
    lines = offices.explain(start, due)
    assert [line.minutes for line in lines] == [59, 41]
    assert sum(line.minutes for line in lines) == offices.working_minutes_between(start, due) == 100


def test_days_of_a_year_without_notice_are_marked(offices: calendar.Calendar) -> None:
    start = local(12, 30, 10)
    lines = offices.explain(start, offices.add_working_days(start, 2), TimeUnit.DAYS)
    assert [(line.first.year, line.provisional) for line in lines] == [
        (2026, False),
        (2026, False),
        (2027, True),
        (2027, True),
        (2027, True),
    ]
    assert brief(lines)[2] == ("01-01", "holiday", "元旦", 0, 0)


def test_hours_of_a_day_s_own_are_named() -> None:
    rule = calendar.DayRule(True, "大扫除", ((datetime.time(9), datetime.time(11)),))
    offices = calendar.Calendar(exceptions={datetime.date(2026, 11, 24): rule})
    lines = offices.explain(local(11, 24), local(11, 25))
    assert brief(lines)[0] == ("11-24", "own_hours", "大扫除", 120, 0)


def test_every_reason_has_words_for_people() -> None:
    with translation.override("en"):
        labels = {reason.label for reason in DayReason}
    assert len(labels) == len(DayReason)
