"""The burden meter: who asks communities of a place for what, and what this portal itself asks."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from communities.presenters import burden_meter
from communities.services.work_items import get_rules
from communities.views.frame import signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.ui.parts import Crumb


@require_GET
def burden(request: HttpRequest) -> HttpResponse:
    """The meter of the person's territory, or of a place inside it; by name, or by hours where asked."""
    user, now = signed_in(request), timezone.now()
    if not user.can(P.COMMUNITY_VIEW):
        raise PermissionDenied(_("The burden meter belongs to communities and those who answer for them."))
    reach = _reach(user)
    place = _place(request.GET.get("division", ""), reach)
    by_hours = request.GET.get("order") == "hours"
    days = get_rules().count_days
    meter = burden_meter.read(place, day=timezone.localdate(now), now=now, days=days, by_hours=by_hours)
    context = {
        "now": now,
        "meter": meter,
        "by_hours": by_hours,
        "ways": _ways(place, reach),
    }
    return render(request, "communities/burden/meter.html", context)


def _reach(user: User) -> tuple[str, ...]:
    """Return the codes this person's meter may show: the territory, else where the own unit sits."""
    scope = user.scope(P.COMMUNITY_VIEW)
    if scope.prefixes:
        return scope.prefixes
    return tuple(a.unit.division_id for a in user.acting_appointments if a.unit_id in scope.unit_ids)


def _place(code: str, reach: tuple[str, ...]) -> Division:
    wanted = code or next(iter(reach), "")
    found = Division.objects.filter(pk=wanted).first()
    if found is None or not any(wanted.startswith(prefix) for prefix in reach):
        raise Http404
    return found


def _ways(place: Division, reach: tuple[str, ...]) -> list[Crumb]:
    """Return the way down from the top of one's reach to the place. One query."""
    above = [d for d in get_ancestors(place.code) if any(d.code.startswith(prefix) for prefix in reach)]
    return [
        Crumb(
            d.place_name, "" if d.code == place.code else f"?division={d.code}", current=d.code == place.code
        )
        for d in above
    ]
