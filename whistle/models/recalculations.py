"""Deadlines computed again after a change of policy or calendar: the job, and what it did to each deadline."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from whistle.models.deadlines import CaseDeadline
from whistle.workflow import Step, Tier


class Recalculation(models.Model):
    """One job: which running deadlines follow the new rule, previewed, confirmed by a person, drained in batches.

    Nothing but this row and its results is written before somebody confirms. `rules` is the stamp of policies
    and calendar the preview was computed with; under other rules it cannot be confirmed and does not go on.
    """

    class Cause(models.TextChoices):
        POLICY = "policy", _("Deadline policy changed")
        CALENDAR = "calendar", _("Calendar changed")

    class State(models.TextChoices):
        COUNTING = "counting", pgettext_lazy("recalculation", "Being previewed")
        PREVIEWED = "previewed", pgettext_lazy("recalculation", "Waiting for confirmation")
        CONFIRMED = "confirmed", pgettext_lazy("recalculation", "Confirmed, begins at once")
        RUNNING = "running", pgettext_lazy("recalculation", "Running")
        DONE = "done", pgettext_lazy("recalculation", "Done")
        CANCELLED = "cancelled", pgettext_lazy("recalculation", "Cancelled")
        FAILED = "failed", pgettext_lazy("recalculation", "Stopped")

    AT_WORK = (State.COUNTING, State.CONFIRMED, State.RUNNING)
    ENDED = (State.DONE, State.CANCELLED, State.FAILED)

    cause = models.CharField(_("what changed"), max_length=10, choices=Cause.choices)
    reason = models.CharField(_("reason"), max_length=300)
    kinds = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("kinds"))
    tiers = ArrayField(
        models.PositiveSmallIntegerField(choices=Tier.choices), default=list, verbose_name=_("tiers")
    )
    steps = ArrayField(
        models.CharField(max_length=12, choices=Step.choices), default=list, verbose_name=_("steps")
    )
    first_day = models.DateField(_("first changed day"), null=True, blank=True)
    last_day = models.DateField(_("last changed day"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.COUNTING)
    rules = models.CharField(max_length=64, editable=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    failure = models.CharField(_("why it stopped"), max_length=300, blank=True)
    # how far it got: deadlines to look at, looked at; the place of the batch that comes next
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    # what the preview found, and what was done
    earlier = models.PositiveIntegerField(default=0)
    later = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    newly_overdue = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    # which worker drains it, and until when nobody else may
    worker = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("deadline change")
        verbose_name_plural = _("deadline changes")
        constraints = [
            models.CheckConstraint(
                condition=Q(cause="policy", first_day=None, last_day=None)
                | Q(cause="calendar", first_day__isnull=False),
                name="recalculation_names_its_days",
            ),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=models.F("first_day")),
                name="recalculation_days_in_order",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="recalculation_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "running", "done"]) | Q(confirmed_at__isnull=False),
                name="recalculation_moves_only_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "cancelled", "failed"], finished_at__isnull=False)
                | (~Q(state__in=["done", "cancelled", "failed"]) & Q(finished_at=None)),
                name="recalculation_ends_at_a_moment",
            ),
        ]
        indexes = [
            # the worker's question: is there something to do
            models.Index(
                fields=["id"],
                condition=Q(state__in=["counting", "confirmed", "running"]),
                name="recalculation_at_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the job's page."""
        return reverse("recalculation", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of this job's history in the trail."""
        return f"config.recalculation:{self.pk}"

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has something to do for it."""
        return self.state in self.AT_WORK

    @property
    def has_ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in self.ENDED

    @property
    def to_move(self) -> int:
        """How many deadlines the preview found that would change."""
        return self.earlier + self.later + self.same


class RecalculatedDeadline(models.Model):
    """What a job found for one deadline, and what came of it. Those that stay as they are get no row."""

    class Outcome(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("recalculation", "would change")
        MOVED = "moved", pgettext_lazy("recalculation", "changed")
        SKIPPED = "skipped", pgettext_lazy("recalculation", "left alone")

    class Shift(models.TextChoices):
        EARLIER = "earlier", pgettext_lazy("recalculation", "earlier")
        LATER = "later", pgettext_lazy("recalculation", "later")
        SAME = "same", pgettext_lazy("recalculation", "same moment, other lights")

    class Reason(models.TextChoices):
        GRANTED = "granted", _("its limit was granted by a decision")
        UNCOVERED = "uncovered", _("no deadline policy covers it any more")
        BROKEN = "broken", _("the calendar gives no such moment")
        ENDED = "ended", _("it ended meanwhile")
        TOUCHED = "touched", _("somebody moved it meanwhile")
        FAILED = "failed", _("it could not be written")

    recalculation = models.ForeignKey(Recalculation, on_delete=models.CASCADE, related_name="results")
    deadline = models.ForeignKey(CaseDeadline, on_delete=models.PROTECT, related_name="recalculations")
    successor = models.OneToOneField(
        CaseDeadline, on_delete=models.PROTECT, null=True, related_name="recalculated_by"
    )
    old_due = models.DateTimeField(_("due until now"))
    new_due = models.DateTimeField(_("due then"), null=True)
    shift = models.CharField(_("direction"), max_length=10, choices=Shift.choices, blank=True)
    newly_overdue = models.BooleanField(_("overdue by the change"), default=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    reason = models.CharField(_("why"), max_length=10, choices=Reason.choices, blank=True)

    class Meta:
        verbose_name = _("recalculated deadline")
        verbose_name_plural = _("recalculated deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["recalculation", "deadline"], name="deadline_is_recalculated_once_a_job"
            ),
            models.CheckConstraint(
                condition=Q(outcome="moved", successor__isnull=False)
                | (~Q(outcome="moved") & Q(successor=None)),
                name="recalculated_deadline_has_successor",
            ),
            models.CheckConstraint(
                condition=Q(outcome="skipped") & ~Q(reason="") | ~Q(outcome="skipped") & Q(reason=""),
                name="recalculated_deadline_skipped_for_a_reason",
            ),
        ]
        indexes = [
            # the batch that comes next, and the page's list
            models.Index(fields=["recalculation", "outcome", "id"], name="recalculated_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.recalculation_id}: {self.deadline_id} {self.outcome}"
