"""A promise with a date: abstract, so that each domain app owns its deadlines and their rungs."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.deadlines.ladder import (
    LadderRule,
    Limit,
    LimitUnit,
    Rung,
    Step,
    length_of_pause,
    moved,
    moved_steps,
)
from kunming_portal.workdays.calendar import Calendar

# A rung that is climbed this much after its planned moment is late: beat or database was away, or it could not ring
LATE = timedelta(minutes=2)
# After so many failed attempts a deadline needs a person; it is still tried, seldom
GIVEN_UP_AFTER = 8


class NothingDue(Exception):
    """A deadline was to ring that is not due: its alarm is stale. Nothing may be written."""


class LateReason(models.TextChoices):
    """Why a rung was climbed late."""

    OUTAGE = "outage", _("The portal was away or behind")
    FAILURE = "failure", _("It could not ring at first")


class LimitUnitChoices(models.TextChoices):
    """The labels of `ladder.LimitUnit`."""

    NATURAL_MINUTE = LimitUnit.NATURAL_MINUTE.value, _("minutes, day and night")
    NATURAL_HOUR = LimitUnit.NATURAL_HOUR.value, _("hours, day and night")
    NATURAL_DAY = LimitUnit.NATURAL_DAY.value, pgettext_lazy("limit", "calendar days")
    WORKING_HOUR = LimitUnit.WORKING_HOUR.value, pgettext_lazy("limit", "working hours")
    WORKING_DAY = LimitUnit.WORKING_DAY.value, _("working days")
    FIXED_TIME = LimitUnit.FIXED_TIME.value, _("a fixed time of the working day of this number")


class RungChoices(models.TextChoices):
    """The labels of `ladder.Rung`."""

    YELLOW = Rung.YELLOW.value, _("Yellow light")
    RED = Rung.RED.value, _("Red light, pressed")
    SUPERVISION = Rung.SUPERVISION.value, _("Supervision notice")
    LEADERS = Rung.LEADERS.value, _("Reported to the leaders")
    UPGRADE = Rung.UPGRADE.value, _("Upgraded automatically")
    LAPSE = Rung.LAPSE.value, _("Closed without an answer")


def clock_goes_with_fixed_time() -> Q:
    """Return the condition that a fixed time has its clock and every other limit none."""
    return Q(unit=LimitUnit.FIXED_TIME.value, clock__isnull=False) | (
        ~Q(unit=LimitUnit.FIXED_TIME.value) & Q(clock=None)
    )


class Policy(models.Model):
    """How long a step may take and what happens afterwards: data, versioned, never moving a running deadline."""

    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit of time"), max_length=20, choices=LimitUnitChoices.choices)
    clock = models.TimeField(
        _("time of day"), null=True, blank=True, help_text=_("Only for a fixed time, for example 17:00.")
    )
    yellow_percent = models.PositiveSmallIntegerField(_("yellow light at percent used"), default=75)
    supervision_after = models.PositiveSmallIntegerField(
        _("supervision notice, working days after due"), null=True, blank=True
    )
    leaders_after = models.PositiveSmallIntegerField(
        _("leaders, working days after due"), null=True, blank=True
    )
    upgrade_after = models.PositiveSmallIntegerField(
        _("automatic upgrade, working days after due"), null=True, blank=True
    )

    class Meta:
        abstract = True

    @property
    def limit(self) -> Limit:
        """The limit as a value for the pure ladder."""
        return Limit(amount=self.amount, unit=LimitUnit(self.unit), clock=self.clock)

    @property
    def ladder_rule(self) -> LadderRule:
        """The ladder's distances as a value. When a matter lapses is no policy's: its owner adds it."""
        return LadderRule(
            yellow_percent=self.yellow_percent,
            supervision_after=self.supervision_after,
            leaders_after=self.leaders_after,
            upgrade_after=self.upgrade_after,
        )


class Deadline(models.Model):
    """One promise, kept for ever: the on-time rates are counted from it.

    `wake_at` is the next moment somebody must look: the planned moment of the next rung, null when the
    promise ended or the ladder is climbed. The sweep reads nothing else.
    """

    class Outcome(models.TextChoices):
        MET = "met", _("Done")
        CANCELLED = "cancelled", _("No longer needed")
        SUPERSEDED = "superseded", _("Replaced by a new limit")

    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit of time"), max_length=20, choices=LimitUnitChoices.choices)
    # Granted later, on top of the limit; the moment it fell due before is on the predecessor
    extended_days = models.PositiveSmallIntegerField(_("working days of extensions"), default=0)
    clock = models.TimeField(_("time of day"), null=True, blank=True)
    ladder = models.JSONField(
        _("ladder"), default=list, help_text=_("Rungs with their planned moments, in order.")
    )
    rungs_climbed = models.PositiveSmallIntegerField(default=0)
    wake_at = models.DateTimeField(null=True, blank=True)
    yellow_at = models.DateTimeField(null=True, blank=True)
    provisional = models.BooleanField(
        _("provisional"), default=False, help_text=_("Touches a year whose holidays are not yet published.")
    )
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    predecessor = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor"
    )
    failures = models.PositiveSmallIntegerField(_("failed attempts to ring"), default=0)
    failure = models.CharField(_("last failure"), max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="%(app_label)s_%(class)s_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="%(app_label)s_%(class)s_end_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(wake_at=None), name="%(app_label)s_%(class)s_ended_is_silent"
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None) | Q(wake_at=None, ended_at=None),
                name="%(app_label)s_%(class)s_paused_is_silent",
            ),
            models.CheckConstraint(
                condition=clock_goes_with_fixed_time(), name="%(app_label)s_%(class)s_fixed_time_has_clock"
            ),
        ]

    @property
    def limit(self) -> Limit:
        """The limit that was promised."""
        return Limit(amount=self.amount, unit=LimitUnit(self.unit), clock=self.clock)

    @property
    def steps(self) -> list[Step]:
        """The planned ladder."""
        return [Step.from_json(stored) for stored in self.ladder]

    @property
    def next_step(self) -> Step | None:
        """The rung that comes next, if any is left."""
        if self.rungs_climbed >= len(self.ladder):
            return None
        return Step.from_json(self.ladder[self.rungs_climbed])

    def due_step(self, now: datetime) -> Step:
        """Return the rung that is climbed now: the next one, of which the moment has come.

        Raises `NothingDue` when there is none, so that nobody who forgets to ask can ring early.
        """
        step = self.next_step
        if step is None or step.at > now:
            raise NothingDue(f"Deadline {self.pk} has no rung due at {now.isoformat()}.")
        return step

    def why_late(self, step: Step, *, now: datetime) -> str:
        """Return the reason (`LateReason`) when the rung that is climbed now comes late, else nothing."""
        if now - step.at <= LATE:
            return ""
        return (LateReason.FAILURE if self.failures else LateReason.OUTAGE).value

    @property
    def is_given_up(self) -> bool:
        """Whether it failed to ring so often that a person must look."""
        return self.failures >= GIVEN_UP_AFTER

    @property
    def is_running(self) -> bool:
        """Whether the promise is still open."""
        return self.ended_at is None

    def light(self, now: datetime) -> str:
        """Return `normal`, `soon` or `over` for a running deadline, `hold` for a paused one, `closed` for an ended one.

        Read from the planned moments, so that it is right even while no sweep runs.
        """
        if self.ended_at is not None:
            return "closed"
        if self.paused_at is not None:
            return "hold"
        if self.due_at < now:
            return "over"
        return "soon" if self.yellow_at is not None and self.yellow_at <= now else "normal"

    def was_late(self) -> bool:
        """Whether the promise was kept after its moment. Only for an ended one."""
        return self.ended_at is not None and self.ended_at > self.due_at

    def end(self, outcome: "Deadline.Outcome", *, now: datetime) -> None:
        """End the promise in memory; the caller saves. An ended deadline is silent."""
        self.ended_at, self.outcome, self.wake_at, self.paused_at = now, outcome, None, None

    def pause(self, *, now: datetime) -> None:
        """Stop the clock in memory; the caller saves. A paused deadline is silent."""
        self.paused_at, self.wake_at = now, None

    def resume(self, *, now: datetime, calendar: Calendar) -> None:
        """Let the clock run again in memory: due moment and open rungs move by exactly the time of the pause."""
        assert self.paused_at is not None, "only a paused deadline is resumed"
        natural = self.limit.unit.is_natural
        length = length_of_pause(start=self.paused_at, end=now, natural=natural, calendar=calendar)
        self.due_at = moved(self.due_at, length, natural=natural, calendar=calendar)
        self.provisional = not natural and calendar.is_provisional(self.started_at, self.due_at)
        steps = moved_steps(
            self.steps, climbed=self.rungs_climbed, by=length, natural=natural, calendar=calendar
        )
        self.paused_at = None
        self.take(steps)
        self.wake_at = steps[self.rungs_climbed].at if self.rungs_climbed < len(steps) else None

    def climb(self) -> None:
        """Count the next rung as climbed in memory and set the alarm to the one after it."""
        self.rungs_climbed += 1
        step = self.next_step
        self.wake_at = step.at if step is not None else None

    def drop(self, rung: Rung) -> None:
        """Take a rung that was not climbed yet out of the ladder, in memory; the alarm follows."""
        steps = self.steps
        ahead = [step for step in steps[self.rungs_climbed :] if step.rung is not rung]
        self.ladder = [step.as_json() for step in (*steps[: self.rungs_climbed], *ahead)]
        if self.wake_at is not None:
            self.wake_at = ahead[0].at if ahead else None

    def take(self, steps: list[Step]) -> None:
        """Take a planned ladder over: stored form, first alarm, yellow moment."""
        self.ladder = [step.as_json() for step in steps]
        self.wake_at = steps[0].at if steps else None
        self.yellow_at = next((s.at for s in steps if s.rung is Rung.YELLOW), None)


class ClimbedRung(models.Model):
    """A rung that was climbed: at most once a deadline, with planned and actual moment."""

    rung = models.CharField(_("rung"), max_length=12, choices=RungChoices.choices)
    planned_at = models.DateTimeField(_("planned"))
    climbed_at = models.DateTimeField(_("actual"))
    # The database's default too: while a new version is rolled out, workers of the old one write rungs
    late_reason = models.CharField(
        _("why it came late"),
        max_length=10,
        choices=LateReason.choices,
        blank=True,
        default="",
        db_default="",
    )

    class Meta:
        abstract = True

    @property
    def lateness_seconds(self) -> int:
        """Whole seconds between the planned and the actual moment."""
        return int((self.climbed_at - self.planned_at).total_seconds())


class Pause(models.Model):
    """A time in which a deadline did not run. The one that lasts has no end."""

    started_at = models.DateTimeField(_("paused"))
    ended_at = models.DateTimeField(_("resumed"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="%(app_label)s_%(class)s_ends_after_start",
            ),
        ]


class Outage(models.Model):
    """A time in which alarms passed and nobody rang. What is rung late because of it belongs to one occasion."""

    since = models.DateTimeField(_("first alarm that was missed"))
    noticed_at = models.DateTimeField(_("noticed"))
    last_at = models.DateTimeField(_("last late rung"))

    class Meta:
        verbose_name = _("outage of the timers")
        verbose_name_plural = _("outages of the timers")
        indexes = [
            # the one that goes on
            models.Index(fields=["-last_at"], name="outage_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M}"
