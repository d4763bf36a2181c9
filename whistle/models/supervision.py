"""Supervision: presses (催办), notices (督办通知书), leaders' instructions (批示), each on its own clock."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.deadlines.models import ClimbedRung, Deadline
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from whistle.models.assignments import Assignment
from whistle.models.cases import Case
from whistle.models.deadlines import CaseRung
from whistle.models.whistles import Whistle
from whistle.querysets import TaskQuerySet


class PaperCounter(models.Model):
    """The last number given to a sort of paper by a division in a year. Locked while one is taken: no gaps."""

    class Sort(models.TextChoices):
        NOTICE = "notice", pgettext_lazy("paper", "Supervision notice")
        SLIP = "slip", _("Dispatch slip")

    sort = models.CharField(_("sort of paper"), max_length=10, choices=Sort.choices)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("paper counter")
        verbose_name_plural = _("paper counters")
        constraints = [
            models.UniqueConstraint(fields=["sort", "division", "year"], name="papers_are_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.sort} {self.division_id} {self.year}: {self.last}"


class DispatchSlip(models.Model):
    """The number of a whistle's dispatch slip (派遣单): given when it is first printed, once for ever."""

    whistle = models.OneToOneField(Whistle, on_delete=models.PROTECT, primary_key=True, related_name="slip")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    serial = models.PositiveIntegerField(_("serial number"))
    number = models.CharField(_("number"), max_length=60)
    numbered_at = models.DateTimeField(_("numbered"))
    numbered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("dispatch slip")
        verbose_name_plural = _("dispatch slips")
        constraints = [
            models.UniqueConstraint(fields=["division", "year", "serial"], name="slip_number_is_given_once")
        ]

    def __str__(self) -> str:
        return self.number


class Press(models.Model):
    """One press by hand: who asked whom to hurry, when. A side may press again after a working hour."""

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="presses")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="presses"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(_("words"), max_length=300, blank=True)
    pressed_at = models.DateTimeField(_("pressed"))

    class Meta:
        verbose_name = _("press")
        verbose_name_plural = _("presses")
        indexes = [
            # when did this side press last
            models.Index(fields=["whistle", "division", "-pressed_at"], name="press_of_whistle"),
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id} {self.pressed_at:%Y-%m-%d %H:%M}"


class SupervisionTask(models.Model):
    """What a unit owes to those above on one case: a reply to a notice, or a report on an instruction.

    A notice has a number per issuing division and year and runs in working days; an instruction has a leader's
    words and the moment the leader set. Both are answered by the unit and judged by the side that issued them.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", pgettext_lazy("paper", "Supervision notice")
        INSTRUCTION = "instruction", _("Instruction")

    class Status(models.TextChoices):
        AWAITING_REPLY = "awaiting_reply", _("Waiting for the reply")
        REPLIED = "replied", pgettext_lazy("supervision", "Replied")
        CLOSED = "closed", pgettext_lazy("supervision", "Closed")
        DROPPED = "dropped", _("Ended with the case")

    kind = models.CharField(_("sort"), max_length=12, choices=Kind.choices)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("case"))
    whistle = models.ForeignKey(
        Whistle, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("whistle")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("addressed unit")
    )
    issuer = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="issued_tasks", verbose_name=_("issuer")
    )
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"))
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    serial = models.PositiveIntegerField(_("serial number"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=60, blank=True)
    text = models.TextField(_("requirement"), max_length=1000)
    # The rung of the ladder that issued the notice by itself; empty for what a person issued
    rung = models.OneToOneField(
        CaseRung, on_delete=models.PROTECT, null=True, blank=True, related_name="notice"
    )
    status = models.CharField(
        _("status"), max_length=15, choices=Status.choices, default=Status.AWAITING_REPLY
    )
    answer = models.TextField(_("reply"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("replied"), null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returns = models.PositiveSmallIntegerField(_("sent back"), default=0)
    return_reason = models.CharField(_("why it was sent back"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closing_words = models.CharField(_("closing words"), max_length=300, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("supervision task")
        verbose_name_plural = _("supervision tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "year", "serial"],
                condition=Q(kind="notice"),
                name="notice_number_is_given_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="notice", year__isnull=False, serial__isnull=False) & ~Q(number="")
                | Q(kind="instruction", year=None, serial=None, number=""),
                name="notice_has_a_number",
            ),
            models.UniqueConstraint(
                fields=["case", "unit"],
                condition=Q(kind="notice", status="awaiting_reply"),
                name="unit_owes_one_reply_a_case",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["closed", "dropped"], ended_at__isnull=False)
                | Q(status__in=["awaiting_reply", "replied"], ended_at=None),
                name="ended_task_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="task_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="replied") | Q(answered_at__isnull=False), name="replied_task_has_a_reply"
            ),
        ]
        indexes = [
            # what a unit owes
            models.Index(fields=["unit", "status", "-id"], name="task_of_unit"),
            # what a side issued
            models.Index(fields=["division", "status", "-id"], name="task_of_issuer"),
            # the case page
            models.Index(fields=["case", "-id"], name="task_of_case"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the task's page."""
        return reverse("supervision-task", args=[self.pk])

    @property
    def is_notice(self) -> bool:
        """Whether it is a numbered notice; else a leader's instruction."""
        return self.kind == self.Kind.NOTICE

    @property
    def is_running(self) -> bool:
        """Whether somebody still has to reply or to judge the reply."""
        return self.ended_at is None


class TaskDeadline(Deadline):
    """The moment by which a reply or a report is due. Sent back, the task gets the next one."""

    task = models.ForeignKey(
        SupervisionTask, on_delete=models.PROTECT, related_name="deadlines", verbose_name=_("task")
    )

    class Meta(Deadline.Meta):
        verbose_name = _("deadline of a task")
        verbose_name_plural = _("deadlines of tasks")
        constraints = [
            *Deadline.Meta.constraints,
            models.UniqueConstraint(
                fields=["task"], condition=Q(ended_at=None), name="task_has_one_running_deadline"
            ),
        ]
        indexes = [
            # the sweep's claim: the next alarms in order
            models.Index(
                fields=["wake_at", "id"], condition=Q(wake_at__isnull=False), name="task_deadline_ringing"
            ),
            # operators: what cannot ring
            models.Index(
                fields=["-failures", "id"],
                condition=Q(failures__gt=0, ended_at=None),
                name="task_deadline_failing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.due_at:%Y-%m-%d %H:%M}"


class TaskRung(ClimbedRung):
    """A rung climbed on a task's deadline: at most once each."""

    deadline = models.ForeignKey(TaskDeadline, on_delete=models.PROTECT, related_name="rungs")

    class Meta:
        verbose_name = _("climbed rung of a task")
        verbose_name_plural = _("climbed rungs of tasks")
        constraints = [models.UniqueConstraint(fields=["deadline", "rung"], name="task_rung_is_climbed_once")]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.rung}"
