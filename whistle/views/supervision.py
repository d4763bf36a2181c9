"""Pressing, supervising and instructing on one case; the page of a notice or an instruction and its moves."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.deadlines.ladder import Limit, LimitUnit, due_after
from kunming_portal.errors import Refused
from kunming_portal.workdays.selectors import get_calendar
from whistle import services, task_rows
from whistle.forms import supervision as forms_of
from whistle.models import SupervisionTask, Whistle
from whistle.presenters import page, supervision
from whistle.services import supervising
from whistle.services.pressing import check_press
from whistle.views.case import form_page, signed_in, small_head, visible_case
from whistle.workflow import WORKING_ASSIGNMENT

Kind = SupervisionTask.Kind
Run = Callable[[dict[str, Any]], SupervisionTask | object]


def visible_task(user: User, pk: int) -> SupervisionTask:
    """Return the task, or 404: what lies on a case out of scope is not there."""
    rows = SupervisionTask.objects.visible_to(user, Permission.CASE_VIEW).select_related(
        "case__division",
        "case__opened_by",
        "whistle__kind",
        "unit",
        "issuer__division",
        "issued_by",
        "answered_by",
    )
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def press(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Press whoever has to act on the case now. A refusal keeps what was typed."""
    user, now = signed_in(request), timezone.now()
    found = visible_case(user, pk)
    whistles, duties = page.get_chain(found)
    whistle = whistles[-1]
    working = [d for d in duties if d.whistle_id == whistle.pk and d.status in WORKING_ASSIGNMENT]
    form = forms_of.PressForm(request.POST or None, duties=working, initial=_chosen(request, "assignment"))
    only = working[0] if len(working) == 1 else None
    context = {
        "title": _("Press"),
        "verb": _("Press"),
        "icon": "bell",
        "lede": _("Those who have to act now and their leaders are told; it stands in the history."),
        "refusal": _refusal(lambda: check_press(whistle=whistle, by=user, now=now, assignment=only))
        if request.method == "GET"
        else "",
    }

    def run(typed: dict[str, Any]) -> object:
        return services.press(
            whistle=whistle,
            by=user,
            now=now,
            assignment=typed.get("assignment") or only,
            words=typed["words"],
        )

    return _answer(
        request, form, run, context, pk=pk, fields={"whom": "assignment"}, done=_("Pressed; they were told.")
    )


@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Issue a numbered supervision notice to a unit of the case."""
    user, now = signed_in(request), timezone.now()
    whistle = _whistle(request, pk)
    refusal = _refusal(lambda: supervising.check_issue(Kind.NOTICE, whistle=whistle, by=user))
    units = _units(Kind.NOTICE, whistle, user)
    form = forms_of.NoticeForm(request.POST or None, units=units, initial=_chosen(request, "unit"))
    context = {
        "title": pgettext("paper", "Supervision notice"),
        "verb": _("Issue the notice"),
        "icon": "send",
        "lede": _("It gets a number; the unit's leader in charge answers for the reply."),
        "refusal": refusal,
        "shows_form": not refusal,
    }

    def run(typed: dict[str, Any]) -> object:
        return services.issue_notice(whistle=whistle, by=user, now=now, **typed)

    return _answer(request, form, run, context, pk=pk, fields={}, done=_("The notice was issued."))


@require_http_methods(["GET", "POST"])
def instruct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a leader's instruction to a unit of the case."""
    user, now = signed_in(request), timezone.now()
    whistle = _whistle(request, pk)
    refusal = _refusal(lambda: supervising.check_issue(Kind.INSTRUCTION, whistle=whistle, by=user))
    limit = Limit(amount=supervising.REPLY_DAYS, unit=LimitUnit.WORKING_DAY)
    form = forms_of.InstructionForm(
        request.POST or None,
        units=_units(Kind.INSTRUCTION, whistle, user),
        due_at=due_after(start=now, limit=limit, calendar=get_calendar()),
        initial=_chosen(request, "unit"),
    )
    context = {
        "title": _("Instruction"),
        "verb": _("Give the instruction"),
        "icon": "pen",
        "lede": _(
            "It becomes a task of the unit with the moment you set; you confirm the report or send it back."
        ),
        "refusal": refusal,
        "shows_form": not refusal,
    }

    def run(typed: dict[str, Any]) -> object:
        return services.instruct(whistle=whistle, by=user, now=now, **typed)

    return _answer(request, form, run, context, pk=pk, fields={}, done=_("The instruction was given."))


@require_GET
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a notice or an instruction: what is required, the reply, the light, what I may do."""
    user, now = signed_in(request), timezone.now()
    found = visible_task(user, pk)
    calendar = get_calendar()
    row = task_rows.task_rows([found], user=user, now=now, calendar=calendar)[0]
    context = {
        "row": row,
        "task": found,
        "case": found.case,
        "head": small_head(found.case, user),
        "moves": task_rows.get_moves(found, user),
        "log": supervision.get_history(found, now=now),
        "now": now,
    }
    return render(request, "whistle/task.html", context)


@require_http_methods(["GET", "POST"])
def task_move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Reply to a task, close it, or send its reply back."""
    user, now = signed_in(request), timezone.now()
    found = visible_task(user, pk)
    if move not in MOVES:
        raise Http404
    form_class, run_move, check, words, done = MOVES[move]
    title, verb, icon, lede = words(found)
    form = form_class(request.POST or None)
    context = {
        "title": title,
        "verb": verb,
        "icon": icon,
        "lede": lede,
        "refusal": _refusal(lambda: check(found, by=user)) if request.method == "GET" else "",
        "quoted": found.text if move == "reply" else found.answer,
        "quoted_title": _("What is required") if move == "reply" else pgettext("noun", "Reply"),
    }

    def run(typed: dict[str, Any]) -> object:
        return run_move(task=found, by=user, now=now, **typed)

    return _answer(request, form, run, context, pk=found.case_id, fields={}, done=done(), to=found)


Words4 = tuple[str, str, str, str]


def _reply_words(found: SupervisionTask) -> Words4:
    return (
        _("Reply to %(name)s") % {"name": task_rows.name_of(found)},
        pgettext("verb", "Reply"),
        "pen",
        _("%(unit)s is told and closes it or sends it back.") % {"unit": found.issuer.name},
    )


def _close_words(found: SupervisionTask) -> Words4:
    replied = found.status == SupervisionTask.Status.REPLIED
    return (
        _("Close %(name)s") % {"name": task_rows.name_of(found)}
        if replied
        else _("Withdraw %(name)s") % {"name": task_rows.name_of(found)},
        pgettext("supervision verb", "Close") if replied else _("Withdraw"),
        "check2",
        "" if replied else _("No reply has come. Say why it is withdrawn all the same."),
    )


def _return_words(found: SupervisionTask) -> Words4:
    return (
        _("Send the reply back"),
        _("Send the reply back"),
        "arrow-left-right",
        _("%(unit)s replies again; a new limit starts now.") % {"unit": found.unit.name},
    )


MOVES: dict[
    str, tuple[type[forms.Form], Any, Any, Callable[[SupervisionTask], Words4], Callable[[], str]]
] = {
    "reply": (
        forms_of.ReplyForm,
        services.reply,
        supervising.check_reply,
        _reply_words,
        lambda: pgettext("supervision done", "Replied."),
    ),
    "close": (
        forms_of.CloseTaskForm,
        services.close_task,
        supervising.check_judge,
        _close_words,
        lambda: pgettext("supervision done", "Closed."),
    ),
    "return": (
        forms_of.ReturnForm,
        services.send_back_reply,
        supervising.check_judge,
        _return_words,
        lambda: _("The reply was sent back."),
    ),
}


def _answer(
    request: HttpRequest,
    form: forms.Form,
    run: Run,
    context: dict[str, Any],
    *,
    pk: int,
    fields: dict[str, str],
    done: str,
    to: Any = None,
) -> HttpResponseBase:
    """Show the form, or do what it asks: then back to the case or the task; a refusal keeps what was typed."""
    found = visible_case(signed_in(request), pk)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = run(dict(form.cleaned_data))
            except Refused as refused:
                field = fields.get(refused.code, refused.code)
                form.add_error(field if field in form.fields else None, refused.sentence)
                status = 409
            else:
                messages.success(request, done)
                return redirect(to or (made if isinstance(made, SupervisionTask) else found))
    shown = {"form": form, "shows_form": not context.get("refusal")} | context
    return form_page(request, found, shown, status=status)


def _whistle(request: HttpRequest, pk: int) -> Whistle:
    whistles, _duties = page.get_chain(visible_case(signed_in(request), pk))
    return whistles[-1]


def _units(kind: SupervisionTask.Kind, whistle: Whistle, user: User) -> list[Any]:
    try:
        held = supervising.check_issue(kind, whistle=whistle, by=user)
    except Refused:
        return []
    return supervising.addressees(whistle, held=held)


def _refusal(check: Callable[[], object]) -> str:
    try:
        check()
    except Refused as refused:
        return refused.sentence
    return ""


def _chosen(request: HttpRequest, name: str) -> dict[str, str]:
    """Return what a link chose beforehand."""
    value = request.GET.get(name, "")
    return {name: value} if value.isdigit() else {}
