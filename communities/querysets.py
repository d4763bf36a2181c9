"""Scope: what a right of a person reaches among the records of communities. The one choke point."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from kunming_portal.accounts.models import Scope, User
from kunming_portal.divisions.querysets import starts_with_any

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        BigCommittee,
        Building,
        CommitteeMeeting,
        Compound,
        CompoundBranch,
        Grid,
        MeetingDecision,
        PartTimeMember,
        Undertaking,
    )


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


# -- big Party committees -------------------------------------------------------------------------------
class BigCommitteeQuerySet(models.QuerySet["BigCommittee"]):
    """Filters over big Party committees."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Committees of the person's territory. A branch sees the committee of its community."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            seated = Q(community__units__in=list(scope.unit_ids), community__units__kind="branch")
            where |= Q(pk__in=self.model._base_manager.filter(seated).values("pk"))
        return self.filter(where)


class PartTimeMemberQuerySet(models.QuerySet["PartTimeMember"]):
    """Filters over part-time members."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Members of committees in the person's territory; a branch sees those of its community's committee."""
        scope = user.scope(permission)
        where = within(scope, community="committee__community")
        if scope.unit_ids:
            seated = Q(
                committee__community__units__in=list(scope.unit_ids),
                committee__community__units__kind="branch",
            )
            where |= Q(pk__in=self.model._base_manager.filter(seated).values("pk"))
        return self.filter(where)

    def sitting(self) -> Self:
        """Who takes a place: everybody but those who left or were refused."""
        return self.exclude(status__in=["left", "refused"])

    def in_office(self) -> Self:
        """Who is on the committee."""
        return self.filter(status="in_office")


def _of_meetings(model: type[models.Model], scope: Scope, committee: str) -> Q:
    """Return the condition that a meeting of this committee (a path) is in scope; subqueries keep each row once."""
    where = within(scope, community=f"{committee}__community")
    if scope.unit_ids:
        units = list(scope.unit_ids)
        sitting = {f"{committee}__members__unit__in": units, f"{committee}__members__status": "in_office"}
        seated = {
            f"{committee}__community__units__in": units,
            f"{committee}__community__units__kind": "branch",
        }
        found = model._base_manager.filter(Q(**sitting) | Q(**seated))
        where |= Q(pk__in=found.values("pk"))
    return where


class MeetingDecisionQuerySet(models.QuerySet["MeetingDecision"]):
    """Filters over decisions of meetings."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Decisions of the meetings this right reaches."""
        return self.filter(_of_meetings(self.model, user.scope(permission), "meeting__committee"))


class CommitteeMeetingQuerySet(models.QuerySet["CommitteeMeeting"]):
    """Filters over meetings of big Party committees."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Meetings of the person's territory, of the branch's community, and of committees on which the unit sits."""
        return self.filter(_of_meetings(self.model, user.scope(permission), "committee"))

    def to_come(self) -> Self:
        """Meetings that were not held yet."""
        return self.filter(held_at=None)
