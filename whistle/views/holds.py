"""Matters on hold, listed openly for everybody who sees the cases: filters, paging by key, export."""

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
from kunming_portal.ui.fragments import Field, refuse, wants_fragment
from kunming_portal.workdays.selectors import get_calendar
from whistle import exports
from whistle.filtersets import HOLD_STATES, HoldFilter
from whistle.models import Hold
from whistle.presenters import holds as presenter
from whistle.selectors import get_lasting_holds
from whistle.views import choices
from whistle.views.cases import XLSX

ENDING = (keypages.Column("ends", datetime), keypages.Column("id"))


@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """List the matters on hold that the person may see, those that end first on top."""
    user = request.user
    assert isinstance(user, User)
    now = timezone.now()
    chosen = _filtered(request, user, now)
    page = keypages.read_page(presenter.with_all(_rows(chosen)), columns=ENDING, query=request.GET.dict())
    context = {
        "now": now,
        "filter": chosen,
        "choices": _choices(request, user, now),
        "rows": presenter.get_rows(page.rows, now=now, calendar=get_calendar()),
        "page": page.key,
        "filtered": any(request.GET.values()),
        "may_export": user.can(Permission.LIST_EXPORT),
    }
    name = "whistle/parts/holds_list.html" if wants_fragment(request) else "whistle/holds.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the filtered matters on hold as a workbook; what cannot be exported is said on the list."""
    user = request.user
    assert isinstance(user, User)
    now = timezone.now()
    chosen = _filtered(request, user, now)
    used = {name: value for name, value in request.GET.dict().items() if name in chosen.form.fields and value}
    try:
        file = exports.export_holds(_rows(chosen), by=user, now=now, filters=used)
    except exports.ExportRefused as refused:
        return refuse(request, refused, back=f"{reverse('holds')}?{request.GET.urlencode()}")
    day = timezone.localdate(now).isoformat()
    return FileResponse(
        file, as_attachment=True, filename=f"{_('Matters on hold')} {day}.xlsx", content_type=XLSX
    )


def _filtered(request: HttpRequest, user: User, now: datetime) -> HoldFilter:
    return HoldFilter(request.GET, queryset=get_lasting_holds(user=user), request=request, now=now)


def _rows(chosen: HoldFilter) -> QuerySet[Hold]:
    return chosen.qs if chosen.is_valid() else Hold.objects.none()


def _choices(request: HttpRequest, user: User, now: datetime) -> list[Field]:
    """Return the selects: class of reason, state of the review, division. Three queries."""
    places = [one for one in choices.of(user, query=request.GET, now=now) if one.name == "division"]
    classes = [(str(value), str(label)) for value, label in Hold.ReasonClass.choices]
    states = [(value, str(label)) for value, label in HOLD_STATES]
    return [
        Field("class", _("All classes of reason"), classes, request.GET.get("class", "")),
        Field("state", _("All reviews"), states, request.GET.get("state", "")),
        *places,
    ]
