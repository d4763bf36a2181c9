"""The seeded calendar against two independent sources, and the office's word against the seed."""

import datetime
from io import StringIO
from typing import Any

import chinese_calendar
import holidays
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from kunming_portal.workdays import calendar, planting, selectors, services
from kunming_portal.workdays.models import CalendarDay, CalendarYear, WorkingHours

pytestmark = pytest.mark.django_db
MAKE_UP_DAYS_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def days_of(first: int, last: int) -> list[datetime.date]:
    start, end = datetime.date(first, 1, 1), datetime.date(last, 12, 31)
    return [start + datetime.timedelta(days=step) for step in range((end - start).days + 1)]


def test_every_day_from_2015_to_2026_agrees_with_two_sources() -> None:
    planting.seed(years=range(2015, 2027))
    offices = selectors.get_calendar()
    china = holidays.country_holidays("CN", years=range(2014, 2028))
    for day in days_of(2015, 2026):
        ours = offices.is_working_day(day)
        assert ours == chinese_calendar.is_workday(day), day
        assert ours == china.is_working_day(day), day
    assert offices.official_years == frozenset(range(2015, 2027))


def test_2026_as_published() -> None:
    planting.seed(years=[2026])
    offices = selectors.get_calendar()
    assert sum(offices.is_working_day(day) for day in days_of(2026, 2026)) == 248
    made_up = CalendarDay.objects.filter(is_working=True).order_by("date")
    assert [f"{day.date:%m-%d}" for day in made_up] == MAKE_UP_DAYS_2026
    assert CalendarDay.objects.get(date="2026-09-20").name == "国庆节调休上班"
    assert CalendarDay.objects.get(date="2026-10-04").name == "国庆节"


def test_a_year_without_notice_is_provisional() -> None:
    seeded = planting.seed(years=[2026, 2027])
    assert (seeded.official, seeded.provisional) == ((2026,), (2027,))
    assert CalendarYear.objects.get(year=2027).status == CalendarYear.Status.PROVISIONAL
    offices = selectors.get_calendar()
    assert not offices.is_working_day(datetime.date(2027, 10, 1))
    assert offices.official_years == {2026}


def test_seeding_twice_changes_nothing() -> None:
    first = planting.seed(years=range(2018, 2028))
    again = planting.seed(years=range(2018, 2028))
    assert first.new == again.unchanged == CalendarDay.objects.count()
    assert (again.new, again.changed, again.removed) == (0, 0, 0)


def test_a_seeded_day_is_corrected_and_a_stale_one_removed() -> None:
    CalendarDay.objects.create(date="2026-10-01", is_working=True, name="?", source=services.SEEDED)
    CalendarDay.objects.create(date="2026-11-24", is_working=False, name="?", source=services.SEEDED)
    seeded = planting.seed(years=[2026])
    assert (seeded.changed, seeded.removed) == (1, 1)
    day = CalendarDay.objects.get(date="2026-10-01")
    assert (day.is_working, day.name) == (False, "国庆节")
    assert not CalendarDay.objects.filter(date="2026-11-24").exists()


def test_the_office_has_the_last_word_on_a_day() -> None:
    CalendarDay.objects.create(date="2026-10-01", is_working=True, name="值班", source=services.OFFICE)
    CalendarDay.objects.create(date="2026-11-24", is_working=False, name="停电", source=services.OFFICE)
    planting.seed(years=[2026])
    offices = selectors.get_calendar()
    assert offices.is_working_day(datetime.date(2026, 10, 1))
    assert not offices.is_working_day(datetime.date(2026, 11, 24))


def test_the_office_has_the_last_word_on_a_year() -> None:
    CalendarYear.objects.create(
        year=2027,
        status=CalendarYear.Status.OFFICIAL,
        notice_no="国办发明电〔2026〕7号",
        source=services.OFFICE,
    )
    seeded = planting.seed(years=[2026, 2027])
    assert (seeded.official, seeded.kept) == ((2026,), (2027,))
    assert CalendarYear.objects.get(year=2027).status == CalendarYear.Status.OFFICIAL
    assert not CalendarDay.objects.filter(date__year=2027).exists()


def test_the_command_says_what_it_did() -> None:
    out = StringIO()
    call_command("seed_calendar", "--from", "2026", "--to", "2027", stdout=out)
    assert "2026" in out.getvalue()
    assert CalendarYear.objects.count() == 2
    call_command("seed_calendar", stdout=out)
    assert CalendarYear.objects.filter(year=2018).exists()


@pytest.mark.parametrize("years", [("2027", "2026"), ("1949", "2026"), ("2026", "2300")])
def test_years_beyond_knowledge_are_refused(years: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("seed_calendar", "--from", years[0], "--to", years[1])
    assert not CalendarYear.objects.exists()


def test_the_calendar_is_loaded_in_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    planting.seed(years=range(2018, 2028))
    with django_assert_num_queries(3):
        selectors.get_calendar()


def test_stored_hours_hold_from_their_day_on() -> None:
    WorkingHours.objects.create(
        name="夏令", valid_from="2026-06-01", segments=[["08:30", "12:00"], ["14:30", "18:00"]]
    )
    summer, spring = datetime.date(2026, 6, 1), datetime.date(2026, 5, 29)
    offices = selectors.get_calendar()
    assert [end.hour for _start, end in offices.segments_on(spring)] == [4, 9]
    assert [end.hour for _start, end in offices.segments_on(summer)] == [4, 10]
    as_in_spring = selectors.get_calendar(on=spring)
    assert [end.hour for _start, end in as_in_spring.segments_on(summer)] == [4, 9]
    as_in_summer = selectors.get_calendar(on=summer)
    assert [end.hour for _start, end in as_in_summer.segments_on(spring)] == [4, 10]


def test_a_stored_day_may_have_hours_of_its_own() -> None:
    CalendarDay.objects.create(
        date="2026-11-24", is_working=True, name="半天", source=services.OFFICE, segments=[["09:00", "12:00"]]
    )
    assert len(selectors.get_calendar().segments_on(datetime.date(2026, 11, 24))) == 1


@pytest.mark.parametrize(
    "segments",
    [
        "09:00-17:00",
        [["09:00"]],
        [[9, 17]],
        [["9 Uhr", "17 Uhr"]],
        [],
        [["17:00", "09:00"]],
        [["09:00+08:00", "12:00"]],
    ],
)
def test_hours_that_are_no_hours_are_refused_with_a_sentence(segments: Any) -> None:
    hours = WorkingHours(name="常规", valid_from="2026-01-01", segments=segments)
    with pytest.raises(ValidationError) as refused:
        hours.full_clean()
    assert list(refused.value.message_dict) == ["segments"]


def test_the_usual_hours_are_valid() -> None:
    hours = WorkingHours(name="常规", valid_from=datetime.date(2026, 1, 1))
    hours.full_clean()
    hours.save()
    assert selectors.get_calendar().changes == ((datetime.date(2026, 1, 1), calendar.OFFICE_HOURS),)


def test_the_database_refuses_a_rest_day_with_hours() -> None:
    with pytest.raises(IntegrityError, match="rest_day_has_no_hours"), transaction.atomic():
        CalendarDay.objects.create(
            date="2026-01-01",
            is_working=False,
            name="",
            source=services.OFFICE,
            segments=[["09:00", "12:00"]],
        )
