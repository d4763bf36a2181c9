"""The stored calendar as a value."""

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from kunming_portal.workdays import calendar
from kunming_portal.workdays.models import CalendarDay, CalendarYear, WorkingHours, parse_segments


def get_calendar(on: datetime.date | None = None) -> calendar.Calendar:
    """Return the calendar with every known exception and year, in three queries.

    Without `on`, each day has the hours in force on that day: what deadlines and figures need. With
    `on`, all days have the hours in force on `on`. Before the first row of hours: the usual office
    hours. Load it once per service call or request and pass it on; it is a value and never stale
    half-way through. Raises `NoOpenTime` for a calendar without any open day.
    """
    hours = [
        (row.valid_from, parse_segments(row.segments)) for row in WorkingHours.objects.order_by("valid_from")
    ]
    fixed = calendar.OFFICE_HOURS
    if on is not None:
        fixed = next((segments for first, segments in reversed(hours) if first <= on), fixed)
        hours = []
    official = CalendarYear.objects.filter(status=CalendarYear.Status.OFFICIAL)
    return calendar.Calendar(
        zone=ZoneInfo(settings.TIME_ZONE),
        segments=fixed,
        changes=tuple(hours),
        exceptions={day.date: day.as_rule() for day in CalendarDay.objects.all()},
        official_years=frozenset(official.values_list("year", flat=True)),
    )
