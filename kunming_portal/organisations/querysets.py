"""Questions to the list of units."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from kunming_portal.organisations.models import Unit  # noqa: F401 - named in a string


class UnitQuerySet(models.QuerySet["Unit"]):
    """Filters that read like sentences."""

    def active(self, on: date) -> Self:
        """Units that exist on that day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)

    def at(self, division_code: str) -> Self:
        """Units seated at exactly this division (not below it)."""
        return self.filter(division_id=division_code)

    def centres(self) -> Self:
        """Governance (dispatch) centres: they accept and dispatch whistles."""
        return self.filter(kind="centre")

    def can_be_called(self) -> Self:
        """Units that a whistle may call to report in: departments, resident forces, companies."""
        return self.filter(kind__in=["department", "force", "company"])

    def search(self, text: str) -> Self:
        """Match name, short name, pinyin or initials."""
        return self.filter(search_text__contains=text.strip().lower()) if text.strip() else self
