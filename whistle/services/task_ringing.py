"""What happens when the reply to a notice or an instruction falls due, and the notice the ladder issues itself."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import trail
from kunming_portal.deadlines import timers
from kunming_portal.deadlines.ladder import Limit, LimitUnit, Rung, Step
from kunming_portal.deadlines.rungs import write_rungs
from kunming_portal.notifications import lateness
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.hearing import Hearers, Question
from kunming_portal.notifications.lateness import Told
from kunming_portal.notifications.services import Message
from kunming_portal.workdays.selectors import get_calendar
from whistle.models import CaseDeadline, CaseRung, SupervisionTask, TaskDeadline, TaskRung
from whistle.services import lights, numbering, supervising, task_clocks, task_telling
from whistle.workflow import Step as CaseStep

SENTENCES = {
    Rung.YELLOW: _("%(case)s: the reply of %(unit)s to %(number)s is due %(due)s."),
    Rung.RED: _("%(case)s: the reply of %(unit)s to %(number)s is overdue. Pressed automatically."),
    Rung.LEADERS: _(
        "%(case)s: the reply of %(unit)s to %(number)s is long overdue. Reported to the leaders."
    ),
}
WITHOUT_NUMBER = _("the leader's instruction")
AUTOMATIC = _(
    "%(step)s was due on %(due)s and is still open. Reply with the reason, what is done and when it will be finished."
)


class Due(NamedTuple):
    """A due deadline of a task, locked, with the rung that is climbed now."""

    deadline: TaskDeadline
    task: SupervisionTask
    step: Step
    late: str


def task_ringer() -> Callable[[list[TaskDeadline], datetime], None]:
    """Return what a sweep rings with: `ring_tasks`, which remembers for the sweep whom it has asked for."""
    return partial(ring_tasks, hearers=Hearers())


def ring_tasks(deadlines: list[TaskDeadline], now: datetime, *, hearers: Hearers | None = None) -> None:
    """Climb the next rung of each of these locked, due deadlines: rung row, trail, notices, next alarm.

    In the sweep's transaction; the cases are locked by the claim. Refuses (`NothingDue`) a deadline that is not due
    at `now`; a rung that stands there already is counted, and nobody is told again. A constant number of queries.
    """
    system = get_system_user()
    found = _due(deadlines, now=now)
    fresh = write_rungs(TaskRung, found, now=now)
    trail.record_many([_entry(due, by=system, now=now) for due in fresh])
    _tell(fresh, hearers or Hearers(), now=now)
    timers.set_alarms(TaskDeadline, [due.deadline for due in found])


def _due(deadlines: Sequence[TaskDeadline], *, now: datetime) -> list[Due]:
    """Return the rungs that are climbed now, in ringing order. One query."""
    rows = (
        TaskDeadline.objects.filter(pk__in=[deadline.pk for deadline in deadlines])
        .select_related("task__case", "task__unit", "task__issuer", "task__whistle__kind")
        .order_by("wake_at", "id")
    )
    found = []
    for row in rows:
        step = row.due_step(now)
        found.append(Due(row, row.task, step, row.why_late(step, now=now)))
    return found


def _entry(due: Due, *, by: User, now: datetime) -> trail.Entry:
    task, step = due.task, due.step
    data: dict[str, object] = {
        "tier": task.whistle.tier,
        "task": task.kind,
        "number": task.number,
        "unit": task.unit.name,
        "rung": step.rung.value,
        "planned": step.at.isoformat(),
        "due": due.deadline.due_at.isoformat(),
    }
    return trail.Entry(
        stream=task.case.stream,
        event=f"deadline.{step.rung.value}",
        subject=task,
        label=str(task.case),
        at=now,
        by=by,
        data=data | lateness.lateness(step.at, due.late, now=now),
    )


def _tell(found: Sequence[Due], hearers: Hearers, *, now: datetime) -> None:
    asked = [(due, _questions(due)) for due in found]
    hearers.learn((question for _due, questions in asked for question in questions), now=now)
    told: list[Told] = []
    for due, questions in asked:
        message = _message(due)
        told += [Told(user, message, due.step.at, due.late) for user in hearers.of(questions)]
    lateness.write(told, link=lights.late_cases(), now=now)


def _message(due: Due) -> Message:
    task = due.task
    return Message(
        kind=f"deadline.{due.step.rung.value}",
        sentence=SENTENCES[due.step.rung],
        values={
            "case": str(task.case),
            "unit": task.unit.short_name,
            "number": task.number or notifications.translatable(WITHOUT_NUMBER),
            "due": f"{timezone.localtime(due.deadline.due_at):%Y-%m-%d %H:%M}",
        },
        link=task.get_absolute_url(),
        urgent=task.whistle.kind.is_emergency,
        about=str(task.case),
    )


def _questions(due: Due) -> list[Question]:
    """Yellow: the unit. Red: its leaders and the issuer too. Leaders: those above the issuer too."""
    task, unit = due.task, due.task.unit
    questions: list[Question] = [(P.SUPERVISION_REPLY, unit.pk)]
    if due.step.rung is not Rung.YELLOW:
        questions.append((None, unit.pk))
        if unit.kind not in task_telling.OWN_LEADERS:
            questions.append((None, unit.division_id))
        questions.append((task_telling.issuers_right(task), task.division_id))
    if due.step.rung is Rung.LEADERS:
        questions.append((P.SUPERVISION_RECEIVE, task.division_id))
    return questions


# -- the rung that issues a notice --------------------------------------------------------------------------
def issue_by_ladder(rungs: Sequence[CaseRung], *, by: User, now: datetime) -> list[SupervisionTask]:
    """Issue a numbered notice for every supervision rung of a unit's own promise; return them.

    The centre that dispatched issues it, the system signs. A unit that already owes a reply on the case gets none.
    Called by the sweep, which holds the cases; set operations, so the cost does not grow with the rungs but for one
    number and one row each.
    """
    wanted = [rung for rung in rungs if rung.rung == Rung.SUPERVISION and rung.deadline.assignment_id]
    if not wanted:
        return []
    owed = supervising.notices_owed([_pair(rung.deadline) for rung in wanted])
    tasks: list[SupervisionTask] = []
    for rung in wanted:
        pair = _pair(rung.deadline)
        if pair not in owed:
            owed.add(pair)
            tasks.append(_notice(rung, by=by, now=now))
    year = supervising.year_of(now)
    needs = Counter(task.division_id for task in tasks)
    fresh = numbering.take(numbering.Sort.NOTICE, needs, year=year)
    for task in tasks:
        supervising.give_number(task, year=year, serial=fresh[task.division_id])
        fresh[task.division_id] += 1
    SupervisionTask.objects.bulk_create(tasks)
    limit, calendar = Limit(amount=supervising.REPLY_DAYS, unit=LimitUnit.WORKING_DAY), get_calendar()
    TaskDeadline.objects.bulk_create(
        task_clocks.start(task, limit=limit, now=now, calendar=calendar) for task in tasks
    )
    trail.record_many(
        [
            task_telling.entry(task, "issued", by=by, now=now, for_unit=task.issuer, reason=task.text)
            for task in tasks
        ]
    )
    return tasks


def _pair(deadline: CaseDeadline) -> tuple[int, int]:
    assert deadline.assignment is not None
    return deadline.case_id, deadline.assignment.unit_id


def _notice(rung: CaseRung, *, by: User, now: datetime) -> SupervisionTask:
    deadline = rung.deadline
    assert deadline.assignment is not None
    task = supervising.new_notice(
        whistle=deadline.whistle,
        unit=deadline.assignment.unit,
        issuer=deadline.whistle.receiver,
        text=_required(deadline),
        by=by,
        now=now,
    )
    task.case, task.rung = deadline.case, rung
    return task


def _required(deadline: CaseDeadline) -> str:
    """Return what an automatic notice requires, in the office's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext(AUTOMATIC) % {
            "step": CaseStep(deadline.step).label,
            "due": f"{timezone.localtime(deadline.due_at):%Y-%m-%d %H:%M}",
        }
