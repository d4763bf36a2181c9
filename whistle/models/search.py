"""What search looks in, beside the case: the case's own row changes with every move, this one rarely (ADR 0025)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from whistle.models.cases import Case


class CaseSearch(models.Model):
    """Everything a case can be found by, in lower case, and its grams. Written by `services.searching` alone."""

    case = models.OneToOneField(
        Case, on_delete=models.CASCADE, primary_key=True, related_name="search", verbose_name=_("case")
    )
    text = models.TextField()
    grams = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")
        indexes = [
            # the search box: words of two characters and more, within the reader's territory
            GinIndex(fields=["grams"], name="case_search"),
        ]

    def __str__(self) -> str:
        return f"search text of case {self.case_id}"
