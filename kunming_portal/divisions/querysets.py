"""Questions to the table of divisions. A code is a path, so "lies in" is "starts with"."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from kunming_portal.divisions.models import Division  # noqa: F401


def starts_with_any(codes: Iterable[str], *, field: str = "code") -> models.Q:
    """Return the condition "`field` is one of `codes` or lies below one"; without codes: never true.

    `field` may be another table's foreign key (`"division__code"`: no join, the key is the code), provided
    that column has the C collation: then a plain b-tree serves the prefix. A code covered by a
    shorter one is dropped, so that no row is looked for twice.
    """
    kept: list[str] = []
    for code in sorted({code for code in codes if code}):
        if not kept or not code.startswith(kept[-1]):
            kept.append(code)
    condition = models.Q(pk__in=[])
    for code in kept:
        condition |= models.Q(**{f"{field}__startswith": code})
    return condition


class DivisionQuerySet(models.QuerySet["Division"]):
    def within(self, *codes: str) -> Self:
        """Keep the divisions `codes` and everything below them; no code, nothing."""
        return self.filter(starts_with_any(codes))

    def valid_on(self, day: datetime.date) -> Self:
        """Keep what existed on `day`. An empty beginning reaches back for ever; the end day still counts."""
        return self.filter(
            models.Q(valid_from=None) | models.Q(valid_from__lte=day),
            models.Q(valid_to=None) | models.Q(valid_to__gte=day),
        )

    def level(self, *levels: str) -> Self:
        """Keep the given levels (`Division.Level`)."""
        return self.filter(level__in=levels)

    def real(self) -> Self:
        """Leave out what exists for statistics only: pseudo-units and virtual communities."""
        return self.exclude(kind__in=("pseudo", "virtual"))

    def search(self, text: str) -> Self:
        """Keep rows holding every word of `text`: names, aliases, pinyin, initials, or the code."""
        found = self
        for word in text.lower().split():
            found = found.filter(models.Q(search_text__contains=word) | models.Q(code__startswith=word))
        return found
