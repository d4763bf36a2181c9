"""Pages of imports and exports: send a file, see what it would do, confirm, take workbooks."""

import tempfile
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.spreadsheets import (
    heads,
    keeping,
    limits,
    presenting,
    reading,
    registers,
    services,
    tasks,
)
from kunming_portal.spreadsheets.forms import UploadForm
from kunming_portal.spreadsheets.models import Import
from kunming_portal.spreadsheets.package import content_of
from kunming_portal.spreadsheets.registers import Register
from kunming_portal.spreadsheets.workbook import ExportRefused, Record, write_recorded
from kunming_portal.spreadsheets.writing import write_export, write_result, write_template
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import refuse, wants_fragment

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NEWEST = (keypages.Column("id", descending=True),)
BY_ROW = (keypages.Column("row"), keypages.Column("id"))
BY_NUMBER = (keypages.Column("number"), keypages.Column("id"))
State = Import.State


def signed_in(request: HttpRequest) -> User:
    """Return who asks; the middleware has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def found_job(request: HttpRequest, pk: int) -> tuple[User, Import]:
    """Return who asks and their import; 404 for anybody else's."""
    user = signed_in(request)
    jobs = Import.objects.visible_to(user).select_related("by", "acting")
    return user, get_object_or_404(jobs, pk=pk)


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """List the person's own imports, newest first, and the registers a file may be sent to."""
    user = signed_in(request)
    page = keypages.read_page(Import.objects.visible_to(user), columns=NEWEST, query=request.GET.dict())
    titles = {register.key: register.title for register in registers.all_registers()}
    context = {
        "now": timezone.now(),
        "rows": [
            (job, titles.get(job.register, job.register), presenting.LIGHTS[job.state]) for job in page.rows
        ],
        "page": page.key,
        "registers": [register for register in registers.all_registers() if register.may_import(user)],
        "kept_days": presenting.kept_days(),
    }
    return render(request, "spreadsheets/imports.html", context)


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest, register: str) -> HttpResponseBase:
    """Take a file for a register. A small one is read before the answer, a larger one by the worker."""
    user = signed_in(request)
    found = registers.get(register, user=user)
    form = (
        UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            content = content_of(file)
            try:
                job = services.receive(
                    register=found, name=file.name, content=content, by=user, now=timezone.now()
                )
            except Refused as refused:
                form.add_error("file", refused.sentence)
            else:
                tasks.go_on(job, at_once=len(content) <= limits.BYTES_AT_ONCE)
                return redirect(job)
    context = {
        "now": timezone.now(),
        "register": found,
        "form": form,
        "kept_days": presenting.kept_days(),
        "most_rows": limits.ROWS,
        "columns": [(heads.head_of(column), column) for column in found.columns],
    }
    return render(request, "spreadsheets/new.html", context, status=status)


@require_GET
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one import: its progress, what is wrong, what it would do, or what came of it."""
    _user, job = found_job(request, pk)
    context: dict[str, Any] = {"now": timezone.now(), "job": job, "progress": presenting.get_progress(job)}
    if wants_fragment(request):
        response = render(request, "spreadsheets/progress.html", context)
        if not job.is_at_work:
            response.headers["HX-Refresh"] = "true"
    else:
        response = render(request, "spreadsheets/import.html", context | _details(request, job))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _details(request: HttpRequest, job: Import) -> dict[str, Any]:
    """Return what stands on the page besides the progress."""
    register = registers.find(job.register)
    context: dict[str, Any] = {
        "register": register,
        "light": presenting.LIGHTS[job.state],
        "facts": presenting.describe(job, register),
        "kept_days": presenting.kept_days(),
        "has_result": _has_result(job),
        "may_send": registers.may_import(job.register, signed_in(request)),
        "list_url": _list_url(register) if register else "",
    }
    if job.is_at_work or job.emptied_at or register is None:
        return context
    if job.state == State.FAULTY:
        page = keypages.read_page(job.found.all(), columns=BY_ROW, query=request.GET.dict())
        return context | {"faults": page.rows, "page": page.key, "faults_kept": limits.FAULTS_KEPT}
    return context | _preview(request, job, register)


def _preview(request: HttpRequest, job: Import, register: Register) -> dict[str, Any]:
    """Return what an import would do, or did, row by row."""
    tabs = presenting.get_tabs(job, request.GET.get("show", ""))
    chosen = next(tab.name for tab in tabs if tab.is_chosen)
    rows = job.rows.filter(outcome=chosen)
    page = keypages.read_page(rows, columns=BY_NUMBER, query=request.GET.dict())
    return {
        "tabs": tabs,
        "lines": presenting.get_lines(register, page.rows),
        "page": page.key,
        "refusal": _refusal(request, job),
    }


def _refusal(request: HttpRequest, job: Import) -> str:
    """Return why a preview cannot be confirmed, "" when it can."""
    if job.state != State.PREVIEW:
        return ""
    try:
        services.check_confirmable(job, by=signed_in(request))
    except Refused as refused:
        return refused.sentence
    return ""


def _has_result(job: Import) -> bool:
    return job.emptied_at is None and job.state in (State.FAULTY, State.DONE, State.FAILED, State.PREVIEW)


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let the previewed rows be saved."""
    user, job = found_job(request, pk)
    try:
        job = services.confirm(job=job, by=user, now=timezone.now())
    except Refused as refused:
        return refuse(request, refused, back=job.get_absolute_url())
    tasks.go_on(job, at_once=job.total <= limits.ROWS_AT_ONCE)
    return redirect(job)


@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End an import before it is saved."""
    user, job = found_job(request, pk)
    try:
        services.cancel(job=job, by=user, now=timezone.now())
    except Refused as refused:
        return refuse(request, refused, back=job.get_absolute_url())
    messages.success(request, _("The import was cancelled. Nothing was saved."))
    return redirect("imports")


@require_GET
def import_result(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the file again, with a column that says what came of each row. 404 once the file was deleted."""
    _user, job = found_job(request, pk)
    register = registers.find(job.register)
    if register is None or not _has_result(job):
        raise Http404
    content = keeping.open_file(job.file.content)
    name, _survey = reading.look(content, register)
    cells = reading.open_sheet(content, name)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    write_result(file, name, cells, presenting.get_results(job, rows=len(cells)))
    file.seek(0)
    stem = job.file_name.rpartition(".")[0] or job.file_name
    return _workbook(file, f"{stem} {heads.result_head()}.xlsx")


@require_GET
def register_template(request: HttpRequest, register: str) -> HttpResponseBase:
    """Send the empty workbook of a register to who may import into it."""
    found = registers.get(register, user=signed_in(request))
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    write_template(file, found)
    file.seek(0)
    return _workbook(file, _("%(register)s template.xlsx") % {"register": found.title})


@require_GET
def register_export(request: HttpRequest, register: str) -> HttpResponseBase:
    """Send the filtered list as a workbook that can go in again; the export goes on the trail."""
    user, now = signed_in(request), timezone.now()
    found = registers.get(register)
    if not user.can(Permission.LIST_EXPORT):
        raise PermissionDenied(_("You do not hold a role that may export lists."))
    used = {name: value for name, value in request.GET.dict().items() if value}
    try:
        file = write_recorded(
            Record("list.exported", {"list": found.key, "filter": used}),
            lambda file: write_export(file, found, found.rows(found.queryset(user, request.GET))),
            by=user,
            now=now,
            rights=(Permission.LIST_EXPORT,),
        )
    except ExportRefused as refused:
        return refuse(
            request, refused, back=f"{_list_url(found) or reverse('imports')}?{request.GET.urlencode()}"
        )
    return _workbook(file, f"{found.title} {timezone.localdate(now).isoformat()}.xlsx")


def _list_url(register: Register) -> str:
    """Return the address of the list of a register, "" for one that has no page."""
    try:
        return reverse(register.list_route or register.key)
    except NoReverseMatch:
        return ""


def _workbook(file: Any, name: str) -> FileResponse:
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
