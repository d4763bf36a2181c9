"""Pages of the city officials. They read; they change nothing but the trail, which hears of exports."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_safe

from kunming_portal.accounts.models import Scope, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.organisations.models import Unit
from kunming_portal.reporting import exports, figures, links, overdue, page, periods, places, rows, sentences
from kunming_portal.reporting.figures import Measure
from kunming_portal.reporting.forms import PeriodForm
from kunming_portal.reporting.periods import Span
from kunming_portal.ui.parts import KeyPage
from kunming_portal.workdays.selectors import get_calendar
from whistle.workflow import Tier

UNITS_A_PAGE = 50
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def city(request: HttpRequest) -> HttpResponse:
    """The city at a glance, or the county, street, several places: what the person's right reaches."""
    scope = scope_of(request)
    now = timezone.now()
    form = PeriodForm(request.GET)
    period = form.chosen(now=now)
    found = page.build(scope, period, calendar=get_calendar())
    context = {
        "now": now,
        "city": found,
        "form": form,
        "chosen": Span.CUSTOM if form.sentences else period.span,
        "periods": [(span, links.at_period(span)) for span in (Span.MONTH, Span.QUARTER, Span.YEAR)],
        "days": page.days_text(period),
        "compared": page.compared_text(period),
        "tier_links": [_tier_links(tier) for tier in found.tiers],
        "volume_chart": page.volume_chart(found.volume),
        "closing_chart": page.closing_chart(found.closing),
        "over_url": links.cases(light="over"),
        "written_url": links.cases_written(period),
        "kinds": page.kind_links(found.matters.kinds, period),
        "heat": page.heat_links(found.matters.rows, period),
        "zones": [
            (zone, page.zone_changes(zone), [(c, links.cases(division=c.code)) for c in zone.counties])
            for zone in found.zones
        ],
    }
    return render(request, "reporting/city.html", context)


@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """Every unit that holds overdue cases, paged by key."""
    scope = scope_of(request)
    now = timezone.now()
    period = PeriodForm(request.GET).chosen(now=now)
    holders = overdue.get_holders(scope, now=now, calendar=get_calendar())
    rest = overdue.after_key(holders, request.GET.get("after", ""))
    shown = overdue.with_rates(rest[:UNITS_A_PAGE], scope, period)
    context = {
        "now": now,
        "period": period,
        "days": page.days_text(period),
        "place": page.title_of(places.get_territory(scope)),
        "count": len(holders),
        "holders": [page.holder_row(holder) for holder in shown],
        "pages": KeyPage(next_key=shown[-1].key if len(rest) > UNITS_A_PAGE else ""),
        "may_export": user_of(request).can(Permission.LIST_EXPORT),
        "query": request.GET.urlencode(),
    }
    return render(request, "reporting/units.html", context)


@require_safe
def units_export(request: HttpRequest) -> HttpResponse:
    """The same units as a workbook. Needs the right to export; the trail notes who took how many rows."""
    scope = scope_of(request)
    user = user_of(request)
    if not user.can(Permission.LIST_EXPORT):
        raise PermissionDenied(gettext("The role you act under does not include exporting lists."))
    now = timezone.now()
    period = PeriodForm(request.GET).chosen(now=now)
    holders = overdue.get_holders(scope, now=now, calendar=get_calendar())
    holders = overdue.with_rates(holders, scope, period)
    title = page.title_of(places.get_territory(scope))
    with transaction.atomic():
        trail.record(
            trail.Entry(
                stream=f"exports:{user.pk}",
                event="figures.exported",
                subject=user,
                label=title,
                at=now,
                by=user,
                data={"list": "units", "rows": len(holders)},
            )
        )
    book = exports.holders_workbook(holders, title=title, days=page.days_text(period), now=now)
    response = HttpResponse(book, content_type=WORKBOOK)
    day = periods.local_day(now).isoformat()
    response["Content-Disposition"] = f'attachment; filename="overdue-units-{day}.xlsx"'
    return response


@require_safe
def behind(request: HttpRequest, what: str) -> HttpResponse:
    """The rows behind one number of the page."""
    scope = scope_of(request)
    now = timezone.now()
    asked = _asked(request, scope, what, now=now)
    listed = rows.page_of(asked["found"], field=asked["field"], now=now, after=request.GET.get("after", ""))
    context = asked | {"now": now, "listed": listed, "pages": KeyPage(next_key=listed.next_key)}
    return render(request, "reporting/rows.html", context)


def user_of(request: HttpRequest) -> User:
    """Return the signed-in person; every page of this app needs one."""
    assert isinstance(request.user, User)
    return request.user


def scope_of(request: HttpRequest) -> Scope:
    """Return how far the person's right to figures reaches; refuses who has none, in a sentence."""
    user = user_of(request)
    if not user.can(Permission.FIGURES_VIEW):
        raise PermissionDenied(
            gettext(
                "The role you act under does not include the figures. "
                "If you hold another one, change it at the top."
            )
        )
    return user.scope(Permission.FIGURES_VIEW)


def _tier_links(tier: figures.TierFigures) -> dict[str, Any]:
    names = {
        Tier.COMMUNITY: gettext("Street departments report in"),
        Tier.STREET: gettext("County departments report in"),
        Tier.COUNTY: gettext("City departments report in"),
    }
    risen = {
        Tier.STREET: gettext("of community whistles were upgraded to here"),
        Tier.COUNTY: gettext("of street whistles were upgraded to here"),
    }
    value = tier.tier.value
    return {
        "tier": tier,
        "who": names[tier.tier],
        "risen": risen.get(tier.tier, ""),
        "url": links.whistles(value, part=rows.ALL),
        "open_url": links.whistles(value, part=rows.OPEN),
        "lights": [
            (light, count, links.cases(tier=value, light=light))
            for light, count in (("over", tier.over), ("soon", tier.soon))
        ],
    }


def _asked(request: HttpRequest, scope: Scope, what: str, *, now: dt.datetime) -> dict[str, Any]:
    part = request.GET.get("part", rows.MISSED)
    if what in list(Measure):
        form = PeriodForm(request.GET)
        return _asked_measure(scope, Measure(what), form.chosen(now=now), part)
    if what == "whistles":
        return _asked_tier(scope, request.GET.get("tier", ""), part)
    if what == "due-tomorrow":
        return {
            "found": rows.due_tomorrow(scope, now=now),
            "field": "due_at",
            "title": gettext("Due tomorrow"),
            "note": gettext("Running promises to close."),
        }
    if what == "overdue":
        return _asked_overdue(scope, request.GET.get("unit", ""), now=now)
    raise Http404


def _asked_measure(scope: Scope, measure: Measure, period: periods.Period, part: str) -> dict[str, Any]:
    words = {
        Measure.SIGNING: gettext("Not signed on time"),
        Measure.REPORT_IN: gettext("Not reported in on time"),
        Measure.CLOSING: gettext("Not closed on time"),
        Measure.RESOLUTION: gettext("Not fully solved"),
        Measure.SATISFACTION: gettext("Not satisfied"),
    }
    return {
        "found": rows.of_measure(scope, measure, period, part=part),
        "field": "due_at" if measure in figures.STEP_OF else "verified_at",
        "title": sentences.measure_name(measure),
        "note": page.days_text(period),
        "tabs": [
            (words[measure], links.measure(measure, period), part != rows.ALL),
            (gettext("All that count"), links.measure(measure, period, part=rows.ALL), part == rows.ALL),
        ],
    }


def _asked_tier(scope: Scope, number: str, part: str) -> dict[str, Any]:
    if number not in {str(tier.value) for tier in Tier}:
        raise Http404
    tier = Tier(int(number))
    part = rows.OPEN if part == rows.OPEN else rows.ALL
    return {
        "found": rows.of_tier(scope, tier=tier, part=part),
        "field": "blown_at",
        "title": str(tier.label),
        "note": "",
        "tabs": [
            (
                pgettext("figures", "In handling"),
                links.whistles(tier.value, part=rows.OPEN),
                part == rows.OPEN,
            ),
            (gettext("All since the first"), links.whistles(tier.value, part=rows.ALL), part == rows.ALL),
        ],
    }


def _asked_overdue(scope: Scope, number: str, *, now: dt.datetime) -> dict[str, Any]:
    if number and not (number.isdecimal() and len(number) < 19):
        raise Http404
    found = rows.overdue_of(scope, now=now, unit_id=int(number) if number else None)
    unit = Unit.objects.filter(pk=int(number)).first() if number else None
    if number and unit is None:
        raise Http404
    cases = found.values("case_id").distinct().count()
    return {
        "found": found,
        "field": "due_at",
        "title": gettext("Overdue at %(unit)s") % {"unit": unit.name}
        if unit
        else pgettext("figures", "Overdue"),
        "note": ngettext("%(count)d case", "%(count)d cases", cases) % {"count": cases},
        "cases": cases,
    }
