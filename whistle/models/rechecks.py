"""The nightly audit of running deadlines: the run, and where a stored deadline is not what its events make it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from whistle.models.deadlines import CaseDeadline
from whistle.models.supervision import TaskDeadline


class Recheck(models.Model):
    """One run over every running deadline, by id, in batches; an interrupted one goes on where it stopped."""

    started_at = models.DateTimeField(pgettext_lazy("recheck", "started"))
    finished_at = models.DateTimeField(pgettext_lazy("recheck", "finished"), null=True)
    # the last deadline that was looked at, and how many were
    cursor = models.BigIntegerField(default=0)
    # likewise of the tasks' deadlines, once those of the cases are through
    tasks_cursor = models.BigIntegerField(null=True)
    seen = models.PositiveIntegerField(pgettext_lazy("recheck", "looked at"), default=0)
    wrong = models.PositiveIntegerField(pgettext_lazy("recheck", "wrong"), default=0)
    outdated = models.PositiveIntegerField(pgettext_lazy("recheck", "outdated"), default=0)
    resolved = models.PositiveIntegerField(pgettext_lazy("recheck", "in order again"), default=0)

    class Meta:
        verbose_name = _("check of deadlines")
        verbose_name_plural = _("checks of deadlines")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(finished_at=None), name="one_recheck_runs_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.started_at}"

    @property
    def stream(self) -> str:
        """The name of this run's history in the trail."""
        return f"deadlines.recheck:{self.pk}"


class DeadlineDifference(models.Model):
    """One running deadline that is not what its own events make it: what is stored, and what they make."""

    class Sort(models.TextChoices):
        WRONG = "wrong", pgettext_lazy("recheck", "Wrong")
        OUTDATED = "outdated", pgettext_lazy("recheck", "Calendar changed since")
        BROKEN = "broken", pgettext_lazy("recheck", "Cannot be computed")

    class Part(models.TextChoices):
        DUE = "due_at", _("due moment")
        LADDER = "ladder", _("lights and rungs")
        WAKE = "wake_at", _("next alarm")
        PROVISIONAL = "provisional", _("provisional mark")

    deadline = models.ForeignKey(
        CaseDeadline,
        on_delete=models.PROTECT,
        null=True,
        related_name="differences",
        verbose_name=_("deadline"),
    )
    task_deadline = models.ForeignKey(
        TaskDeadline,
        on_delete=models.PROTECT,
        null=True,
        related_name="differences",
        verbose_name=_("deadline"),
    )
    sort = models.CharField(pgettext_lazy("recheck", "sort"), max_length=10, choices=Sort.choices)
    parts = ArrayField(
        models.CharField(max_length=12, choices=Part.choices),
        default=list,
        verbose_name=pgettext_lazy("recheck", "what differs"),
    )
    stored = models.JSONField(pgettext_lazy("recheck", "stored"))
    computed = models.JSONField(pgettext_lazy("recheck", "computed"))
    found_at = models.DateTimeField(pgettext_lazy("recheck", "found"))
    seen_at = models.DateTimeField(pgettext_lazy("recheck", "last seen"))
    resolved_at = models.DateTimeField(pgettext_lazy("recheck", "in order again"), null=True)

    class Meta:
        verbose_name = _("difference of a deadline")
        verbose_name_plural = _("differences of deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["deadline"], condition=Q(resolved_at=None), name="deadline_has_one_open_difference"
            ),
            models.UniqueConstraint(
                fields=["task_deadline"],
                condition=Q(resolved_at=None),
                name="task_deadline_has_one_open_difference",
            ),
            models.CheckConstraint(
                condition=Q(deadline=None, task_deadline__isnull=False)
                | Q(deadline__isnull=False, task_deadline=None),
                name="difference_is_of_one_deadline",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=models.F("found_at")),
                name="difference_is_resolved_after_it_was_found",
            ),
        ]
        indexes = [
            # the operators' list
            models.Index(fields=["id"], condition=Q(resolved_at=None), name="difference_open"),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id or self.task_deadline_id} {self.sort}"
