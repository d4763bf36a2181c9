"""Answers about communities. Every function that lists takes the user and goes through `visible_to`."""

from django.db.models import Q

from communities.models import Compound, CompoundBranch, CrossPost, Grid, Undertaking
from communities.querysets import (
    BranchQuerySet,
    CompoundQuerySet,
    CrossPostQuerySet,
    GridQuerySet,
    UndertakingQuerySet,
)
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet, starts_with_any


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


# -- compounds and the communities they lie in --
def get_branches(*, user: User, permission: P = P.COMMUNITY_VIEW) -> BranchQuerySet:
    """Return the compound branches this right of the person reaches."""
    return CompoundBranch.objects.visible_to(user, permission)


def get_cross_posts(*, user: User, permission: P = P.COMMUNITY_VIEW) -> CrossPostQuerySet:
    """Return the cross-posts of the branches this right of the person reaches."""
    return CrossPost.objects.visible_to(user, permission)


def get_communities(*, user: User, permission: P = P.COMMUNITY_VIEW) -> DivisionQuerySet:
    """Return the communities of the person's territory, and the one a branch in which the person acts lies in."""
    scope = user.scope(permission)
    where = starts_with_any(scope.prefixes)
    if scope.unit_ids:
        where |= Q(units__in=list(scope.unit_ids), units__kind="branch")
    found = Division.objects.filter(where, level=Division.Level.COMMUNITY, valid_to=None).real()
    return found.distinct() if scope.unit_ids else found
