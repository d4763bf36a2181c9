"""All cases one may see: filters, search, two orders, paging by key, and the export of the same rows."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import refuse, wants_fragment
from whistle import exports, rows
from whistle.filtersets import CaseFilter
from whistle.models import Case, SavedFilter
from whistle.selectors import get_cases
from whistle.views import choices
from whistle.views.saved import saved_of

NEWEST = (keypages.Column("opened_at", datetime, descending=True), keypages.Column("id", descending=True))
URGENT = (keypages.Column("due_at", datetime, nullable=True), keypages.Column("id"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def filtered(request: HttpRequest, user: User) -> CaseFilter:
    """Return the filter the address describes, over the cases this person may see."""
    return CaseFilter(request.GET, queryset=get_cases(user=user), request=request, now=timezone.now())


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """List cases, newest first or the most urgent open ones first."""
    user = request.user
    assert isinstance(user, User)
    now = timezone.now()
    chosen = filtered(request, user)
    urgent = request.GET.get("sort") == "urgent"
    found: QuerySet[Case] = chosen.qs if chosen.is_valid() else Case.objects.none()
    page = keypages.read_page(
        (found.filter(status="open") if urgent else found).select_related("division"),
        columns=URGENT if urgent else NEWEST,
        query=request.GET.dict(),
    )
    context = {
        "now": now,
        "filter": chosen,
        "choices": choices.of(user, query=request.GET, now=now),
        "rows": rows.case_rows(rows.present(page.rows), user=user, now=now),
        "page": page.key,
        "urgent": urgent,
        "saved": saved_of(user, SavedFilter.Page.CASES, request.GET),
        "kept": [(name, request.GET.get(name, "")) for name in ("sort", "mine")],
        "filtered": any(value for name, value in request.GET.items() if name != "sort"),
        "is_mine": bool(request.GET.get("mine")),
        "may_export": user.can(Permission.LIST_EXPORT),
    }
    name = "whistle/parts/cases_list.html" if wants_fragment(request) else "whistle/cases.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the filtered cases as a workbook; what cannot be exported is said on the list."""
    user = request.user
    assert isinstance(user, User)
    now = timezone.now()
    chosen = filtered(request, user)
    names = {*chosen.form.fields, "opened_after", "opened_before", "sort"}
    used = {name: value for name, value in request.GET.dict().items() if name in names and value}
    found = chosen.qs if chosen.is_valid() else Case.objects.none()
    if request.GET.get("sort") == "urgent":
        found = found.filter(status="open")
    try:
        file = exports.export_cases(
            found, by=user, now=now, filters={name: str(value) for name, value in used.items()}
        )
    except exports.ExportRefused as refused:
        return refuse(request, refused, back=f"{reverse('cases')}?{request.GET.urlencode()}")
    day = timezone.localtime(now).date().isoformat()
    return FileResponse(file, as_attachment=True, filename=f"{_('Cases')} {day}.xlsx", content_type=XLSX)
