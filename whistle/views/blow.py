"""Blowing a whistle: one page, six fields, and what happens afterwards."""

import uuid
from collections.abc import Sequence
from typing import Any, TypedDict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from whistle import selectors, services
from whistle.duplicates import Duplicate
from whistle.forms.blow import BlowForm
from whistle.guards import MoveRefused
from whistle.models import Case, Evidence, Kind, SubClass, Whistle
from whistle.presenters import page
from whistle.presenters.afterwards import Afterwards, get_afterwards
from whistle.services.cases import receiver_of, tier_of
from whistle.views import proposals, similar
from whistle.views.case import signed_in, visible_case
from whistle.workflow import WhistleStatus

PARTS = {"afterwards": "whistle/blow/afterwards.html", "sub-classes": "whistle/blow/sub_classes.html"}


class Offered(TypedDict):
    """What a blow form lets choose from at its tier."""

    kinds: list[Kind]
    sub_classes: list[SubClass]
    compounds: list[Compound]


@require_http_methods(["GET", "POST"])
def case_new(request: HttpRequest) -> HttpResponseBase:
    """Write a case and blow at once. `caller` chooses among several units; `kind`, `urgent` fill in the form.

    Sending the form twice writes one case (`submission`); sending something else with it asks again.
    POST with `times` only computes the list of times and the suggested sub-classes anew.
    """
    user = signed_in(request)
    callers = get_callers(user)
    caller = chosen_caller(request, callers)
    refusal = why_not(user, caller)
    if caller is None or refusal:
        return render(request, "whistle/blow_not.html", {"refusal": refusal}, status=403)
    kinds = selectors.get_kinds(tier=tier_of(caller))
    if not kinds:
        refusal = _("No kind of whistle is in use for %(unit)s. Ask the system administrator.") % {
            "unit": caller.name
        }
        return render(request, "whistle/blow_not.html", {"refusal": refusal}, status=403)
    offered = offer(caller, kinds)
    if request.method != "POST" or "times" in request.POST:
        typed = request.POST if request.method == "POST" else request.GET
        initial = proposals.initial_of(proposals.proposal_of(request, user)) | initial_of(typed)
        return _show(request, BlowForm(**offered, sender=user, initial=initial), callers, caller)
    form = BlowForm(request.POST, request.FILES, **offered, sender=user)
    return _send(request, form, callers, caller)


@require_http_methods(["GET", "POST"])
def case_rewrite(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Rewrite a draft, new or sent back by the secretary. The reporter on record is kept unless given anew."""
    user = signed_in(request)
    case = visible_case(user, pk)
    whistles, _duties = page.get_chain(case)
    caller = whistles[-1].caller
    offered = offer(caller, selectors.get_kinds(tier=tier_of(caller)))
    if request.method != "POST" and whistles[-1].status != WhistleStatus.DRAFT:
        messages.error(request, _("The whistle has been blown; it cannot be rewritten any more."))
        return redirect(case)
    if request.method != "POST" or "times" in request.POST:
        known = initial_of(request.POST) if request.method == "POST" else written(whistles[-1])
        return _show(request, BlowForm(**offered, sender=user, initial=known), [caller], caller, case=case)
    form = BlowForm(request.POST, request.FILES, **offered, sender=user)
    if not form.is_valid():
        return _show(request, form, [caller], caller, status=422, case=case)
    seen = request.POST.get("expected", "")
    expected = int(seen) if seen.isdecimal() else None
    try:
        services.rewrite(
            case=case,
            matter=form.matter(),
            pieces=form.pieces(moment=Evidence.Moment.BEFORE),
            by=user,
            now=timezone.now(),
            expected=expected,
        )
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _show(request, form, [caller], caller, status=409, case=visible_case(user, pk))
    messages.success(request, _("Rewritten. Blow it when it is right."))
    return redirect(case)


def offer(caller: Unit, kinds: list[Kind]) -> Offered:
    """Return what the form lets choose from for this caller. Two queries."""
    return {
        "kinds": kinds,
        "sub_classes": selectors.get_sub_classes(tier=tier_of(caller)),
        "compounds": selectors.get_compounds_of(caller),
    }


def written(whistle: Whistle) -> dict[str, Any]:
    """Return what stands in a draft, for its form. Never the reporter."""
    case = whistle.case
    return {
        "description": case.description,
        "place": case.place,
        "kind": str(whistle.kind_id),
        "sub_class": str(whistle.sub_class_id or ""),
        "compound": str(case.compound_id or ""),
        "urgent": "yes" if whistle.kind.is_emergency else "no",
        "tried_more": case.tried,
    }


def _send(request: HttpRequest, form: BlowForm, callers: list[Unit], caller: Unit) -> HttpResponseBase:
    """Write and blow what was typed; before that, show cases that are very alike, once."""
    if "join" in request.POST:
        try:
            return similar.join(request, form)
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            return _show(request, form, callers, caller, status=409)
    if not form.is_valid():
        return _show(request, form, callers, caller, status=422)
    twins = similar.wants_a_look(request, form, caller=caller)
    if twins:  # nothing is refused: sent again, it goes out
        return _show(request, form, callers, caller, twins=twins)
    try:
        case, _is_new = services.write_once(
            matter=proposals.with_proposal(form.matter(), proposals.proposal_of(request, signed_in(request))),
            caller=caller,
            blow=True,
            submission=form.cleaned_data["submission"],
            pieces=form.pieces(moment=Evidence.Moment.BEFORE),
            by=signed_in(request),
            now=timezone.now(),
        )
    except services.Resubmitted as refused:  # a page gone back to: what is typed now is kept, under a new key
        data = request.POST.copy()
        data["submission"] = str(uuid.uuid4())
        form = BlowForm(
            data,
            request.FILES,
            kinds=form.kinds,
            sub_classes=list(form.sub_classes.values()),
            compounds=form.compounds,
            sender=form.sender,
        )
        form.add_error(None, refused.sentence)
        return _show(request, form, callers, caller, status=409)
    except Refused as refused:
        known = refused.code in ("kind", "sub_class", "compound") and refused.code in form.fields
        form.add_error(refused.code if known else None, refused.sentence)
        return _show(request, form, callers, caller, status=409)
    messages.success(request, _("Blown: %(case)s") % {"case": case.title})
    return redirect(case)


def get_callers(user: User) -> list[Unit]:
    """Return the units in whose name this person may blow, those of the city left out. No query."""
    held = [a.unit for a in user.acting_appointments if Permission.CASE_OPEN in a.role_definition.allows]
    unique = {unit.pk: unit for unit in held if can_call(unit)}
    return list(unique.values())


def can_call(unit: Unit) -> bool:
    """Whether there is a tier above this unit."""
    try:
        tier_of(unit)
    except MoveRefused:
        return False
    return True


def chosen_caller(request: HttpRequest, callers: list[Unit]) -> Unit | None:
    """Return the unit the form or the address names, else the first."""
    wanted = request.POST.get("caller") or request.GET.get("caller", "")
    return next((unit for unit in callers if str(unit.pk) == wanted), callers[0] if callers else None)


def why_not(user: User, caller: Unit | None) -> str:
    """Return why this person cannot blow at all, or nothing."""
    if caller is not None:
        return ""
    if user.can(Permission.CASE_OPEN):
        return _("The city is the highest tier; there is nobody above it to call.")
    return _("You do not hold a role that blows whistles. Communities, streets and counties do.")


def initial_of(typed: Any) -> dict[str, Any]:
    """Return what was chosen or typed so far as a form's first values."""
    single = (
        "description",
        "kind",
        "sub_class",
        "compound",
        "place",
        "urgent",
        "reporter_name",
        "reporter_phone",
        "system",
        "number",
        "tried_more",
        "submission",
        "uploads",
    )
    found: dict[str, Any] = {name: typed[name] for name in single if typed.get(name)}
    if typed.getlist("tried"):
        found["tried"] = typed.getlist("tried")
    return found


def afterwards_of(form: BlowForm, *, caller: Unit, by: User) -> tuple[list[Afterwards], str]:
    """Return what happens next for the kind that is chosen now, or why nothing can."""
    watch = page.get_watch(timezone.now())
    kind = form.chosen_kind
    if kind is None:
        return [], ""
    try:
        receiver = receiver_of(caller, now=watch.now)
    except MoveRefused as refused:
        return [], refused.sentence
    signs_off = by.appointment_in(Permission.WHISTLE_APPROVE, division_code=caller.division_id) is not None
    told = get_afterwards(
        kind=kind, tier=tier_of(caller), caller=caller, receiver=receiver, signs_off=signs_off, watch=watch
    )
    return told, ""


def _show(
    request: HttpRequest,
    form: BlowForm,
    callers: list[Unit],
    caller: Unit,
    *,
    status: int = 200,
    case: Case | None = None,
    twins: Sequence[Duplicate] = (),
) -> HttpResponse:
    """Show the form; with a case, for rewriting it; with twins, for looking at them before it is sent."""
    form.initial["caller"] = caller.pk
    steps, refusal = afterwards_of(form, caller=caller, by=signed_in(request))
    context = {
        "form": form,
        "caller": caller,
        "callers": callers,
        "case": case,
        "sent_back": selectors.get_send_back_reason(page.get_chain(case)[0][-1]) if case else "",
        "afterwards": steps,
        "refusal": refusal,
        "has_reporter": bool(form["reporter_name"].value() or form["reporter_phone"].value()),
        "twins": twins,
        "now": timezone.now(),
    }
    template = PARTS.get(request.headers.get("HX-Target", ""), "whistle/blow.html")
    return render(request, template, context, status=status)
