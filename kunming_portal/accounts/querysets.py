"""Questions to appointments. Rights in force are read by the database's clock, in Kunming time."""

from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, TruncDate

KUNMING = ZoneInfo("Asia/Shanghai")

if TYPE_CHECKING:
    from kunming_portal.accounts.models import Appointment  # noqa: F401 - named in a string


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Filters that read like sentences."""

    def in_force(self) -> Self:
        """Appointments whose period covers today.

        Today is the database's day in Kunming: an expired right stops at midnight whatever a caller
        believes the time to be, so no service takes part in deciding it.
        """
        today = TruncDate(Now(), tzinfo=KUNMING)
        return self.filter(
            Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today, user__is_active=True
        )

    def holding(self, *role_keys: str) -> Self:
        """Appointments to any of these roles."""
        return self.filter(role__in=role_keys)
