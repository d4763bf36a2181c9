"""Laws of the calendar on random calendars, and a minute-by-minute oracle."""

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kunming_portal.workdays import calendar
from kunming_portal.workdays.calendar import Calendar, DayRule, Segment, TimeUnit

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY = datetime.date(2026, 9, 14)
MINUTE = datetime.timedelta(minutes=1)


def as_segments(cuts: Sequence[int]) -> tuple[Segment, ...]:
    """Ascending quarters of an hour, two by two, as hours."""
    times = [datetime.time(cut // 4, cut % 4 * 15) for cut in sorted(cuts)]
    return tuple(zip(times[::2], times[1::2], strict=True))


hours = st.sampled_from((2, 4, 6)).flatmap(
    lambda size: st.lists(st.integers(0, 95), min_size=size, max_size=size, unique=True).map(as_segments)
)
rules = st.one_of(
    st.builds(DayRule, working=st.just(False)),
    st.builds(DayRule, working=st.just(True), segments=st.one_of(st.none(), hours)),
)
days = st.integers(0, 13).map(lambda offset: FIRST_DAY + datetime.timedelta(days=offset))
calendars = st.builds(
    Calendar,
    segments=hours,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    exceptions=st.dictionaries(days, rules, max_size=6),
    changes=st.one_of(st.just(()), st.tuples(st.tuples(days, hours))),
)
moments = st.builds(
    lambda day, second: (
        datetime.datetime.combine(day, datetime.time(), tzinfo=SHANGHAI) + datetime.timedelta(seconds=second)
    ),
    days,
    st.integers(0, 86_399),
)
# the sparsest calendar opens a quarter of an hour a week: two of these stay within the horizon
amounts = st.integers(1, 600)


def is_open(offices: Calendar, at: datetime.datetime) -> bool:
    return any(start <= at < end for start, end in offices.segments_on(offices.local_day(at)))


def is_open_until(offices: Calendar, at: datetime.datetime) -> bool:
    return any(start < at <= end for start, end in offices.segments_on(offices.local_day(at)))


@given(calendars, moments, amounts)
def test_a_due_moment_lies_in_open_time_or_at_its_end(
    offices: Calendar, start: datetime.datetime, minutes: int
) -> None:
    due = offices.add_working_minutes(start, minutes)
    assert is_open_until(offices, due)
    assert offices.working_minutes_between(start, due) == minutes
    assert offices.working_minutes_between(due, start) == -minutes


@given(calendars, moments, amounts)
def test_subtracting_inverts_adding(offices: Calendar, at: datetime.datetime, minutes: int) -> None:
    start = offices.next_working_moment(at)
    assert is_open(offices, start)
    assert offices.subtract_working_minutes(offices.add_working_minutes(start, minutes), minutes) == start


@given(calendars, moments, amounts)
def test_adding_inverts_subtracting(offices: Calendar, at: datetime.datetime, minutes: int) -> None:
    end = offices.add_working_minutes(at, 1)
    begin = offices.subtract_working_minutes(end, minutes)
    assert is_open(offices, begin)
    assert offices.add_working_minutes(begin, minutes) == end


@given(calendars, moments, amounts, amounts)
def test_splitting_adds_up(offices: Calendar, start: datetime.datetime, one: int, other: int) -> None:
    in_steps = offices.add_working_minutes(offices.add_working_minutes(start, one), other)
    assert in_steps == offices.add_working_minutes(start, one + other)


@given(calendars, moments, moments, amounts, amounts)
def test_later_or_longer_is_never_due_earlier(
    offices: Calendar, a: datetime.datetime, b: datetime.datetime, one: int, other: int
) -> None:
    (early, late), (less, more) = sorted((a, b)), sorted((one, other))
    assert offices.add_working_minutes(early, less) <= offices.add_working_minutes(late, less)
    assert offices.add_working_minutes(early, less) <= offices.add_working_minutes(early, more)
    assert (offices.add_working_minutes(early, less) == offices.add_working_minutes(early, more)) == (
        less == more
    )


@given(calendars, moments, moments, moments)
def test_time_between_adds_up_on_whole_minutes(
    offices: Calendar, a: datetime.datetime, b: datetime.datetime, c: datetime.datetime
) -> None:
    a, b, c = sorted(moment.replace(second=0) for moment in (a, b, c))
    whole = offices.working_minutes_between(a, c)
    assert whole == offices.working_minutes_between(a, b) + offices.working_minutes_between(b, c)


@given(calendars, moments, st.integers(1, 30))
def test_n_working_days_hold_n_working_days(offices: Calendar, start: datetime.datetime, n: int) -> None:
    due = offices.add_working_days(start, n)
    last = offices.local_day(due)
    assert offices.is_working_day(last)
    assert due == offices.segments_on(last)[-1][1]
    first = offices.local_day(start)
    between = [first + datetime.timedelta(days=step) for step in range(1, (last - first).days + 1)]
    assert sum(offices.is_working_day(day) for day in between) == n
    assert offices.working_days_between(start, due) == n
    assert due < offices.add_working_days(start, n + 1)


@given(calendars, moments, amounts, st.sampled_from([TimeUnit.HOURS, TimeUnit.NATURAL]))
def test_a_worksheet_accounts_for_every_day_and_minute(
    offices: Calendar, start: datetime.datetime, minutes: int, unit: TimeUnit
) -> None:
    natural = unit is TimeUnit.NATURAL
    due = start + minutes * MINUTE if natural else offices.add_working_minutes(start, minutes)
    lines = offices.explain(start, due, unit)
    assert sum(line.minutes for line in lines) == minutes
    assert lines[0].first == offices.local_day(start)
    assert lines[-1].last == offices.local_day(due)
    for line, following in zip(lines, lines[1:], strict=False):
        assert following.first == line.last + datetime.timedelta(days=1)


@given(calendars, moments, st.integers(1, 20))
def test_a_worksheet_in_days_adds_up_to_the_days(offices: Calendar, start: datetime.datetime, n: int) -> None:
    lines = offices.explain(start, offices.add_working_days(start, n), TimeUnit.DAYS)
    assert sum(line.days for line in lines) == n
    assert lines[0].reason is calendar.DayReason.START_DAY


def oracle_is_open(offices: Calendar, at: datetime.datetime) -> bool:
    """Whether the minute beginning at `at` is open, read off the rules without any interval arithmetic."""
    day, time = at.date(), at.time()
    rule = offices.exceptions.get(day)
    if not (rule.working if rule else day.weekday() in offices.weekdays):
        return False
    spans = offices.segments
    for first, changed in offices.changes:
        spans = changed if first <= day else spans
    if rule and rule.segments is not None:
        spans = rule.segments
    return any(start <= time < end for start, end in spans)


@settings(max_examples=25, deadline=None)
@given(calendars, moments, st.integers(1, 1500))
def test_minute_by_minute(offices: Calendar, at: datetime.datetime, minutes: int) -> None:
    at = at.replace(second=0)
    walker, left, steps = at, minutes, 0
    while left and steps < 15 * 1440:
        left -= oracle_is_open(offices, walker)
        walker += MINUTE
        steps += 1
    assert offices.working_minutes_between(at, walker) == minutes - left
    if not left:
        assert offices.add_working_minutes(at, minutes) == walker
