"""Points and grades as pure computation: more is never less, thresholds are exact, every line adds up."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from communities.grading import (
    Fact,
    Line,
    Rule,
    Source,
    appraised_from,
    full_years,
    grade_of,
    line_of,
    total,
    work_out,
)

ON = date(2026, 11, 28)
RULES = [
    Rule("service", "", Decimal("1.5"), Decimal(30)),
    Rule("education", "college", Decimal(8)),
    Rule("education", "bachelor", Decimal(12)),
    Rule("title", "junior", Decimal(5)),
    Rule("title", "intermediate", Decimal(10)),
    Rule("honour", "city", Decimal(4), Decimal(12)),
    Rule("appraisal", "excellent", Decimal(3), Decimal(18)),
]
halves = st.integers(0, 200).map(lambda number: Decimal(number) / 2)
days = st.dates(date(1980, 1, 1), date(2030, 12, 31))
facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["title", "honour", "appraisal"]),
        st.sampled_from(["junior", "intermediate", "city", "excellent", "unknown"]),
        days,
        st.text(max_size=4),
    ),
    max_size=12,
)


def points(found: list[Fact], on: date = ON, rules: list[Rule] = RULES) -> Decimal:
    return total(work_out(found, rules, on=on))


@given(start=days, more=st.integers(0, 9000), others=facts)
def test_more_years_never_lower_the_points(start: date, more: int, others: list[Fact]) -> None:
    service = Fact("service", "", start)
    assert points([service, *others], ON) <= points([service, *others], ON + timedelta(days=more))
    earlier = Fact("service", "", start - timedelta(days=more))
    assert points([service, *others]) <= points([earlier, *others])


@given(known=facts, one=facts)
def test_a_further_fact_never_lowers_the_points(known: list[Fact], one: list[Fact]) -> None:
    assert points(known) <= points([*known, *one])


@given(steps=st.lists(halves, min_size=1, max_size=12, unique=True), reached=halves)
def test_the_grade_is_the_highest_whose_threshold_is_reached(steps: list[Decimal], reached: Decimal) -> None:
    key = grade_of(reached, [(threshold, place) for place, threshold in enumerate(steps)])
    below = [threshold for threshold in steps if threshold <= reached]
    if key is None:
        assert not below
    else:
        assert steps[key] == max(below)


@given(known=facts, start=days)
def test_every_line_explains_its_points(known: list[Fact], start: date) -> None:
    for line in work_out([Fact("service", "", start), *known], RULES, on=ON):
        worth = line.each * line.count
        assert line.points == (worth if line.most is None else min(worth, line.most))
        assert line_of(line.as_data()) == line


def test_a_year_is_full_on_its_day_and_not_the_day_before() -> None:
    assert full_years(date(2020, 3, 2), date(2026, 3, 1)) == 5
    assert full_years(date(2020, 3, 2), date(2026, 3, 2)) == 6
    assert full_years(date(2020, 2, 29), date(2026, 2, 28)) == 5
    assert full_years(date(2027, 1, 1), ON) == 0


def test_only_the_highest_title_counts_and_honours_stop_at_their_most() -> None:
    titles = [Fact("title", "junior", ON, "助理"), Fact("title", "intermediate", ON, "社工师")]
    assert [line.value for line in work_out(titles, RULES, on=ON)] == ["intermediate"]
    honours = [Fact("honour", "city", date(2020, 1, day), f"第{day}次") for day in range(1, 6)]
    assert work_out(honours, RULES, on=ON) == [
        Line(
            Source.HONOUR,
            "city",
            5,
            Decimal(4),
            Decimal(12),
            Decimal(12),
            ("第1次", "第2次", "第3次", "第4次", "第5次"),
        )
    ]


def test_what_comes_later_does_not_count_yet() -> None:
    assert appraised_from(2026) == date(2027, 1, 1)
    good = Fact("appraisal", "excellent", appraised_from(2026), "2026")
    assert points([good], date(2026, 12, 31)) == 0
    assert points([good], date(2027, 1, 1)) == 3


def test_the_threshold_itself_is_reached() -> None:
    steps = [(Decimal(0), 1), (Decimal(10), 2)]
    assert grade_of(Decimal("9.5"), steps) == 1
    assert grade_of(Decimal(10), steps) == 2
    assert grade_of(Decimal(-1), steps) is None
