"""One address per move: the form on GET, the move on POST, then back to the case.

A stale page and every refusal come back with everything that was typed.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from whistle import guards, services
from whistle.forms.moves import MoveForm, Subject
from whistle.models import Assignment, Case
from whistle.presenters import page
from whistle.presenters.moves import ICONS
from whistle.views.actions import ACTIONS, How, Typed
from whistle.views.case import form_page, signed_in, visible_case
from whistle.workflow import MOVES, Move

# Which field a service's refusal belongs to where its code is not the field's name; the rest stands above the form.
# Moves of somebody who judges what the units said
JUDGES = frozenset(
    {Move.VERIFY, Move.EVALUATE, Move.REWORK, Move.CLOSE, Move.REOPEN, Move.ANSWER, Move.ASSESS}
)
FIELD_OF_CODE = {"arrived": "arrived_at", "nobody": "lead"}


@require_http_methods(["GET", "POST"])
def case_move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """A move on the case's present whistle."""
    user = signed_in(request)
    found = visible_case(user, pk)
    whistles, _duties = page.get_chain(found)
    on = Subject(whistle=whistles[-1], assignment=None, by=user, now=timezone.now())
    return _answer(request, found, known_move(move, about_assignment=False), on)


@require_http_methods(["GET", "POST"])
def assignment_move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """A move on one unit's duty."""
    user = signed_in(request)
    rows = Assignment.objects.visible_to(user, Permission.CASE_VIEW).select_related("whistle")
    found = visible_case(user, get_object_or_404(rows, pk=pk).whistle.case_id)
    _whistles, duties = page.get_chain(found)
    chosen = next(row for row in duties if row.pk == pk)
    on = Subject(whistle=chosen.whistle, assignment=chosen, by=user, now=timezone.now())
    return _answer(request, found, known_move(move, about_assignment=True), on)


def known_move(name: str, *, about_assignment: bool) -> Move:
    """Return the move of an address, or 404."""
    if name not in set(ACTIONS) or MOVES[Move(name)].is_about_assignment != about_assignment:
        raise Http404
    return Move(name)


def _answer(request: HttpRequest, case: Case, move: Move, on: Subject) -> HttpResponseBase:
    if request.method == "POST":
        return _make(request, case, move, on)
    form = ACTIONS[move].form(subject=on, initial=_answered(request))
    return _show(request, case, move, form, on)


def _make(request: HttpRequest, case: Case, move: Move, on: Subject) -> HttpResponseBase:
    """Make one move. What the person saw comes before what they typed: an outdated page is told as that."""
    action = ACTIONS[move]
    data = request.POST.copy()
    data.setdefault("expected", request.GET.get("expected", ""))
    form = action.form(data, request.FILES, subject=on)
    if data["expected"] not in {"", str(case.version)}:
        return _clash(request, case, move, data, on)
    refusal = refusal_of(move, on)
    if refusal:
        return _show(request, case, move, form, on, status=409, refusal=refusal)
    if not form.is_valid():
        return _show(request, case, move, form, on, status=422)
    typed = dict(form.cleaned_data)
    how: How = {"by": on.by, "now": on.now, "expected": typed.pop("expected")}
    try:
        action.run(on, typed, how)
    except services.Stale:  # between our look and the lock
        return _clash(request, case, move, data, on)
    except Refused as refused:
        field = FIELD_OF_CODE.get(refused.code, refused.code)
        form.add_error(field if field in form.fields else None, refused.sentence)
        return _show(request, case, move, form, on, status=409)
    messages.success(request, str(action.done))
    return redirect(back_of(request) or case)


def _answered(request: HttpRequest) -> Typed:
    """Return the answer somebody gave on the list that led here; the form asks for the rest."""
    return {"verdict": request.GET["verdict"]} if "verdict" in request.GET else {}


def back_of(request: HttpRequest) -> str:
    """Return the list from which a move was made in one tap, or nothing."""
    target = request.POST.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else ""


def _show(
    request: HttpRequest,
    case: Case,
    move: Move,
    form: MoveForm,
    on: Subject,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    refusal = more.get("refusal", "" if form.is_bound else refusal_of(move, on))
    context: dict[str, Any] = {
        "form": form,
        "title": title_of(move, on),
        "lede": ACTIONS[move].lede_for(on),
        "verb": MOVES[move].label,
        "icon": ICONS[move],
        "refusal": refusal,
        "told": told_by_units(move, on),
        # what was typed stays readable even where the move has become impossible
        "shows_form": not refusal or (form.is_bound and len(form.fields) > 1),
    }
    return form_page(request, case, context | more, status=status)


def _clash(request: HttpRequest, case: Case, move: Move, data: Any, on: Subject) -> HttpResponse:
    """Say that somebody acted first, what happened, and keep what was typed under the new version."""
    fresh = visible_case(on.by, case.pk)
    whistles, duties = page.get_chain(fresh)
    same = next((row for row in duties if on.assignment is not None and row.pk == on.assignment.pk), None)
    now_on = Subject(whistle=same.whistle if same else whistles[-1], assignment=same, by=on.by, now=on.now)
    data["expected"] = str(fresh.version)
    form = ACTIONS[move].form(data, request.FILES, subject=now_on)
    watch = page.get_watch(on.now)
    log = page.get_log(case=fresh, whistles=whistles, duties=duties, watch=watch, chosen="moves", most=3)
    refusal = refusal_of(move, now_on)
    more = {"clash": log, "refusal": refusal, "shows_form": not refusal or len(form.fields) > 1}
    return _show(request, fresh, move, form, now_on, status=409, **more)


def refusal_of(move: Move, on: Subject) -> str:
    """Return why the move cannot be made now, or nothing."""
    try:
        guards.check_move(move, whistle=on.whistle, assignment=on.assignment, by=on.by, now=on.now)
    except guards.MoveRefused as refused:
        return refused.sentence
    return ""


def title_of(move: Move, on: Subject) -> str:
    """Return the heading of a move's page."""
    if on.assignment is not None:
        return _("%(move)s: %(unit)s") % {"move": MOVES[move].label, "unit": on.assignment.unit.short_name}
    return str(MOVES[move].label)


def told_by_units(move: Move, on: Subject) -> list[Assignment]:
    """Return the feedback somebody needs to see who judges it."""
    if move not in JUDGES:
        return []
    duties = on.whistle.assignments.select_related("unit").exclude(measures="").order_by("-is_lead", "id")
    return [duty for duty in duties if on.assignment is None or duty.pk == on.assignment.pk]
