"""The whistle: one call at one tier inside a case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.models.cases import Case
from whistle.models.kinds import Kind, SubClass
from whistle.models.rules import Approver
from whistle.querysets import WhistleQuerySet
from whistle.workflow import ENDED_WHISTLE, OPEN_WHISTLE, Party, Tier, WhistleStatus


class Whistle(models.Model):
    """One call at one tier inside a case: who called whom, and how it ended."""

    class Verdict(models.TextChoices):
        SOLVED = "solved", _("Solved")
        PARTLY = "partly", _("Partly solved")
        NOT_SOLVED = "not_solved", _("Not solved")

    class Satisfaction(models.TextChoices):
        SATISFIED = "satisfied", _("Satisfied")
        MOSTLY = "mostly", _("Mostly satisfied")
        DISSATISFIED = "dissatisfied", _("Dissatisfied")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="whistles", verbose_name=_("case"))
    tier = models.PositiveSmallIntegerField(_("tier"), choices=Tier.choices)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="whistles", verbose_name=_("kind"))
    kind_version = models.PositiveSmallIntegerField(_("version of the kind"), default=1)
    sub_class = models.ForeignKey(
        SubClass,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sub-class"),
    )
    sub_class_version = models.PositiveSmallIntegerField(_("version of the sub-class"), null=True, blank=True)
    caller = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("caller"))
    receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("receiver"))
    status = models.CharField(
        _("status"), max_length=25, choices=WhistleStatus.choices, default=WhistleStatus.DRAFT
    )
    reason = models.TextField(_("why this tier cannot solve it"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("written"))
    blown_at = models.DateTimeField(_("blown"), null=True, blank=True)
    blown_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(_("signed off"), null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict.choices, blank=True)
    satisfaction = models.CharField(
        _("satisfaction"), max_length=12, choices=Satisfaction.choices, blank=True
    )
    merged_from = models.CharField(
        _("status before it was merged"),
        max_length=25,
        choices=WhistleStatus.choices,
        blank=True,
        editable=False,
    )
    reworks = models.PositiveSmallIntegerField(_("reworks"), default=0)
    # What is asked and not decided yet: guards, queues and badges read it here, without a query
    objection_count = models.PositiveSmallIntegerField(_("objections"), default=0)
    objections_open = models.PositiveSmallIntegerField(_("objections not decided"), default=0)
    extension_by = models.CharField(
        _("who decides on the extension"), max_length=10, choices=Approver.choices, blank=True
    )
    hold_asked_at = models.DateTimeField(_("hold asked for"), null=True, blank=True)
    reopenings = models.PositiveSmallIntegerField(_("reopenings"), default=0)
    returns = models.PositiveSmallIntegerField(_("returned for completion"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = WhistleQuerySet.as_manager()

    class Meta:
        verbose_name = _("whistle")
        verbose_name_plural = _("whistles")
        constraints = [
            models.UniqueConstraint(fields=["case", "tier"], name="case_whistles_once_a_tier"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status__in=OPEN_WHISTLE), name="case_has_one_open_whistle"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_WHISTLE, ended_at=None)
                | Q(status__in=ENDED_WHISTLE, ended_at__isnull=False),
                name="ended_whistle_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(status=WhistleStatus.MERGED) & ~Q(merged_from="")
                | ~Q(status=WhistleStatus.MERGED) & Q(merged_from=""),
                name="merged_whistle_knows_the_way_back",
            ),
            models.CheckConstraint(
                condition=Q(blown_at=None, blown_by=None) | Q(blown_at__isnull=False, blown_by__isnull=False),
                name="whistle_blown_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="whistle_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(objections_open__lte=models.F("objection_count")),
                name="objections_open_are_objections",
            ),
            models.CheckConstraint(
                condition=Q(status=WhistleStatus.HANDLING)
                | Q(objections_open=0, extension_by="", hold_asked_at=None),
                name="requests_wait_while_handling",
            ),
            models.CheckConstraint(
                condition=Q(sub_class=None, sub_class_version=None)
                | Q(sub_class__isnull=False, sub_class_version__isnull=False),
                name="whistle_sub_class_has_version",
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None, verdict="") | (Q(verified_at__isnull=False) & ~Q(verdict="")),
                name="whistle_verified_with_a_verdict",
            ),
        ]
        indexes = [
            # figures by tier and period
            models.Index(fields=["tier", "blown_at"], name="whistle_by_tier"),
            # a centre's queue
            models.Index(
                fields=["receiver", "status"], condition=Q(ended_at=None), name="whistle_open_at_receiver"
            ),
            # what a side has blown and waits for
            models.Index(
                fields=["caller", "status"], condition=Q(ended_at=None), name="whistle_open_of_caller"
            ),
            # a centre's queue, the last thirty days, however a whistle ended
            models.Index(
                fields=["receiver", "ended_at"],
                condition=Q(ended_at__isnull=False),
                name="whistle_ended_at_receiver",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case.number} {self.get_tier_display()}"

    @property
    def is_open(self) -> bool:
        """Whether the whistle has not ended."""
        return self.status in OPEN_WHISTLE

    @property
    def is_in_consultation(self) -> bool:
        """Whether the tier above decides who is competent: a second unit has objected."""
        return self.objections_open > 0 and self.objection_count > 1

    def seat_of(self, party: Party) -> str:
        """Return the division in which a side of the whistle sits. No query once both units are loaded.

        Above the city there is none: there the city itself decides.
        """
        if party is Party.CALLER:
            return self.caller.division_id
        here = self.receiver.division
        return (here.parent_id or here.pk) if party is Party.ABOVE else here.pk


class StatusTransition(models.Model):
    """The workflow's pairs, as the database knows them: its trigger refuses every other change of status."""

    model = models.CharField(max_length=20)
    source = models.CharField(max_length=25)
    target = models.CharField(max_length=25)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "source", "target"], name="transition_is_listed_once")
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.source} -> {self.target}"
