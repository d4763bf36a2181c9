"""How lists are narrowed to a place: one filter for every list of pages and API."""

from typing import Any

import django_filters
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kunming_portal.divisions.querysets import starts_with_any

DIGITS = RegexValidator(r"^\d{4,12}$", _("A division code consists of 4 to 12 digits."))


class WithinFilter(django_filters.CharFilter):  # type: ignore[misc]  # the library has no types
    """Rows of the division whose code is given, and below it. Refuses what is no code of 4 to 12 digits.

    `field_name` is the path from the row to a division's code; with the C collation a b-tree serves the prefix.
    """

    def __init__(self, *, field_name: str) -> None:
        super().__init__(field_name=field_name, label=_("Division"), validators=[DIGITS])

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Narrow the rows; without a code all stay."""
        return qs.filter(starts_with_any([value], field=self.field_name)) if value else qs
