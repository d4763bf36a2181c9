"""Days entered by the administrator: a year's notice as a whole, single days of a place. First what would change,
then the change; the edge records it on the trail and asks for the recalculation of what runs."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.errors import Refused
from kunming_portal.workdays import notices, selectors, services
from kunming_portal.workdays.calendar import Calendar, Segment
from kunming_portal.workdays.models import CalendarDay, CalendarYear, LocalDay
from kunming_portal.workdays.notices import Change, Difference, NoticeDay
from kunming_portal.workdays.selectors import EVERYWHERE

MOST_LOCAL_DAYS = 31


class DaysRefused(Refused):
    """Days that cannot be entered as they are; `code` names the field."""


@dataclass(frozen=True)
class Notice:
    """A year's notice as the office read it."""

    year: int
    number: str
    days: Sequence[NoticeDay]


@dataclass(frozen=True)
class LocalRule:
    """A run of days that differ at one place (`place` empty: everywhere)."""

    place: str
    first: datetime.date
    last: datetime.date
    is_working: bool
    name: str
    segments: tuple[Segment, ...] | None = None

    @property
    def dates(self) -> list[datetime.date]:
        """Every date of the run."""
        return [
            self.first + datetime.timedelta(days=step) for step in range((self.last - self.first).days + 1)
        ]

    @property
    def stored_hours(self) -> list[list[str]] | None:
        """The hours in the stored shape."""
        if self.segments is None:
            return None
        return [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in self.segments]


# -- a year's notice --------------------------------------------------------------------------------------
def compare_notice(notice: Notice) -> list[Difference]:
    """Return what the notice would change of the stored days. Refuses a notice that is none. One query."""
    notices.check(notice.days, year=notice.year)
    dates = {day.date for day in notice.days}
    rows = CalendarDay.objects.filter(date__year=notice.year) | CalendarDay.objects.filter(date__in=dates)
    stored = {
        row.date: (NoticeDay(row.date, row.is_working, row.name), row.source == services.OFFICE)
        for row in rows
    }
    return notices.compare(stored, notice.days)


def with_notice(notice: Notice, differences: Sequence[Difference]) -> Calendar:
    """Return the calendar as it would be with the notice, unsaved. Three queries."""
    touched = {d.date.isoformat() for d in differences if d.change not in (Change.KEPT, Change.SAME)}
    rows = selectors.get_rows()
    kept = [row for row in rows["days"] if row[4] != EVERYWHERE or row[0] not in touched]
    new = [
        [d.date.isoformat(), d.after.is_working, d.after.name, None, EVERYWHERE]
        for d in differences
        if d.after is not None and d.date.isoformat() in touched
    ]
    return selectors.build(rows | {"days": kept + new, "official": sorted({*rows["official"], notice.year})})


@transaction.atomic
def enter_notice(notice: Notice, *, now: datetime.datetime) -> list[Difference]:
    """Store the days of a notice and mark its year official; return what changed. The caller records it.

    Days the office entered by hand and the notice does not name stay. Refuses a notice that is none, and one
    after which nothing would be open. A constant number of queries.
    """
    CalendarYear.objects.select_for_update().filter(year=notice.year).first()
    differences = compare_notice(notice)
    services.check_open(with_notice(notice, differences), now=now)
    CalendarDay.objects.filter(date__in=[d.date for d in differences if d.change is Change.REMOVED]).delete()
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(date=d.date, is_working=d.after.is_working, name=d.after.name, source=services.NOTICE)
            for d in differences
            if d.after is not None and d.change in (Change.NEW, Change.CHANGED)
        ],
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["is_working", "name", "segments", "source"],
    )
    CalendarYear.objects.update_or_create(
        year=notice.year,
        defaults={
            "status": CalendarYear.Status.OFFICIAL,
            "notice_no": notice.number,
            "source": services.OFFICE,
        },
    )
    services.keep_version(now=now)
    return differences


# -- days of a place --------------------------------------------------------------------------------------
def with_local(rule: LocalRule, *, now: datetime.datetime) -> Calendar:
    """Return the calendar as it would be with these days, unsaved. Refuses, with the field, days that are none.

    Three queries.
    """
    check_local(rule)
    rows = selectors.get_rows()
    dates = {date.isoformat() for date in rule.dates}
    kept = [row for row in rows["days"] if row[4] != rule.place or row[0] not in dates]
    new = [[date, rule.is_working, rule.name, rule.stored_hours, rule.place] for date in sorted(dates)]
    found = selectors.build(rows | {"days": kept + new})
    services.check_open(found, now=now)
    return found


def check_local(rule: LocalRule) -> None:
    """Refuse days out of order, too many of them, and a rest day with hours."""
    if rule.last < rule.first:
        raise DaysRefused(_("The last day lies before the first."), code="last_day")
    if (rule.last - rule.first).days >= MOST_LOCAL_DAYS:
        raise DaysRefused(
            _("At most %(most)d days at once. Longer changes are working hours of their own.")
            % {"most": MOST_LOCAL_DAYS},
            code="last_day",
        )
    if rule.segments is not None and not rule.is_working:
        raise DaysRefused(_("A rest day has no working hours."), code="hours")


@transaction.atomic
def enter_local(rule: LocalRule, *, now: datetime.datetime) -> list[list[object]]:
    """Store the days of a place; return what they were before, for the trail. The caller records it.

    Refuses like `with_local`. A constant number of queries.
    """
    with_local(rule, now=now)
    before = get_stored(rule)
    values = {"is_working": rule.is_working, "name": rule.name, "segments": rule.stored_hours}
    if rule.place:
        LocalDay.objects.bulk_create(
            [LocalDay(place=rule.place, date=date, **values) for date in rule.dates],
            update_conflicts=True,
            unique_fields=["place", "date"],
            update_fields=list(values),
        )
    else:
        CalendarDay.objects.bulk_create(
            [CalendarDay(date=date, source=services.OFFICE, **values) for date in rule.dates],
            update_conflicts=True,
            unique_fields=["date"],
            update_fields=[*values, "source"],
        )
    services.keep_version(now=now)
    return before


def get_stored(rule: LocalRule) -> list[list[object]]:
    """Return the days of this place and run as they are stored now: date, working, name, hours. One query."""
    fields = ("date", "is_working", "name", "segments")
    found = (
        LocalDay.objects.filter(place=rule.place, date__range=(rule.first, rule.last)).values_list(*fields)
        if rule.place
        else CalendarDay.objects.filter(date__range=(rule.first, rule.last)).values_list(*fields)
    )
    return [[date.isoformat(), *rest] for date, *rest in found.order_by("date")]


@transaction.atomic
def remove_local(day: LocalDay, *, now: datetime.datetime) -> None:
    """Take a day of a place back: it is again what the wider places have. The caller records it. Six queries."""
    day.delete()
    services.keep_version(now=now)
