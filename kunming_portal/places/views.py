"""The pages about one place, and the list of communities."""

from functools import partial

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from communities.models.power_steps import BOUNDARY
from communities.selectors import get_communities, get_compounds
from communities.views.frame import Listing, list_page, signed_in
from communities.views.territory import check_sees, division_fields
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.filters import DIGITS
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet, starts_with_any
from kunming_portal.places.community import get_community_page, get_rows
from kunming_portal.places.compound import get_compound_page
from kunming_portal.ui import keypages

ORDER = (keypages.Column("code", str),)


class CommunityFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over communities; each narrows."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    division = django_filters.CharFilter(label=_("Division"), method="by_division", validators=[DIGITS])

    class Meta:
        model = Division
        fields: list[str] = []

    def by_words(self, communities: DivisionQuerySet, _name: str, text: str) -> DivisionQuerySet:
        """Every word must occur in the names or their pinyin."""
        return communities.search(text)

    def by_division(self, communities: DivisionQuerySet, _name: str, code: str) -> QuerySet[Division]:
        """Communities of this division."""
        return communities.filter(starts_with_any([code]))


@require_GET
def compound(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a compound to whoever may see it; to others it is not there (404)."""
    user, now = signed_in(request), timezone.now()
    rows = get_compounds(user=user).select_related("community", "branch__unit")
    found = get_object_or_404(rows, pk=pk)
    page = get_compound_page(found, user=user, now=now)
    context = {"compound": found, "page": page, "boundary": BOUNDARY, "now": now}
    return render(request, "places/compound.html", context)


@require_GET
def communities(request: HttpRequest) -> HttpResponseBase:
    """List the communities of the person's territory with their numbers; whoever has only one goes straight there."""
    user = signed_in(request)
    check_sees(user)
    seen = get_communities(user=user)
    if not request.GET:
        first = list(seen.order_by("code")[:2])
        if len(first) == 1:
            return redirect("community-page", code=first[0].code)
    listing = Listing(
        template="places/communities.html",
        fragment="places/communities_list.html",
        columns=ORDER,
        present=partial(get_rows, user=user),
        context={"words_hint": _("Name, pinyin, initials"), "sees_cases": user.can(P.CASE_VIEW)},
    )
    chosen = CommunityFilter(request.GET, queryset=seen.select_related("parent"))
    return list_page(request, listing, chosen=chosen, choices=division_fields(user, request.GET))


@require_GET
def community(request: HttpRequest, code: str) -> HttpResponse:
    """Show a community to whoever may see it; to others it is not there (404)."""
    user, now = signed_in(request), timezone.now()
    found = get_object_or_404(get_communities(user=user), code=code)
    page = get_community_page(found, user=user, now=now)
    return render(request, "places/community.html", {"community": found, "page": page, "now": now})
