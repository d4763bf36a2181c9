"""The ladder is planned in order, never before the promise, never after the wrong day."""

from datetime import timedelta

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


@given(
    amount=st.integers(1, 20),
    unit=st.sampled_from(list(LimitUnit)),
    minutes=st.integers(0, 60 * 24 * 200),
    percent=st.integers(1, 99),
    after=st.tuples(*[st.none() | st.integers(0, 15)] * 3),
)
def test_every_ladder_is_in_climbing_and_chronological_order(
    amount: int, unit: LimitUnit, minutes: int, percent: int, after: tuple[int | None, int | None, int | None]
) -> None:
    start = at("2026-01-01 00:00") + timedelta(minutes=minutes)
    limit = Limit(amount, unit)
    due = due_after(start=start, limit=limit, calendar=CALENDAR)
    rungs = plan(start=start, due=due, limit=limit, rule=LadderRule(percent, *after), calendar=CALENDAR)
    places = [CLIMBING_ORDER.index(step.rung) for step in rungs]
    assert places == sorted(set(places))
    assert [step.at for step in rungs] == sorted(step.at for step in rungs)
    assert start < rungs[0].at
    assert next(step.at for step in rungs if step.rung is Rung.RED) == due
    assert [Step.from_json(step.as_json()) for step in rungs] == rungs
