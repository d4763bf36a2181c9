"""What a kind of whistle allows beside the main road: extensions, objections, rework, holds. Versioned data."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from whistle.models.kinds import Kind
from whistle.workflow import Tier


class Approver(models.TextChoices):
    """Who decides on a request of a unit (domain.md §10, S71)."""

    CENTRE = "centre", _("Dispatch centre")
    LEADER = "leader", _("Leader in charge")


class KindRule(models.Model):
    """The side paths of one kind at one tier (domain.md §10).

    Versioned like a deadline policy: a change is a new row, and a whistle keeps the version that was in force
    when it was blown (`selectors.get_rule(..., at=whistle.blown_at)`). How long a consultation takes and how often a
    hold is reviewed are clocks with lights and rungs: their deadline policies say it.
    """

    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="rules", verbose_name=_("kind"))
    tier = models.PositiveSmallIntegerField(_("tier"), choices=Tier.choices)
    extension_count = models.PositiveSmallIntegerField(
        _("extensions"), default=2, help_text=_("How often a unit may get more time; 0 for never.")
    )
    extension_days = models.PositiveSmallIntegerField(_("working days of each extension"), default=3)
    extension_first_by = models.CharField(
        _("first extension granted by"), max_length=10, choices=Approver.choices, default=Approver.CENTRE
    )
    extension_later_by = models.CharField(
        _("further extensions granted by"), max_length=10, choices=Approver.choices, default=Approver.LEADER
    )
    objection_days = models.PositiveSmallIntegerField(_("working days to object to a dispatch"), default=1)
    rework_share_percent = models.PositiveSmallIntegerField(
        _("share of the limit for a rework, in percent"), default=50
    )
    verification_lapse_days = models.PositiveSmallIntegerField(
        _("working days after which the result counts as not evaluated"), default=5
    )
    hold_max_days = models.PositiveSmallIntegerField(_("days a case may be on hold"), default=180)
    reopening_days = models.PositiveSmallIntegerField(
        _("days in which a closed case may be reopened"), default=30
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))

    class Meta:
        verbose_name = _("rule of a kind")
        verbose_name_plural = _("rules of kinds")
        constraints = [
            models.UniqueConstraint(fields=["kind", "tier", "version"], name="kind_rule_version_is_unique"),
            models.CheckConstraint(
                condition=Q(extension_count=0, extension_days=0)
                | Q(extension_count__gte=1, extension_count__lte=5, extension_days__gte=1),
                name="kind_rule_extension_has_days",
                violation_error_message=_("Extensions need working days; without extensions the days are 0."),
            ),
            models.CheckConstraint(
                condition=Q(rework_share_percent__gte=1, rework_share_percent__lte=100),
                name="kind_rule_rework_is_a_share",
                violation_error_message=_("The share for a rework is between 1 and 100 percent."),
            ),
            models.CheckConstraint(
                condition=Q(objection_days__gte=1, verification_lapse_days__gte=1),
                name="kind_rule_days_are_positive",
                violation_error_message=_("At least one working day is needed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_tier_display()} v{self.version}"

    def extension_by(self, number: int) -> str | None:
        """Return who grants the extension of this number (1 is the first); None beyond the last."""
        if not 1 <= number <= self.extension_count:
            return None
        return self.extension_first_by if number == 1 else self.extension_later_by
