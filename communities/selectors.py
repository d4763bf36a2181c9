"""Answers about communities. Every function that lists takes the user and goes through `visible_to`."""

from communities.models import Compound, Grid, Undertaking
from communities.querysets import CompoundQuerySet, GridQuerySet, UndertakingQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


def get_compounds(*, user: User, permission: P = P.COMMUNITY_VIEW) -> CompoundQuerySet:
    """Return the compounds this right of the person reaches: lists, pages, exports, choices."""
    return Compound.objects.visible_to(user, permission)


def get_grids(*, user: User, permission: P = P.COMMUNITY_VIEW) -> GridQuerySet:
    """Return the grids this right of the person reaches."""
    return Grid.objects.visible_to(user, permission)


def get_undertakings(*, user: User) -> UndertakingQuerySet:
    """Return the undertakings the person sees: of the territory, of the unit that owes or issued them."""
    seen = Undertaking.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | Undertaking.objects.visible_to(user, P.UNDERTAKING_HANDLE)
