"""The working-day calendar (调休 included) as a value: no queries, no clock, no settings.

Conventions, the same in every method:

- Datetimes go in aware (a naive one raises `ValueError`) and come out in UTC. Days are dates in the
  calendar's own zone. All arithmetic is done on instants in UTC, so a change of clocks in the zone
  shortens or lengthens the open time of that day and nothing else.
- Open time is the union of half-open segments [start, end). Counting forward ends at the END of a
  segment, never at the next start: 180 minutes from 09:00 end at 12:00, not at 13:00. Counting
  backward mirrors it and ends at the START of a segment. So for `t` in open time
  `subtract(add(t, m), m) == t`, and for `t` in (start, end] of a segment `add(subtract(t, m), m) == t`.
- Every walk looks at no more than `HORIZON_DAYS` days, then raises `NoOpenTime`. Cost: O(days walked).
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kunming_portal.workdays.hours import (
    OFFICE_HOURS,
    BadHours,
    Change,
    DayRule,
    LocalRules,
    NoOpenTime,
    Segment,
    Span,
    check_rules,
    check_segments,
)
from kunming_portal.workdays.worksheets import DayLine, DayReason, TimeUnit, append_line

__all__ = [
    "OFFICE_HOURS",
    "BadHours",
    "Calendar",
    "DayLine",
    "DayReason",
    "DayRule",
    "LocalRules",
    "NoOpenTime",
    "Segment",
    "Span",
    "TimeUnit",
    "check_segments",
]

HORIZON_DAYS = 800
MONDAY_TO_FRIDAY = frozenset(range(5))
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """When the offices are open.

    `segments` are the hours of a working day; `changes` are (first day, hours) pairs in ascending
    order that replace them from that day on. `exceptions` beat the week. `official_years` are the
    years whose State Council notice is known; all others are provisional.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    segments: tuple[Segment, ...] = OFFICE_HOURS
    exceptions: Mapping[datetime.date, DayRule] = field(default_factory=lambda: MappingProxyType({}))
    official_years: frozenset[int] = frozenset()
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    changes: tuple[Change, ...] = ()
    local: Mapping[str, LocalRules] = field(default_factory=lambda: MappingProxyType({}))
    # answers that were worked out already: a batch of deadlines walks over the same days again and again
    _spans: dict[datetime.date, tuple[Span, ...]] = field(
        init=False, compare=False, repr=False, default_factory=dict
    )
    _places: dict[tuple[str, ...], Self] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_segments(self.segments)
        check_rules(self.exceptions, self.changes)
        for rules in self.local.values():
            check_rules(rules.exceptions, rules.changes)
        if not self.weekdays and not any(rule.working for rule in self.exceptions.values()):
            raise NoOpenTime(_("This calendar has no working day at all."))

    def at(self, codes: Iterable[str]) -> Self:
        """Return the calendar of the place with these codes, from the widest to the nearest: the nearest wins.

        `local` holds the rules of places by code; a place without any has this very calendar. Hours of a place
        hold from their first day on, its dates whatever the hours. No walk; remembered.
        """
        found = tuple(code for code in codes if code in self.local)
        if not found:
            return self
        if found not in self._places:
            exceptions, changes = dict(self.exceptions), self.changes
            for rules in (self.local[code] for code in found):
                exceptions |= rules.exceptions
                if rules.changes:
                    first = rules.changes[0][0]
                    changes = (*(change for change in changes if change[0] < first), *rules.changes)
            self._places[found] = replace(self, exceptions=exceptions, changes=changes, local={})
        return self._places[found]

    # -- questions about a day --------------------------------------------------------------------

    def is_working_day(self, day: datetime.date) -> bool:
        """Say whether offices work on `day`."""
        rule = self.exceptions.get(day)
        return rule.working if rule else day.weekday() in self.weekdays

    def segments_on(self, day: datetime.date) -> tuple[Span, ...]:
        """Return the open spans of `day` as UTC datetimes, in order; a rest day has none."""
        found = self._spans.get(day)
        if found is None:
            found = self._spans[day] = self._worked_out(day)
        return found

    def _worked_out(self, day: datetime.date) -> tuple[Span, ...]:
        if not self.is_working_day(day):
            return ()
        spans: list[Span] = []
        for opens, closes in self._hours_on(day):
            start, end = self.moment_of(day, opens), self.moment_of(day, closes)
            if start < end:  # a segment inside the hour that a change of clocks skips does not exist
                spans.append((start, end))
        return tuple(spans)

    def local_day(self, at: datetime.datetime) -> datetime.date:
        """Return the date of an instant in the calendar's zone."""
        return _aware(at).astimezone(self.zone).date()

    def is_provisional(self, start: datetime.datetime, end: datetime.datetime) -> bool:
        """Say whether the days from `start` to `end` touch a year without an official notice."""
        first, last = sorted((self.local_day(start).year, self.local_day(end).year))
        return any(year not in self.official_years for year in range(first, last + 1))

    # -- walks ------------------------------------------------------------------------------------

    def next_working_moment(self, at: datetime.datetime) -> datetime.datetime:
        """Return `at` when open, else the next start of a segment."""
        at = _aware(at)
        for start, end in self._spans_from(at):
            if at < end:
                return max(at, start)
        raise _too_far()

    def add_working_minutes(self, start: datetime.datetime, minutes: int) -> datetime.datetime:
        """Return the earliest instant with `minutes` of open time since `start`; 0 minutes: `start` itself.

        Ends within or at the end of a segment. Seconds are kept. Negative minutes raise `ValueError`.
        """
        return self.add_working_time(start, _amount(minutes))

    def add_working_time(self, start: datetime.datetime, length: datetime.timedelta) -> datetime.datetime:
        """Like `add_working_minutes`, for a length that is not negative and exact to the microsecond."""
        start = _aware(start)
        left = length
        if not left:
            return start
        for opens, closes in self._spans_from(start):
            begin = max(opens, start)
            if begin >= closes:
                continue
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        raise _too_far()

    def subtract_working_minutes(self, end: datetime.datetime, minutes: int) -> datetime.datetime:
        """Return the latest instant with `minutes` of open time until `end`; 0 minutes: `end` itself.

        The inverse of `add_working_minutes` (see the module's conventions for the boundaries).
        """
        end = _aware(end)
        left = _amount(minutes)
        if not left:
            return end
        for opens, closes in self._spans_back_from(end):
            finish = min(closes, end)
            if finish <= opens:
                continue
            if finish - opens >= left:
                return finish - left
            left -= finish - opens
        raise _too_far()

    def working_minutes_between(self, a: datetime.datetime, b: datetime.datetime) -> int:
        """Return the open time between two instants in whole minutes, negative when `b` is the earlier.

        Seconds are added up exactly and the incomplete minute at the end is dropped (towards zero).
        """
        if _aware(b) < _aware(a):
            return -self.working_minutes_between(b, a)
        return self.working_time_between(a, b) // datetime.timedelta(minutes=1)

    def working_time_between(self, a: datetime.datetime, b: datetime.datetime) -> datetime.timedelta:
        """Return the open time from `a` to `b`, exact to the microsecond; nothing when `b` is the earlier."""
        a, b = _aware(a), _aware(b)
        day, last = self.local_day(a), self.local_day(b)
        total = datetime.timedelta()
        while day <= last:
            total += self._open_on(day, a, b)
            day += _DAY
        return total

    def add_working_days(self, start: datetime.datetime, days: int) -> datetime.datetime:
        """Return the closing time of the `days`-th working day after the day of `start`.

        The day of receipt is not counted, whatever its hour (Civil Code art. 201; domain.md §10).
        `days` is at least 1, otherwise `ValueError`.
        """
        if days < 1:
            raise ValueError("A limit in working days is at least one day.")
        day = self.local_day(start)
        for _step in range(HORIZON_DAYS):
            day += _DAY
            spans = self.segments_on(day)
            days -= bool(spans)
            if not days:
                return spans[-1][1]
        raise _too_far()

    def working_days_between(self, a: datetime.datetime, b: datetime.datetime) -> int:
        """Return the working days after the day of `a` up to and including that of `b`: adding, inverted."""
        first, last = self.local_day(a), self.local_day(b)
        if last < first:
            return -self.working_days_between(b, a)
        days = (first + _DAY * step for step in range(1, (last - first).days + 1))
        return sum(bool(self.segments_on(day)) for day in days)

    def explain(
        self, start: datetime.datetime, end: datetime.datetime, unit: TimeUnit = TimeUnit.HOURS
    ) -> list[DayLine]:
        """Return the worksheet from `start` to `end`: what every day added in this unit, and why.

        In working days the day of receipt adds nothing and each later working day adds one day (its
        minutes stand beside it for information). In natural time every day adds its wall minutes.
        """
        start, end = _aware(start), _aware(end)
        lines: list[DayLine] = []
        spent = datetime.timedelta()
        day, last = self.local_day(start), self.local_day(end)
        first = day
        while day <= last:
            before = spent
            reason = self._reason(day, unit, is_first=day == first)
            if reason is DayReason.NATURAL:
                midnight, next_midnight = (self.moment_of(d, datetime.time()) for d in (day, day + _DAY))
                spent += max(datetime.timedelta(), min(end, next_midnight) - max(start, midnight))
            elif reason is not DayReason.START_DAY:
                spent += self._open_on(day, start, end)
            append_line(lines, self._line(day, reason, unit, before, spent))
            day += _DAY
        return lines

    # -- private ----------------------------------------------------------------------------------

    def _reason(self, day: datetime.date, unit: TimeUnit, *, is_first: bool) -> DayReason:
        if unit is TimeUnit.NATURAL:
            return DayReason.NATURAL
        if unit is TimeUnit.DAYS and is_first:
            return DayReason.START_DAY
        in_week = day.weekday() in self.weekdays
        rule = self.exceptions.get(day)
        if not self.is_working_day(day):
            if rule and rule.is_local and in_week:
                return DayReason.CLOSED
            # a weekend inside a holiday is named by its holiday
            return DayReason.HOLIDAY if in_week or (rule and rule.name) else DayReason.WEEKEND
        if not in_week:
            return DayReason.MAKE_UP
        return DayReason.OWN_HOURS if rule and rule.segments is not None else DayReason.WORKING

    def _line(
        self,
        day: datetime.date,
        reason: DayReason,
        unit: TimeUnit,
        before: datetime.timedelta,
        after: datetime.timedelta,
    ) -> DayLine:
        minute = datetime.timedelta(minutes=1)
        rule = self.exceptions.get(day)
        counts_day = unit is TimeUnit.DAYS and reason is not DayReason.START_DAY and self.is_working_day(day)
        return DayLine(
            first=day,
            last=day,
            reason=reason,
            name=rule.name if rule else "",
            minutes=after // minute - before // minute,
            days=int(counts_day),
            provisional=day.year not in self.official_years,
        )

    def _hours_on(self, day: datetime.date) -> tuple[Segment, ...]:
        rule = self.exceptions.get(day)
        if rule and rule.segments is not None:
            return rule.segments
        hours = self.segments
        for first, changed in self.changes:
            if day < first:
                break
            hours = changed
        return hours

    def moment_of(self, day: datetime.date, at: datetime.time) -> datetime.datetime:
        """The instant of a wall time: the first of two, and for a skipped time the moment of the change."""
        wall = datetime.datetime.combine(day, at, tzinfo=self.zone)
        before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
        if before is None or after is None or after <= before:
            return wall.astimezone(datetime.UTC)
        # the clocks skip this time; read with the offset after the change it lies before the change
        moment = wall.replace(fold=1).astimezone(datetime.UTC)
        while moment.astimezone(self.zone).utcoffset() == before:
            moment += datetime.timedelta(minutes=1)
        return moment.replace(second=0, microsecond=0)

    def _open_on(self, day: datetime.date, a: datetime.datetime, b: datetime.datetime) -> datetime.timedelta:
        """Open time of `day` that lies between `a` and `b`."""
        total = datetime.timedelta()
        for opens, closes in self.segments_on(day):
            total += max(datetime.timedelta(), min(closes, b) - max(opens, a))
        return total

    def _spans_from(self, at: datetime.datetime) -> Iterator[Span]:
        day = self.local_day(at)
        for step in range(HORIZON_DAYS):
            yield from self.segments_on(day + _DAY * step)

    def _spans_back_from(self, at: datetime.datetime) -> Iterator[Span]:
        day = self.local_day(at)
        for step in range(HORIZON_DAYS):
            yield from reversed(self.segments_on(day - _DAY * step))


def _aware(at: datetime.datetime) -> datetime.datetime:
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("A moment without a time zone is no moment.")
    return at.astimezone(datetime.UTC)


def _amount(minutes: int) -> datetime.timedelta:
    if minutes < 0:
        raise ValueError("Working minutes are counted from zero up; use the opposite method.")
    return datetime.timedelta(minutes=minutes)


def _too_far() -> NoOpenTime:
    return NoOpenTime(
        _("The working calendar has not enough open time within %(days)d days.") % {"days": HORIZON_DAYS}
    )
