"""Deadline changes: ask for a preview, look at it, confirm or cancel, follow the job. For who configures."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import wants_fragment
from whistle import exports
from whistle.forms.recalculations import RecalculationForm
from whistle.models import DeadlinePolicy, RecalculatedDeadline, Recalculation
from whistle.presenters import recalculations as shown
from whistle.services import previewing, recalculating
from whistle.views.case import signed_in
from whistle.views.cases import XLSX

NEWEST = (keypages.Column("id", descending=True),)
IN_ORDER = (keypages.Column("id"),)
# batches a small preview may take before its page is shown; the worker does the rest of a large one
AT_ONCE = 4


def configurer(request: HttpRequest) -> User:
    """Return who asks; others than those who configure are refused (403)."""
    user = signed_in(request)
    if not user.can(Permission.CONFIGURE):
        raise PermissionDenied(_("Deadline changes belong to the system administrator."))
    return user


def found_job(request: HttpRequest, pk: int) -> tuple[User, Recalculation]:
    """Return who asks and the job; 403 for others, 404 for a job that does not exist."""
    user = configurer(request)
    jobs = Recalculation.objects.select_related("asked_by", "confirmed_by")
    return user, get_object_or_404(jobs, pk=pk)


@require_GET
def recalculations(request: HttpRequest) -> HttpResponse:
    """List all deadline changes, newest first."""
    configurer(request)
    page = keypages.read_page(
        Recalculation.objects.select_related("asked_by"), columns=NEWEST, query=request.GET.dict()
    )
    rows = [(job, shown.LIGHTS[job.state]) for job in page.rows]
    context = {"now": timezone.now(), "rows": rows, "page": page.key}
    return render(request, "whistle/recalculations/list.html", context)


@require_http_methods(["GET", "POST"])
def recalculation_new(request: HttpRequest) -> HttpResponseBase:
    """Ask for a preview. `policy`, or `first` and `last`, fill in the form."""
    user = configurer(request)
    form = RecalculationForm(request.POST or None, initial=initial_of(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                job = previewing.ask(
                    extent=form.extent(), reason=form.cleaned_data["reason"], by=user, now=timezone.now()
                )
            except Refused as refused:
                form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            else:
                count_a_little(job)
                return redirect(job)
    return render(request, "whistle/recalculations/new.html", {"form": form}, status=status)


def initial_of(request: HttpRequest) -> dict[str, Any]:
    """Return what a link from the configuration pages fills in. At most one query."""
    number, first, last = (request.GET.get(name, "") for name in ("policy", "first", "last"))
    if number.isascii() and number.isdecimal() and len(number) < 10:
        policy = DeadlinePolicy.objects.filter(pk=int(number)).first()
        if policy is not None:
            place = {"kinds": [str(policy.kind_id)], "tiers": [str(policy.tier)], "steps": [policy.step]}
            return {"cause": Recalculation.Cause.POLICY, **place}
    return {"cause": Recalculation.Cause.CALENDAR, "first_day": first, "last_day": last} if first else {}


@require_GET
def recalculation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job: its progress while it works, the preview, what came of it."""
    _user, job = found_job(request, pk)
    now = timezone.now()
    context: dict[str, Any] = {"now": now, "job": job, "progress": shown.get_progress(job, now=now)}
    if wants_fragment(request):
        response = render(request, "whistle/recalculations/progress.html", context)
        if not job.is_at_work:
            response.headers["HX-Refresh"] = "true"
    else:
        response = render(request, "whistle/recalculations/job.html", context | _preview(request, job))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _preview(request: HttpRequest, job: Recalculation) -> dict[str, Any]:
    """Return what stands below the head of a job that does not work right now."""
    context: dict[str, Any] = {"facts": shown.describe(job), "light": shown.LIGHTS[job.state]}
    if job.is_at_work:
        return context
    Outcome = RecalculatedDeadline.Outcome
    left = request.GET.get("left") == "true"
    results = shown.get_results(job)
    results = results.filter(outcome=Outcome.SKIPPED) if left else results.exclude(outcome=Outcome.SKIPPED)
    page = keypages.read_page(results, columns=IN_ORDER, query=request.GET.dict())
    rows = [(row, row.deadline, shown.who(row.deadline)) for row in page.rows]
    refusal = ""
    if job.state == Recalculation.State.PREVIEWED:
        try:
            recalculating.check_confirmable(job, now=timezone.now())
        except Refused as refused:
            refusal = refused.sentence
    return context | {
        "rows": rows,
        "page": page.key,
        "left": left,
        "groups": shown.get_groups(job),
        "refusal": refusal,
    }


@require_POST
def recalculation_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the previewed deadlines move."""
    user, job = found_job(request, pk)
    try:
        recalculating.confirm(job=job, by=user, now=timezone.now())
        messages.success(
            request, _("Confirmed. You may leave this page; a notice tells you when it is done.")
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect(job)


@require_POST
def recalculation_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the job after the present batch."""
    user, job = found_job(request, pk)
    try:
        recalculating.cancel(job=job, by=user, now=timezone.now())
        messages.success(request, _("Cancelled."))
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect(job)


@require_POST
def recalculation_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview the same extent under the rules in force now."""
    user, job = found_job(request, pk)
    extent = previewing.Extent(
        **{name: getattr(job, name) for name in previewing.Extent.__dataclass_fields__}
    )
    again = previewing.ask(extent=extent, reason=job.reason, by=user, now=timezone.now())
    count_a_little(again)
    return redirect(again)


@require_GET
def recalculation_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send all results of a job as a workbook."""
    user, job = found_job(request, pk)
    try:
        file = exports.export_recalculation(job, shown.get_results(job), by=user, now=timezone.now())
    except exports.ExportRefused as refused:
        messages.error(request, refused.sentence)
        return redirect(job)
    name = f"{_('Deadline change')} {job.pk}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def count_a_little(job: Recalculation) -> None:
    """Preview a small extent at once, so that most people never see a progress bar."""
    worker = uuid.uuid4()
    if recalculating.claim(worker=worker, now=timezone.now(), job=job) is None:
        return
    for _batch in range(AT_ONCE):
        if not recalculating.advance(job=job, worker=worker, now=timezone.now()):
            break
    recalculating.release(job=job, worker=worker)
