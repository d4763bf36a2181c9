"""Questions to the duty rosters."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from kunming_portal.accounts.models import Absence, Appointment, Scope, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import roles_allowing
from kunming_portal.divisions.querysets import starts_with_any

if TYPE_CHECKING:
    from kunming_portal.duty.models import DutyShift  # noqa: F401 - named in a string

# On duty is who may see what is about: administrators' and service accounts stand on no roster.
ON_DUTY_ROLES = tuple(role.key for role in roles_allowing(Permission.CASE_NOTE) if role.key != "integrator")


def seats_in(scope: Scope, *, unit: str) -> Q:
    """Return the condition that a unit lies in this scope; `unit` is the path from the row to its unit."""
    path = f"{unit}__" if unit else ""
    where = starts_with_any(scope.prefixes, field=f"{path}division__code")
    if scope.unit_ids:
        where |= Q(**{f"{path}pk__in": list(scope.unit_ids)})
    return where


class DutyShiftQuerySet(models.QuerySet["DutyShift"]):
    """Filters over shifts."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Shifts of units that this right of the user reaches. Not yours is not there."""
        return self.filter(seats_in(user.scope(permission), unit="unit"))

    def between(self, first: datetime, last: datetime) -> Self:
        """Shifts that share a moment with this span."""
        return self.filter(starts_at__lt=last, ends_at__gt=first)

    def at(self, *, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()) -> Self:
        """Shifts of these units, or of units seated in exactly these divisions."""
        return self.filter(Q(unit_id__in=list(unit_ids)) | Q(unit__division_id__in=list(division_codes)))

    def on_duty(self, at: datetime) -> Self:
        """Shifts that cover this moment, of people who are still appointed at the unit and not absent."""
        appointed = Appointment.objects.in_force().holding(*ON_DUTY_ROLES)
        return self.filter(
            Exists(appointed.filter(user=OuterRef("user"), unit=OuterRef("unit"))),
            ~Exists(Absence.objects.in_force().filter(user=OuterRef("user"))),
            starts_at__lte=at,
            ends_at__gt=at,
        )
