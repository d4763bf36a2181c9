"""Trail and notices of supervision: which event, who hears, in which words."""

from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_leaders, get_people
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit
from whistle.models import SupervisionTask

Kind = SupervisionTask.Kind
Status = SupervisionTask.Status
# kind -> what happened -> event on the case's trail
EVENTS = {
    Kind.NOTICE: {
        "issued": "supervision.issued",
        "replied": "supervision.replied",
        "returned": "supervision.returned",
        "closed": "supervision.closed",
    },
    Kind.INSTRUCTION: {
        "issued": "instruction.given",
        "replied": "instruction.reported",
        "returned": "instruction.returned",
        "closed": "instruction.closed",
    },
}
TO_UNIT = {
    (Kind.NOTICE, "issued"): _("%(issuer)s issued %(number)s on %(case)s: reply by %(due)s."),
    (Kind.NOTICE, "returned"): _("%(issuer)s sent your reply to %(number)s back: reply by %(due)s."),
    (Kind.NOTICE, "closed"): _("%(issuer)s closed %(number)s on %(case)s."),
    (Kind.INSTRUCTION, "issued"): _(
        "A leader of %(issuer)s gave an instruction on %(case)s: report by %(due)s."
    ),
    (Kind.INSTRUCTION, "returned"): _("%(issuer)s sent your report on %(case)s back: report by %(due)s."),
    (Kind.INSTRUCTION, "closed"): _("%(issuer)s confirmed your report on %(case)s."),
}
TO_ISSUER = {
    Kind.NOTICE: _("%(unit)s replied to %(number)s on %(case)s."),
    Kind.INSTRUCTION: _("%(unit)s reported on the instruction on %(case)s."),
}
# Units in a chain of their own: their leaders are theirs alone. The others share the leaders of their seat.
OWN_LEADERS = {Unit.Kind.DEPARTMENT, Unit.Kind.FORCE, Unit.Kind.COMPANY}


def record(
    task: SupervisionTask, what: str, *, by: User, now: datetime, held: Appointment, reason: str
) -> None:
    """Append what happened to a task to the trail of its case, in the transaction of the change."""
    told = entry(task, what, by=by, now=now, for_unit=held.unit, reason=reason)
    trail.record(replace(told, data={**told.data, **held.absence_of(by)}))


def entry(
    task: SupervisionTask, what: str, *, by: User, now: datetime, for_unit: Unit | None, reason: str
) -> trail.Entry:
    """Return the trail's entry of what happened to a task. No query."""
    return trail.Entry(
        stream=task.case.stream,
        event=EVENTS[Kind(task.kind)][what],
        subject=task,
        label=str(task.case),
        at=now,
        by=by,
        unit_name=for_unit.name if for_unit is not None else "",
        reason=reason,
        data={"tier": task.whistle.tier, "unit": task.unit.name, "number": task.number},
    )


def hearers(unit: Unit) -> list[User]:
    """Return who hears for a unit: whoever replies for it, and its leaders in charge. Two queries."""
    seats = [] if unit.kind in OWN_LEADERS else [unit.division_id]
    return [
        *get_people(permission=P.SUPERVISION_REPLY, unit_ids=[unit.pk]),
        *get_leaders(unit_ids=[unit.pk], division_codes=seats),
    ]


def issuers_right(task: SupervisionTask) -> P:
    """Return the right of those on the issuing side who judge the reply."""
    return P.CASE_SUPERVISE if task.is_notice else P.CASE_INSTRUCT


def issuers(task: SupervisionTask) -> list[User]:
    """Return who judges the reply: the people of the side that issued the task. One query."""
    return get_people(permission=issuers_right(task), division_codes=[task.division_id])


def tell_unit(
    task: SupervisionTask, what: str, *, but: User, now: datetime, due_at: datetime | None = None
) -> None:
    """Tell the unit's people and leaders what was issued, returned or closed."""
    words = message(task, TO_UNIT[Kind(task.kind), what], due_at=due_at)
    notifications.write([(user, words) for user in hearers(task.unit) if user.pk != but.pk], now=now)


def tell_issuer(task: SupervisionTask, *, but: User, now: datetime) -> None:
    """Tell the side that issued a task that the unit has answered."""
    words = message(task, TO_ISSUER[Kind(task.kind)], due_at=None)
    notifications.write([(user, words) for user in issuers(task) if user.pk != but.pk], now=now)


def message(task: SupervisionTask, sentence: str, *, due_at: datetime | None) -> Message:
    """Return the words of a notice about a task: numbers, units and title only."""
    return Message(
        kind=f"supervision.{task.kind}",
        sentence=sentence,
        values={
            "case": str(task.case),
            "issuer": task.issuer.short_name,
            "unit": task.unit.short_name,
            "number": task.number,
            "due": f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}" if due_at is not None else "",
        },
        link=task.get_absolute_url(),
        urgent=task.whistle.kind.is_emergency,
    )
