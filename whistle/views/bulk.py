"""One move on many rows of a list: each row through its own service in its own transaction, each with its result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit.models import AuditEvent
from kunming_portal.errors import Refused
from whistle import rows, services
from whistle.forms.moves import MoveForm, Subject
from whistle.models import Assignment, Case
from whistle.selectors import get_cases
from whistle.views.actions import Typed
from whistle.views.bulk_moves import BULK_MOVES, BulkMove
from whistle.views.case import signed_in
from whistle.views.moves import back_of
from whistle.workflow import Move

MOST = 100
Outcome = Literal["done", "stale", "refused"]


@dataclass(frozen=True)
class Picked:
    """A row somebody chose, with the version of its case that the page showed."""

    pk: int
    expected: int


@dataclass(frozen=True)
class Result:
    """What became of one row."""

    case: Case
    unit: str
    outcome: Outcome
    sentence: str


@require_POST
def bulk(request: HttpRequest, move: str) -> HttpResponse:
    """Make one move on the chosen rows (`row`, each "key.version"); a move with something to type asks for it first.

    Rows out of scope are not there. Sent twice, the rows say again that they are done, and nothing more happens.
    """
    user = signed_in(request)
    if move not in BULK_MOVES:
        raise Http404
    chosen = BULK_MOVES[move]
    picked = read_rows(request.POST.getlist("row"))
    back = back_of(request) or reverse("duties" if chosen.is_about_assignment else "queue")
    if not 1 <= len(picked) <= MOST:
        messages.error(request, _how_many(len(picked)))
        return redirect(back)
    subjects = load(chosen, picked, by=user, now=timezone.now())
    context: dict[str, Any] = {
        "move": chosen,
        "verb": chosen.label,
        "icon": chosen.icon,
        "back": back,
        "missing": len(picked) - len(subjects),
        "now": timezone.now(),
    }
    if not subjects:
        return render(request, "whistle/bulk.html", context | {"results": []})
    typed: Typed = {}
    if chosen.needs_typing and any(not chosen.refusal(on) for on in subjects):
        refusal = mixed_centres(chosen, subjects)
        if refusal:
            messages.error(request, refusal)
            return redirect(back)
        form = chosen.form(request.POST if "typed" in request.POST else None, subject=subjects[0])
        if not form.is_valid():
            return _ask(request, form, context, subjects, picked)
        typed = {name: value for name, value in form.cleaned_data.items() if name != "expected"}
    results = make_each(chosen, subjects, typed, {row.pk: row.expected for row in picked})
    return render(request, "whistle/bulk.html", context | {"results": results, "said": said(results)})


def read_rows(texts: Sequence[str]) -> list[Picked]:
    """Return the chosen rows, each once; what nobody's page holds is left out."""
    found: dict[int, Picked] = {}
    for text in texts:
        pk, _dot, version = text.partition(".")
        if all(part.isascii() and part.isdigit() and len(part) < 16 for part in (pk, version)):
            found.setdefault(int(pk), Picked(int(pk), int(version)))
    return list(found.values())


def load(move: BulkMove, picked: Sequence[Picked], *, by: User, now: datetime) -> list[Subject]:
    """Return what the person can see of the chosen rows, in their order. Two queries, however many."""
    places = {row.pk: place for place, row in enumerate(picked)}
    if move.is_about_assignment:
        duties = Assignment.objects.visible_to(by, Permission.CASE_VIEW).filter(pk__in=places)
        related = duties.select_related(
            "unit",
            "whistle__case__division",
            "whistle__kind",
            "whistle__caller",
            "whistle__receiver__division",
        )
        found = [Subject(whistle=duty.whistle, assignment=duty, by=by, now=now) for duty in related]
        return sorted(found, key=lambda on: places[on.assignment.pk if on.assignment else 0])
    cases = get_cases(user=by).filter(pk__in=places).select_related("division")
    whistles = rows.present(sorted(cases, key=lambda case: places[case.pk]))
    return [Subject(whistle=whistle, assignment=None, by=by, now=now) for whistle in whistles]


def mixed_centres(move: BulkMove, subjects: Sequence[Subject]) -> str:
    """Return why these rows cannot be dispatched together, or nothing: units are called from one centre."""
    if move.name == Move.DISPATCH and len({on.whistle.receiver_id for on in subjects}) > 1:
        return _("The chosen matters lie at several centres, whose units differ. Choose those of one centre.")
    return ""


def make_each(
    move: BulkMove, subjects: Sequence[Subject], typed: Typed, expected: dict[int, int]
) -> list[Result]:
    """Make the move on every row, one transaction each; a refusal stops only its own row."""
    versions: dict[int, int] = {}  # of cases this run has moved: two duties of one case are no clash
    results = []
    for on in subjects:
        row = on.assignment.pk if on.assignment else on.whistle.case_id
        seen = versions.get(on.whistle.case_id, expected[row])
        result = make_one(move, on, typed, seen)
        if result.outcome == "done" and not result.sentence:
            versions[on.whistle.case_id] = on.whistle.case.version
        results.append(result)
    return results


def make_one(move: BulkMove, on: Subject, typed: Typed, seen: int) -> Result:
    """Make the move on one row; what stands in its way is its result."""
    case, unit = on.whistle.case, on.assignment.unit.short_name if on.assignment else ""
    try:
        if move.needs_typing and not typed:  # no row can be moved, so nothing was asked
            raise Refused(move.refusal(on))
        move.run(on, typed, {"by": on.by, "now": on.now, "expected": seen})
    except Refused as refused:
        if was_mine(move, on):
            return Result(case, unit, "done", _("You had done this already."))
        outcome: Outcome = "stale" if isinstance(refused, services.Stale) else "refused"
        return Result(case, unit, outcome, refused.sentence)
    return Result(case, unit, "done", "")


def was_mine(move: BulkMove, on: Subject) -> bool:
    """Whether this very move was the last thing that happened here, by the same person: a double click. One query."""
    events = AuditEvent.objects.filter(stream=on.whistle.case.stream).exclude(event__startswith="deadline.")
    if on.assignment is not None:
        events = events.filter(object_type=on.assignment._meta.label_lower, object_id=str(on.assignment.pk))
    last = events.order_by("-seq").first()
    return last is not None and last.event == move.event and last.actor_id == on.by.pk


def said(results: Sequence[Result]) -> str:
    """Return the sum of it in one sentence."""
    done = sum(result.outcome == "done" for result in results)
    left = len(results) - done
    text = ngettext("%(number)d done", "%(number)d done", done) % {"number": done}
    if not left:
        return text
    rest = ngettext("%(number)d not done", "%(number)d not done", left) % {"number": left}
    return _("%(done)s, %(rest)s; nothing is lost, each row says why.") % {"done": text, "rest": rest}


def _ask(
    request: HttpRequest,
    form: MoveForm,
    context: dict[str, Any],
    subjects: Sequence[Subject],
    picked: Sequence[Picked],
) -> HttpResponse:
    """Show the form once for all rows, with those that cannot be moved and why."""
    move = context["move"]
    told = [(on.whistle.case, move.refusal(on)) for on in subjects]
    more = {
        "form": form,
        "told": told,
        "able": sum(not refusal for _case, refusal in told),
        "values": [f"{row.pk}.{row.expected}" for row in picked],
        "lede": move.lede(subjects[0]),
    }
    return render(request, "whistle/bulk_form.html", context | more, status=422 if form.is_bound else 200)


def _how_many(number: int) -> str:
    if not number:
        return _("Choose at least one row.")
    return _("At most %(most)d rows at once; you chose %(number)d. Nothing was done.") % {
        "most": MOST,
        "number": number,
    }
