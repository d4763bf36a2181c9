"""What a running deadline has to be by its own events: start, limit, pauses, extension, recalculation. In memory.

Each event is counted with the calendar that was in force at its moment, so that a promise made under an older
calendar is right, and one that nobody's events explain is wrong.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kunming_portal.deadlines import ladder
from kunming_portal.deadlines.ladder import LimitUnit, Rung, Step
from kunming_portal.workdays.calendar import Calendar
from whistle import hours, workflow
from whistle.models import CaseDeadline, CasePause, DeadlineDifference, TaskDeadline
from whistle.services import replanning, task_clocks
from whistle.services.replanning import RuleBook

Part = DeadlineDifference.Part


@dataclass(frozen=True)
class Timeline:
    """Which calendar was in force when, and the rules beside it. The last version is the one in force."""

    book: RuleBook
    since: Sequence[datetime]
    calendars: Sequence[Calendar]

    def at(self, moment: datetime) -> Calendar:
        """Return the calendar of a moment; before the first version that is known, the first."""
        return self.calendars[max(bisect.bisect_right(self.since, moment) - 1, 0)]

    def book_at(self, moment: datetime) -> RuleBook:
        """Return the rules with the calendar of a moment."""
        return replace(self.book, calendar=self.at(moment))


@dataclass(frozen=True)
class Events:
    """What happened to one deadline beside its start: pauses in order, and how it came to be."""

    pauses: Sequence[CasePause]
    is_recalculated: bool = False
    held_until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """What a deadline is: due, the rungs that are not climbed, the next alarm, the mark."""

    due_at: datetime
    rungs: tuple[Step, ...]
    wake_at: datetime | None
    provisional: bool

    def as_json(self) -> dict[str, object]:
        """Return the form that is kept with a difference."""
        return {
            "due_at": self.due_at.isoformat(),
            "ladder": [step.as_json() for step in self.rungs],
            "wake_at": self.wake_at.isoformat() if self.wake_at is not None else None,
            "provisional": self.provisional,
        }

    def differs_in(self, other: "Standing") -> list[str]:
        """Return the parts in which two standings differ."""
        pairs = {
            Part.DUE: (self.due_at, other.due_at),
            Part.LADDER: (self.rungs, other.rungs),
            Part.WAKE: (self.wake_at, other.wake_at),
            Part.PROVISIONAL: (self.provisional, other.provisional),
        }
        return [part.value for part, (one, two) in pairs.items() if one != two]


def stored(row: CaseDeadline | TaskDeadline) -> Standing:
    """Return what the row says. An alarm that was put off because the row failed counts as the rung's own."""
    rungs = tuple(row.steps[row.rungs_climbed :])
    wake_at = row.wake_at
    if row.failures and wake_at is not None and rungs:
        wake_at = rungs[0].at
    return Standing(due_at=row.due_at, rungs=rungs, wake_at=wake_at, provisional=row.provisional)


def by_present_rules(
    row: CaseDeadline, events: Events, *, timeline: Timeline, now: datetime
) -> Standing | None:
    """Return what a full recalculation by the present calendar makes of the row; None where that is not defined.

    The end of a hold was decided, an extension beside pauses is kept as it was: those are counted event by event.
    """
    if row.step == workflow.Step.HOLD or (row.extended_days and events.pauses):
        return None
    fresh = replanning.replan(row, policy=row.policy, book=timeline.book, pauses=events.pauses, now=now)
    return _standing(row, fresh.due_at, fresh.steps, provisional=fresh.provisional)


def by_events(row: CaseDeadline, events: Events, *, timeline: Timeline) -> Standing:
    """Return what the events make of the row, each counted with the calendar of its moment. No query."""
    due, steps, counted = _begun(row, events, timeline)
    natural, provisional = row.limit.unit.is_natural, None
    for pause in events.pauses:
        if pause.ended_at is None or pause.ended_at <= counted:
            continue
        calendar = hours.of_deadline(row, timeline.at(pause.ended_at))
        length = ladder.length_of_pause(
            start=pause.started_at, end=pause.ended_at, natural=natural, calendar=calendar
        )
        due = ladder.moved(due, length, natural=natural, calendar=calendar)
        steps = ladder.moved_steps(steps, climbed=0, by=length, natural=natural, calendar=calendar)
        provisional = calendar
    marks = hours.of_deadline(row, provisional or timeline.at(counted))
    is_hold = row.step == workflow.Step.HOLD
    return _standing(
        row, due, steps, provisional=not natural and not is_hold and marks.is_provisional(row.started_at, due)
    )


def of_task(row: TaskDeadline, calendar: Calendar) -> Standing:
    """Return what a task's deadline has to be by this calendar. A moment that a leader set is kept. No query.

    Such a one is stored with its working hours; days are counted.
    """
    own = hours.of_deadline(row, calendar)
    due = row.due_at
    if row.limit.unit is not LimitUnit.WORKING_HOUR:
        due = ladder.due_after(start=row.started_at, limit=row.limit, calendar=own)
    steps = ladder.plan(start=row.started_at, due=due, limit=row.limit, rule=task_clocks.RULE, calendar=own)
    return _standing(row, due, steps, provisional=own.is_provisional(row.started_at, due))


def _begun(row: CaseDeadline, events: Events, timeline: Timeline) -> tuple[datetime, list[Step], datetime]:
    """Return due and ladder as the row began, and the moment up to which pauses are contained in them."""
    before = row.predecessor
    if not isinstance(before, CaseDeadline) or before.ended_at is None:
        due, steps = _planned(row, events, timeline)
        return due, steps, row.started_at
    since = before.ended_at
    if events.is_recalculated:
        fresh = _recalculated(row, before, events, timeline)
        return fresh.due_at, fresh.steps, since
    calendar = hours.of_deadline(row, timeline.at(since))
    due = calendar.add_working_days(before.due_at, row.extended_days - before.extended_days)
    return due, _ladder(row, due, calendar, None), since


def _planned(row: CaseDeadline, events: Events, timeline: Timeline) -> tuple[datetime, list[Step]]:
    calendar = hours.of_deadline(row, timeline.at(row.started_at))
    if row.step == workflow.Step.HOLD:
        due = events.held_until if events.held_until is not None and not events.pauses else row.due_at
    else:
        due = ladder.due_after(start=row.started_at, limit=row.limit, calendar=calendar)
    return due, _ladder(row, due, calendar, timeline.book.lapse_of(row))


def _ladder(row: CaseDeadline, due: datetime, calendar: Calendar, lapse: int | None) -> list[Step]:
    rule = replace(row.policy.ladder_rule, lapse_days=lapse)
    return ladder.plan(start=row.started_at, due=due, limit=row.limit, rule=rule, calendar=calendar)


def _recalculated(
    row: CaseDeadline, before: CaseDeadline, events: Events, timeline: Timeline
) -> CaseDeadline:
    """Return what the recalculation made of the predecessor, at the moment it did."""
    since = before.ended_at
    assert since is not None, "only an ended deadline has a successor"
    before.whistle, before.assignment, before.case = row.whistle, row.assignment, row.case
    lasting = next(
        (p for p in events.pauses if p.started_at <= since and (p.ended_at is None or p.ended_at > since)),
        None,
    )
    before.paused_at = lasting.started_at if lasting is not None else None
    done = [p for p in events.pauses if p.ended_at is not None and p.ended_at <= since]
    return replanning.replan(before, policy=row.policy, book=timeline.book_at(since), pauses=done, now=since)


def _standing(
    row: CaseDeadline | TaskDeadline, due: datetime, steps: Sequence[Step], *, provisional: bool
) -> Standing:
    """Return the standing of these rungs without those that were climbed, or were taken out by a decision."""
    climbed = {step.rung for step in row.steps[: row.rungs_climbed]}
    has_lapse = any(step.rung is Rung.LAPSE for step in row.steps)
    ahead = tuple(
        step for step in steps if step.rung not in climbed and (has_lapse or step.rung is not Rung.LAPSE)
    )
    wake_at = ahead[0].at if ahead and row.paused_at is None else None
    return Standing(due_at=due, rungs=ahead, wake_at=wake_at, provisional=provisional)
