"""The lists of community work, admission, and what communities are asked."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from communities.querysets.scope import within
from kunming_portal.accounts.models import Scope, User
from kunming_portal.divisions.models import codes_above
from kunming_portal.divisions.querysets import starts_with_any

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        AdmissionRequest,
        Ask,
        WorkItem,
    )


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
