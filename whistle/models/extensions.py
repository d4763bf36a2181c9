"""Requests for more time: one at a time, each granted one with its number."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from whistle.models.assignments import Assignment
from whistle.models.requests import Request
from whistle.models.rules import Approver
from whistle.models.whistles import Whistle


class Extension(Request):
    """The lead asks for working days beyond the closing limit (延期); `number` counts the granted ones."""

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="extensions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    number = models.PositiveSmallIntegerField(_("number"))
    days = models.PositiveSmallIntegerField(_("working days"))
    by = models.CharField(_("decided by"), max_length=10, choices=Approver.choices)

    class Meta(Request.Meta):
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            *Request.Meta.constraints,
            models.UniqueConstraint(
                fields=["whistle"],
                condition=Q(answer="pending"),
                name="whistle_asks_for_one_extension_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["whistle", "number"],
                condition=Q(answer="granted"),
                name="extension_number_is_granted_once",
            ),
            models.CheckConstraint(condition=Q(days__gte=1), name="extension_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id} +{self.days}"
