"""The calendar against an independent one that looks at every minute on the clock on the wall, in any zone."""

import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kunming_portal.workdays.calendar import Calendar, DayRule, LocalRules
from tests.workdays.test_calendar_properties import as_segments, rules
from tests.workdays.test_calendar_properties import hours as any_hours

MINUTE = datetime.timedelta(minutes=1)
ONE_DAY = datetime.timedelta(days=1)
# a fortnight around a change of clocks in each zone: forwards, backwards, and by half an hour
CHANGES = [
    ("Asia/Shanghai", datetime.date(2026, 2, 10)),
    ("Europe/Berlin", datetime.date(2026, 3, 24)),
    ("Europe/Berlin", datetime.date(2026, 10, 20)),
    ("America/New_York", datetime.date(2026, 3, 4)),
    ("America/New_York", datetime.date(2026, 10, 28)),
    ("Australia/Lord_Howe", datetime.date(2026, 3, 31)),
    ("Australia/Lord_Howe", datetime.date(2026, 9, 30)),
]
LENGTH = 10
# where clocks change at night: spans that begin, end or lie there
at_night = st.lists(st.integers(2, 14), min_size=2, max_size=4, unique=True).map(
    lambda cuts: as_segments(cuts[: len(cuts) // 2 * 2])
)
hours = st.one_of(at_night, at_night, any_hours)


def minutes_of(zone: ZoneInfo, day: datetime.date) -> list[datetime.datetime]:
    """Return every minute of a local day, found by asking what the clock shows."""
    midnight = datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC)
    around = (midnight + MINUTE * step for step in range(-900, 2400))
    return [at for at in around if at.astimezone(zone).date() == day]


def oracle(offices: Calendar, first: datetime.date) -> list[tuple[datetime.datetime, bool]]:
    """Return every minute from `first` on and whether it is open: from the first minute at which the clock on the
    wall has reached the beginning of a span, until the first at which it has reached its end."""
    found = []
    for day in (first + ONE_DAY * step for step in range(LENGTH)):
        rule = offices.exceptions.get(day)
        spans = offices.segments
        for since, changed in offices.changes:
            if since <= day:
                spans = changed
        if rule is not None and rule.segments is not None:
            spans = rule.segments
        if not (rule.working if rule is not None else day.weekday() in offices.weekdays):
            spans = ()
        begun, ended = set(), set()
        for at in minutes_of(offices.zone, day):
            wall = at.astimezone(offices.zone).time()
            begun |= {span for span in spans if wall >= span[0]}
            ended |= {span for span in spans if wall >= span[1]}
            found.append((at, bool(begun - ended)))
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Calendar, datetime.date]:
    """A calendar in some zone with short days, rest days, made-up days and a change of hours; its first day."""
    zone, first = draw(st.sampled_from(CHANGES))
    days = st.integers(0, LENGTH - 1).map(lambda offset: first + ONE_DAY * offset)
    offices = Calendar(
        zone=ZoneInfo(zone),
        segments=draw(hours),
        weekdays=draw(st.one_of(st.just(frozenset(range(7))), st.frozensets(st.integers(0, 6), min_size=1))),
        exceptions=draw(st.dictionaries(days, rules, max_size=5)),
        changes=draw(st.one_of(st.just(()), st.tuples(st.tuples(days, hours)))),
        local={
            "53": LocalRules(draw(st.dictionaries(days, rules, max_size=3))),
            "5301": LocalRules(draw(st.dictionaries(days, rules, max_size=3))),
        },
    )
    return offices, first


@settings(max_examples=60, deadline=None)
@given(
    worlds(),
    st.integers(0, 9 * 1440),
    st.integers(0, 9 * 1440),
    st.sampled_from([(), ("53",), ("53", "5301")]),
)
def test_every_minute_counts_as_the_clock_on_the_wall_says(
    world: tuple[Calendar, datetime.date], one: int, other: int, place: tuple[str, ...]
) -> None:
    everywhere, first = world
    offices = everywhere.at(place)
    minutes = oracle(offices, first)
    spans = [span for step in range(LENGTH) for span in offices.segments_on(first + ONE_DAY * step)]
    opened = {start + MINUTE * step for start, end in spans for step in range((end - start) // MINUTE)}
    assert opened == {at for at, is_open in minutes if is_open}
    a, b = sorted((one % len(minutes), other % len(minutes)))
    start, end = minutes[a][0], minutes[b][0]
    count = sum(is_open for _at, is_open in minutes[a:b])
    assert offices.working_minutes_between(start, end) == count
    if not count:
        return
    due = offices.add_working_minutes(start, count)
    last_open = max(place for place in range(a, b) if minutes[place][1])
    assert due == minutes[last_open][0] + MINUTE
    assert offices.working_minutes_between(start, due) == count
    first_open = min(place for place in range(a, b) if minutes[place][1])
    assert offices.subtract_working_minutes(end, count) == minutes[first_open][0]


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 9 * 1440), st.integers(1, 400))
def test_adding_and_subtracting_are_inverse_in_any_zone(
    world: tuple[Calendar, datetime.date], offset: int, minutes: int
) -> None:
    offices, first = world
    start = datetime.datetime.combine(first, datetime.time(), tzinfo=datetime.UTC) + MINUTE * offset
    opened = offices.next_working_moment(start)
    due = offices.add_working_minutes(opened, minutes)
    assert offices.subtract_working_minutes(due, minutes) == opened
    assert offices.add_working_minutes(offices.subtract_working_minutes(due, minutes), minutes) == due


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 5 * 1440), st.integers(1, 900), st.integers(0, LENGTH - 1), st.integers(1, 6))
def test_a_new_day_off_never_makes_anything_due_earlier(
    world: tuple[Calendar, datetime.date], offset: int, minutes: int, day: int, days: int
) -> None:
    offices, first = world
    rest = {**offices.exceptions, first + ONE_DAY * day: DayRule(working=False, name="临时放假")}
    closed = Calendar(
        zone=offices.zone,
        segments=offices.segments,
        weekdays=offices.weekdays,
        changes=offices.changes,
        exceptions=rest,
    )
    start = datetime.datetime.combine(first, datetime.time(), tzinfo=datetime.UTC) + MINUTE * offset
    assert closed.add_working_minutes(start, minutes) >= offices.add_working_minutes(start, minutes)
    assert closed.add_working_days(start, days) >= offices.add_working_days(start, days)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 5 * 1440), st.integers(0, 1440), st.integers(1, 6))
def test_a_later_start_is_never_due_earlier(
    world: tuple[Calendar, datetime.date], offset: int, later: int, days: int
) -> None:
    offices, first = world
    start = datetime.datetime.combine(first, datetime.time(), tzinfo=datetime.UTC) + MINUTE * offset
    assert offices.add_working_days(start + MINUTE * later, days) >= offices.add_working_days(start, days)
    one, two = (offices.add_working_minutes(at, 90) for at in (start, start + MINUTE * later))
    assert one <= two


@settings(max_examples=60, deadline=None)
@given(
    worlds(),
    st.integers(0, 4 * 1440),
    st.integers(1, 300),
    st.lists(st.integers(0, 600), min_size=2, max_size=6),
)
def test_pauses_move_the_end_by_exactly_their_working_time(
    world: tuple[Calendar, datetime.date], offset: int, limit: int, lengths: list[int]
) -> None:
    """One pause after another, each applied to what the one before left, is the same as all of them at once."""
    offices, first = world
    start = datetime.datetime.combine(first, datetime.time(), tzinfo=datetime.UTC) + MINUTE * offset
    due, moment, stood = offices.add_working_minutes(start, limit), start, datetime.timedelta()
    for gap, length in zip(lengths[::2], lengths[1::2], strict=False):
        paused, resumed = moment + MINUTE * gap, moment + MINUTE * (gap + length)
        time = offices.working_time_between(paused, resumed)
        due, moment, stood = offices.add_working_time(due, time), resumed, stood + time
    assert due == offices.add_working_time(start, MINUTE * limit + stood)
