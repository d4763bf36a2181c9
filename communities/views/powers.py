"""Records of the five powers: the list and its export, the page of one, the forms that open one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.filtersets.powers import STATES, PowerFilter
from communities.filtersets.undertakings import LIGHTS
from communities.forms import powers as forms_of
from communities.models import Compound, Power, PowerRecord, Sort
from communities.models.power_steps import BOUNDARY
from communities.presenters import histories, power_pages
from communities.presenters import powers as presenter
from communities.presenters import undertakings as undertaking_rows
from communities.presenters.power_exports import export_powers
from communities.selectors import get_addressees, get_compounds, get_powers
from communities.services import (
    powers,
    powers_appraisals,
    powers_decisions,
    powers_personnel,
    powers_proposals,
    powers_supervision,
)
from communities.services.undertaking_clocks import usual_day
from communities.views import exporting
from communities.views.frame import Listing, form_page, list_page, signed_in
from communities.views.territory import division_fields
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.errors import Refused
from kunming_portal.ui import keypages, parts
from kunming_portal.ui.fragments import Field, as_choices
from kunming_portal.workdays.selectors import get_calendar

NEWEST = (keypages.Column("id", descending=True),)


def _chosen(request: HttpRequest, user: User, now: datetime) -> PowerFilter:
    """Return the filter over what this person sees; lets nobody in who does not follow communities (403)."""
    if not user.can(P.COMMUNITY_VIEW):
        raise PermissionDenied(_("This list belongs to those who follow communities."))
    rows = get_powers(user=user).with_details().select_related("compound__community")
    return PowerFilter(request.GET, queryset=rows, request=request, now=now)


@require_GET
def power_list(request: HttpRequest) -> HttpResponse:
    """List the records of the territory, the newest on top."""
    user, now = signed_in(request), timezone.now()
    chosen = _chosen(request, user, now)
    calendar = get_calendar()
    listing = Listing(
        template="communities/powers/list_page.html",
        fragment="communities/powers/list.html",
        columns=NEWEST,
        present=lambda rows: presenter.present(rows, now=now, calendar=calendar),
        context={
            "boundary": BOUNDARY,
            "kept": [("compound", request.GET.get("compound", ""))],
            "export_url": exporting.link_to(request, "powers-export"),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_choices(request, user))


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the filtered records as a workbook; what cannot be exported is said on the list."""
    user, now = signed_in(request), timezone.now()
    if not user.can(P.LIST_EXPORT):
        raise PermissionDenied(_("You do not hold a role that may export lists."))
    chosen = _chosen(request, user, now)
    found = chosen.qs if chosen.is_valid() else chosen.queryset.none()
    used = {name: value for name, value in request.GET.dict().items() if name in chosen.filters and value}
    return exporting.send(
        request,
        lambda: export_powers(found, by=user, now=now, filters=used),
        name=_("Five powers"),
        back="powers",
    )


def visible(user: User, pk: int) -> PowerRecord:
    """Return the record with its details, or 404: what is out of scope is not there."""
    rows = get_powers(user=user).with_details().select_related("compound__community", "opened_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def power(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one record: its way, its facts, what is owed, the whistle behind, what may be done, the history."""
    user, now = signed_in(request), timezone.now()
    found = visible(user, pk)
    calendar = get_calendar()
    asked = found.undertaking
    owed = undertaking_rows.present([asked], user=user, now=now, calendar=calendar) if asked else []
    context = {
        "now": now,
        "record": found,
        "row": presenter.present([found], now=now, calendar=calendar)[0],
        "steps": [parts.Step(label, state) for label, state in presenter.steps_of(found)],  # type: ignore[arg-type]
        "facts": power_pages.facts_of(found),
        "lines": power_pages.get_rows(found),
        "owed": owed[0] if owed else None,
        "whistles": power_pages.get_whistles(found, user),
        "moves": power_pages.get_moves(found, user, today=timezone.localdate(now)),
        "days": histories.get_history(found.compound.stream, subject=found._meta.label_lower, key=found.pk),
        "place": "".join(get_full_paths([found.compound.community_id])[found.compound.community_id]),
        "place_url": presenter.place_url(found.compound),
        "boundary": BOUNDARY,
    }
    return render(request, "communities/powers/page.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int, power: str) -> HttpResponseBase:
    """Open a record of one power in a compound; what is known of the compound is filled in."""
    user, now = signed_in(request), timezone.now()
    if power not in OPENING:
        raise Http404
    rows = get_compounds(user=user).select_related("branch__unit__division", "community")
    compound = get_object_or_404(rows, pk=pk)
    form_class, sort, run, title = OPENING[power]
    today = timezone.localdate(now)
    given: dict[str, Any] = {"units": get_addressees(compound, day=today)} if sort else {}
    due_on = usual_day(sort, now=now, calendar=get_calendar()) if sort and request.method == "GET" else None
    initial = forms_of.initial_of(power, compound, due_on=due_on, today=today)
    form = form_class(request.POST or None, initial=initial, **given)
    context = {
        "title": title(),
        "verb": title(),
        "icon": "plus-lg",
        "lede": compound.name,
        "facts": [(_("Legal boundary"), BOUNDARY)],
        "refusal": refusal_of(lambda: powers.check_open(compound, by=user))
        if request.method == "GET"
        else "",
    }
    return form_page(
        request,
        form,
        lambda typed: run(compound, typed, user, now),
        context=context,
        done=_("Taken down."),
        back=presenter.place_url(compound),
    )


def refusal_of(check: Callable[[], object]) -> str:
    """Return why something is refused, or nothing."""
    try:
        check()
    except Refused as refused:
        return refused.sentence
    return ""


# -- one power each: form, sort of undertaking, service, verb --------------------------------------------------
def _decision(compound: Compound, typed: dict[str, Any], by: User, now: datetime) -> PowerRecord:
    return powers_decisions.open_decision(compound=compound, by=by, now=now, **typed)


def _proposal(compound: Compound, typed: dict[str, Any], by: User, now: datetime) -> PowerRecord:
    return powers_proposals.open_proposal(compound=compound, by=by, now=now, **typed)


def _personnel(compound: Compound, typed: dict[str, Any], by: User, now: datetime) -> PowerRecord:
    return powers_personnel.open_nomination(compound=compound, by=by, now=now, **typed)


def _supervision(compound: Compound, typed: dict[str, Any], by: User, now: datetime) -> PowerRecord:
    found = powers_supervision.Found(typed["title"], typed["text"], typed["of_whom"], typed["about"])
    rest = {name: typed[name] for name in ("unit", "addressee", "due_on")}
    return powers_supervision.open_finding(compound=compound, found=found, by=by, now=now, **rest)


def _appraisal(compound: Compound, typed: dict[str, Any], by: User, now: datetime) -> PowerRecord:
    batch = powers_appraisals.Batch(**typed)
    return powers_appraisals.open_appraisal(compound=compound, batch=batch, by=by, now=now)


Run = Callable[[Compound, dict[str, Any], User, datetime], PowerRecord]
OPENING: dict[str, tuple[type[forms.Form], str, Run, Callable[[], str]]] = {
    Power.DECISION: (forms_of.DecisionForm, "", _decision, lambda: _("Take the topic down")),
    Power.PROPOSAL: (forms_of.ProposalForm, Sort.REPLY, _proposal, lambda: _("Send the proposal")),
    Power.PERSONNEL: (forms_of.NominationForm, "", _personnel, lambda: _("Take the candidates down")),
    Power.SUPERVISION: (
        forms_of.FindingForm,
        Sort.RECTIFICATION,
        _supervision,
        lambda: _("Ask for rectification"),
    ),
    Power.APPRAISAL: (forms_of.AppraisalForm, "", _appraisal, lambda: _("Begin the appraisal")),
}


def _choices(request: HttpRequest, user: User) -> list[Field]:
    query = request.GET
    offers = [
        ("power", _("All powers"), as_choices(Power.choices)),
        ("state", _("Open and closed"), as_choices(STATES)),
        ("light", _("All lights"), as_choices(LIGHTS)),
    ]
    places = division_fields(user, query)
    return [*(Field(name, empty, options, query.get(name, "")) for name, empty, options in offers), *places]
