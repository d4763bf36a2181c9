"""Undertakings and the records of the five powers."""

from typing import TYPE_CHECKING, Self

from django.db import models

from communities.querysets.scope import within
from kunming_portal.accounts.models import User

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        PowerRecord,
        Undertaking,
    )


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


class PowerQuerySet(models.QuerySet["PowerRecord"]):
    """Filters over the records of the five powers."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Records of compounds of the person's territory, or of the branch in which the person acts."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="compound__community", units=("branch__unit",)))

    def open(self) -> Self:
        """Records in which something is still to be done."""
        return self.filter(closed_at=None)

    def with_details(self) -> Self:
        """Load with each record what its step is read from: its power's own row and its undertaking."""
        return self.select_related(
            "compound__branch__unit__division",
            "branch",
            "decision",
            "nomination",
            "finding",
            "appraisal",
            "undertaking__unit",
            "undertaking__issuer",
        )
