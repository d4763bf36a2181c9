"""The whistle's deadlines: promises of callers, centres and units, and the rungs climbed on them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kunming_portal.deadlines.models import ClimbedRung, Deadline, Pause
from whistle.models.assignments import Assignment
from whistle.models.cases import Case
from whistle.models.kinds import DeadlinePolicy
from whistle.models.whistles import Whistle
from whistle.querysets import DeadlineQuerySet
from whistle.workflow import Step


class CaseDeadline(Deadline):
    """One promise inside a case: of a whistle (sign-off, dispatch, close, verify) or of one unit on it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deadlines", verbose_name=_("case"))
    whistle = models.ForeignKey(
        Whistle, on_delete=models.PROTECT, related_name="deadlines", verbose_name=_("whistle")
    )
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deadlines",
        verbose_name=_("assignment"),
    )
    step = models.CharField(_("step"), max_length=12, choices=Step.choices)
    policy = models.ForeignKey(
        DeadlinePolicy, on_delete=models.PROTECT, related_name="+", verbose_name=_("deadline policy")
    )

    objects = DeadlineQuerySet.as_manager()

    class Meta(Deadline.Meta):
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            *Deadline.Meta.constraints,
            models.UniqueConstraint(
                fields=["whistle", "assignment", "step"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="step_has_one_running_deadline",
            ),
        ]
        indexes = [
            # the sweep's claim: the next alarms in order
            models.Index(
                fields=["wake_at", "id"], condition=Q(wake_at__isnull=False), name="deadline_ringing"
            ),
            # operators: what cannot ring
            models.Index(
                fields=["-failures", "id"],
                condition=Q(failures__gt=0, ended_at=None),
                name="deadline_failing",
            ),
            # the case page, and the earliest running deadline of a case
            models.Index(fields=["case", "ended_at", "due_at"], name="deadline_of_case"),
            # what runs, in an order that pages: deadline changes read all of it in batches
            models.Index(fields=["id"], condition=Q(ended_at=None), name="deadline_running"),
            # figures: what fell due in a period
            models.Index(fields=["step", "due_at"], name="deadline_by_due"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"


class CaseRung(ClimbedRung):
    """A rung climbed on a deadline: at most once each."""

    deadline = models.ForeignKey(CaseDeadline, on_delete=models.PROTECT, related_name="rungs")

    class Meta:
        verbose_name = _("climbed rung")
        verbose_name_plural = _("climbed rungs")
        constraints = [models.UniqueConstraint(fields=["deadline", "rung"], name="rung_is_climbed_once")]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.rung}"


class CasePause(Pause):
    """A time in which one of a case's deadlines did not run: on hold, merged into another case."""

    deadline = models.ForeignKey(CaseDeadline, on_delete=models.PROTECT, related_name="pauses")

    class Meta(Pause.Meta):
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            *Pause.Meta.constraints,
            models.UniqueConstraint(
                fields=["deadline"], condition=Q(ended_at=None), name="deadline_is_paused_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.started_at}"
