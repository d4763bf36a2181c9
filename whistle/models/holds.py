"""Matters on hold: why, until when, the plan, what each review found."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.models.requests import Request
from whistle.models.whistles import Whistle
from whistle.querysets import HoldQuerySet


class Hold(Request):
    """A request to let the clocks of a whistle stand, and the hold itself once it is granted (挂账)."""

    class ReasonClass(models.TextChoices):
        WORKS = "works", pgettext_lazy("hold", "Works")
        SEASON = "season", pgettext_lazy("hold", "Season")
        FUNDS = "funds", pgettext_lazy("hold", "Funds")
        POLICY = "policy", pgettext_lazy("hold", "Policy")
        LITIGATION = "litigation", pgettext_lazy("hold", "Litigation")

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="holds")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    reason_class = models.CharField(_("class of reason"), max_length=12, choices=ReasonClass.choices)
    until = models.DateField(_("until"))
    started_at = models.DateTimeField(_("on hold since"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            *Request.Meta.constraints,
            models.UniqueConstraint(
                fields=["whistle"],
                condition=Q(answer="pending") | Q(answer="granted", ended_at=None),
                name="whistle_has_one_hold_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(answer="granted", started_at__isnull=False)
                | (~Q(answer="granted") & Q(started_at=None, ended_at=None)),
                name="granted_hold_has_begun",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("started_at")),
                name="hold_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["until", "id"], condition=Q(answer="granted", ended_at=None), name="hold_that_lasts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id} {self.reason_class}"

    @property
    def ends_at(self) -> dt.datetime:
        """The moment the hold ends by itself: the end of its last day."""
        return end_of(self.until)


class HoldMilestone(models.Model):
    """One step of the plan, with its day; reached when a review ticked it."""

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="milestones")
    text = models.CharField(_("milestone"), max_length=120)
    due_on = models.DateField(_("by"))
    reached_at = models.DateTimeField(_("reached"), null=True, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")

    def __str__(self) -> str:
        return f"{self.due_on} {self.text}"


class HoldReview(models.Model):
    """What a review found, or that the tier above renewed the hold. Never changed."""

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="reviews")
    at = models.DateTimeField(_("reviewed"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    text = models.TextField(_("progress"), max_length=500)
    renewed_until = models.DateField(_("renewed until"), null=True, blank=True)

    class Meta:
        verbose_name = _("review of a hold")
        verbose_name_plural = _("reviews of holds")

    def __str__(self) -> str:
        return f"{self.hold_id} {self.at}"


def end_of(day: dt.date) -> dt.datetime:
    """Return the moment a day ends in Kunming: the midnight after it."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
