"""The moves on a record of the five powers: one form each, one call each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communities.forms import power_moves as forms_of
from communities.models import Nomination, PowerRecord, Sort
from communities.models.power_steps import BOUNDARY, Power, Result, moves_of
from communities.presenters.power_pages import LABELS, facts_of
from communities.selectors import get_addressees
from communities.services import (
    powers,
    powers_appraisals,
    powers_decisions,
    powers_personnel,
    powers_proposals,
    powers_supervision,
)
from communities.services.undertaking_clocks import usual_day
from communities.views.frame import form_page, signed_in
from communities.views.powers import refusal_of, visible
from kunming_portal.accounts.models import User
from kunming_portal.workdays.selectors import get_calendar

# Powers whose forms say where the branch's power ends
BOUNDED = (Power.DECISION, Power.PERSONNEL, Power.APPRAISAL)


@dataclass(frozen=True)
class Move:
    """One move: its form, what it calls, what the form is given beside what was typed, what is filled in."""

    form: type[forms.Form]
    run: Callable[..., Any]
    typed: Callable[[Any], dict[str, Any]] = lambda form: dict(form.cleaned_data)
    given: Callable[[PowerRecord, datetime], dict[str, Any]] = lambda _record, _now: {}
    initial: Callable[[PowerRecord, datetime], dict[str, Any]] = lambda _record, _now: {}


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Show a move's form, or make the move."""
    user, now = signed_in(request), timezone.now()
    record = visible(user, pk)
    wanted = MOVES.get(move)
    if wanted is None or move not in moves_of(record.power):
        raise Http404
    form = wanted.form(request.POST or None, initial=wanted.initial(record, now), **wanted.given(record, now))
    label, icon = LABELS[move]
    boundary = [(_("Legal boundary"), str(BOUNDARY))] if record.power in BOUNDED else []
    context = {
        "title": str(label),
        "verb": str(label),
        "icon": icon,
        "lede": record.title,
        "facts": [*_known(record, move), *boundary],
        "refusal": refusal_of(lambda: powers.check_move(record, move, by=user))
        if request.method == "GET"
        else "",
    }
    return form_page(
        request,
        form,
        lambda _cleaned: wanted.run(record=record, by=user, now=now, **wanted.typed(form)),
        context=context,
        done=_("Taken down."),
        back=record.get_absolute_url(),
    )


def _known(record: PowerRecord, move: str) -> list[tuple[str, str]]:
    """Return what whoever fills in the form wants before the eyes: the report to judge, or the facts so far."""
    asked = record.undertaking
    if move in ("adopt", "recheck", "finish") and asked is not None and asked.answer:
        return [(_("Report of %(addressee)s") % {"addressee": asked.addressee}, asked.answer)]
    return facts_of(record) if move not in ("vet", "end") else []


def _yes_no(form: Any) -> dict[str, Any]:
    return {**form.cleaned_data, "passed": form.cleaned_data["passed"] == "yes"}


def _chosen(form: Any) -> dict[str, Any]:
    return {**form.cleaned_data, "chosen": [one.pk for one in form.cleaned_data["chosen"]]}


def _scores(form: Any) -> dict[str, Any]:
    typed = form.cleaned_data
    return {"received": typed["received"], "opinions": typed["opinions"], "means": form.means()}


def _units(record: PowerRecord, now: datetime) -> dict[str, Any]:
    return {"units": get_addressees(record.compound, day=timezone.localdate(now))}


def _record(record: PowerRecord, _now: datetime) -> dict[str, Any]:
    return {"record": record}


def _notice(record: PowerRecord, now: datetime) -> dict[str, Any]:
    first, last = powers_decisions.usual_notice(now, calendar=get_calendar())
    decision = record.decision
    return {"notice_from": decision.notice_from or first, "notice_until": decision.notice_until or last}


def _execution(record: PowerRecord, now: datetime) -> dict[str, Any]:
    day = usual_day(Sort.EXECUTION, now=now, calendar=get_calendar())
    return {"due_on": day, "addressee": record.compound.property_firm}


def _remarks(record: PowerRecord, _now: datetime) -> dict[str, Any]:
    return {"remarks": record.decision.remarks, "remarks_text": record.decision.remarks_text}


def _scored(record: PowerRecord, _now: datetime) -> dict[str, Any]:
    appraisal = record.appraisal
    means = {f"mean_{one.aspect}": one.mean for one in appraisal.scores.all()}
    return {"received": appraisal.received, "opinions": appraisal.opinions} | means


def _whom(record: PowerRecord, _now: datetime) -> dict[str, Any]:
    owners = record.nomination.post == Nomination.Post.OWNERS_COMMITTEE
    return {"recommended_to": _("Owners' meeting") if owners else ""}


def _adopt(*, record: PowerRecord, result: str, words: str, by: User, now: datetime) -> PowerRecord:
    return powers_proposals.adopt(record=record, result=Result(result), words=words, by=by, now=now)


MOVES: dict[str, Move] = {
    "meet": Move(
        forms_of.MeetForm,
        powers_decisions.meet,
        typed=lambda form: {"met_on": form.cleaned_data["met_on"], "votes": form.votes()},
        initial=lambda _record, now: {"met_on": timezone.localdate(now)},
    ),
    "resolve": Move(forms_of.ResolveForm, powers_decisions.resolve),
    "announce": Move(forms_of.AnnounceForm, powers_decisions.announce, initial=_notice),
    "remark": Move(forms_of.RemarkForm, powers_decisions.remark, initial=_remarks),
    "execute": Move(forms_of.ExecuteForm, powers_decisions.execute, given=_units, initial=_execution),
    "finish": Move(forms_of.WordsForm, powers_decisions.finish),
    "adopt": Move(forms_of.AdoptForm, _adopt),
    "vet": Move(
        forms_of.VetForm,
        powers_personnel.vet,
        typed=lambda form: {"opinions": form.opinions()},
        given=_record,
    ),
    "recommend": Move(forms_of.RecommendForm, powers_personnel.recommend, initial=_whom),
    "choose": Move(
        forms_of.ChooseForm,
        powers_personnel.choose,
        typed=_chosen,
        given=_record,
        initial=lambda _record, now: {"chosen_on": timezone.localdate(now)},
    ),
    "recheck": Move(forms_of.RecheckForm, powers_supervision.recheck, typed=_yes_no),
    "score": Move(forms_of.ScoreForm, powers_appraisals.score, typed=_scores, initial=_scored),
    "summarise": Move(forms_of.SummariseForm, powers_appraisals.summarise),
    "use": Move(forms_of.UseForm, powers_appraisals.use),
    "end": Move(forms_of.EndForm, powers.end),
}
