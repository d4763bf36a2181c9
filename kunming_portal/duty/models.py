"""WHO IS THERE: shifts of a unit's duty roster (值班), with what one hands to the next."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.duty.querysets import DutyShiftQuerySet
from kunming_portal.organisations.models import Unit

LONGEST = timedelta(hours=24)

# From its beginning up to, not including, its end: the next shift begins at that very moment
_SPAN = Func("starts_at", "ends_at", Value("[)"), function="tstzrange", output_field=DateTimeRangeField())


class DutyShift(models.Model):
    """Somebody is on duty at a unit from one moment to another: the leader in charge (带班), or the officer (值班).

    The hand-over is offered, not demanded: nothing counts whether it was written or taken (domain.md §9).
    """

    class Post(models.TextChoices):
        OFFICER = "officer", _("Duty officer")
        LEADER = "leader", _("Leader on duty")

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="duty_shifts", verbose_name=_("unit")
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="duty_shifts", verbose_name=_("on duty")
    )
    post = models.CharField(_("post"), max_length=10, choices=Post.choices, default=Post.OFFICER)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    phone = models.CharField(_("duty phone"), max_length=20, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    left_open = models.TextField(_("what is open"), max_length=2000, blank=True)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    taken_over_at = models.DateTimeField(_("taken over"), null=True, blank=True)
    taken_over_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken over by"),
    )

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty shift")
        verbose_name_plural = _("duty shifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + LONGEST),
                name="duty_shift_lasts_at_most_a_day",
            ),
            ExclusionConstraint(
                name="duty_shifts_of_a_post_are_apart",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (_SPAN, RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(handed_over_at=None, left_open="")
                | (Q(handed_over_at__isnull=False) & ~Q(left_open="")),
                name="duty_handed_over_in_words",
            ),
            models.CheckConstraint(
                condition=Q(taken_over_at=None, taken_over_by=None)
                | Q(taken_over_at__isnull=False, taken_over_by__isnull=False, handed_over_at__isnull=False),
                name="duty_taken_over_by_somebody",
            ),
        ]
        indexes = [
            # who is on duty now: asked on every page
            models.Index(fields=["unit", "ends_at"], name="duty_shift_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M} {self.user}"
