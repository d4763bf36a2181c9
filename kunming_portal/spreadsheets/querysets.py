"""Which imports somebody sees: their own. What lies in a file is nobody else's until it is saved."""

from typing import TYPE_CHECKING, Self

from django.db import models

from kunming_portal.accounts.models import User

if TYPE_CHECKING:
    # named in a string
    from kunming_portal.spreadsheets.models import Import  # noqa: F401


class ImportQuerySet(models.QuerySet["Import"]):
    """Filters over imports."""

    def visible_to(self, user: User) -> Self:
        """The person's own imports."""
        return self.filter(by=user)

    def at_work(self) -> Self:
        """Imports a worker has to go on with."""
        return self.filter(state__in=["reading", "saving"])
