"""Check-ins, service records, needs, opinions and volunteers."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from communities.querysets.scope import within
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.grams import needed, words_of

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        Activity,
        CheckIn,
        CommunityNeed,
        ServiceRecord,
        VolunteerPlace,
        YearlyOpinion,
    )


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
