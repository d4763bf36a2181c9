"""Periods, rates and sparklines: pure."""

from datetime import date
from decimal import Decimal

import pytest

from kunming_portal.reporting import drawing, periods
from kunming_portal.reporting.forms import PeriodForm
from kunming_portal.reporting.periods import Span
from kunming_portal.reporting.rates import Rate, change
from tests.whistle.people import at

NOW = at("2026-11-25 10:24")


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Span.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Span.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_running_period_is_cut_off_and_compared_with_the_same_part(
    span: Span, first: date, last: date
) -> None:
    period = periods.current(span, now=NOW)
    assert (period.first, period.last, period.is_running) == (first, last, True)
    assert period.window == periods.Window(periods.midnight(first), NOW)
    assert period.before.until - period.before.start == NOW - periods.midnight(first)
    assert period.last_shown == date(2026, 11, 25)


def test_the_periods_before_begin_one_period_earlier() -> None:
    starts = [periods.local_day(periods.current(s, now=NOW).before.start) for s in list(Span)[:3]]
    assert starts == [date(2026, 10, 1), date(2026, 7, 1), date(2025, 1, 1)]


def test_half_past_eleven_on_new_years_eve_is_still_december_in_kunming() -> None:
    eve = at("2026-12-31 23:30")
    assert periods.current(Span.MONTH, now=eve).first == date(2026, 12, 1)
    assert periods.current(Span.YEAR, now=eve).last == date(2026, 12, 31)
    # half past midnight in Kunming is the old year in Greenwich
    assert periods.current(Span.QUARTER, now=at("2027-01-01 00:30")).first == date(2027, 1, 1)


def test_the_same_part_of_a_shorter_month_ends_with_that_month() -> None:
    period = periods.current(Span.MONTH, now=at("2026-03-31 12:00"))
    assert period.before == periods.Window(at("2026-02-01 00:00"), at("2026-03-01 00:00"))


def test_days_that_are_over_are_compared_with_as_many_days_before() -> None:
    period = periods.between(date(2026, 11, 11), date(2026, 11, 20), now=NOW)
    assert period.window == periods.Window(at("2026-11-11 00:00"), at("2026-11-21 00:00"))
    assert period.before == periods.Window(at("2026-11-01 00:00"), at("2026-11-11 00:00"))
    assert not period.is_running


def test_days_that_are_still_to_come_are_an_empty_window() -> None:
    window = periods.between(date(2027, 1, 1), date(2027, 1, 2), now=NOW).window
    assert window.start == window.until


def test_last_months_end_with_the_running_one() -> None:
    months = periods.last_months(13, now=at("2026-01-01 00:30"))
    assert (months[0], months[-1], len(months)) == (date(2025, 1, 1), date(2026, 1, 1), 13)


@pytest.mark.parametrize(
    ("rate", "percent"),
    [
        (Rate(0, 0), None),
        (Rate(4, 4), None),
        (Rate(5, 5), "100.0"),
        (Rate(682, 730), "93.4"),
        (Rate(1, 16), "6.3"),  # halves go up
        (Rate(9999, 10000), "99.9"),  # only all is all
        (Rate(1, 10000), "0.1"),  # only none is none
        (Rate(0, 7), "0.0"),
    ],
)
def test_a_rate_is_printed_with_one_decimal_or_not_at_all(rate: Rate, percent: str | None) -> None:
    assert rate.percent == (Decimal(percent) if percent else None)


def test_a_change_needs_two_rates() -> None:
    assert change(Rate(17, 20), Rate(18, 20)) == Decimal("-5.0")
    assert change(Rate(17, 20), Rate(3, 4)) is None
    assert change(Rate(), Rate(3, 20)) is None


def test_a_sparkline_skips_months_without_a_rate_and_needs_three() -> None:
    ten = Rate(9, 10)
    assert drawing.spark([ten, Rate(1, 2), ten]) is None
    line = drawing.spark([Rate(5, 10), Rate(1, 2), Rate(7, 10), Rate(9, 10)])
    assert line is not None
    assert line.points == "4.0,24.0 46.7,14.0 68.0,4.0"


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ({}, 0),
        ({"period": "year"}, 0),
        ({"period": "custom", "from": "2026-11-01", "to": "2026-11-02"}, 0),
        ({"period": "custom"}, 1),
        ({"period": "custom", "from": "2026-11-02", "to": "2026-11-01"}, 1),
        ({"period": "custom", "from": "0001-01-01", "to": "9999-12-31"}, 1),
        ({"period": "custom", "from": "31. 2.", "to": "x"}, 1),
        ({"period": "century"}, 1),
    ],
)
def test_a_period_that_makes_no_sense_is_answered_with_a_sentence(
    query: dict[str, str], sentences: int
) -> None:
    form = PeriodForm(query)
    period = form.chosen(now=NOW)
    assert len(form.sentences) == sentences
    if sentences:
        assert period == periods.current(Span.MONTH, now=NOW)
