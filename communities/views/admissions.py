"""Admission of new work: what departments applied for, what waits for my decision, one request and its moves."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from communities.filtersets.burden import AdmissionFilter
from communities.forms.burden import AdmissionForm, DecisionForm, ReasonForm
from communities.guards import CommunityRefused
from communities.models import AdmissionRequest, AdmissionState, WorkItem
from communities.presenters import burden as presenter
from communities.presenters import histories
from communities.querysets import WorkItemQuerySet
from communities.selectors import get_admissions
from communities.services import admission_checks as checks
from communities.services import admissions as services
from communities.services.work_items import DECIDERS, get_rules
from communities.views.frame import Listing, form_page, list_page, signed_in
from communities.views.work_items import sees_lists
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices
from kunming_portal.workdays.selectors import get_calendar

NEWEST = (keypages.Column("id", descending=True),)
SHOWN_WAITING = 20
RELATED = ("applicant", "scope", "undertaking__unit")


@require_GET
def admissions(request: HttpRequest) -> HttpResponse:
    """List requests, newest first; above them what waits for the decision of this person's office."""
    user, now = signed_in(request), timezone.now()
    sees_lists(user)
    seen = get_admissions(user=user).select_related(*RELATED).with_state()
    chosen = AdmissionFilter(request.GET, queryset=seen, request=request)
    waiting, calendar = list(_waiting(user)), get_calendar()
    listing = Listing(
        template="communities/burden/admissions.html",
        fragment="communities/burden/admissions_list.html",
        columns=NEWEST,
        present=lambda rows: presenter.admission_rows(rows, now=now, calendar=calendar),
        context={
            "waiting": presenter.admission_rows(waiting, now=now, calendar=calendar),
            "may_apply": checks.can_apply(by=user),
            "words_hint": _("Title, applicant, pinyin"),
        },
    )
    state = Field("state", _("All states"), as_choices(AdmissionState.choices), request.GET.get("state", ""))
    return list_page(request, listing, chosen=chosen, choices=[state])


@require_GET
def admission(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one request: what is wanted, where it stands, earlier refusals of the same, the decision."""
    user, now = signed_in(request), timezone.now()
    found = visible(user, pk)
    context = {
        "now": now,
        "row": presenter.admission_rows([found], now=now, calendar=get_calendar())[0],
        "admission": found,
        "earlier": checks.earlier_refusals(found, days=get_rules().refused_days),
        "moves": presenter.admission_moves(found, user),
        "days": histories.get_history(found.stream),
    }
    return render(request, "communities/burden/admission.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Apply; `?renews=` fills the form from an item that lapses."""
    user, now = signed_in(request), timezone.now()
    try:
        unit = checks.check_applicant(by=user).unit
    except CommunityRefused as refused:
        raise PermissionDenied(refused.sentence) from None
    own = WorkItem.objects.filter(unit=unit).in_force(timezone.localdate(now)).order_by("number")
    renewed = own.filter(pk=_number(request.GET.get("renews", ""))).first()
    form = _form(request, unit, own, initial=_initial(unit, renewed))
    context = {
        "title": _("Apply for renewal") if renewed is not None else _("Apply for admission"),
        "verb": pgettext("admission", "Apply"),
        "icon": "send",
        "lede": _("Without an admission communities may refuse. What is admitted lapses by itself."),
    }
    return form_page(
        request,
        form,
        lambda typed: services.apply(wish=checks.Wish(**typed), by=user, now=timezone.now()),
        context=context,
        done=_("Applied; the deciding office was told."),
        back=reverse("admissions"),
    )


@require_http_methods(["GET", "POST"])
def complete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand a returned request in again, with all that stood in it."""
    user, now = signed_in(request), timezone.now()
    found = visible(user, pk)
    own = WorkItem.objects.filter(unit=found.applicant).in_force(timezone.localdate(now)).order_by("number")
    stands = {name: getattr(found, name) for name in services.FIELDS}
    form = _form(request, found.applicant, own, initial=stands)
    context = {
        "title": _("Complete and hand in again"),
        "verb": _("Hand in"),
        "icon": "send",
        "lede": found.title,
        "facts": [(_("What is missing"), found.reason)] if found.reason else [],
        "refusal": _refusal("complete", found, user) if request.method == "GET" else "",
    }
    return form_page(
        request,
        form,
        lambda typed: services.complete(
            request=found, wish=checks.Wish(**typed), by=user, now=timezone.now()
        ),
        context=context,
        done=_("Handed in again; the deciding office was told."),
        back=found.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Admit, refuse or return, with reasons."""
    user = signed_in(request)
    found = visible(user, pk)
    context = {
        "title": pgettext("admission", "Decide"),
        "verb": pgettext("admission", "Decide"),
        "icon": "check2-square",
        "lede": found.title,
        "facts": _facts(found),
        "refusal": _refusal("admit", found, user) if request.method == "GET" else "",
    }
    return form_page(
        request,
        DecisionForm(request.POST or None, initial={"until": found.ends_on}),
        lambda typed: _decide(found, typed, user),
        context=context,
        done=_("Decided; the applicant was told."),
        back=found.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw what is not decided yet."""
    user = signed_in(request)
    found = visible(user, pk)
    context = {
        "title": pgettext("admission", "Withdraw"),
        "verb": pgettext("admission", "Withdraw"),
        "icon": "x-circle",
        "lede": found.title,
        "refusal": _refusal("withdraw", found, user) if request.method == "GET" else "",
    }
    return form_page(
        request,
        ReasonForm(request.POST or None),
        lambda typed: services.withdraw(request=found, by=user, now=timezone.now(), **typed),
        context=context,
        done=_("Withdrawn."),
        back=found.get_absolute_url(),
    )


def visible(user: User, pk: int) -> AdmissionRequest:
    """Return the request, or 404: what concerns other places and units is not there."""
    rows = get_admissions(user=user).select_related(
        *RELATED, "undertaking__issuer", "applied_by", "decided_by", "replaces", "item"
    )
    return get_object_or_404(rows, pk=pk)


def _waiting(user: User) -> Any:
    """Return what waits for the offices in which this person decides. One query, none for others."""
    offices = [
        a.unit_id
        for a in user.acting_appointments
        if P.BURDEN_DECIDE in a.role_definition.allows and a.unit.kind in DECIDERS
    ]
    if not offices:
        return AdmissionRequest.objects.none()
    rows = get_admissions(user=user).waiting_for(offices).select_related(*RELATED)
    return rows.order_by("id")[:SHOWN_WAITING]


def _decide(found: AdmissionRequest, typed: dict[str, Any], user: User) -> AdmissionRequest:
    now, reason = timezone.now(), typed["reason"]
    if typed["outcome"] == "admit":
        return services.admit(
            request=found, reason=reason, until=typed["until"], number=typed["number"], by=user, now=now
        )
    run = services.refuse if typed["outcome"] == "refuse" else services.send_back
    return run(request=found, reason=reason, by=user, now=now)


def _form(
    request: HttpRequest, unit: Unit, own: WorkItemQuerySet, *, initial: dict[str, Any]
) -> AdmissionForm:
    return AdmissionForm(request.POST or None, initial=initial, places=_places(unit), replaceable=own)


def _places(unit: Unit) -> list[Division]:
    """Return the places a department may apply for: its own, and the counties or streets directly below. One query."""
    own = Division.objects.filter(pk=unit.division_id)
    below = Division.objects.filter(parent=unit.division_id).level("county", "street").real()
    return list((own | below).order_by("code"))


def _initial(unit: Unit, renewed: WorkItem | None) -> dict[str, Any]:
    """Return what the form starts with: the usual time from today, or the item that is to go on after its last day."""
    today = timezone.localdate()
    first = renewed.valid_to + timedelta(days=1) if renewed is not None and renewed.valid_to else today
    initial = {
        "scope": unit.division_id,
        "starts_on": first,
        "ends_on": first + timedelta(days=get_rules().usual_days - 1),
    }
    if renewed is not None:
        kept = ("title", "kind", "legal_basis", "frequency", "hours", "resources", "scope")
        initial |= {name: getattr(renewed, name) for name in kept}
        initial |= {"replaces": renewed.pk, "text": renewed.title}
    return initial


def _facts(found: AdmissionRequest) -> list[tuple[str, str]]:
    return [
        (_("Applicant"), found.applicant.name),
        (_("What communities are to do"), found.text),
        (_("Legal basis"), found.legal_basis),
        (_("Money and people that come with it"), found.resources),
        (_("Wanted"), f"{found.starts_on} – {found.ends_on}"),
    ]


def _refusal(move: str, found: AdmissionRequest, user: User) -> str:
    try:
        checks.check_move(move, found, by=user)
    except CommunityRefused as refused:
        return refused.sentence
    return ""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 12 else 0
