"""Volunteer service points: a short list, and the form that keeps them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.forms.volunteers import PlaceForm
from communities.guards import check_keeps
from communities.models import VolunteerPlace
from communities.presenters.check_ins import refusal_of
from communities.selectors import get_volunteer_places
from communities.services import volunteering
from communities.views import check_in_choices as choices
from communities.views.frame import form_page, signed_in
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import keypages

BY_PLACE = (keypages.Column("community_id", str), keypages.Column("id"))


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """List the service points of the person's territory by community."""
    user = signed_in(request)
    rows = get_volunteer_places(user=user).select_related("community")
    page = keypages.read_page(rows, columns=BY_PLACE, query=request.GET.dict())
    context = {
        "rows": page.rows,
        "page": page.key,
        "may_write": user.can(P.COMMUNITY_KEEP),
        "now": timezone.now(),
    }
    return render(request, "communities/volunteers/places.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Enter a service point."""
    user, now = signed_in(request), timezone.now()
    if not user.can(P.COMMUNITY_KEEP):
        raise Http404
    form = PlaceForm(request.POST or None, communities=choices.kept_communities(user))
    context = {"title": _("Enter a service point"), "verb": _("Save")}

    def run(typed: dict[str, Any]) -> None:
        volunteering.keep_place(by=user, now=now, **typed)

    return form_page(request, form, run, context=context, done=_("Saved."), back=reverse("volunteer-places"))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change a service point, or take it out of use."""
    user, now = signed_in(request), timezone.now()
    rows = get_volunteer_places(user=user).select_related("community")
    found: VolunteerPlace = get_object_or_404(rows, pk=pk)
    initial = {"name": found.name, "address": found.address, "is_active": found.is_active}
    form = PlaceForm(request.POST or None, initial=initial)
    context = {
        "title": _("Change %(name)s") % {"name": found},
        "verb": _("Save"),
        "refusal": refusal_of(lambda: check_keeps(found.community_id, by=user)),
    }

    def run(typed: dict[str, Any]) -> None:
        volunteering.keep_place(community=found.community, place=found, by=user, now=now, **typed)

    return form_page(request, form, run, context=context, done=_("Saved."), back=reverse("volunteer-places"))
