"""Community workers per 10,000 residents, place by place, and the figures of residents behind it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.forms.workers import PopulationForm
from communities.models import PopulationFigure
from communities.presenters.staffing import get_staffing
from communities.services import schemes
from communities.services.worker_rights import keeper_of_workers
from communities.views.frame import form_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.ui import parts


def asked_place(request: HttpRequest, user: User) -> Division:
    """Return the place asked for with `division`, else the person's own; 404 outside the territory.

    Refuses who has no territory (403): there is nothing to show.
    """
    prefixes = user.scope(P.COMMUNITY_VIEW).prefixes
    if not prefixes:
        raise PermissionDenied
    code = request.GET.get("division") or min(prefixes)
    if not any(code.startswith(prefix) for prefix in prefixes):
        raise Http404
    return get_object_or_404(Division, code=code)


@require_GET
def staffing(request: HttpRequest) -> HttpResponse:
    """Show the staffing of a place and of the places directly below it."""
    user = signed_in(request)
    place = asked_place(request, user)
    today = timezone.localdate()
    below = list(Division.objects.filter(parent=place).valid_on(today).real().order_by("code"))
    scheme = schemes.get_scheme(place.code, on=today)
    total, rows = get_staffing(
        place, below, target=scheme.staffing_target if scheme is not None else None, today=today
    )
    seen = user.scope(P.COMMUNITY_VIEW).prefixes
    context: dict[str, Any] = {
        "place": place,
        "total": total,
        "rows": rows,
        "scheme": scheme,
        "ways": [way for way, code in _ways(place.code) if any(code.startswith(one) for one in seen)],
        "may_keep": keeper_of_workers(place.code, by=user) is not None,
    }
    return render(request, "communities/workers/staffing.html", context)


@require_http_methods(["GET", "POST"])
def population(request: HttpRequest, code: str) -> HttpResponseBase:
    """Record how many people live in a division."""
    user = signed_in(request)
    if not any(code.startswith(prefix) for prefix in user.scope(P.COMMUNITY_VIEW).prefixes):
        raise Http404
    place = get_object_or_404(Division, code=code)
    if keeper_of_workers(code, by=user) is None:
        raise PermissionDenied
    last = PopulationFigure.objects.filter(division=place).order_by("-year").first()
    initial = ({"residents": last.residents, "source": last.source} if last is not None else {}) | {
        "year": timezone.localdate().year
    }
    form = PopulationForm(request.POST or None, initial=initial)
    context = {
        "title": _("Residents of %(place)s") % {"place": place.name},
        "verb": _("Save"),
        "back_label": _("Staffing"),
        "lede": _("A figure goes before the sum of the compounds' residents."),
    }
    return form_page(
        request,
        form,
        lambda typed: (
            schemes.record_population(division=place, **typed, by=user, now=timezone.now()) and None
        ),
        context=context,
        done=_("The figure was saved."),
        back=f"{reverse('workers-staffing')}?division={code}",
    )


def _ways(code: str) -> list[tuple[parts.Crumb, str]]:
    """Return the divisions from the city down to a place with their codes. One query."""
    here = reverse("workers-staffing")
    return [
        (parts.Crumb(one.place_name, f"{here}?division={one.code}", current=one.code == code), one.code)
        for one in get_ancestors(code)
    ]
