"""What the filter bars of grids and their people offer, and in which communities a person adds grids."""

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet, starts_with_any
from kunming_portal.ui.fragments import Choice, Field
from kunming_portal.ui.parts import Crumb


def places(user: User, query: QueryDict) -> list[Field]:
    """Return the select of divisions below the person's territory; none where there is nothing to choose. One query."""
    prefixes = user.scope(Permission.COMMUNITY_VIEW).prefixes
    chosen = query.get("division", "")
    if not prefixes or (all(len(code) == 12 for code in prefixes) and len(prefixes) == 1 and not chosen):
        return []
    below = Division.objects.real().filter(Q(parent_id__in=prefixes) | Q(code=chosen)).order_by("code")
    options: list[Choice] = list(below.values_list("code", "short_name"))
    return [Field("division", _empty(prefixes), options, chosen)] if options else []


def kept_communities(user: User, *, division: str = "") -> DivisionQuerySet:
    """Return the communities in which the person keeps records, of one division when it is named. No query yet."""
    prefixes = user.scope(Permission.COMMUNITY_KEEP).prefixes
    found = Division.objects.level("community").real().filter(starts_with_any(prefixes), valid_to=None)
    if division.isdecimal():
        found = found.within(division)
    return found.select_related("parent").order_by("code")


def way_to(community: Division) -> list[Crumb]:
    """Return the divisions from the city down to the community. One query."""
    codes = [community.code[:length] for length in (4, 6, 9)]
    above = Division.objects.filter(code__in=codes).order_by("code")
    return [Crumb(one.place_name) for one in [*above, community]]


def _empty(prefixes: tuple[str, ...]) -> str:
    lengths = {len(code) for code in prefixes}
    if lengths == {4}:
        return _("All counties")
    return _("All streets") if lengths == {6} else _("All communities")
