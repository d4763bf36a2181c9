"""Scope: what a right of a person reaches among the records of communities. The one choke point."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from kunming_portal.accounts.models import Scope, User
from kunming_portal.divisions.models import codes_above
from kunming_portal.divisions.querysets import starts_with_any

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        AdmissionRequest,
        Ask,
        Building,
        Compound,
        CompoundBranch,
        Grid,
        Undertaking,
        WorkItem,
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


def touching(scope: Scope, seats: list[str], *, place: str = "scope") -> Q:
    """Return the condition that a rule made for a place holds somewhere in this scope: inside it, or all around it.

    `seats` are the codes of the units in which somebody acts: a department sees what holds where it sits. Without
    either nothing is seen.
    """
    codes = [*scope.prefixes, *seats]
    around = {above for code in codes for above in codes_above(code)}
    return starts_with_any(codes, field=f"{place}__code") | Q(**{f"{place}__in": sorted(around)})


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """Filters over the lists of community work."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Items that hold somewhere in the person's territory or where the person's unit sits, and the unit's own."""
        scope = user.scope(permission)
        if scope.is_empty:
            return self.none()
        seats = [a.unit.division_id for a in user.acting_appointments if a.unit_id in scope.unit_ids]
        return self.filter(touching(scope, seats) | Q(unit__in=list(scope.unit_ids)))

    def in_force(self, day: date) -> Self:
        """What is on the lists on this day: the last day still counts."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def covering(self, code: str) -> Self:
        """What holds for all of this place."""
        return self.filter(scope__in=codes_above(code))


class AdmissionQuerySet(models.QuerySet["AdmissionRequest"]):
    """Filters over admission requests."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Requests that would hold somewhere in the person's territory, and those of the unit in which one acts."""
        scope = user.scope(permission)
        if scope.is_empty:
            return self.none()
        return self.filter(touching(scope, []) | Q(applicant__in=list(scope.unit_ids)))

    def with_state(self) -> Self:
        """Read with each row where it stands, as `AdmissionRequest.state` says it."""
        return self.annotate(
            state_now=Case(
                When(~Q(outcome=""), then=F("outcome")),
                When(undertaking__status="dropped", then=Value("withdrawn")),
                default=Value("submitted"),
                output_field=models.CharField(),
            )
        )

    def waiting_for(self, unit_ids: list[int]) -> Self:
        """What one of these offices has to decide."""
        return self.filter(outcome="", undertaking__unit__in=unit_ids, undertaking__status="open")


class AskQuerySet(models.QuerySet["Ask"]):
    """Filters over what communities were asked for."""

    def visible_to(self, user: User, permission: str) -> Self:
        """What communities of the person's territory were asked for, and what the person's unit asked for."""
        return self.filter(within(user.scope(permission), units=("unit",)))
