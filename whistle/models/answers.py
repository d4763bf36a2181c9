"""What is said about a whistle beside its moves: the final answer, the receiver's word on it, exclusions."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.models.assignments import Assignment
from whistle.models.requests import Request
from whistle.models.whistles import Whistle
from whistle.querysets import ExclusionQuerySet


class FinalAnswer(models.Model):
    """The last word on a demand that is settled or cannot be met: signed by a leader, never changed."""

    whistle = models.OneToOneField(
        Whistle, on_delete=models.PROTECT, related_name="final_answer", primary_key=True
    )
    text = models.TextField(_("answer"), max_length=2000)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("final answer")
        verbose_name_plural = _("final answers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(legal_basis=""), name="final_answer_has_text_and_basis"
            )
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id}: {self.text[:40]}"


class Assessment(models.Model):
    """What the receiving side says of the whistle itself. Once, never changed, never ranked (domain.md §9)."""

    class Opinion(models.TextChoices):
        JUSTIFIED = "justified", pgettext_lazy("a whistle", "Justified")
        PARTLY = "partly", pgettext_lazy("a whistle", "Partly justified")
        NOT_JUSTIFIED = "not_justified", pgettext_lazy("a whistle", "Not justified")

    class Cause(models.TextChoices):
        OWN_POWER = "own_power", _("Within the caller's own power")
        DUPLICATE = "duplicate", _("Already reported")
        INFORMATION = "information", _("Information was missing")
        WRONG_KIND = "wrong_kind", _("Another kind or tier fits better")
        OTHER = "other", pgettext_lazy("cause", "Something else")

    whistle = models.OneToOneField(
        Whistle, on_delete=models.PROTECT, related_name="assessment", primary_key=True
    )
    opinion = models.CharField(_("was it justified"), max_length=15, choices=Opinion.choices)
    cause = models.CharField(_("what was it"), max_length=15, choices=Cause.choices, blank=True)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("stated"))

    class Meta:
        verbose_name = _("assessment of a whistle")
        verbose_name_plural = _("assessments of whistles")
        constraints = [
            models.CheckConstraint(
                condition=Q(opinion="justified", cause="") | (~Q(opinion="justified") & ~Q(cause="")),
                name="assessment_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id}: {self.opinion}"


class Exclusion(Request):
    """A request to leave a whistle, or one unit's duty, out of the figures; decided by a leader, listed openly."""

    class Ground(models.TextChoices):
        FORCE = "force", _("Beyond control: weather, disaster, works of others")
        NO_POWER = "no_power", _("Outside the unit's lawful duties")
        DEMAND = "demand", _("The demand cannot be met under the rules in force")
        FACTS = "facts", _("What was reported was not so")
        DUPLICATE = "duplicate", _("Reported twice")
        OTHER = "other", pgettext_lazy("ground", "Something else")

    whistle = models.ForeignKey(
        Whistle, on_delete=models.PROTECT, related_name="exclusions", verbose_name=_("whistle")
    )
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="exclusions",
        verbose_name=_("assignment"),
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("asking unit"))
    ground = models.CharField(_("ground"), max_length=10, choices=Ground.choices)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)

    objects = ExclusionQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")
        constraints = [
            *Request.Meta.constraints,
            models.UniqueConstraint(
                fields=["whistle", "assignment"],
                condition=Q(answer__in=["pending", "granted"]),
                nulls_distinct=False,
                name="excluded_once",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["pending", "withdrawn"]) | ~Q(decision=""),
                name="exclusion_decided_with_a_reason",
            ),
        ]
        indexes = [
            # the open list, newest first, and what waits for a decision
            models.Index(fields=["-asked_at", "-id"], name="exclusion_newest"),
            models.Index(fields=["whistle"], condition=Q(answer="pending"), name="exclusion_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id}: {self.ground}"
