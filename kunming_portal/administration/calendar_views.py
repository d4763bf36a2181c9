"""The working calendar: a year to look at, its notice entered with a difference view, days of places."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration import calendar_months, calendars
from kunming_portal.administration.audited import actor
from kunming_portal.administration.calendar_forms import LocalForm, NoticeForm
from kunming_portal.divisions.models import Division
from kunming_portal.errors import Refused
from kunming_portal.workdays.entering import Notice
from kunming_portal.workdays.models import CalendarYear, LocalDay
from whistle.models import Recalculation
from whistle.views.recalculations import count_a_little

EARLIEST, LATEST = 2001, 2099


def configurer(request: HttpRequest) -> User:
    """Return who asks; others than those who configure are refused (403)."""
    user = actor(request)
    if not user.can(Permission.CONFIGURE):
        raise PermissionDenied(_("The calendar belongs to the system administrator."))
    return user


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Lead to the present year."""
    configurer(request)
    return redirect("calendar-year", timezone.localdate().year)


@require_GET
def calendar_year(request: HttpRequest, year: int) -> HttpResponse:
    """Show a year: months, exceptions, days of places, hours, and whether its notice is known."""
    configurer(request)
    _known(year)
    shown = calendar_months.get_year(year, today=timezone.localdate())
    context = {
        "shown": shown,
        "before": year - 1 if year > EARLIEST else None,
        "after": year + 1 if year < LATEST else None,
    }
    return render(request, "administration/calendar/year.html", context)


@require_http_methods(["GET", "POST"])
def calendar_notice(request: HttpRequest, year: int) -> HttpResponse:
    """Take a year's notice: first the differences and what they move, then, confirmed, the notice itself."""
    user = configurer(request)
    _known(year)
    now = timezone.now()
    row = CalendarYear.objects.filter(year=year).first()
    form = NoticeForm(
        request.POST or None,
        request.FILES or None,
        year=year,
        initial={"number": row.notice_no if row is not None else ""},
    )
    context: dict[str, Any] = {"form": form, "year": year, "status": row}
    if request.method != "POST":
        return render(request, "administration/calendar/notice.html", context)
    if form.is_valid() and form.notice is not None:
        try:
            if "confirm" in request.POST:
                job = calendars.save_notice(form.notice, by=user, now=now)
                messages.success(request, _("The notice is entered; %(year)d is official.") % {"year": year})
                return _on(job, year)
            return render(
                request, "administration/calendar/notice.html", context | _foreseen(form.notice, now=now)
            )
        except Refused as refused:
            form.add_error("days", refused.sentence)
    return render(request, "administration/calendar/notice.html", context, status=422)


def _foreseen(notice: Notice, *, now: datetime) -> dict[str, Any]:
    foreseen = calendars.foresee_notice(notice, now=now)
    return {"foreseen": foreseen, "rows": calendar_months.rows_of(foreseen.differences)}


@require_http_methods(["GET", "POST"])
def calendar_local(request: HttpRequest) -> HttpResponse:
    """Take days that differ at one place: first what they move, then, confirmed, the days."""
    user = configurer(request)
    now = timezone.now()
    form = LocalForm(request.POST or None, initial={"first_day": request.GET.get("day", "")})
    context: dict[str, Any] = {"form": form, "places": _places()}
    if request.method != "POST":
        return render(request, "administration/calendar/local.html", context)
    if form.is_valid():
        rule = form.rule()
        try:
            if "confirm" in request.POST:
                job = calendars.save_local(rule, by=user, now=now)
                messages.success(request, _("The days are entered."))
                return _on(job, rule.first.year)
            context |= {
                "moving": calendars.foresee_local(rule, now=now),
                "rule": rule,
                "place": calendars.place_name(rule.place),
            }
            return render(request, "administration/calendar/local.html", context)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "administration/calendar/local.html", context, status=422)


@require_POST
def calendar_local_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a day of a place back."""
    user = configurer(request)
    day = get_object_or_404(LocalDay, pk=pk)
    year: int = day.date.year
    job = calendars.remove_local(day, by=user, now=timezone.now())
    messages.success(request, _("The day is taken back."))
    return _on(job, year)


def _on(job: Recalculation | None, year: int) -> HttpResponse:
    """Go on to the preview of what runs, where something does; else back to the year."""
    if job is None:
        return redirect("calendar-year", year)
    count_a_little(job)
    return redirect(job)


def _places() -> list[tuple[str, str]]:
    """Return what the place field offers: the city, its counties and streets. One query."""
    rows = Division.objects.level("city", "county", "street").valid_on(timezone.localdate())
    return list(rows.order_by("code").values_list("code", "name"))


def _known(year: int) -> None:
    if not EARLIEST <= year <= LATEST:
        raise Http404
