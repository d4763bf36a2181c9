"""Big Party committees, their members and meetings."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from communities.querysets.scope import within
from kunming_portal.accounts.models import Scope, User

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        BigCommittee,
        CommitteeMeeting,
        MeetingDecision,
        PartTimeMember,
    )


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
