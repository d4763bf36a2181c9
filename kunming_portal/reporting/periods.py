"""Periods of the reporting pages, in Kunming time. Pure: `now` comes in, half-open windows come out.

A running period is cut off at `now` and compared with the same part of the one before it: eleven days
of November with eleven days of October, never with the whole of it.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

KUNMING = ZoneInfo("Asia/Shanghai")
LONGEST_DAYS = 3660
_DAY = dt.timedelta(days=1)


class Span(StrEnum):
    """Which period; the values stand in the address of the page."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True)
class Window:
    """Moments from `start` (included) to `until` (not included), both aware."""

    start: dt.datetime
    until: dt.datetime


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included, seen at `cutoff`."""

    span: Span
    first: dt.date
    last: dt.date
    cutoff: dt.datetime

    @property
    def end(self) -> dt.datetime:
        """The midnight with which the last day is over."""
        return midnight(self.last + _DAY)

    @property
    def is_running(self) -> bool:
        """Whether the cut-off lies inside: the figures still grow."""
        return self.cutoff < self.end

    @property
    def window(self) -> Window:
        """What has passed of the period."""
        return Window(midnight(self.first), max(min(self.end, self.cutoff), midnight(self.first)))

    @property
    def last_shown(self) -> dt.date:
        """The last day that can hold anything: today while the period runs."""
        return min(self.last, local_day(self.cutoff))

    @property
    def before(self) -> Window:
        """The period before; of a running one the same part of it, at most up to where this one starts."""
        start = midnight(self._first_before())
        if not self.is_running:
            return Window(start, midnight(self.first))
        return Window(start, min(start + (self.window.until - self.window.start), midnight(self.first)))

    def _first_before(self) -> dt.date:
        match self.span:
            case Span.MONTH:
                return months_before(self.first, 1)
            case Span.QUARTER:
                return months_before(self.first, 3)
            case Span.YEAR:
                return self.first.replace(year=self.first.year - 1)
            case Span.CUSTOM:
                return self.first - (self.last - self.first) - _DAY


def current(span: Span, *, now: dt.datetime) -> Period:
    """Return the month, quarter or year in which `now` lies in Kunming; CUSTOM is built by `between`."""
    today = local_day(now)
    match span:
        case Span.MONTH:
            first, length = today.replace(day=1), 1
        case Span.QUARTER:
            first, length = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3
        case Span.YEAR:
            first, length = today.replace(month=1, day=1), 12
        case Span.CUSTOM:
            raise ValueError("A custom period needs its days.")
    return Period(span, first, months_before(first, -length) - _DAY, now)


def between(first: dt.date, last: dt.date, *, now: dt.datetime) -> Period:
    """Return the days from `first` to `last`, both included. `first` must not lie after `last`."""
    if last < first:
        raise ValueError("A period does not end before it begins.")
    return Period(Span.CUSTOM, first, last, now)


def months_before(first: dt.date, count: int) -> dt.date:
    """Return the first day of the month `count` months before (negative: after) the month of `first`."""
    months = first.year * 12 + first.month - 1 - count
    return dt.date(months // 12, months % 12 + 1, 1)


def last_months(count: int, *, now: dt.datetime) -> list[dt.date]:
    """Return the first days of the last `count` months in order, the running one included."""
    this = local_day(now).replace(day=1)
    return [months_before(this, back) for back in range(count - 1, -1, -1)]


def midnight(day: dt.date) -> dt.datetime:
    """Return the moment a day begins in Kunming."""
    return dt.datetime.combine(day, dt.time(), tzinfo=KUNMING)


def local_day(at: dt.datetime) -> dt.date:
    """Return the day of an aware moment in Kunming."""
    return at.astimezone(KUNMING).date()
