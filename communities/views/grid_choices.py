"""In which communities a person adds grids, and the way there."""

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet, starts_with_any
from kunming_portal.ui.parts import Crumb


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
