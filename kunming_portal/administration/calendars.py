"""Days of the calendar entered on its pages: stored, on the trail, and the preview of what runs asked for."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays import entering
from kunming_portal.workdays.entering import LocalRule, Notice
from kunming_portal.workdays.models import CalendarYear, LocalDay
from kunming_portal.workdays.notices import Change, Difference
from whistle.models import Recalculation
from whistle.services import previewing
from whistle.services.previewing import Extent, Moving

YEAR_EVENT = "config.calendar_year"
LOCAL_EVENT = "config.local_day"


@dataclass(frozen=True)
class Foreseen:
    """What saving would do: day by day, and to running deadlines."""

    differences: list[Difference]
    counts: dict[str, int]
    moving: Moving


def foresee_notice(notice: Notice, *, now: datetime) -> Foreseen:
    """Return what entering the notice would change; nothing is stored. Refuses like `entering.compare_notice`."""
    differences = entering.compare_notice(notice)
    calendar = entering.with_notice(notice, differences)
    first, last = _days_of(notice)
    moving = previewing.count_moving(calendar=calendar, first=first, last=last, now=now)
    counts = Counter(difference.change.value for difference in differences)
    return Foreseen(differences, dict(counts), moving)


def foresee_local(rule: LocalRule, *, now: datetime) -> Moving:
    """Return how many running deadlines these days would change. Refuses like `entering.with_local`."""
    calendar = entering.with_local(rule, now=now)
    return previewing.count_moving(calendar=calendar, first=rule.first, last=rule.last, now=now)


def save_notice(notice: Notice, *, by: User, now: datetime) -> Recalculation | None:
    """Store the notice, record every changed day, and ask for the preview of the deadlines concerned.

    Returns the job that a person confirms; none when no running deadline crosses the year.
    """
    first, last = _days_of(notice)
    with transaction.atomic():
        differences = entering.enter_notice(notice, now=now)
        changed = [d for d in differences if d.change not in (Change.SAME, Change.KEPT)]
        days = {d.date.isoformat(): [_plain(d.before), _plain(d.after)] for d in changed}
        reason = _("Holidays of %(year)d: %(number)s") % {"year": notice.year, "number": notice.number}
        _record(
            f"{YEAR_EVENT}.published",
            CalendarYear(year=notice.year),
            stream=f"{YEAR_EVENT}:{notice.year}",
            label=str(notice.year),
            by=by,
            now=now,
            data={"notice_no": notice.number, "days": days},
        )
        return _ask(first, last, reason=reason, by=by, now=now)


def save_local(rule: LocalRule, *, by: User, now: datetime) -> Recalculation | None:
    """Store days of a place, record them with what they were, and ask for the preview like `save_notice`."""
    with transaction.atomic():
        before = entering.enter_local(rule, now=now)
        reason = _("%(name)s, %(place)s") % {"name": rule.name, "place": place_name(rule.place)}
        _record(
            f"{LOCAL_EVENT}.entered",
            LocalDay(),
            stream=f"{LOCAL_EVENT}:{rule.place or 'all'}",
            label=reason,
            by=by,
            now=now,
            data={"place": rule.place, "before": before, "after": entering.get_stored(rule)},
        )
        return _ask(rule.first, rule.last, reason=reason, by=by, now=now)


def remove_local(day: LocalDay, *, by: User, now: datetime) -> Recalculation | None:
    """Take a day of a place back, recorded, and ask for the preview like `save_notice`."""
    name = place_name(day.place)
    with transaction.atomic():
        reason = _("Taken back: %(name)s, %(place)s") % {"name": day.name, "place": name}
        _record(
            f"{LOCAL_EVENT}.removed",
            day,
            stream=f"{LOCAL_EVENT}:{day.place}",
            label=reason,
            by=by,
            now=now,
            data={
                "place": day.place,
                "before": [[day.date.isoformat(), day.is_working, day.name, day.segments]],
                "after": [],
            },
        )
        entering.remove_local(day, now=now)
        return _ask(day.date, day.date, reason=reason, by=by, now=now)


def find_place(text: str) -> str | None:
    """Return the code of a division or unit by its code or its only name; None when there is none, or several."""
    word = text.strip().split(" ")[0] if text.strip() else ""
    if Division.objects.filter(code=word).exists() or Unit.objects.filter(code=word).exists():
        return word
    codes = {
        *Division.objects.filter(name=text.strip()).values_list("code", flat=True)[:2],
        *Unit.objects.filter(name=text.strip()).values_list("code", flat=True)[:2],
    }
    return codes.pop() if len(codes) == 1 else None


def place_name(code: str) -> str:
    """Return the name of a place by its code; the code where it is gone. At most two queries."""
    return place_names([code])[code]


def place_names(codes: list[str]) -> dict[str, str]:
    """Return the names of places by their codes. Two queries."""
    found = dict(Division.objects.filter(code__in=codes).values_list("code", "name"))
    found |= dict(Unit.objects.filter(code__in=codes).values_list("code", "name"))
    return {code: found.get(code, code) if code else _("everywhere") for code in codes}


def _days_of(notice: Notice) -> tuple[date, date]:
    """Return the days concerned: the whole year, for it becomes official, and the days before it that are named."""
    return min(date(notice.year, 1, 1), *(day.date for day in notice.days)), date(notice.year, 12, 31)


def _ask(first: date, last: date, *, reason: str, by: User, now: datetime) -> Recalculation | None:
    extent = Extent(cause=Recalculation.Cause.CALENDAR, first_day=first, last_day=last)
    if not previewing.count_crossing(first=first, last=last):
        return None
    return previewing.ask(extent=extent, reason=reason[:300], by=by, now=now)


def _plain(day: Any) -> list[object] | None:
    return None if day is None else [day.is_working, day.name]


def _record(
    event: str, subject: Model, *, stream: str, label: str, by: User, now: datetime, data: dict[str, object]
) -> None:
    held = next((a for a in by.acting_appointments if Permission.CONFIGURE in a.role_definition.allows), None)
    trail.record(
        trail.Entry(
            stream=stream,
            event=event,
            subject=subject,
            label=label,
            at=now,
            by=by,
            unit_name=held.unit.short_name if held else "",
            data=data,
        )
    )
