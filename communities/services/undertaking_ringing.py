"""What happens when an undertaking falls due: each rung once, told to those whom it concerns, and no further."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from communities.models import Undertaking, UndertakingDeadline, UndertakingRung
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import trail
from kunming_portal.deadlines import timers
from kunming_portal.deadlines.ladder import Rung, Step
from kunming_portal.deadlines.rungs import write_rungs
from kunming_portal.notifications import lateness
from kunming_portal.notifications.hearing import Hearers, Question
from kunming_portal.notifications.lateness import Told
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit

SENTENCES = {
    Rung.YELLOW: _("%(title)s: the report of %(addressee)s is due %(due)s."),
    Rung.RED: _("%(title)s: the report of %(addressee)s is overdue. Pressed automatically."),
    Rung.SUPERVISION: _("%(title)s: the report of %(addressee)s is long overdue. The street is told."),
    Rung.LEADERS: _("%(title)s: the report of %(addressee)s is long overdue. Reported to the leaders."),
}
# Whom to ask for as the leader of a unit that has none of its own, at the division where it is seated. Asking for
# every leader there would tell the heads of departments who happen to sit in the same street.
LED_FROM_SEAT: dict[str, P] = {
    Unit.Kind.BRANCH: P.WHISTLE_APPROVE,  # the community's secretary
    Unit.Kind.CENTRE: P.CASE_DECIDE,  # the secretary of the street or the county
}
STREET_DIGITS, COUNTY_DIGITS = 9, 6


class Due(NamedTuple):
    """A due deadline of an undertaking, locked, with the rung that is climbed now."""

    deadline: UndertakingDeadline
    undertaking: Undertaking
    step: Step
    late: str


def ringer() -> Callable[[list[UndertakingDeadline], datetime], None]:
    """Return what a sweep rings with: `ring`, which remembers for the sweep whom it has asked for."""
    return partial(ring, hearers=Hearers())


def ring(deadlines: list[UndertakingDeadline], now: datetime, *, hearers: Hearers | None = None) -> None:
    """Climb the next rung of each of these locked, due deadlines: rung row, trail, notices, next alarm.

    In the sweep's transaction; the undertakings are locked by the claim. Refuses (`NothingDue`) a deadline that is
    not due at `now`; a rung that stands there already is counted, and nobody is told again. A constant number of
    queries.
    """
    system = get_system_user()
    found = _due(deadlines, now=now)
    fresh = write_rungs(UndertakingRung, found, now=now)
    trail.record_many([_entry(due, by=system, now=now) for due in fresh])
    _tell(fresh, hearers or Hearers(), now=now)
    timers.set_alarms(UndertakingDeadline, [due.deadline for due in found])


def late_undertakings() -> str:
    """Return the address of the list that a digest of late rungs leads to."""
    return f"{reverse('undertakings')}?light=over"


def _due(deadlines: Sequence[UndertakingDeadline], *, now: datetime) -> list[Due]:
    """Return the rungs that are climbed now, in ringing order. One query."""
    rows = (
        UndertakingDeadline.objects.filter(pk__in=[deadline.pk for deadline in deadlines])
        .select_related("undertaking__unit", "undertaking__issuer")
        .order_by("wake_at", "id")
    )
    found = []
    for row in rows:
        step = row.due_step(now)
        found.append(Due(row, row.undertaking, step, row.why_late(step, now=now)))
    return found


def _entry(due: Due, *, by: User, now: datetime) -> trail.Entry:
    undertaking, step = due.undertaking, due.step
    data: dict[str, object] = {
        "sort": undertaking.sort,
        "addressee": undertaking.addressee,
        "rung": step.rung.value,
        "planned": step.at.isoformat(),
        "due": due.deadline.due_at.isoformat(),
    }
    return trail.Entry(
        stream=undertaking.stream,
        event=f"deadline.{step.rung.value}",
        subject=undertaking,
        label=str(undertaking),
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
    lateness.write(told, link=late_undertakings(), now=now)


def _message(due: Due) -> Message:
    undertaking = due.undertaking
    return Message(
        kind=f"deadline.{due.step.rung.value}",
        sentence=SENTENCES[due.step.rung],
        values={
            "title": undertaking.title,
            "addressee": undertaking.addressee,
            "due": f"{timezone.localtime(due.deadline.due_at):%Y-%m-%d %H:%M}",
        },
        link=undertaking.get_absolute_url(),
        about=undertaking.title,
    )


def _questions(due: Due) -> list[Question]:
    """Yellow: who owes it. Red: their leaders and the issuer too. Supervision: the street too. Leaders: county too.

    A body outside the portal hears nothing here: the issuer's people keep after it.
    """
    undertaking, rung = due.undertaking, due.step.rung
    owes = undertaking.unit or undertaking.issuer
    questions: list[Question] = [(P.UNDERTAKING_HANDLE, owes.pk)]
    if rung is Rung.YELLOW:
        return questions
    questions += [_leaders_of(owes), (P.UNDERTAKING_HANDLE, undertaking.issuer_id)]
    street = undertaking.community_id[:STREET_DIGITS]
    if rung in (Rung.SUPERVISION, Rung.LEADERS):
        questions += [(P.WHISTLE_DISPATCH, street), (P.COMMUNITY_KEEP, street)]
    if rung is Rung.LEADERS:
        county = undertaking.community_id[:COUNTY_DIGITS]
        questions += [(P.CASE_DECIDE, street), (P.CASE_DECIDE, county), (P.COMMUNITY_KEEP, county)]
    return questions


def _leaders_of(unit: Unit) -> Question:
    right = LED_FROM_SEAT.get(unit.kind)
    return (None, unit.pk) if right is None else (right, unit.division_id)
