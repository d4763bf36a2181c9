"""Undertakings: the list of what is owed, issued and all; the page of one and its moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from communities.filtersets.undertakings import LIGHTS, UndertakingFilter
from communities.forms import undertakings as forms_of
from communities.guards import check_judges, check_reports
from communities.models import Sort, Undertaking, UndertakingDeadline
from communities.presenters import histories
from communities.presenters import undertakings as presenter
from communities.presenters.undertaking_exports import export_undertakings
from communities.selectors import get_undertakings, get_waiting, units_of
from communities.services import undertakings as services
from communities.views import exporting
from communities.views.frame import Listing, form_page, list_page, signed_in
from communities.views.territory import division_fields
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.errors import Refused
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices
from kunming_portal.ui.parts import TabLink
from kunming_portal.workdays.selectors import get_calendar

SOONEST = (keypages.Column("clock", datetime, nullable=True), keypages.Column("id"))
NEWEST = (keypages.Column("id", descending=True),)
TABS = {
    "mine": pgettext_lazy("undertakings", "Waits for us"),
    "issued": pgettext_lazy("undertakings", "Issued by us"),
    "all": pgettext_lazy("undertakings", "All"),
}


def _tab(request: HttpRequest, user: User) -> str:
    asked = request.GET.get("tab", "")
    if asked in TABS:
        return asked
    return "mine" if units_of(user) and not request.GET.get("light") else "all"


def _chosen(request: HttpRequest, user: User, now: datetime) -> tuple[str, UndertakingFilter]:
    """Return the tab and the filter the address asks for, over what this person sees.

    Lets nobody in who neither sees communities nor reports for a unit (403).
    """
    if not (user.can(P.COMMUNITY_VIEW) or user.can(P.UNDERTAKING_HANDLE)):
        raise PermissionDenied(
            _("This list belongs to those who follow communities and to those who report to them.")
        )
    tab = _tab(request, user)
    seen = get_undertakings(user=user)
    if tab == "mine":
        seen = seen.filter(pk__in=get_waiting(user=user, now=now).values("pk"))
    elif tab == "issued":
        seen = seen.filter(issuer_id__in=units_of(user))
    rows = seen.select_related("unit", "issuer", "community", "compound")
    if tab == "mine":
        clock = UndertakingDeadline.objects.filter(undertaking=OuterRef("pk"), ended_at=None)
        rows = rows.annotate(clock=Subquery(clock.values("due_at")[:1]))
    return tab, UndertakingFilter(request.GET, queryset=rows, request=request, now=now)


@require_GET
def undertakings(request: HttpRequest) -> HttpResponse:
    """List undertakings: what waits for us soonest first, the others newest first."""
    user, now = signed_in(request), timezone.now()
    tab, chosen = _chosen(request, user, now)
    calendar = get_calendar()
    listing = Listing(
        template="communities/undertakings/list_page.html",
        fragment="communities/undertakings/list.html",
        columns=SOONEST if tab == "mine" else NEWEST,
        present=lambda rows: presenter.present(rows, user=user, now=now, calendar=calendar),
        context={
            "tab": tab,
            "tabs": _tabs(tab, user, now),
            "kept": [("tab", tab)],
            "export_url": exporting.link_to(request, "undertakings-export", tab=tab),
            "narrowed": any(value for name, value in request.GET.items() if name in chosen.filters),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_choices(request, user))


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the filtered undertakings as a workbook; what cannot be exported is said on the list."""
    user, now = signed_in(request), timezone.now()
    if not user.can(P.LIST_EXPORT):
        raise PermissionDenied(_("You do not hold a role that may export lists."))
    tab, chosen = _chosen(request, user, now)
    found = chosen.qs if chosen.is_valid() else chosen.queryset.none()
    used = {name: value for name, value in request.GET.dict().items() if name in chosen.filters and value}
    return exporting.send(
        request,
        lambda: export_undertakings(found, by=user, now=now, filters={"tab": tab} | used),
        name=_("Undertakings"),
        back="undertakings",
    )


@require_GET
def undertaking(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one: what is to be done, its clock, the report, the record behind, the history."""
    user, now = signed_in(request), timezone.now()
    found = _visible(user, pk)
    row = presenter.present([found], user=user, now=now, calendar=get_calendar())[0]
    context = {
        "now": now,
        "row": row,
        "undertaking": found,
        "place": "".join(get_full_paths([found.community_id])[found.community_id]),
        "moves": presenter.get_moves(found, user),
        "record": presenter.get_record(found, user),
        "days": histories.get_history(found.stream),
    }
    return render(request, "communities/undertakings/page.html", context)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Report, accept, send back or drop."""
    user, now = signed_in(request), timezone.now()
    found = _visible(user, pk)
    if move not in MOVES:
        raise Http404
    wanted = MOVES[move]
    quoted = found.answer if move in ("accept", "return") else found.text
    label = pgettext("noun", "Report") if move in ("accept", "return") else _("What is to be done")
    context = {
        "title": wanted.title,
        "verb": wanted.title,
        "icon": wanted.icon,
        "lede": found.title,
        "facts": [(label, quoted)] if quoted else [],
        "refusal": _refusal(lambda: wanted.check(found, by=user)) if request.method == "GET" else "",
    }
    return form_page(
        request,
        wanted.form(request.POST or None),
        lambda typed: wanted.run(undertaking=found, by=user, now=now, **typed),
        context=context,
        done=str(wanted.done),
        back=found.get_absolute_url(),
    )


@dataclass(frozen=True)
class Wanted:
    """One move: its form, what it calls, who may, its words."""

    form: type[forms.Form]
    run: Callable[..., Any]
    check: Callable[..., Any]
    title: Any
    icon: str
    done: Any


MOVES = {
    "report": Wanted(
        forms_of.ReportForm,
        services.report,
        check_reports,
        pgettext_lazy("verb", "Report"),
        "pen",
        pgettext_lazy("undertaking", "Reported; the issuer was told."),
    ),
    "accept": Wanted(
        forms_of.AcceptForm,
        services.accept,
        check_judges,
        gettext_lazy("Accept the report"),
        "check2",
        gettext_lazy("The report was accepted."),
    ),
    "return": Wanted(
        forms_of.SendBackForm,
        services.send_back,
        check_judges,
        gettext_lazy("Send the report back"),
        "arrow-left-right",
        gettext_lazy("The report was sent back."),
    ),
    "drop": Wanted(
        forms_of.DropForm,
        services.drop,
        check_judges,
        gettext_lazy("Drop it"),
        "x-lg",
        pgettext_lazy("undertaking", "It was dropped."),
    ),
}


def _visible(user: User, pk: int) -> Undertaking:
    """Return the undertaking, or 404: what is out of scope is not there."""
    rows = get_undertakings(user=user).select_related(
        "unit", "issuer", "community", "compound", "issued_by", "answered_by", "ended_by"
    )
    return get_object_or_404(rows, pk=pk)


def _refusal(check: Callable[[], object]) -> str:
    try:
        check()
    except Refused as refused:
        return refused.sentence
    return ""


def _tabs(tab: str, user: User, now: datetime) -> list[TabLink]:
    waiting = get_waiting(user=user, now=now).count()
    names = TABS if units_of(user) else {"all": TABS["all"]}
    return [
        TabLink(name, str(label), waiting if name == "mine" else 0, name == tab)
        for name, label in names.items()
    ]


def _choices(request: HttpRequest, user: User) -> list[Field]:
    query = request.GET
    offers = [
        ("sort", _("All sorts"), as_choices(Sort.choices)),
        ("status", _("All statuses"), as_choices(Undertaking.Status.choices)),
        ("light", _("All lights"), as_choices(LIGHTS)),
    ]
    places = division_fields(user, query)
    return [*(Field(name, empty, options, query.get(name, "")) for name, empty, options in offers), *places]
