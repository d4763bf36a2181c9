"""A rung that is climbed, in the few columns it is told with; what its light says, and to whom."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import cache
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.deadlines.ladder import Rung
from kunming_portal.notifications import lateness
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.hearing import ON_DUTY, Hearers, Question
from kunming_portal.notifications.lateness import Told
from kunming_portal.notifications.services import Message
from whistle.hours import OF_CALLER
from whistle.models import CaseDeadline
from whistle.workflow import Step

SENTENCES = {
    Rung.YELLOW: _("%(case)s: %(step)s of %(who)s is due %(due)s."),
    Rung.RED: _("%(case)s: %(step)s of %(who)s is overdue. Pressed automatically."),
    Rung.SUPERVISION: _("%(case)s: %(step)s of %(who)s is long overdue. Supervision notice."),
    Rung.LEADERS: _("%(case)s: %(step)s of %(who)s is long overdue. Reported to the leaders."),
}


ANY = 987654321  # stands for a case's key in an address


class Light(NamedTuple):
    """What a rung is told with. The fields after `late` are columns, in the order of `COLUMNS`."""

    deadline: CaseDeadline
    rung: Rung
    planned: datetime
    late: str
    case: int
    number: str
    title: str
    step: str
    due: datetime
    tier: int
    urgent: bool
    caller_name: str
    caller: str
    receiver_name: str
    receiver: str
    above: str | None
    unit: int | None
    unit_name: str | None
    unit_short: str | None

    @property
    def label(self) -> str:
        """The case as the trail and the notices name it (`Case.__str__`)."""
        return f"{self.number} {self.title}"

    @property
    def ends_hold(self) -> bool:
        """Whether this rung ends a hold by itself: nobody is late then, and the move tells everybody."""
        return self.step == Step.HOLD and self.rung is Rung.RED


COLUMNS = (
    "case_id",
    "case__number",
    "case__title",
    "step",
    "due_at",
    "whistle__tier",
    "whistle__kind__is_emergency",
    "whistle__caller__short_name",
    "whistle__caller__division_id",
    "whistle__receiver__short_name",
    "whistle__receiver__division_id",
    "whistle__receiver__division__parent_id",
    "assignment__unit_id",
    "assignment__unit__name",
    "assignment__unit__short_name",
)


def read(deadlines: Sequence[CaseDeadline], *, now: datetime) -> list[Light]:
    """Return what is told of the rungs that are climbed now, in ringing order. One query.

    Raises `NothingDue` for a deadline without a rung due at `now`.
    """
    by_key = {deadline.pk: deadline for deadline in deadlines}
    rows = CaseDeadline.objects.filter(pk__in=list(by_key)).order_by("wake_at", "id")
    found = []
    for key, *columns in rows.values_list("pk", *COLUMNS):
        deadline = by_key[key]
        step = deadline.due_step(now)
        found.append(Light(deadline, step.rung, step.at, deadline.why_late(step, now=now), *columns))
    return found


def of(row: CaseDeadline, *, now: datetime) -> Light:
    """Return what is told of the rung that is climbed now on a row in memory. No query if all it hangs on is loaded."""
    step = row.due_step(now)
    whistle, unit = row.whistle, row.assignment.unit if row.assignment is not None else None
    return Light(
        deadline=row,
        rung=step.rung,
        planned=step.at,
        late=row.why_late(step, now=now),
        case=row.case_id,
        number=row.case.number,
        title=row.case.title,
        step=row.step,
        due=row.due_at,
        tier=whistle.tier,
        urgent=whistle.kind.is_emergency,
        caller_name=whistle.caller.short_name,
        caller=whistle.caller.division_id,
        receiver_name=whistle.receiver.short_name,
        receiver=whistle.receiver.division_id,
        above=whistle.receiver.division.parent_id,
        unit=unit.pk if unit is not None else None,
        unit_name=unit.name if unit is not None else None,
        unit_short=unit.short_name if unit is not None else None,
    )


def tell(lights: Sequence[Light], hearers: Hearers, *, now: datetime) -> None:
    """Tell everybody who hears of these lights; of late ones in a digest where they are many."""
    asked = [(light, _questions(light)) for light in lights]
    hearers.learn((question for _light, questions in asked for question in questions), now=now)
    told: list[Told] = []
    page = case_page()
    zone = timezone.get_current_timezone()
    for light, questions in asked:
        message = _message(light, link=page % light.case, zone=zone)
        told += [Told(user, message, light.planned, light.late) for user in hearers.of(questions)]
    lateness.write(told, link=late_cases(), now=now)


def late_cases() -> str:
    """Return the address of the list that a digest of late rungs leads to."""
    return f"{reverse('cases')}?light=over"


def _message(light: Light, *, link: str, zone: tzinfo) -> Message:
    return Message(
        kind=f"deadline.{light.rung.value}",
        sentence=SENTENCES[light.rung],
        values={
            "case": light.label,
            "step": _word(light.step),
            "who": _who(light),
            "due": f"{light.due.astimezone(zone):%Y-%m-%d %H:%M}",
        },
        link=link,
        urgent=light.urgent,
        about=light.label,
    )


@cache
def case_page() -> str:
    """Return the address of a case with a place for its key. Asked once: it takes longer than all of a message."""
    return reverse("case", args=[ANY]).replace(str(ANY), "%d")


@cache
def _word(step: str) -> dict[str, str]:
    return notifications.translatable(Step(step).label)


def _who(light: Light) -> str:
    if light.unit_short is not None:
        return light.unit_short
    if light.step in OF_CALLER:
        return light.caller_name
    return light.receiver_name


def _questions(light: Light) -> list[Question]:
    """Yellow: who must act. Red: their leader too. Supervision: the centre too. Leaders: the offices above too.

    For red and above, and for every light of an emergency, first of all whoever is on duty where somebody must act:
    the others may sleep, the person on duty does not, and has no quiet hours.
    """
    place, permission = _responsible(light)
    questions: list[Question] = [(permission, place)]
    if light.rung is not Rung.YELLOW or light.urgent:
        questions.insert(0, (ON_DUTY, place))
    if light.rung is not Rung.YELLOW:
        questions.append((None, place))
    if light.rung is Rung.SUPERVISION:
        questions.append((P.WHISTLE_DISPATCH, light.receiver))
    if light.rung is Rung.LEADERS:
        questions.append((P.SUPERVISION_RECEIVE, light.receiver))
    return questions


# The right that is asked for at the caller's seat, of each step in OF_CALLER
AT_CALLER = {Step.APPROVE: P.WHISTLE_APPROVE, Step.VERIFY: P.WHISTLE_VERIFY, Step.COMPLETE: P.CASE_OPEN}


def _responsible(light: Light) -> tuple[int | str, P]:
    if light.unit is not None:
        return light.unit, P.ASSIGNMENT_HANDLE
    step = Step(light.step)
    if step in OF_CALLER:
        return light.caller, AT_CALLER[step]
    if step in (Step.CONSULTATION, Step.HOLD):  # only the tier above renews a hold
        return light.above or light.receiver, P.WHISTLE_DISPATCH
    return light.receiver, P.WHISTLE_DISPATCH
