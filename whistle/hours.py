"""By whose calendar a promise runs: by that of the unit that has to act."""

from collections.abc import Sequence

from django.db.models import prefetch_related_objects

from kunming_portal.deadlines.models import Deadline
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.calendar import Calendar
from whistle.models import Assignment, CaseDeadline, TaskDeadline, Whistle
from whistle.workflow import Step

# What the side that called has to do; the rest is the receiver's, or the called unit's
OF_CALLER = (Step.APPROVE, Step.VERIFY, Step.COMPLETE)
RELATIONS = {
    CaseDeadline: ("whistle__caller", "whistle__receiver", "assignment__unit"),
    TaskDeadline: ("task__unit",),
}


def who_acts(step: str, *, whistle: Whistle, assignment: Assignment | None) -> Unit:
    """Return whose promise a step is: the called unit's, the caller's for what it has to do, else the receiver's."""
    if assignment is not None:
        return assignment.unit
    return whistle.caller if step in OF_CALLER else whistle.receiver


def of_step(step: str, *, whistle: Whistle, assignment: Assignment | None, calendar: Calendar) -> Calendar:
    """Return the calendar of who acts. No query while no place has days of its own."""
    if not calendar.local:
        return calendar
    return calendar.at(who_acts(step, whistle=whistle, assignment=assignment).places)


def of_deadline(deadline: Deadline, calendar: Calendar) -> Calendar:
    """Return the calendar a stored promise runs by. No query while no place has days of its own, or after `load`."""
    if not calendar.local:
        return calendar
    if isinstance(deadline, TaskDeadline):
        return calendar.at(deadline.task.unit.places)
    assert isinstance(deadline, CaseDeadline)
    return of_step(deadline.step, whistle=deadline.whistle, assignment=deadline.assignment, calendar=calendar)


def load(deadlines: Sequence[Deadline], calendar: Calendar) -> None:
    """Fetch the units whose calendars a list needs. No query while no place has days of its own, else at most five."""
    if calendar.local and deadlines:
        prefetch_related_objects(deadlines, *RELATIONS[type(deadlines[0])])
