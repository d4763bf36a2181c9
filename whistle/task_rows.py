"""Supervision tasks as lists and pages show them: light, time left, whose turn, the one verb."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar
from whistle import clock_faces, hours
from whistle.guards import MoveRefused
from whistle.models import SupervisionTask, TaskDeadline
from whistle.services import supervising

Status = SupervisionTask.Status


@dataclass(frozen=True)
class TaskRow:
    """One notice or instruction; `turn` says who has to do what, `verb` is this person's part in it."""

    task: SupervisionTask
    due: parts.Due
    name: str
    turn: str
    verb: parts.Move | None


def task_rows(
    tasks: Iterable[SupervisionTask], *, user: User, now: datetime, calendar: Calendar
) -> list[TaskRow]:
    """Return the rows of these tasks, in their order. They come with case, unit and issuer. One query."""
    tasks = list(tasks)
    found = TaskDeadline.objects.filter(task__in=tasks).order_by("id")
    clocks = {clock.task_id: clock for clock in found}  # the newest of each
    hours.load(list(clocks.values()), calendar)
    return [
        TaskRow(
            task=task,
            due=face_of(task, clocks.get(task.pk), now=now, calendar=calendar),
            name=name_of(task),
            turn=turn_of(task),
            verb=verb_of(task, user),
        )
        for task in tasks
    ]


def name_of(task: SupervisionTask) -> str:
    """Return what a task is called: a notice by its number, an instruction by whose it is."""
    return task.number or _("Instruction of %(unit)s") % {"unit": task.issuer.short_name}


def face_of(
    task: SupervisionTask, clock: TaskDeadline | None, *, now: datetime, calendar: Calendar
) -> parts.Due:
    """Return the light and the time left for the reply; once replied, that it came in time or late. No query."""
    if clock is None:
        return clock_faces.without_limit()
    if clock.is_running:
        return clock_faces.running(clock, now=now, calendar=calendar)
    if task.answered_at is None:
        return parts.Due(light="closed", at=task.ended_at, word=pgettext("a notice", "Withdrawn"))
    word = _("Replied late") if clock.was_late() else pgettext("supervision", "Replied")
    return parts.Due(light="closed", at=task.answered_at, word=word)


def turn_of(task: SupervisionTask) -> str:
    """Return whose turn it is in a short sentence. No query."""
    if task.status == Status.AWAITING_REPLY:
        return _("%(unit)s to reply") % {"unit": task.unit.short_name}
    if task.status == Status.REPLIED:
        return _("%(unit)s to judge the reply") % {"unit": task.issuer.short_name}
    return str(task.get_status_display())


def verb_of(task: SupervisionTask, user: User) -> parts.Move | None:
    """Return the button of what this person has to do on the task now, or None. No query."""
    if task.status == Status.AWAITING_REPLY and _may(supervising.check_reply, task, user):
        return parts.Move(label=pgettext("verb", "Reply"), url=move_url(task, "reply"), icon="pen")
    if task.status == Status.REPLIED and _may(supervising.check_judge, task, user):
        return parts.Move(label=_("Judge the reply"), url=task.get_absolute_url(), icon="list-check")
    return None


def get_moves(task: SupervisionTask, user: User) -> parts.Moves:
    """Return what this person may do on a task's page; at most one is primary. No query."""
    allowed: list[parts.Move] = []
    if _may(supervising.check_reply, task, user):
        allowed.append(
            parts.Move(label=pgettext("verb", "Reply"), url=move_url(task, "reply"), icon="pen", primary=True)
        )
    if _may(supervising.check_judge, task, user):
        replied = task.status == Status.REPLIED
        close = pgettext("supervision verb", "Close") if replied else _("Withdraw")
        allowed.append(
            parts.Move(
                label=close,
                url=move_url(task, "close"),
                icon="check2",
                primary=replied and not any(move.primary for move in allowed),
            )
        )
        if replied:
            allowed.append(
                parts.Move(
                    label=_("Send the reply back"), url=move_url(task, "return"), icon="arrow-left-right"
                )
            )
    return parts.Moves(allowed=allowed)


def move_url(task: SupervisionTask, move: str) -> str:
    """Return the address of a move on a task."""
    return reverse("supervision-move", args=[task.pk, move])


def _may(check: object, task: SupervisionTask, user: User) -> bool:
    try:
        check(task, by=user)  # type: ignore[operator]  # one of the two checks of the service
    except MoveRefused:
        return False
    return True
