"""The ladder is planned in order, never before the promise, never after the wrong day."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kunming_portal.deadlines.ladder import (
    CLIMBING_ORDER,
    LadderRule,
    Limit,
    LimitUnit,
    Rung,
    Step,
    due_after,
    plan,
)
from kunming_portal.workdays.calendar import Calendar
from tests.whistle.people import at

CALENDAR = Calendar(official_years=frozenset({2026}))
FULL = LadderRule(yellow_percent=75, supervision_after=3, leaders_after=5, upgrade_after=8)


@pytest.mark.parametrize(
    ("amount", "unit", "start", "due"),
    [
        (15, LimitUnit.NATURAL_MINUTE, "2026-11-21 23:50", "2026-11-22 00:05"),
        (24, LimitUnit.NATURAL_HOUR, "2026-11-21 10:00", "2026-11-22 10:00"),
        (4, LimitUnit.WORKING_HOUR, "2026-11-20 15:00", "2026-11-23 11:00"),  # Friday afternoon into Monday
        (2, LimitUnit.WORKING_HOUR, "2026-11-23 11:00", "2026-11-23 14:00"),  # over the lunch break
        (5, LimitUnit.WORKING_DAY, "2026-11-23 10:00", "2026-11-30 17:00"),
        (1, LimitUnit.WORKING_DAY, "2026-11-21 10:00", "2026-11-23 17:00"),  # received on a Saturday
    ],
)
def test_due_moments_worked_by_hand(amount: int, unit: LimitUnit, start: str, due: str) -> None:
    assert due_after(start=at(start), limit=Limit(amount, unit), calendar=CALENDAR) == at(due)


def steps(amount: int, unit: LimitUnit, start: str, rule: LadderRule = FULL) -> dict[Rung, Step]:
    limit, begin = Limit(amount, unit), at(start)
    due = due_after(start=begin, limit=limit, calendar=CALENDAR)
    return {s.rung: s for s in plan(start=begin, due=due, limit=limit, rule=rule, calendar=CALENDAR)}


def test_yellow_comes_at_the_percent_or_one_working_day_before_whichever_is_first() -> None:
    two_days = steps(2, LimitUnit.WORKING_DAY, "2026-11-23 10:00")
    assert two_days[Rung.YELLOW].at == at("2026-11-24 17:00")
    fifteen = steps(15, LimitUnit.WORKING_DAY, "2026-11-23 10:00")
    assert fifteen[Rung.YELLOW].at < at("2026-12-11 17:00")


def test_rungs_after_due_are_working_days() -> None:
    plan_ = steps(5, LimitUnit.WORKING_DAY, "2026-11-23 10:00")
    assert [plan_[r].at for r in (Rung.RED, Rung.SUPERVISION, Rung.LEADERS, Rung.UPGRADE)] == [
        at("2026-11-30 17:00"),
        at("2026-12-03 17:00"),
        at("2026-12-07 17:00"),
        at("2026-12-10 17:00"),
    ]


def test_a_rule_without_distances_has_only_lights() -> None:
    assert set(steps(4, LimitUnit.WORKING_HOUR, "2026-11-23 09:00", LadderRule())) == {Rung.YELLOW, Rung.RED}


@pytest.mark.parametrize(
    ("amount", "clock", "start", "due"),
    [
        (1, time(17), "2026-11-23 10:00", "2026-11-24 17:00"),  # the day of receipt is not counted
        (2, time(9, 30), "2026-11-20 15:00", "2026-11-24 09:30"),  # Friday: Monday is the first day
        (
            1,
            time(8),
            "2026-11-21 10:00",
            "2026-11-23 08:00",
        ),  # received on a Saturday, due before the office opens
        (1, time(20), "2026-11-23 21:00", "2026-11-24 20:00"),
    ],
)
def test_a_fixed_time_is_a_clock_on_a_working_day(amount: int, clock: time, start: str, due: str) -> None:
    limit = Limit(amount, LimitUnit.FIXED_TIME, clock)
    assert due_after(start=at(start), limit=limit, calendar=CALENDAR) == at(due)


def test_natural_days_run_on_over_a_weekend() -> None:
    limit = Limit(3, LimitUnit.NATURAL_DAY)
    assert due_after(start=at("2026-11-20 15:00"), limit=limit, calendar=CALENDAR) == at("2026-11-23 15:00")


def test_only_a_fixed_time_has_a_clock() -> None:
    with pytest.raises(ValueError, match="clock"):
        Limit(1, LimitUnit.FIXED_TIME)
    with pytest.raises(ValueError, match="clock"):
        Limit(1, LimitUnit.WORKING_DAY, time(17))


LIMITS = st.builds(
    Limit,
    amount=st.integers(1, 20),
    unit=st.sampled_from([unit for unit in LimitUnit if unit is not LimitUnit.FIXED_TIME]),
) | st.builds(Limit, amount=st.integers(1, 20), unit=st.just(LimitUnit.FIXED_TIME), clock=st.times())


@given(limit=LIMITS, minutes=st.integers(0, 60 * 24 * 200))
def test_more_of_a_unit_is_later_and_one_of_it_is_after_the_start(limit: Limit, minutes: int) -> None:
    start = at("2026-01-01 00:00") + timedelta(minutes=minutes)
    due = due_after(start=start, limit=limit, calendar=CALENDAR)
    assert due > start
    more = replace(limit, amount=limit.amount + 1)
    assert due_after(start=start, limit=more, calendar=CALENDAR) > due


@given(days=st.integers(1, 20), clock=st.times(), minutes=st.integers(0, 60 * 24 * 200))
def test_a_fixed_time_falls_on_the_day_that_the_working_days_end(
    days: int, clock: time, minutes: int
) -> None:
    start = at("2026-01-01 00:00") + timedelta(minutes=minutes)
    fixed = due_after(start=start, limit=Limit(days, LimitUnit.FIXED_TIME, clock), calendar=CALENDAR)
    counted = due_after(start=start, limit=Limit(days, LimitUnit.WORKING_DAY), calendar=CALENDAR)
    assert CALENDAR.local_day(fixed) == CALENDAR.local_day(counted)
    assert fixed.astimezone(CALENDAR.zone).time() == clock


@given(
    limit=LIMITS,
    minutes=st.integers(0, 60 * 24 * 200),
    percent=st.integers(1, 99),
    after=st.tuples(*[st.none() | st.integers(0, 15)] * 3),
)
def test_every_ladder_is_in_climbing_and_chronological_order(
    limit: Limit, minutes: int, percent: int, after: tuple[int | None, int | None, int | None]
) -> None:
    start = at("2026-01-01 00:00") + timedelta(minutes=minutes)
    due = due_after(start=start, limit=limit, calendar=CALENDAR)
    rungs = plan(start=start, due=due, limit=limit, rule=LadderRule(percent, *after), calendar=CALENDAR)
    places = [CLIMBING_ORDER.index(step.rung) for step in rungs]
    assert places == sorted(set(places))
    assert [step.at for step in rungs] == sorted(step.at for step in rungs)
    assert start < rungs[0].at
    assert next(step.at for step in rungs if step.rung is Rung.RED) == due
    assert [Step.from_json(step.as_json()) for step in rungs] == rungs
