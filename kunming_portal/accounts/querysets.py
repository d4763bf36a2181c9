"""Questions to appointments. Rights in force are read by the database's clock, in Kunming time."""

from datetime import date
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, When
from django.db.models.functions import Now, TruncDate

from kunming_portal.accounts.roles import NEVER_STOOD_IN

KUNMING = ZoneInfo("Asia/Shanghai")

if TYPE_CHECKING:
    from kunming_portal.accounts.models import Absence, Appointment, User  # noqa: F401 - named in strings


def today() -> TruncDate:
    """Return the database's day in Kunming, as an expression."""
    return TruncDate(Now(), tzinfo=KUNMING)


def away() -> Q:
    """Return the condition that the holder of an appointment is absent today. At most one absence fits."""
    return Q(
        user__absences__ended_at=None,
        user__absences__starts_on__lte=today(),
        user__absences__ends_on__gte=today(),
    )


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Filters that read like sentences."""

    def in_force(self) -> Self:
        """Appointments whose period covers today.

        Today is the database's day in Kunming: an expired right stops at midnight whatever a caller
        believes the time to be, so no service takes part in deciding it.
        """
        return self.filter(
            Q(ends_on=None) | Q(ends_on__gte=today()), starts_on__lte=today(), user__is_active=True
        )

    def holding(self, *role_keys: str) -> Self:
        """Appointments to any of these roles."""
        return self.filter(role__in=role_keys)

    def stood_in_by(self, user: "User") -> Self:
        """Appointments of absent people in which this person acts today.

        Only at seats where the person holds an appointment of their own, so a stand-in gains no new place; one
        step only, so a stand-in's stand-in gains nothing; never an administrator's or a service account's role.
        """
        seats = self.model._default_manager.in_force().filter(user=user).values("unit__division")
        return self.filter(away(), user__absences__stand_in=user, unit__division__in=seats).exclude(
            role__in=NEVER_STOOD_IN
        )

    def with_stand_in(self) -> Self:
        """Add `stand_in_id`: who acts in the appointment instead of its absent holder today, or null.

        The same rule as `stood_in_by`, asked from the other side.
        """
        beside = self.model._default_manager.in_force().filter(
            user=OuterRef("absence__stand_in"), unit__division=OuterRef("unit__division")
        )
        return self.annotate(
            absence=FilteredRelation("user__absences", condition=away()),
            stand_in_id=Case(
                When(~Q(role__in=NEVER_STOOD_IN) & Exists(beside), then=F("absence__stand_in")),
                default=None,
            ),
        )


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Questions to absences."""

    def in_force(self) -> Self:
        """Absences that cover the database's day and were not ended early."""
        return self.filter(ended_at=None, starts_on__lte=today(), ends_on__gte=today())

    def covering(self, first: date, last: date) -> Self:
        """Absences that were not ended early and share a day with this period."""
        return self.filter(ended_at=None, starts_on__lte=last, ends_on__gte=first)
