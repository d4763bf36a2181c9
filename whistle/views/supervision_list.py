"""Everything supervised: what waits for me, what runs, what ended; the export; notices on several cases at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, refuse, wants_fragment
from kunming_portal.ui.parts import TabLink
from kunming_portal.workdays.selectors import get_calendar
from whistle import exports, rows, services, task_rows, turns
from whistle.filtersets import CaseFilter, TaskFilter
from whistle.forms.supervision import BulkNoticeForm
from whistle.models import Assignment, Case, SupervisionTask, TaskDeadline, Whistle
from whistle.selectors import get_cases
from whistle.views import choices
from whistle.views.cases import XLSX
from whistle.workflow import WORKING_ASSIGNMENT, WhistleStatus

SOONEST = (keypages.Column("clock", datetime, nullable=True), keypages.Column("id"))
NEWEST = (keypages.Column("id", descending=True),)
URGENT = (keypages.Column("due_at", datetime, nullable=True), keypages.Column("id"))
TABS = ("mine", "running", "ended")
MOST = 50  # cases of one bulk form


@dataclass(frozen=True)
class Result:
    """What came of one notice of a bulk form: the task, or the sentence that refused it."""

    case: Case
    unit: Unit | None
    task: SupervisionTask | None = None
    refusal: str = ""


def _check_seat(user: User) -> None:
    """Let nobody in who neither supervises nor answers for a unit (403)."""
    rights = (Permission.CASE_SUPERVISE, Permission.CASE_INSTRUCT, Permission.SUPERVISION_REPLY)
    if not any(user.can(right) for right in rights):
        raise PermissionDenied(_("This list belongs to those who supervise and to those who have to reply."))


def tasks_of(request: HttpRequest, user: User) -> tuple[str, TaskFilter, QuerySet[SupervisionTask]]:
    """Return the tab, the filter and the tasks the address asks for, as far as this person sees them."""
    asked = request.GET.get("tab", "")
    seats = turns.seats_of(user)
    seen = SupervisionTask.objects.visible_to(user, Permission.CASE_VIEW)
    tab = asked if asked in TABS else "mine" if turns.count_waiting(user, timezone.now()).tasks else "running"
    where = {
        "mine": turns.tasks_waiting(seats),
        "running": Q(ended_at=None),
        "ended": Q(ended_at__isnull=False),
    }[tab]
    chosen = TaskFilter(request.GET, queryset=seen.filter(where), request=request, now=timezone.now())
    found = chosen.qs if chosen.is_valid() else seen.none()
    return tab, chosen, found.select_related("case__division", "unit", "issuer", "whistle__kind", "issued_by")


@require_GET
def supervision(request: HttpRequest) -> HttpResponse:
    """List notices and instructions: soonest first while they run, newest first when they ended."""
    user = request.user
    assert isinstance(user, User)
    _check_seat(user)
    now = timezone.now()
    tab, chosen, found = tasks_of(request, user)
    clock = TaskDeadline.objects.filter(task=OuterRef("pk"), ended_at=None)
    page = keypages.read_page(
        found.annotate(clock=Subquery(clock.values("due_at")[:1])) if tab != "ended" else found,
        columns=NEWEST if tab == "ended" else SOONEST,
        query=request.GET.dict(),
    )
    context = {
        "now": now,
        "tabs": _tabs(tab, user),
        "tab": tab,
        "filter": chosen,
        "choices": _choices(request),
        "rows": task_rows.task_rows(page.rows, user=user, now=now, calendar=get_calendar()),
        "page": page.key,
        "kept": [("tab", tab)],
        "filtered": any(value for name, value in request.GET.items() if name in chosen.filters),
        "may_export": user.can(Permission.LIST_EXPORT),
        "may_issue": user.can(Permission.CASE_SUPERVISE),
    }
    name = "whistle/parts/task_list.html" if wants_fragment(request) else "whistle/supervision.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the filtered tasks as a workbook; what cannot be exported is said on the list."""
    user = request.user
    assert isinstance(user, User)
    _check_seat(user)
    now = timezone.now()
    tab, chosen, found = tasks_of(request, user)
    used = {
        name: str(value) for name, value in request.GET.dict().items() if name in chosen.filters and value
    }
    try:
        file = exports.export_tasks(found, by=user, now=now, filters={"tab": tab} | used)
    except exports.ExportRefused as refused:
        return refuse(request, refused, back=f"{reverse('supervision')}?{request.GET.urlencode()}")
    day = timezone.localtime(now).date().isoformat()
    return FileResponse(
        file, as_attachment=True, filename=f"{_('Supervision')} {day}.xlsx", content_type=XLSX
    )


def _tabs(tab: str, user: User) -> list[TabLink]:
    waiting = turns.count_waiting(user, timezone.now()).tasks
    labels = {
        "mine": pgettext("supervision tab", "Waits for me"),
        "running": pgettext("supervision tab", "Running"),
        "ended": pgettext("supervision tab", "Ended"),
    }
    return [
        TabLink(name, label, waiting if name == "mine" else 0, name == tab) for name, label in labels.items()
    ]


def _choices(request: HttpRequest) -> list[Field]:
    kinds = [(str(value), str(label)) for value, label in SupervisionTask.Kind.choices]
    lights = [("over", str(_("Overdue")))]
    return [
        Field("kind", _("Notices and instructions"), kinds, request.GET.get("kind", "")),
        Field("light", _("All lights"), lights, request.GET.get("light", "")),
    ]


# -- several at once -------------------------------------------------------------------------------------
def _check_supervises(user: User) -> None:
    if not user.can(Permission.CASE_SUPERVISE):
        raise PermissionDenied(_("Notices are issued by centres, secretaries and the offices above."))


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """List the late cases of one's area with a box each: the chosen ones go onto one form."""
    user = request.user
    assert isinstance(user, User)
    _check_supervises(user)
    now = timezone.now()
    seen = get_cases(user=user, permission=Permission.CASE_SUPERVISE).overdue(now)
    chosen = CaseFilter(request.GET, queryset=seen, request=request, now=now)
    page = keypages.read_page(
        (chosen.qs if chosen.is_valid() else seen.none()).select_related("division"),
        columns=URGENT,
        query=request.GET.dict(),
    )
    context = {
        "now": now,
        "filter": chosen,
        "choices": [
            f for f in choices.of(user, query=request.GET, now=now, with_status=False) if f.name != "light"
        ],
        "rows": rows.case_rows(rows.present(page.rows), user=user, now=now),
        "page": page.key,
        "filtered": any(value for name, value in request.GET.items() if name in chosen.filters),
    }
    name = "whistle/parts/choose_list.html" if wants_fragment(request) else "whistle/choose.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Issue notices on several cases from one form; each row says what came of it. Out of scope is not there."""
    user = request.user
    assert isinstance(user, User)
    _check_supervises(user)
    now = timezone.now()
    whistles = _chosen_whistles(request, user)
    form = BulkNoticeForm(request.POST or None)
    results: list[Result] = []
    if request.method == "POST" and whistles and form.is_valid():
        results = _issue(whistles, form.cleaned_data, by=user, now=now)
    context = {
        "form": form,
        "rows": rows.case_rows(whistles, user=user, now=now),
        "results": results,
        "issued": sum(result.task is not None for result in results),
        "most": MOST,
        "now": now,
    }
    return render(request, "whistle/bulk_notice.html", context, status=422 if form.errors else 200)


def _chosen_whistles(request: HttpRequest, user: User) -> list[Whistle]:
    """Return the present whistles of the chosen cases this person supervises, at most `MOST`. Two queries."""
    asked = [int(value) for value in _ids(request) if value.isascii() and value.isdigit() and len(value) < 12]
    cases = get_cases(user=user, permission=Permission.CASE_SUPERVISE).filter(pk__in=asked[:MOST])
    return rows.present(cases.select_related("division").order_by("due_at", "id"))


def _ids(request: HttpRequest) -> Sequence[str]:
    source = request.POST if request.method == "POST" else request.GET
    return source.getlist("case")


def _issue(whistles: Sequence[Whistle], typed: dict[str, Any], *, by: User, now: datetime) -> list[Result]:
    """Issue one notice a unit and case, each in a transaction of its own, so that one refusal stops no other."""
    results: list[Result] = []
    for whistle in whistles:
        units = _units(whistle, whom=typed["whom"])
        if not units:
            results.append(
                Result(whistle.case, None, refusal=_("No unit is working on it; nobody can be asked."))
            )
        for unit in units:
            try:
                task = services.issue_notice(
                    whistle=whistle, unit=unit, text=typed["text"], days=typed["days"], by=by, now=now
                )
            except Refused as refused:
                results.append(Result(whistle.case, unit, refusal=refused.sentence))
            else:
                results.append(Result(whistle.case, unit, task=task))
    return results


def _units(whistle: Whistle, *, whom: str) -> list[Unit]:
    """Return whom a bulk form addresses on one case: units that work, else the centre that has to act."""
    if whistle.status in (WhistleStatus.AWAITING_ACCEPTANCE, WhistleStatus.AWAITING_DISPATCH):
        return [whistle.receiver]
    working = Assignment.objects.filter(whistle=whistle, status__in=WORKING_ASSIGNMENT).select_related("unit")
    units = [duty.unit for duty in working.order_by("-is_lead", "id")]
    return units[:1] if whom == "lead" else units
