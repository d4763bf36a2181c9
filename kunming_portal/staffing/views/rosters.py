"""The duty roster of a unit by week, and the hand-over from one shift to the next."""

import functools
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import Absence, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.duty.models import DutyShift
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from kunming_portal.staffing import selectors, services
from kunming_portal.staffing.forms import HandOverForm, ShiftForm
from kunming_portal.staffing.selectors import WEEK, monday_of
from kunming_portal.staffing.week import day_rows

FIELDS = {"day", "starts", "ends", "user"}
MOST_UNITS = 8
REACH = timedelta(days=5 * 366)


@require_GET
def roster(request: HttpRequest) -> HttpResponse:
    """Show a unit's week: who is on duty when. Others' units are not found (404); without any: 403."""
    user, now = _person(request), timezone.now()
    unit, units = _unit(request, user)
    monday = monday_of(_day(request.GET.get("week", ""), now))
    shifts = selectors.get_week(unit=unit, monday=monday)
    keeps = user.appointment_for(Permission.UNIT_ARRANGE, unit=unit) is not None
    rows = day_rows(
        shifts, monday=monday, user=user, keeps=keeps, now=now, problems=_problems(shifts, unit, now)
    )
    context: dict[str, Any] = {
        "now": now,
        "unit": unit,
        "units": units[:MOST_UNITS],
        "monday": monday,
        "sunday": rows[-1].day,
        "rows": rows,
        "keeps": keeps,
        "is_past": monday + WEEK <= timezone.localdate(now),
        "before": _address(unit, monday - WEEK),
        "after": _address(unit, monday + WEEK),
        "this_week": _address(unit, monday_of(timezone.localdate(now))),
        "first_free": max(monday, timezone.localdate(now)),
        "has_shifts": bool(shifts),
        "to_hand_over": list(selectors.get_to_hand_over(user=user, now=now)),
        "to_take_over": selectors.get_to_take_over(user=user, now=now),
    }
    return render(request, "staffing/roster.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Put somebody on a roster; for those who keep one (else 403)."""
    user, now = _person(request), timezone.now()
    unit = _kept_unit(request, user)
    day = _day(request.GET.get("day", ""), now)
    form = ShiftForm(request.POST or None, unit=unit, initial={"day": day})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                shift = services.add_shift(unit=unit, shift=form.shift, by=user, now=now)
            except Refused as refused:
                form.add_error(refused.code if refused.code in FIELDS else None, refused.sentence)
            else:
                messages.success(request, _("On the roster."))
                return redirect(_address(unit, monday_of(timezone.localdate(shift.starts_at))))
    back = _address(unit, monday_of(day))
    return render(request, "staffing/shift.html", {"form": form, "unit": unit, "back": back}, status=status)


@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """Enter the week before again."""
    user, now = _person(request), timezone.now()
    unit = _kept_unit(request, user)
    monday = monday_of(_day(request.GET.get("week", ""), now))
    try:
        copied = services.copy_week(unit=unit, monday=monday, by=user, now=now)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        if copied.shifts:
            messages.success(
                request,
                _("%(number)d shifts were copied from the week before.") % {"number": len(copied.shifts)},
            )
        for sentence in copied.left_out:
            messages.warning(request, _("Left out: %(why)s") % {"why": sentence})
    return redirect(_address(unit, monday))


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a shift off the roster, or end the running one."""
    user = _signed_in(request)
    shift = _visible(user, pk)
    try:
        services.end_shift(shift=shift, by=user, now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("Taken off the roster."))
    return redirect(_address(shift.unit, monday_of(timezone.localdate(shift.starts_at))))


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what is open; the form begins with the unit's late and urgent matters."""
    user, now = _signed_in(request), timezone.now()
    shift = _visible(user, pk)
    if shift.user_id != user.pk:
        raise Http404
    initial = {"left_open": shift.left_open or "\n".join(_open_matters(shift.unit, now))}
    form = HandOverForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.hand_over(shift=shift, by=user, now=now, **form.cleaned_data)
            except Refused as refused:
                form.add_error("left_open" if refused.code == "left_open" else None, refused.sentence)
            else:
                messages.success(request, _("Handed over."))
                return redirect(_address(shift.unit, monday_of(timezone.localdate(shift.starts_at))))
    context = {
        "now": now,
        "form": form,
        "shift": shift,
        "following": selectors.get_following(shift),
        "back": _address(shift.unit, monday_of(timezone.localdate(shift.starts_at))),
    }
    return render(request, "staffing/hand_over.html", context, status=status)


@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a hand-over with one tap."""
    user = _signed_in(request)
    shift = _visible(user, pk)
    try:
        services.take_over(shift=shift, by=user, now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("Taken over."))
    return redirect(_address(shift.unit, monday_of(timezone.localdate(shift.ends_at))))


def _signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _person(request: HttpRequest) -> User:
    user = _signed_in(request)
    if not user.can(Permission.CASE_VIEW):
        raise PermissionDenied(_("Rosters belong to the people of the units that handle cases."))
    return user


def _visible(user: User, pk: int) -> DutyShift:
    """Return a shift of a unit in the person's scope, or their own; others are not there (404)."""
    rows = DutyShift.objects.select_related("unit", "user")
    return get_object_or_404(rows.visible_to(user, Permission.CASE_VIEW), pk=pk)


def _unit(request: HttpRequest, user: User) -> tuple[Unit, list[Unit]]:
    """Return the unit that is asked for, else the person's first, and the units offered beside it."""
    units = selectors.get_own_units(user=user)
    asked = request.GET.get("unit", "")
    if asked:
        found = next((unit for unit in units if str(unit.pk) == asked), None)
        if found is None:
            key = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
            found = get_object_or_404(selectors.get_units(user=user), pk=key)
        return found, units
    arranged = selectors.arranged_units(user)
    first = next((unit for unit in units if unit.pk in arranged), units[0] if units else None)
    if first is None:
        raise PermissionDenied(_("Rosters belong to the people of the units that handle cases."))
    return first, units


def _kept_unit(request: HttpRequest, user: User) -> Unit:
    if not selectors.arranged_units(user):
        raise PermissionDenied(_("A roster is kept by the unit's own leaders and dispatchers."))
    unit, _others = _unit(request, user)
    if unit.pk not in selectors.arranged_units(user):
        raise PermissionDenied(_("A roster is kept by the unit's own leaders and dispatchers."))
    return unit


def _day(text: str, now: datetime) -> date:
    """Return the day an address asks for; today for none, for nonsense, and for what no roster reaches."""
    today = timezone.localdate(now)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) < REACH else today


def _address(unit: Unit, monday: date) -> str:
    query = urlencode({"unit": str(unit.pk), "week": monday.isoformat()})
    return f"{reverse('roster')}?{query}"


def _problems(shifts: Sequence[DutyShift], unit: Unit, now: datetime) -> dict[int, str]:
    """Return by shift why its person will not be there: no longer appointed here, or away. Two queries."""
    coming = [shift for shift in shifts if shift.ends_at > now]
    if not coming:
        return {}
    here = set(selectors.get_people_for_duty(unit=unit).values_list("pk", flat=True))
    days = [timezone.localdate(shift.starts_at) for shift in coming]
    people = {shift.user_id for shift in coming}
    away = list(Absence.objects.covering(min(days), max(days)).filter(user__in=people))
    found: dict[int, str] = {}
    for shift, day in zip(coming, days, strict=True):
        if shift.user_id not in here:
            found[shift.pk] = _("no longer at this unit")
        elif any(a.user_id == shift.user_id and a.starts_on <= day <= a.ends_on for a in away):
            found[shift.pk] = _("away on this day")
    return found


def _open_matters(unit: Unit, now: datetime) -> list[str]:
    lines: list[str] = open_matters()(unit=unit, now=now)
    return lines


@functools.cache
def open_matters() -> Callable[..., list[str]]:
    """Return the function that DUTY_MATTERS names: what a unit has open, a line each."""
    found: Callable[..., list[str]] = import_string(settings.DUTY_MATTERS)
    return found
