"""How lengths and moments read, in both languages (interface.md §3.5)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.translation import override

from kunming_portal.ui import moments, spans

KUNMING = ZoneInfo("Asia/Shanghai")
WEDNESDAY = dt.datetime(2026, 11, 25, 10, 24, tzinfo=KUNMING)


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=KUNMING)


@pytest.mark.parametrize(
    ("minutes", "unit", "expected"),
    [
        (0, "working", [(0, "min")]),
        (46, "working", [(46, "min")]),
        (60, "working", [(1, "h")]),
        (336, "working", [(5, "h"), (36, "min")]),
        (420, "working", [(1, "d")]),
        (2 * 420 + 5 * 60 + 36, "working", [(2, "d"), (5, "h")]),
        (2 * 420 + 36, "working", [(2, "d")]),
        (420, "natural", [(7, "h")]),
        (1440 + 61, "natural", [(1, "d"), (1, "h")]),
        (-19, "working", [(19, "min")]),
    ],
)
def test_a_span_shows_its_two_largest_units(
    minutes: int, unit: spans.Unit, expected: list[tuple[int, str]]
) -> None:
    with override("en"):
        assert [(part.number, part.unit) for part in spans.format_span(minutes, unit)] == expected


def test_the_length_of_a_working_day_is_given_not_assumed() -> None:
    with override("en"):
        assert spans.span_text(480, per_day=480) == "1 d"
        assert spans.span_text(480, per_day=420) == "1 d 1 h"


def test_three_units_where_there_is_room() -> None:
    with override("en"):
        assert spans.span_text(1176, most=3) == "2 d 5 h 36 min"


@pytest.mark.parametrize(
    ("minutes", "english"), [(336, "5 h 36 min left"), (-19, "19 min overdue"), (0, "0 min left")]
)
def test_the_sign_decides_between_left_and_overdue(minutes: int, english: str) -> None:
    with override("en"):
        assert spans.left_text(minutes) == english


def test_figures_stand_in_bold_in_every_tense() -> None:
    with override("en"):
        assert spans.span_html(45, tense=spans.Tense.LATE) == "<b>45</b> min late"
        assert spans.span_html(540, tense=spans.Tense.TOOK) == "Took <b>1</b> d <b>2</b> h"
        assert spans.span_html(420, tense=spans.Tense.REVIEW) == "Review in <b>1</b> d"


@pytest.mark.parametrize(
    ("value", "english"),
    [
        (at(11, 25, 17), "today 17:00"),
        (at(11, 24, 15), "yesterday 15:00"),
        (at(11, 26, 10, 39), "tomorrow 10:39"),
        (at(11, 27, 17), "Fri 17:00"),
        (at(12, 1, 17), "Tue 17:00"),
        (at(12, 2, 17), "2 Dec 17:00"),
        (at(11, 20, 9, 40), "20 Nov 09:40"),
        (at(1, 4, 17, 0, 2027), "4 Jan 2027 17:00"),
    ],
)
def test_a_moment_is_relative_when_near_and_a_date_when_far(value: dt.datetime, english: str) -> None:
    with override("en"):
        assert moments.moment(value, WEDNESDAY) == english


def test_a_moment_is_shown_in_local_time_whatever_its_zone() -> None:
    midnight_in_kunming = dt.datetime(2026, 11, 25, 16, 0, tzinfo=dt.UTC)
    with override("en"):
        assert moments.moment(midnight_in_kunming, WEDNESDAY) == "tomorrow 00:00"


def test_the_brief_form_leaves_out_what_is_plain() -> None:
    with override("en"):
        assert moments.brief(at(11, 25, 11, 40), WEDNESDAY) == "11:40"
        assert moments.brief(at(11, 20, 10, 5), WEDNESDAY) == "20th, 10:05"
        assert moments.brief(at(12, 9, 17), WEDNESDAY) == "9 Dec 17:00"


def test_the_head_of_a_day_names_the_weekday_and_today() -> None:
    with override("en"):
        assert moments.day(WEDNESDAY, WEDNESDAY) == "Today, 25 Nov, Wed"
        assert moments.day(dt.date(2026, 11, 24), WEDNESDAY) == "24 Nov, Tue"


def test_chinese_reads_without_spaces_between_figure_and_unit(chinese: None) -> None:
    assert spans.left_text(1176) == "剩2天5时"
    assert spans.left_text(-19) == "超19分"
    assert spans.span_html(84, tense=spans.Tense.OVER) == "超<b>1</b>时<b>24</b>分"
    assert spans.span_html(45, tense=spans.Tense.LATE) == "迟<b>45</b>分"
    assert moments.moment(at(11, 25, 17), WEDNESDAY) == "今天17:00"
    assert moments.moment(at(11, 27, 17), WEDNESDAY) == "周五17:00"
    assert moments.moment(at(12, 9, 17), WEDNESDAY) == "12月9日 17:00"
    assert moments.moment(at(1, 4, 17, 0, 2027), WEDNESDAY) == "2027年1月4日 17:00"
    assert moments.brief(at(11, 20, 10, 5), WEDNESDAY) == "20日 10:05"
    assert moments.day(WEDNESDAY, WEDNESDAY) == "今天 11月25日 周三"
    assert translation.get_language() == "zh-hans"
