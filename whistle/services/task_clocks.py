"""Deadlines of supervision tasks: started from days or a moment, ended by replies and with the case."""

from datetime import datetime

from kunming_portal.deadlines import ladder
from kunming_portal.deadlines.ladder import LadderRule, Limit, LimitUnit
from kunming_portal.workdays.calendar import Calendar
from whistle.models import Case, SupervisionTask, TaskDeadline

RULE = LadderRule(yellow_percent=75, leaders_after=2)


def start(task: SupervisionTask, *, limit: Limit, now: datetime, calendar: Calendar) -> TaskDeadline:
    """Return the unsaved deadline that starts now: yellow, red, leaders (no upgrade). No query."""
    own = _own(task, calendar)
    due = ladder.due_after(start=now, limit=limit, calendar=own)
    return _clock(task, limit=limit, due=due, now=now, calendar=own)


def start_until(
    task: SupervisionTask, *, due_at: datetime, now: datetime, calendar: Calendar
) -> TaskDeadline:
    """Return the unsaved deadline that starts now and falls due at the moment a leader set. No query."""
    calendar = _own(task, calendar)
    hours = max(calendar.working_minutes_between(now, due_at) // 60, 1)
    limit = Limit(amount=hours, unit=LimitUnit.WORKING_HOUR)
    return _clock(task, limit=limit, due=due_at, now=now, calendar=calendar)


def _clock(
    task: SupervisionTask, *, limit: Limit, due: datetime, now: datetime, calendar: Calendar
) -> TaskDeadline:
    deadline = TaskDeadline(
        task=task,
        started_at=now,
        due_at=due,
        amount=limit.amount,
        unit=limit.unit.value,
        provisional=calendar.is_provisional(now, due),
    )
    deadline.take(ladder.plan(start=now, due=due, limit=limit, rule=RULE, calendar=calendar))
    return deadline


def _own(task: SupervisionTask, calendar: Calendar) -> Calendar:
    """Return the calendar of the unit that has to reply. No query while no place has days of its own."""
    return calendar.at(task.unit.places) if calendar.local else calendar


def end(task: SupervisionTask, outcome: TaskDeadline.Outcome, *, now: datetime) -> None:
    """End the running deadline of a task: from then on it is silent. One query."""
    TaskDeadline.objects.filter(task=task, ended_at=None).update(ended_at=now, outcome=outcome, wake_at=None)


def drop_all(case: Case, *, now: datetime) -> None:
    """End what still runs when its case has ended: such cases never ring. In the move that ends it. Two queries."""
    running = SupervisionTask.objects.running().filter(case=case)
    TaskDeadline.objects.filter(task__in=running, ended_at=None).update(
        ended_at=now, outcome=TaskDeadline.Outcome.CANCELLED, wake_at=None
    )
    running.update(status=SupervisionTask.Status.DROPPED, ended_at=now)
