"""Compounds, buildings, branches, grids and the people of grids."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from communities.querysets.scope import within
from kunming_portal.accounts.models import User
from kunming_portal.grams import needed, words_of
from kunming_portal.organisations.models import Unit

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        Building,
        Compound,
        CompoundBranch,
        CompoundGrant,
        CrossPost,
        Grid,
        GridPost,
    )


class CompoundQuerySet(models.QuerySet["Compound"]):
    """Filters over compounds."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Compounds of the person's territory, or of the branch in which the person acts."""
        return self.filter(within(user.scope(permission), units=("branch__unit",)))

    def in_use(self) -> Self:
        """Compounds that have not ended."""
        return self.filter(ended_on=None)

    def search(self, text: str) -> Self:
        """Compounds in whose name, address or property firm every word occurs: characters, pinyin, initials.

        The index of grams narrows; the text itself decides.
        """
        found = self
        for word in words_of(text):
            grams = needed(word)
            if grams:
                found = found.filter(grams__contains=sorted(grams))
            found = found.filter(search_text__contains=word)
        return found


class BuildingQuerySet(models.QuerySet["Building"]):
    """Filters over buildings."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Buildings of compounds this right reaches."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="compound__community", units=("compound__branch__unit",)))


class BranchQuerySet(models.QuerySet["CompoundBranch"]):
    """Filters over compound branches."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Branches of the person's territory, or the branch in which the person acts."""
        return self.filter(within(user.scope(permission), units=("unit",)))


class CrossPostQuerySet(models.QuerySet["CrossPost"]):
    """Filters over cross-posts."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Cross-posts of branches this right reaches."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="branch__community", units=("branch__unit",)))

    def held(self) -> Self:
        """Posts that somebody still holds."""
        return self.filter(ends_on=None)


class GridQuerySet(models.QuerySet["Grid"]):
    """Filters over grids."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Grids of the person's territory. A branch sees the grids of its community: they are its neighbours' too."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            # no join: a compound secretary of two branches sees each grid once
            seats = Unit.objects.filter(pk__in=scope.unit_ids, kind="branch")
            where |= Q(community__in=seats.values("division"))
        return self.filter(where)


class GridPostQuerySet(models.QuerySet["GridPost"]):
    """Filters over the people of grids."""

    def visible_to(self, user: User, permission: str) -> Self:
        """People of the grids this right reaches: of the territory; a branch sees those of its community."""
        scope = user.scope(permission)
        where = within(scope, community="grid__community")
        if scope.unit_ids:
            seats = Unit.objects.filter(pk__in=scope.unit_ids, kind="branch")
            where |= Q(grid__community__in=seats.values("division"))
        return self.filter(where)

    def in_force(self) -> Self:
        """Who serves now."""
        return self.filter(ended_on=None)


class GrantQuerySet(models.QuerySet["CompoundGrant"]):
    """Filters over funds and services given to compounds."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Those of compounds this right reaches."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="compound__community", units=("compound__branch__unit",)))
