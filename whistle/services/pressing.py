"""Pressing by hand (催办): whoever must act now and their leader are told, and the trail says who asked."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_leaders, get_people
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import guards
from whistle.guards import MoveRefused
from whistle.models import Assignment, CaseDeadline, Press, Whistle
from whistle.services.moving import lock_case
from whistle.workflow import TURN, WORKING_ASSIGNMENT, Party, WhistleStatus

PAUSE_MINUTES = 60
W = WhistleStatus
# Who must act when it is a side's turn
ACTS = {
    W.AWAITING_APPROVAL: P.WHISTLE_APPROVE,
    W.RETURNED: P.CASE_OPEN,
    W.AWAITING_VERIFICATION: P.WHISTLE_VERIFY,
    W.AWAITING_EVALUATION: P.WHISTLE_VERIFY,
}
SENTENCE = gettext_noop("%(by)s presses: %(case)s waits for %(who)s.")
SENTENCE_WITH_WORDS = gettext_noop("%(by)s presses: %(case)s waits for %(who)s. %(words)s")


def presser(whistle: Whistle, user: User) -> Appointment | None:
    """Return the appointment in which somebody may press: the caller's side, or whoever supervises the case."""
    caller = user.appointment_in(P.WHISTLE_VERIFY, division_code=whistle.caller.division_id)
    return caller or guards.standing_over(whistle.case, permission=P.CASE_SUPERVISE, user=user)


def check_press(
    *, whistle: Whistle, by: User, now: datetime, assignment: Assignment | None = None
) -> Appointment:
    """Return the appointment in which `by` presses; refuse with a sentence otherwise. Three to six queries.

    Refused without the right, when nothing runs, when the own side is the one that must act, and within one working
    hour (of an emergency: one hour) after the same side pressed the same people.
    """
    held = presser(whistle, by)
    if held is None:
        raise MoveRefused(_("You do not hold a role that may press here."), code="role")
    if (
        not whistle.is_open
        or not CaseDeadline.objects.running().filter(whistle=whistle, paused_at=None).exists()
    ):
        raise MoveRefused(
            _("No limit runs here; pressing is possible while somebody has to act."), code="idle"
        )
    if assignment is not None and assignment.status not in WORKING_ASSIGNMENT:
        raise MoveRefused(
            _("%(unit)s has nothing left to do here; press a unit that is still working.")
            % {"unit": assignment.unit.short_name},
            code="whom",
        )
    if assignment is None and _seat_of_turn(whistle) == held.unit.division_id:
        raise MoveRefused(
            _("It is your own side's turn; pressing is possible when others have to act."), code="own"
        )
    _check_pause(whistle, assignment, held, now)
    return held


def press(
    *, whistle: Whistle, by: User, now: datetime, assignment: Assignment | None = None, words: str = ""
) -> Press:
    """Press whoever must act now, or one unit; return the press. Words are optional.

    They and their leaders are told, urgently when the kind is an emergency. Refuses as `check_press`. The case is
    locked, so that of two presses at once one is refused. About twelve queries.
    """
    with transaction.atomic():
        case = lock_case(whistle.case_id, expected=None)
        whistle.refresh_from_db()
        whistle.case = case
        if assignment is not None:
            assignment.refresh_from_db()
        held = check_press(whistle=whistle, by=by, now=now, assignment=assignment)
        made = Press.objects.create(
            whistle=whistle,
            assignment=assignment,
            by=by,
            division_id=held.unit.division_id,
            words=words,
            pressed_at=now,
        )
        _tell(made, held=held)
    return made


def _tell(made: Press, *, held: Appointment) -> None:
    """Write trail and notices of a press: those who must act and their leaders, except who presses."""
    whistle, case, by = made.whistle, made.whistle.case, made.by
    units = _units(whistle, made.assignment)
    trail.record(
        trail.Entry(
            stream=case.stream,
            event="whistle.pressed",
            subject=whistle,
            label=str(case),
            at=made.pressed_at,
            by=by,
            unit_name=held.unit.name,
            reason=made.words,
            data={"tier": whistle.tier, "units": [unit.name for unit in units], **held.absence_of(by)},
        )
    )
    message = Message(
        kind="whistle.pressed",
        sentence=SENTENCE_WITH_WORDS if made.words else SENTENCE,
        values={
            "by": held.unit.short_name,
            "case": str(case),
            "who": "、".join(unit.short_name for unit in units),
            "words": made.words,
        },
        link=case.get_absolute_url(),
        urgent=whistle.kind.is_emergency,
    )
    people = [user for user in _hearers(whistle, units) if user.pk != by.pk]
    notifications.write([(user, message) for user in people], now=made.pressed_at)


def _units(whistle: Whistle, assignment: Assignment | None) -> list[Unit]:
    """Return whom a press is for: the unit named, else the units that work or the side whose turn it is.

    When every unit waits for the answer to its objection, it is for the centre.
    """
    if assignment is not None:
        return [assignment.unit]
    party = TURN[WhistleStatus(whistle.status)]
    if party is Party.ASSIGNEE:
        working = Assignment.objects.filter(whistle=whistle, status__in=WORKING_ASSIGNMENT)
        units = [duty.unit for duty in working.select_related("unit").order_by("-is_lead", "id")]
        return units or [whistle.receiver]
    return [whistle.caller if party is Party.CALLER else whistle.receiver]


def _seat_of_turn(whistle: Whistle) -> str:
    """Return the division of the side whose turn it is, or nothing while units work."""
    party = TURN[WhistleStatus(whistle.status)]
    side = {Party.CALLER: whistle.caller, Party.RECEIVER: whistle.receiver}.get(party) if party else None
    return side.division_id if side is not None else ""


def _hearers(whistle: Whistle, units: list[Unit]) -> list[User]:
    if TURN[WhistleStatus(whistle.status)] is Party.ASSIGNEE and units != [whistle.receiver]:
        ids = [unit.pk for unit in units]
        return [*get_people(permission=P.ASSIGNMENT_HANDLE, unit_ids=ids), *get_leaders(unit_ids=ids)]
    permission = ACTS.get(WhistleStatus(whistle.status), P.WHISTLE_DISPATCH)
    seats = [unit.division_id for unit in units]
    return [*get_people(permission=permission, division_codes=seats), *get_leaders(division_codes=seats)]


def _check_pause(whistle: Whistle, assignment: Assignment | None, held: Appointment, now: datetime) -> None:
    before = Press.objects.filter(whistle=whistle, division_id=held.unit.division_id)
    if assignment is not None:
        before = before.filter(Q(assignment=assignment) | Q(assignment=None))
    last = before.order_by("-pressed_at").values_list("pressed_at", flat=True).first()
    if last is None:
        return
    again = free_from(last, is_emergency=whistle.kind.is_emergency, calendar=get_calendar())
    if now < again:
        raise MoveRefused(
            _("Your side pressed at %(last)s. It is possible again from %(again)s.")
            % {"last": _clock(last), "again": _clock(again)},
            code="pause",
        )


def free_from(last: datetime, *, is_emergency: bool, calendar: Calendar) -> datetime:
    """Return from when the same side may press again: a working hour later, an hour by the clock in an emergency."""
    if is_emergency:
        return last + timedelta(minutes=PAUSE_MINUTES)
    return calendar.add_working_minutes(last, PAUSE_MINUTES)


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
