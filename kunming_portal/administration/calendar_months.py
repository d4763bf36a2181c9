"""A year of the calendar as twelve months that can be read: every day with what it is, and why."""

import calendar as weeks
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.administration import calendars
from kunming_portal.ui import moments
from kunming_portal.workdays.models import CalendarDay, CalendarYear, LocalDay, WorkingHours
from kunming_portal.workdays.notices import Difference

MONDAY_FIRST = weeks.Calendar(firstweekday=0)


@dataclass(frozen=True)
class Day:
    """One cell: the number, a class, a mark of one character, and all of it in words."""

    number: int
    style: str = ""
    mark: str = ""
    words: str = ""


@dataclass(frozen=True)
class Month:
    """One month: its number, its weeks (None: a day of another month), how many days are worked."""

    number: int
    weeks: Sequence[Sequence[Day | None]]
    working: int


@dataclass(frozen=True)
class Line:
    """One exception in the list beside the months."""

    first: date
    last: date
    what: str
    name: str
    place: str = ""
    pk: int | None = None

    @property
    def days(self) -> str:
        """The day or the run of days, with weekdays."""
        first = f"{self.first:%m-%d} {moments.weekday(self.first)}"
        if self.last == self.first:
            return first
        return f"{first} – {self.last:%m-%d} {moments.weekday(self.last)}"


@dataclass(frozen=True)
class Year:
    """The page of one year."""

    year: int
    is_official: bool
    notice_no: str
    months: Sequence[Month]
    working: int
    lines: Sequence[Line]
    local: Sequence[Line]
    hours: Sequence[tuple[WorkingHours, str, str]]


def get_year(year: int, *, today: date) -> Year:
    """Return the page of a year. Six queries, whatever is stored."""
    row = CalendarYear.objects.filter(year=year).first()
    rules = {day.date: day for day in CalendarDay.objects.filter(date__year=year).order_by("date")}
    local = list(LocalDay.objects.filter(date__year=year).order_by("date", "place"))
    hours = list(WorkingHours.objects.order_by("place", "valid_from"))
    names = calendars.place_names(sorted({day.place for day in local} | {row.place for row in hours}))
    at_places: dict[date, list[str]] = {}
    for other in local:
        at_places.setdefault(other.date, []).append(f"{names[other.place]} {other.name}")
    months = [_month(year, number, rules, at_places, today) for number in range(1, 13)]
    return Year(
        year=year,
        is_official=row is not None and row.status == CalendarYear.Status.OFFICIAL,
        notice_no=row.notice_no if row is not None else "",
        months=months,
        working=sum(month.working for month in months),
        lines=_runs([_line(day.date, day.is_working, day.name, day.segments) for day in rules.values()]),
        local=[
            _line(day.date, day.is_working, day.name, day.segments, place=names[day.place], pk=day.pk)
            for day in local
        ],
        hours=[(row, names[row.place], hours_text(row.segments)) for row in hours],
    )


def rows_of(differences: Sequence[Difference]) -> list[tuple[Difference, str, str, str]]:
    """Return the days of a difference with their weekday and both sides in words."""
    return [
        (d, moments.weekday(d.date), _side(d.before, d.date), _side(d.after, d.date)) for d in differences
    ]


def hours_text(segments: Sequence[Sequence[str]] | None) -> str:
    """Return stored hours as people write them."""
    return " ".join(f"{start}-{end}" for start, end in segments or ())


def _side(day: object, on: date) -> str:
    working, name = getattr(day, "is_working", None), getattr(day, "name", "")
    if working is None:
        return _("ordinary weekend") if on.weekday() >= 5 else _("ordinary working day")
    return f"{_what(working, None)} {name}".strip()


def _what(working: bool, segments: object) -> str:
    if not working:
        return pgettext("calendar", "day off")
    return _("other hours") if segments else pgettext("calendar", "worked")


def _line(
    on: date,
    working: bool,
    name: str,
    segments: Sequence[Sequence[str]] | None,
    *,
    place: str = "",
    pk: int | None = None,
) -> Line:
    what = f"{_what(working, segments)} {hours_text(segments)}".strip()
    return Line(first=on, last=on, what=what, name=name, place=place, pk=pk)


def _runs(lines: Sequence[Line]) -> list[Line]:
    """Return days that follow each other and are alike as one line."""
    found: list[Line] = []
    for line in lines:
        before = found[-1] if found else None
        if (
            before
            and replace(before, first=line.first, last=line.first) == line
            and (line.first - before.last).days == 1
        ):
            found[-1] = replace(before, last=line.last)
        else:
            found.append(line)
    return found


def _month(
    year: int,
    number: int,
    rules: Mapping[date, CalendarDay],
    at_places: Mapping[date, Sequence[str]],
    today: date,
) -> Month:
    rows: list[list[Day | None]] = []
    working = 0
    for week in MONDAY_FIRST.monthdatescalendar(year, number):
        rows.append(
            [
                _day(on, rules.get(on), at_places.get(on, ()), today) if on.month == number else None
                for on in week
            ]
        )
        working += sum(
            rules[on].is_working if on in rules else on.weekday() < 5 for on in week if on.month == number
        )
    return Month(number=number, weeks=rows, working=working)


def _day(on: date, rule: CalendarDay | None, places: Sequence[str], today: date) -> Day:
    weekend = on.weekday() >= 5
    style, mark, words = ("is-weekend", "", "") if weekend else ("", "", "")
    if rule is not None and not rule.is_working:
        style, mark, words = "is-off", pgettext("calendar", "off"), rule.name
    elif rule is not None:
        style, mark = (
            ("is-worked", pgettext("calendar", "on"))
            if weekend
            else ("is-short", pgettext("calendar", "short"))
        )
        words = f"{rule.name} {hours_text(rule.segments)}".strip()
    if places:
        style, mark = f"{style} is-local", mark or pgettext("calendar", "local")
        words = "; ".join(part for part in (words, *places) if part)
    return Day(
        number=on.day, style=f"{style}{' is-today' if on == today else ''}".strip(), mark=mark, words=words
    )
