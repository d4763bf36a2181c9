"""Limits and the ladder, pure: when a promise is due, and what happens at which moment if it is not kept.

A ladder is planned once, when the deadline starts, from policy and calendar. Each rung is climbed at most
once, in the order of this page (domain.md §10: yellow, red with 催办, supervision 督办, leaders, upgrade).
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from kunming_portal.workdays.calendar import Calendar, TimeUnit


class LimitUnit(StrEnum):
    """How a limit is counted."""

    NATURAL_MINUTE = "natural_minute"
    NATURAL_HOUR = "natural_hour"
    NATURAL_DAY = "natural_day"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    FIXED_TIME = "fixed_time"

    @property
    def is_natural(self) -> bool:
        """Whether the clock runs day and night."""
        return self in {LimitUnit.NATURAL_MINUTE, LimitUnit.NATURAL_HOUR, LimitUnit.NATURAL_DAY}

    @property
    def counts_days(self) -> bool:
        """Whether working days are counted, so that the day of receipt is not."""
        return self in {LimitUnit.WORKING_DAY, LimitUnit.FIXED_TIME}

    @property
    def counted_in(self) -> TimeUnit:
        """Return what the calendar's worksheet counts for a limit in this unit."""
        if self.is_natural:
            return TimeUnit.NATURAL
        return TimeUnit.DAYS if self.counts_days else TimeUnit.HOURS


class Rung(StrEnum):
    """What happens, in climbing order."""

    YELLOW = "yellow"
    RED = "red"
    SUPERVISION = "supervision"
    LEADERS = "leaders"
    UPGRADE = "upgrade"
    LAPSE = "lapse"


CLIMBING_ORDER = tuple(Rung)


@dataclass(frozen=True)
class Limit:
    """So much of a unit of time: 5 working days, 15 natural minutes, 17:00 of the 2nd working day.

    `clock` is the wall time of a fixed time, and only of that.
    """

    amount: int
    unit: LimitUnit
    clock: time | None = None

    def __post_init__(self) -> None:
        if (self.clock is not None) is not (self.unit is LimitUnit.FIXED_TIME):
            raise ValueError("A fixed time has a clock, every other limit has none.")


@dataclass(frozen=True)
class Step:
    """A rung and the moment it is planned for."""

    rung: Rung
    at: datetime

    def as_json(self) -> dict[str, str]:
        """Return the form that is stored with the deadline."""
        return {"rung": self.rung.value, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Step":
        """Read what `as_json` wrote."""
        return cls(rung=Rung(stored["rung"]), at=datetime.fromisoformat(stored["at"]))


@dataclass(frozen=True)
class LadderRule:
    """When the rungs come. Percent of the limit for yellow; working days after due for the rest; None = never.

    `lapse_days` alone is counted from the start: so many working days without an answer, and the matter is over.
    """

    yellow_percent: int = 75
    supervision_after: int | None = None
    leaders_after: int | None = None
    upgrade_after: int | None = None
    lapse_days: int | None = None


def due_after(*, start: datetime, limit: Limit, calendar: Calendar) -> datetime:
    """Return the moment a limit that starts at `start` (aware) ends.

    Natural time runs on, a natural day is 24 hours; working hours run from the moment; of working days the day
    of receipt is not counted and the last one ends with its closing time (Civil Code art. 201), or, for a fixed
    time, at the clock that is named.
    """
    match limit.unit:
        case LimitUnit.NATURAL_MINUTE:
            return start + timedelta(minutes=limit.amount)
        case LimitUnit.NATURAL_HOUR:
            return start + timedelta(hours=limit.amount)
        case LimitUnit.NATURAL_DAY:
            return start + timedelta(days=limit.amount)
        case LimitUnit.WORKING_HOUR:
            return calendar.add_working_minutes(start, limit.amount * 60)
        case LimitUnit.WORKING_DAY:
            return calendar.add_working_days(start, limit.amount)
        case LimitUnit.FIXED_TIME:
            assert limit.clock is not None, "kept by the limit itself"
            last = calendar.local_day(calendar.add_working_days(start, limit.amount))
            return calendar.moment_of(last, limit.clock)


def plan(*, start: datetime, due: datetime, limit: Limit, rule: LadderRule, calendar: Calendar) -> list[Step]:
    """Return the rungs with their planned moments, in climbing order, never out of chronological order.

    Yellow comes when `yellow_percent` of the time between start and due is used, counted like the limit
    itself, or one working day before due, whichever is first (domain.md §10). A yellow that would fall on
    or before the start is left out.
    """
    steps = [Step(Rung.RED, due)]
    yellow = _yellow(start=start, due=due, limit=limit, rule=rule, calendar=calendar)
    if start < yellow < due:
        steps.insert(0, Step(Rung.YELLOW, yellow))
    later = (
        (Rung.SUPERVISION, rule.supervision_after),
        (Rung.LEADERS, rule.leaders_after),
        (Rung.UPGRADE, rule.upgrade_after),
    )
    for rung, days in later:
        if days is not None:
            at = max(calendar.add_working_days(due, days) if days else due, steps[-1].at)
            steps.append(Step(rung, at))
    if rule.lapse_days is not None:
        steps.append(Step(Rung.LAPSE, max(calendar.add_working_days(start, rule.lapse_days), steps[-1].at)))
    return steps


def length_of_pause(*, start: datetime, end: datetime, natural: bool, calendar: Calendar) -> timedelta:
    """Return how long a pause was on this clock: wall time, or exactly the working time in it."""
    return end - start if natural else calendar.working_time_between(start, end)


def moved(at: datetime, by: timedelta, *, natural: bool, calendar: Calendar) -> datetime:
    """Return a moment moved later by a pause of this length on this clock."""
    return at + by if natural else calendar.add_working_time(at, by)


def moved_steps(
    steps: list[Step], *, climbed: int, by: timedelta, natural: bool, calendar: Calendar
) -> list[Step]:
    """Return the ladder after a pause: rungs that were climbed stay in the past, the others move with the limit."""
    return [
        step if place < climbed else Step(step.rung, moved(step.at, by, natural=natural, calendar=calendar))
        for place, step in enumerate(steps)
    ]


def _yellow(
    *, start: datetime, due: datetime, limit: Limit, rule: LadderRule, calendar: Calendar
) -> datetime:
    if limit.unit.is_natural:
        return start + (due - start) * rule.yellow_percent // 100
    total = calendar.working_minutes_between(start, due)
    at_percent = calendar.add_working_minutes(start, total * rule.yellow_percent // 100)
    if not limit.unit.counts_days or limit.amount < 2:
        return at_percent
    return min(at_percent, calendar.add_working_days(start, limit.amount - 1))
