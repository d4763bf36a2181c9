"""Scope: what a right of a person reaches among the records of communities. The one choke point."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from kunming_portal.accounts.models import Scope, User
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.grams import needed, words_of

if TYPE_CHECKING:
    # named in strings
    from communities.models import Building, Compound, CompoundBranch, Grid, Undertaking  # noqa: F401
    from communities.models.check_ins import CheckIn  # noqa: F401
    from communities.models.needs import CommunityNeed  # noqa: F401
    from communities.models.service_records import ServiceRecord, YearlyOpinion  # noqa: F401
    from communities.models.volunteers import Activity, VolunteerPlace  # noqa: F401


def within(scope: Scope, *, community: str = "community", units: tuple[str, ...] = ()) -> Q:
    """Return the condition that a record lies in this scope.

    `community` is the path from the row to its community: territory is a prefix of that code. `units` are paths to
    units whose own record it is (the branch that leads it, the unit that owes it): a right with the reach UNIT sees
    exactly those. Without either nothing is seen.
    """
    where = starts_with_any(scope.prefixes, field=f"{community}__code")
    if scope.unit_ids:
        for path in units:
            where |= Q(**{f"{path}__in": list(scope.unit_ids)})
    return where


class CompoundQuerySet(models.QuerySet["Compound"]):
    """Filters over compounds."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Compounds of the person's territory, or of the branch in which the person acts."""
        return self.filter(within(user.scope(permission), units=("branch__unit",)))


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


class GridQuerySet(models.QuerySet["Grid"]):
    """Filters over grids."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Grids of the person's territory. A branch sees the grids of its community: they are its neighbours' too."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            where |= Q(community__units__in=list(scope.unit_ids), community__units__kind="branch")
        return self.filter(where)


class UndertakingQuerySet(models.QuerySet["Undertaking"]):
    """Filters over undertakings."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Undertakings of the person's territory, of the branch that issued them, and of the unit that owes them."""
        return self.filter(within(user.scope(permission), units=("unit", "issuer")))

    def running(self) -> Self:
        """What somebody still has to report on or to judge."""
        return self.filter(ended_at=None)

    def owed_by(self, unit_ids: list[int]) -> Self:
        """What one of these units has to report on."""
        return self.filter(unit_id__in=unit_ids, status="open")

    def to_judge(self, unit_ids: list[int]) -> Self:
        """Reports that one of these issuing units accepts or sends back."""
        return self.filter(issuer_id__in=unit_ids, status="reported")


# -- check-ins, service, volunteers ------------------------------------------------------------------------
COMMON = 2000  # so many rows are fetched by key in a few milliseconds; of a commoner word a page is soon full


class HoldingWords(models.QuerySet[Any]):
    """Rows with a search text (`models.findable`): found through the index of grams."""

    def holding(self, text: str) -> Self:
        """Keep the rows in which every word occurs: Chinese, pinyin, initials. At most one query at once.

        A rare word is asked of the index first, because the database cannot know how rare several grams are together
        and would walk the whole list for it; a common one is met on the way through the list.
        """
        words = words_of(text)
        grams = sorted(set[int]().union(*map(needed, words)))
        found = self
        for word in words:
            found = found.filter(search_text__contains=word)
        if grams:
            keys = list(
                found.filter(grams__contains=grams).order_by().values_list("pk", flat=True)[: COMMON + 1]
            )
            if len(keys) <= COMMON:
                return self.filter(pk__in=keys)
        return found


class CheckInQuerySet(HoldingWords, models.QuerySet["CheckIn"]):
    """Filters over check-ins."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Check-ins of the person's territory, or of the unit in which the person acts."""
        return self.filter(within(user.scope(permission), units=("unit",)))

    def running(self) -> Self:
        """Those without a last day."""
        return self.filter(ends_on=None)

    def units(self) -> Self:
        """Units that checked in."""
        return self.filter(kind="unit")

    def members(self) -> Self:
        """Members who checked in."""
        return self.filter(kind="member")


class ServiceRecordQuerySet(HoldingWords, models.QuerySet["ServiceRecord"]):
    """Filters over service records."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Records of the person's territory, or of the unit in which the person acts."""
        return self.filter(within(user.scope(permission), units=("check_in__unit",)))

    def of_year(self, year: int) -> Self:
        """Services of a calendar year."""
        return self.filter(on__year=year)


class NeedQuerySet(HoldingWords, models.QuerySet["CommunityNeed"]):
    """Filters over needs."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Needs of the person's territory, and of communities to which the person's unit or its members checked in."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            served = Division.objects.filter(
                check_ins__unit__in=list(scope.unit_ids), check_ins__ends_on=None
            )
            where |= Q(community__in=served)
        return self.filter(where)


class OpinionQuerySet(models.QuerySet["YearlyOpinion"]):
    """Filters over yearly opinions."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Opinions of communities of the person's territory; a unit sees the issued ones on itself."""
        scope = user.scope(permission)
        where = within(scope, community="check_in__community")
        if scope.unit_ids:
            where |= Q(check_in__unit__in=list(scope.unit_ids), status="issued")
        return self.filter(where)


class ActivityQuerySet(HoldingWords, models.QuerySet["Activity"]):
    """Filters over volunteer activities."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Activities of the person's territory."""
        return self.filter(within(user.scope(permission)))


class VolunteerPlaceQuerySet(models.QuerySet["VolunteerPlace"]):
    """Filters over volunteer service points."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Service points of the person's territory."""
        return self.filter(within(user.scope(permission)))
