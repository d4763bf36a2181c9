"""What every day added to a limit, and why: the lines of a worksheet. Pure."""

import datetime
import enum
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _


class TimeUnit(enum.StrEnum):
    """In what a limit is counted (domain.md §10)."""

    NATURAL = "natural"  # N: round the clock, every day
    HOURS = "hours"  # H: open time
    DAYS = "days"  # D: working days, the day of receipt not counted


class DayReason(enum.StrEnum):
    """Why a day counts, or does not, in a worksheet."""

    NATURAL = "natural"
    START_DAY = "start_day"
    WORKING = "working"
    MAKE_UP = "make_up"
    OWN_HOURS = "own_hours"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    WEEKEND = "weekend"

    @property
    def label(self) -> str:
        """The reason in the reader's language."""
        return {
            DayReason.NATURAL: _("counted round the clock"),
            DayReason.START_DAY: _("day of receipt, not counted"),
            DayReason.WORKING: _("working day"),
            DayReason.MAKE_UP: _("working day in exchange"),
            DayReason.OWN_HOURS: _("working day with hours of its own"),
            DayReason.HOLIDAY: _("public holiday"),
            DayReason.CLOSED: _("closed here"),
            DayReason.WEEKEND: _("weekend"),
        }[self]


@dataclass(frozen=True)
class DayLine:
    """One line of a worksheet: a day, or a run of rest days alike.

    `minutes` and `days` are what the line adds. `name` is the holiday or the exception, often empty.
    The minutes of all lines add up to the minutes of the whole walk (seconds are carried over).
    """

    first: datetime.date
    last: datetime.date
    reason: DayReason
    name: str
    minutes: int
    days: int
    provisional: bool


def append_line(lines: list[DayLine], line: DayLine) -> None:
    """Add a line; a rest day like the one before it only makes that line longer."""
    rest = line.reason in (DayReason.HOLIDAY, DayReason.CLOSED, DayReason.WEEKEND)
    if rest and lines and replace(lines[-1], first=line.first, last=line.last) == line:
        lines[-1] = replace(lines[-1], last=line.last)
    else:
        lines.append(line)
