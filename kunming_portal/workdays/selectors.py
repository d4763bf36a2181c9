"""The stored calendar as a value, now and as it was."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import CharField, Value

from kunming_portal.workdays import calendar
from kunming_portal.workdays.hours import Change, DayRule, LocalRules
from kunming_portal.workdays.models import (
    CalendarDay,
    CalendarVersion,
    CalendarYear,
    LocalDay,
    WorkingHours,
    parse_segments,
)

Rows = dict[str, Any]  # days, hours and years as JSON holds them
EVERYWHERE = ""


def get_calendar(on: datetime.date | None = None) -> calendar.Calendar:
    """Return the calendar with every known exception and year, in three queries.

    It is the calendar of everywhere; `calendar.at(codes)` is that of one place. Without `on`, each day has the
    hours in force on that day: what deadlines and figures need. With `on`, all days have the hours in force on
    `on`. Before the first row of hours: the usual office hours. Load it once per service call or request and pass
    it on; it is a value and never stale half-way through. Raises `NoOpenTime` for a calendar without any open day.
    """
    return build(get_rows(), on=on)


def get_rows() -> Rows:
    """Return all that is stored of the calendar, in an order that does not change. Three queries."""
    fields = ("date", "is_working", "name", "segments", "place")
    everywhere = CalendarDay.objects.annotate(place=Value(EVERYWHERE, output_field=CharField()))
    days = everywhere.values_list(*fields).union(LocalDay.objects.values_list(*fields), all=True)
    hours = WorkingHours.objects.order_by("place", "valid_from").values_list(
        "valid_from", "segments", "place"
    )
    official = CalendarYear.objects.filter(status=CalendarYear.Status.OFFICIAL).order_by("year")
    return {
        "days": [[day.isoformat(), *rest] for day, *rest in days.order_by("date", "place")],
        "hours": [[first.isoformat(), *rest] for first, *rest in hours],
        "official": list(official.values_list("year", flat=True)),
    }


def build(rows: Rows, *, on: datetime.date | None = None) -> calendar.Calendar:
    """Return the calendar these rows make. No query. Refuses like `calendar.Calendar`."""
    exceptions = _exceptions(rows["days"])
    changes = _changes(rows["hours"])
    fixed, running = calendar.OFFICE_HOURS, changes.pop(EVERYWHERE, ())
    if on is not None:
        fixed = next((segments for first, segments in reversed(running) if first <= on), fixed)
        running, changes = (), {}
    usual = exceptions.pop(EVERYWHERE, {})
    places = exceptions.keys() | changes.keys()
    return calendar.Calendar(
        zone=ZoneInfo(settings.TIME_ZONE),
        segments=fixed,
        changes=running,
        exceptions=MappingProxyType(usual),
        official_years=frozenset(rows["official"]),
        local={p: LocalRules(exceptions.get(p, {}), changes.get(p, ())) for p in sorted(places)},
    )


def stamp_of(rows: Rows) -> str:
    """Return a mark that is another one whenever anything in the rows is. No query."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def get_versions() -> list[tuple[datetime.datetime, calendar.Calendar]]:
    """Return every version of the calendar with the moment it began, the oldest first. One query."""
    kept = CalendarVersion.objects.order_by("since", "id").values_list("since", "rows")
    return [(since, build(rows)) for since, rows in kept]


def _exceptions(days: Sequence[Sequence[Any]]) -> dict[str, Mapping[datetime.date, DayRule]]:
    found: dict[str, dict[datetime.date, DayRule]] = {}
    for day, working, name, segments, place in days:
        hours = None if segments is None else parse_segments(segments)
        rule = DayRule(working=working, name=name, segments=hours, is_local=bool(place))
        found.setdefault(place, {})[datetime.date.fromisoformat(day)] = rule
    return dict(found)


def _changes(hours: Sequence[Sequence[Any]]) -> dict[str, tuple[Change, ...]]:
    found: dict[str, tuple[Change, ...]] = {}
    for first, segments, place in hours:
        change = (datetime.date.fromisoformat(first), parse_segments(segments))
        found[place] = (*found.get(place, ()), change)
    return found
