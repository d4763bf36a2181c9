"""Exclusions: asked for on a case, decided by a leader, listed openly with their reasons, exported."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import refuse
from kunming_portal.ui.parts import TabLink
from whistle import exclusions, exports, selectors, services
from whistle.forms.exclusions import DecisionForm, ExclusionForm
from whistle.models import Exclusion
from whistle.presenters import page
from whistle.views.case import form_page, signed_in, visible_case
from whistle.views.cases import XLSX

NEWEST = (keypages.Column("asked_at", datetime, descending=True), keypages.Column("id", descending=True))
FIELD_OF_CODE = {"twice": "subject"}


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the requests about cases one sees: what waits, what is left out, what was refused."""
    user = signed_in(request)
    tab = chosen_tab(request)
    found = keypages.read_page(in_tab(user, tab), columns=NEWEST, query=request.GET.dict())
    context = {
        "now": timezone.now(),
        "tabs": _tabs(tab, exclusions.get_listed(user)),
        "rows": exclusions.get_rows(found.rows, user),
        "page": found.key,
        "tab": tab,
        "may_export": user.can(Permission.LIST_EXPORT),
    }
    return render(request, "whistle/exclusions.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the list under the chosen tab as a workbook."""
    user = signed_in(request)
    now = timezone.now()
    tab = chosen_tab(request)
    try:
        file = exports.export_exclusions(in_tab(user, tab), by=user, now=now, filters={"tab": tab})
    except exports.ExportRefused as refused:
        return refuse(request, refused, back=reverse("exclusions"))
    day = timezone.localtime(now).date().isoformat()
    return FileResponse(file, as_attachment=True, filename=f"{_('Exclusions')} {day}.xlsx", content_type=XLSX)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the case's present whistle, or a unit's duty on it, to be left out. A refusal keeps what was typed."""
    user = signed_in(request)
    case = visible_case(user, pk)
    whistles, duties = page.get_chain(case)
    whistle = whistles[-1]
    own = [duty for duty in duties if duty.whistle_id == whistle.pk]
    subjects = exclusions.get_subjects(whistle, own, user, selectors.get_exclusions(case))
    if not subjects:
        messages.error(request, _("There is nothing here that you could ask to leave out."))
        return redirect(case)
    form = ExclusionForm(request.POST or None, subjects=subjects)
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        duty = typed.pop("subject")
        try:
            services.ask_exclusion(whistle=whistle, assignment=duty, **typed, by=user, now=timezone.now())
        except Refused as refused:
            _say(form, refused)
        else:
            messages.success(request, _("Asked; a leader of the receiving side decides."))
            return redirect(case)
    context: dict[str, Any] = {
        "form": form,
        "title": _("Leave out of the figures"),
        "lede": _("A leader of the receiving side decides. Request and answer stand on an open list."),
        "verb": _("Ask for it"),
    }
    return form_page(request, case, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One request with its answer; for the leader who decides, the form."""
    user = signed_in(request)
    asked = get_object_or_404(exclusions.get_listed(user), pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        granted = form.cleaned_data["answer"] == "granted"
        try:
            services.decide_exclusion(
                exclusion=asked,
                granted=granted,
                decision=form.cleaned_data["decision"],
                by=user,
                now=timezone.now(),
            )
        except Refused as refused:
            _say(form, refused)
        else:
            done = _("Left out of the figures.") if granted else _("It stays in the figures.")
            messages.success(request, done)
            return redirect("exclusions")
    context: dict[str, Any] = {
        "asked": asked,
        "what": exclusions.what_of(asked),
        "form": form,
        "may_decide": asked.is_pending and exclusions.decides(asked, user),
        "title": _("Leave out of the figures"),
        "verb": _("Decide"),
        "shows_form": False,
    }
    case = visible_case(user, asked.whistle.case_id)
    context["head"] = page_head(case, user)
    status = 409 if form.non_field_errors() else 422 if form.errors else 200
    return render(
        request, "whistle/exclusion.html", context | {"case": case, "now": timezone.now()}, status=status
    )


def page_head(case: Any, user: User) -> page.Head:
    """Return the head of the case the request is about."""
    watch = page.get_watch(timezone.now())
    whistles, _duties = page.get_chain(case)
    return page.get_head(
        case=case,
        whistle=whistles[-1],
        deadlines=selectors.get_deadlines(case),
        user=user,
        watch=watch,
    )


def chosen_tab(request: HttpRequest) -> str:
    """Return the tab of the address, else what waits."""
    asked = request.GET.get("tab", "")
    return asked if asked in TABS else Exclusion.Answer.PENDING


def in_tab(user: User, tab: str) -> Any:
    """Return the requests under one tab."""
    return exclusions.get_listed(user).filter(answer=tab)


TABS = (Exclusion.Answer.PENDING, Exclusion.Answer.GRANTED, Exclusion.Answer.REFUSED)


def _tabs(chosen: str, found: Any) -> list[TabLink]:
    counts = dict(found.order_by().values_list("answer").annotate(n=Count("id")))
    return [TabLink(tab.value, str(tab.label), counts.get(tab.value, 0), tab.value == chosen) for tab in TABS]


def _say(form: Any, refused: Refused) -> None:
    field = FIELD_OF_CODE.get(refused.code, refused.code)
    form.add_error(field if field in form.fields else None, refused.sentence)
