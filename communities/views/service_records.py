"""Service records: listed, written in three fields, corrected, taken back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.filtersets.check_ins import ServiceRecordFilter
from communities.forms.check_ins import ServiceForm
from communities.models import ServiceRecord
from communities.presenters.check_ins import refusal_of
from communities.selectors import get_service_records
from communities.services import checking_in, serving
from communities.services.serving import Service
from communities.views import check_in_choices as choices
from communities.views.check_ins import NEWEST, visible_check_in
from communities.views.frame import Listing, act, form_page, list_page, signed_in
from kunming_portal.accounts.models import User


def visible_record(user: User, pk: int) -> ServiceRecord:
    """Return the record, or 404."""
    rows = get_service_records(user=user).select_related("check_in__community", "check_in__unit")
    row: ServiceRecord = get_object_or_404(rows, pk=pk)
    return row


@require_GET
def records(request: HttpRequest) -> HttpResponse:
    """List service records, the last entered on top."""
    user = signed_in(request)
    rows = get_service_records(user=user).select_related(
        "check_in__service_class", "check_in__unit", "community", "compound", "need"
    )
    chosen = ServiceRecordFilter(request.GET, queryset=rows, request=request)
    fields = choices.offered(
        choices.division_field(user, request.GET),
        choices.year_field(request.GET, today=timezone.localdate()),
        choices.class_field(request.GET),
        choices.unit_field(user, request.GET),
    )
    listing = Listing(
        template="communities/check_ins/records.html",
        fragment="communities/check_ins/record_rows.html",
        columns=NEWEST,
        register="service-records",
        context={
            "tabs": choices.tabs_of("service-records"),
            "kept": [("check_in", request.GET.get("check_in", ""))],
            "words_hint": _("Name, unit, item, pinyin"),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=fields)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record a service of a unit or member who checked in."""
    user, now = signed_in(request), timezone.now()
    found = visible_check_in(user, pk)
    form = ServiceForm(request.POST or None, check_in=found, initial={"on": timezone.localdate(now)})
    context = {
        "title": _("Record a service"),
        "facts": [
            (pgettext("of a service", "Who"), f"{found.name} {found.unit_name}".strip()),
            (_("Community"), found.community.place_name),
        ],
        "verb": _("Save"),
        "refusal": refusal_of(lambda: checking_in.check_keeps(found.community_id, found.unit, by=user)),
    }

    def run(typed: dict[str, Any]) -> ServiceRecord:
        return serving.record_service(check_in=found, service=Service(**typed), by=user, now=now)

    return form_page(request, form, run, context=context, done=_("Recorded."), back=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Correct a record."""
    user, now = signed_in(request), timezone.now()
    found = visible_record(user, pk)
    names = ("on", "item", "outcome", "hours", "need_id", "compound_id")
    initial = {name.removesuffix("_id"): getattr(found, name) for name in names}
    form = ServiceForm(request.POST or None, check_in=found.check_in, initial=initial)
    context = {
        "title": _("Correct the record"),
        "facts": [
            (pgettext("of a service", "Who"), f"{found.check_in.name} {found.check_in.unit_name}".strip())
        ],
        "verb": _("Save"),
        "refusal": refusal_of(
            lambda: checking_in.check_keeps(found.community_id, found.check_in.unit, by=user)
        ),
    }

    def run(typed: dict[str, Any]) -> ServiceRecord:
        return serving.correct_service(record=found, service=Service(**typed), by=user, now=now)

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a wrong record back."""
    user, now = signed_in(request), timezone.now()
    found = visible_record(user, pk)
    return act(
        request,
        lambda: serving.remove_service(record=found, by=user, now=now),
        done=_("The record was taken back; the history keeps what it said."),
        back=found.get_absolute_url(),
    )
