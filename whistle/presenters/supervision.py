"""What the case page and a task's page show of supervision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit.models import AuditEvent
from kunming_portal.ui import parts
from whistle import guards, task_rows
from whistle.models import Case, SupervisionTask, Whistle
from whistle.presenters import timeline
from whistle.presenters.clocks import Watch
from whistle.services.pressing import presser
from whistle.workflow import CaseStatus, WhistleStatus

SHOWN = 10


@dataclass(frozen=True)
class Supervision:
    """The section of the case page: running tasks first, and what this person may add."""

    rows: Sequence[task_rows.TaskRow]
    moves: Sequence[parts.Move]


@dataclass(frozen=True)
class History:
    """The days of a task's own history."""

    days: Sequence[timeline.Day]


def get_supervision(
    *, case: Case, whistle: Whistle, user: User, watch: Watch, attached: Collection[type]
) -> Supervision:
    """Return the tasks of a case, newest first, and the buttons this person has. Two queries where there are tasks."""
    found = SupervisionTask.objects.filter(case=case).select_related("unit", "issuer", "case")
    tasks = list(found.order_by("-id")[:SHOWN]) if SupervisionTask in attached else []
    rows = task_rows.task_rows(tasks, user=user, now=watch.now, calendar=watch.calendar) if tasks else []
    return Supervision(rows=rows, moves=_moves(case, whistle, user))


def _moves(case: Case, whistle: Whistle, user: User) -> list[parts.Move]:
    """Return the buttons; what is not possible yet says so on its form."""
    if case.status != CaseStatus.OPEN or whistle.status == WhistleStatus.DRAFT:
        return []
    moves = []
    if presser(whistle, user) is not None:
        moves.append(parts.Move(_("Press"), reverse("case-press", args=[case.pk]), icon="bell"))
    if guards.reaches(user, Permission.CASE_SUPERVISE, case):
        moves.append(parts.Move(_("Supervise"), reverse("case-supervise", args=[case.pk]), icon="send"))
    if guards.reaches(user, Permission.CASE_INSTRUCT, case):
        moves.append(parts.Move(_("Instruct"), reverse("case-instruct", args=[case.pk]), icon="pen"))
    return moves


def get_history(task: SupervisionTask, *, now: datetime) -> History:
    """Return what happened to a task, newest first, from the trail of its case. One query."""
    events = AuditEvent.objects.filter(
        stream=task.case.stream, object_type=task._meta.label_lower, object_id=str(task.pk)
    ).order_by("-seq")
    names = {unit.name: unit.short_name for unit in (task.unit, task.issuer)}
    teller = timeline.Teller(now=now, short_names=names, notes={})
    return History(days=timeline.by_day([teller.tell(event) for event in events]))
