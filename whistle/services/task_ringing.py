"""What happens when the reply to a notice or an instruction falls due, and the notice the ladder issues itself."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people, get_system_user
from kunming_portal.audit import trail
from kunming_portal.deadlines.ladder import Limit, LimitUnit, Rung
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.workdays.selectors import get_calendar
from whistle.models import CaseDeadline, CaseRung, SupervisionTask, TaskDeadline, TaskRung
from whistle.services import numbering, supervising, task_clocks, task_telling
from whistle.workflow import Step

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


def ring_tasks(deadlines: list[TaskDeadline], now: datetime) -> None:
    """Climb the next rung of each of these locked, due deadlines: rung row, trail, notices, next alarm.

    In the sweep's transaction; the cases are locked by the claim. Two or three queries a task for whom to tell.
    """
    system = get_system_user()
    rows = list(
        TaskDeadline.objects.filter(pk__in=[deadline.pk for deadline in deadlines])
        .select_related("task__case", "task__unit", "task__issuer", "task__whistle__kind")
        .order_by("wake_at", "id")
    )
    entries: list[trail.Entry] = []
    pairs: list[tuple[User, Message]] = []
    rungs: list[TaskRung] = []
    for row in rows:
        step = row.next_step
        assert step is not None, "a deadline with an alarm has a rung left"
        rungs.append(TaskRung(deadline=row, rung=step.rung, planned_at=step.at, climbed_at=now))
        entries.append(_entry(row, step.rung, planned=step.at, by=system, now=now))
        pairs += _messages(row, step.rung)
        row.climb()
        row.failures, row.failure = 0, ""
    TaskRung.objects.bulk_create(rungs)
    trail.record_many(entries)
    notifications.write(pairs, now=now)
    TaskDeadline.objects.bulk_update(rows, ["rungs_climbed", "wake_at", "failures", "failure"])


def _entry(row: TaskDeadline, rung: Rung, *, planned: datetime, by: User, now: datetime) -> trail.Entry:
    task = row.task
    return trail.Entry(
        stream=task.case.stream,
        event=f"deadline.{rung.value}",
        subject=task,
        label=str(task.case),
        at=now,
        by=by,
        data={
            "tier": task.whistle.tier,
            "task": task.kind,
            "number": task.number,
            "unit": task.unit.name,
            "rung": rung.value,
            "planned": planned.isoformat(),
            "due": row.due_at.isoformat(),
        },
    )


def _messages(row: TaskDeadline, rung: Rung) -> list[tuple[User, Message]]:
    """Yellow: the unit. Red: its leaders and the issuer too. Leaders: those above the issuer too."""
    task = row.task
    words = Message(
        kind=f"deadline.{rung.value}",
        sentence=SENTENCES[rung],
        values={
            "case": str(task.case),
            "unit": task.unit.short_name,
            "number": task.number or notifications.translatable(WITHOUT_NUMBER),
            "due": f"{timezone.localtime(row.due_at):%Y-%m-%d %H:%M}",
        },
        link=task.get_absolute_url(),
        urgent=task.whistle.kind.is_emergency,
    )
    people = get_people(permission=P.SUPERVISION_REPLY, unit_ids=[task.unit_id])
    if rung is not Rung.YELLOW:
        people += [*task_telling.hearers(task.unit), *task_telling.issuers(task)]
    if rung is Rung.LEADERS:
        people += get_people(permission=P.SUPERVISION_RECEIVE, division_codes=[task.division_id])
    return [(user, words) for user in people]


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
            "step": Step(deadline.step).label,
            "due": f"{timezone.localtime(deadline.due_at):%Y-%m-%d %H:%M}",
        }
