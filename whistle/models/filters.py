"""Filters people keep for themselves: a name for what stands in a list's address."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User


class SavedFilter(models.Model):
    """One person's own filter of one list. `query` holds only what the list's filter knows, checked when kept."""

    class Page(models.TextChoices):
        QUEUE = "queue", _("Queue")
        CASES = "cases", _("All cases")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="saved_filters", verbose_name=_("user")
    )
    page = models.CharField(_("list"), max_length=10, choices=Page.choices)
    name = models.CharField(_("name"), max_length=20)
    query = models.CharField(max_length=600)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            # the chips above a list, read with every list
            models.UniqueConstraint(fields=["user", "page", "name"], name="filter_is_named_once"),
            models.CheckConstraint(condition=~models.Q(query=""), name="filter_filters_something"),
        ]

    def __str__(self) -> str:
        return self.name
