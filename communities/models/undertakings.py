"""What somebody undertook towards a community or a compound, and the promise with its date: one table for all of it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.compounds import Compound
from communities.querysets import UndertakingQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.deadlines.models import ClimbedRung, Deadline, Policy
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit


class Sort(models.TextChoices):
    """What is undertaken. Each sort has its own default limit (`UndertakingPolicy`)."""

    MEETING_TASK = "meeting_task", _("Task of a big-committee decision")
    EXECUTION = "execution", _("Execution of a compound resolution")
    REPLY = "reply", _("Reply to a proposal")
    RECTIFICATION = "rectification", _("Rectification of a finding")
    ADMISSION = "admission", _("Decision on an admission request")


class UndertakingPolicy(Policy):
    """How long an undertaking of a sort may take when nobody sets a day: data, like the whistle's policies."""

    sort = models.CharField(_("sort"), max_length=20, choices=Sort.choices, unique=True)

    class Meta:
        verbose_name = _("limit of undertakings")
        verbose_name_plural = _("limits of undertakings")
        constraints = [
            models.CheckConstraint(
                condition=Q(unit="working_day", clock=None, amount__gte=1, amount__lte=250),
                name="undertaking_limit_is_working_days",
                violation_error_message=_("Choose between 1 and 250 working days."),
            ),
            models.CheckConstraint(
                condition=Q(yellow_percent__gte=1, yellow_percent__lte=99),
                name="undertaking_yellow_comes_before_due",
                violation_error_message=_("Choose between 1 and 99 percent."),
            ),
            models.CheckConstraint(
                condition=Q(supervision_after=None)
                | Q(leaders_after=None)
                | Q(leaders_after__gte=models.F("supervision_after")),
                name="undertaking_leaders_hear_after_supervision",
                violation_error_message=_("The leaders cannot hear of it before the supervision notice."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_sort_display()


class Undertaking(models.Model):
    """One thing that one body has to do by a date: a task, a reply, a rectification. Others are derived from it.

    The body is a unit of the portal, or somebody outside it (a property firm, an owners' committee) for whom the
    issuer keeps the record: then `unit` is empty and the issuer reports.
    """

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("undertaking", "In hand")
        REPORTED = "reported", pgettext_lazy("undertaking", "Reported, to be judged")
        DONE = "done", pgettext_lazy("undertaking", "Done")
        DROPPED = "dropped", pgettext_lazy("undertaking", "Dropped")

    sort = models.CharField(_("sort"), max_length=20, choices=Sort.choices)
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="undertakings", verbose_name=_("community")
    )
    compound = models.ForeignKey(
        Compound,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undertakings",
        verbose_name=_("compound"),
    )
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("what is to be done"), max_length=1000, blank=True)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undertakings",
        verbose_name=_("responsible unit"),
    )
    addressee = models.CharField(_("responsible"), max_length=60)
    issuer = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="issued_undertakings", verbose_name=_("issuer")
    )
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    answer = models.TextField(_("report"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("reported"), null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returns = models.PositiveSmallIntegerField(_("sent back"), default=0)
    return_reason = models.CharField(_("why it was sent back"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closing_words = models.CharField(_("closing words"), max_length=300, blank=True)

    objects = UndertakingQuerySet.as_manager()

    class Meta:
        verbose_name = _("undertaking")
        verbose_name_plural = _("undertakings")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["done", "dropped"], ended_at__isnull=False)
                | Q(status__in=["open", "reported"], ended_at=None),
                name="ended_undertaking_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="undertaking_reported_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="reported") | Q(answered_at__isnull=False),
                name="reported_undertaking_has_a_report",
            ),
        ]
        indexes = [
            # what a unit owes
            models.Index(fields=["unit", "status", "-id"], name="undertaking_of_unit"),
            # what a unit issued
            models.Index(fields=["issuer", "status", "-id"], name="undertaking_of_issuer"),
            # lists of a territory
            models.Index(fields=["community", "-id"], name="undertaking_of_community"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the undertaking's page."""
        return reverse("undertaking", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"undertaking:{self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether somebody still has to report or to judge the report."""
        return self.ended_at is None


class UndertakingDeadline(Deadline):
    """The moment by which the report is due. Sent back, the undertaking gets the next one."""

    undertaking = models.ForeignKey(
        Undertaking, on_delete=models.PROTECT, related_name="deadlines", verbose_name=_("undertaking")
    )

    class Meta(Deadline.Meta):
        verbose_name = _("deadline of an undertaking")
        verbose_name_plural = _("deadlines of undertakings")
        constraints = [
            *Deadline.Meta.constraints,
            models.UniqueConstraint(
                fields=["undertaking"],
                condition=Q(ended_at=None),
                name="undertaking_has_one_running_deadline",
            ),
        ]
        indexes = [
            # the sweep's claim: the next alarms in order
            models.Index(
                fields=["wake_at", "id"],
                condition=Q(wake_at__isnull=False),
                name="undertaking_ringing",
            ),
            # operators: what cannot ring
            models.Index(
                fields=["-failures", "id"],
                condition=Q(failures__gt=0, ended_at=None),
                name="undertaking_failing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.undertaking_id} {self.due_at:%Y-%m-%d %H:%M}"


class UndertakingRung(ClimbedRung):
    """A rung climbed on an undertaking's deadline: at most once each."""

    deadline = models.ForeignKey(UndertakingDeadline, on_delete=models.PROTECT, related_name="rungs")

    class Meta:
        verbose_name = _("climbed rung of an undertaking")
        verbose_name_plural = _("climbed rungs of undertakings")
        constraints = [
            models.UniqueConstraint(fields=["deadline", "rung"], name="undertaking_rung_is_climbed_once")
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.rung}"
