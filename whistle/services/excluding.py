"""Leaving something out of the figures: asked for by who is judged by it, decided by a leader, listed openly."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused, check_decides
from whistle.models import Assignment, Exclusion, Whistle
from whistle.services.blowing import need_reason
from whistle.services.moving import lock_case

ASKED = gettext_noop("%(unit)s asks to leave %(case)s out of the figures.")
DECIDED = gettext_noop("Leaving %(case)s out of the figures: %(answer)s.")


def asking_unit(*, whistle: Whistle, assignment: Assignment | None, by: User) -> Unit | None:
    """Return the unit in whose name somebody may ask: the called unit, the receiving centre or the caller.

    About a unit's duty asks that unit or the centre; about the whole whistle the centre or the caller.
    """
    if assignment is not None:
        held = by.appointment_for(P.ASSIGNMENT_HANDLE, unit=assignment.unit)
        if held is not None:
            return assignment.unit
    elif by.appointment_in(P.WHISTLE_VERIFY, division_code=whistle.caller.division_id) is not None:
        return whistle.caller
    receives = by.appointment_in(P.WHISTLE_DISPATCH, division_code=whistle.receiver.division_id)
    return whistle.receiver if receives is not None else None


def ask_exclusion(
    *,
    whistle: Whistle,
    ground: str,
    reason: str,
    by: User,
    now: datetime,
    assignment: Assignment | None = None,
    legal_basis: str = "",
) -> Exclusion:
    """Ask for a whistle, or one unit's duty on it, to be left out of the figures (剔除). A leader decides.

    Refuses who is neither called, receiver nor caller, before the whistle was blown, without a reason, and a second
    request while one waits or was granted. The leaders of the receiving side are told.
    """
    need_reason(reason)
    if ground not in Exclusion.Ground.values:
        raise MoveRefused(_("Choose a ground."), code="ground")
    with transaction.atomic():
        case = lock_case(whistle.case_id, expected=None)
        whistle.refresh_from_db()
        whistle.case = case
        check_ask(whistle=whistle, assignment=assignment, by=by)
        unit = asking_unit(whistle=whistle, assignment=assignment, by=by)
        assert unit is not None, "check_ask refuses who may not ask"
        asked = Exclusion.objects.create(
            whistle=whistle,
            assignment=assignment,
            unit=unit,
            ground=ground,
            reason=reason,
            legal_basis=legal_basis,
            asked_by=by,
            asked_at=now,
        )
        _record(asked, "exclusion.asked", by=by, now=now, unit=unit, reason=reason)
        deciders = get_people(permission=P.CASE_DECIDE, division_codes=[whistle.receiver.division_id])
        _tell(asked, deciders, "exclusion.asked", ASKED, by=by, now=now)
    return asked


def check_ask(*, whistle: Whistle, assignment: Assignment | None, by: User) -> None:
    """Refuse a request that may not be made: by this person, about this, now. At most one query."""
    if asking_unit(whistle=whistle, assignment=assignment, by=by) is None:
        raise MoveRefused(
            _("Only the unit that was called, the centre and the caller ask for this."), code="role"
        )
    if whistle.blown_at is None:
        raise MoveRefused(_("What was not blown is in no figure."), code="status")
    same = Exclusion.objects.filter(whistle=whistle, assignment=assignment)
    if same.filter(answer__in=["pending", "granted"]).exists():
        raise MoveRefused(_("This was asked for already; the answer stands on the list."), code="twice")


def check_decide(*, exclusion: Exclusion, by: User) -> Appointment:
    """Return the appointment in which `by` decides. No query.

    Refuses who is not a leader of the receiving side, a second decision, and a stand-in's own request.
    """
    seat = exclusion.whistle.receiver.division_id
    held = by.appointment_in(P.CASE_DECIDE, division_code=seat)
    if held is None:
        raise MoveRefused(_("A leader of the receiving side decides this."), code="role")
    if not exclusion.is_pending:
        raise MoveRefused(_("This has been decided already; a decision is not changed."), code="status")
    check_decides(asked_by=exclusion.asked_by, held=held, by=by)
    return held


def decide_exclusion(
    *, exclusion: Exclusion, granted: bool, decision: str, by: User, now: datetime
) -> Exclusion:
    """Grant or refuse a request, with a reason. From then on the figures leave it out, and say how many they do.

    Refuses without a reason, by anybody but a leader of the receiving side, and a second time.
    """
    need_reason(decision)
    with transaction.atomic():
        lock_case(exclusion.whistle.case_id, expected=None)
        exclusion.refresh_from_db()
        held = check_decide(exclusion=exclusion, by=by)
        answer = Exclusion.Answer.GRANTED if granted else Exclusion.Answer.REFUSED
        exclusion.decide(answer, by=by, now=now, decision=decision)
        exclusion.save()
        event = "exclusion.granted" if granted else "exclusion.refused"
        absence = held.absence_of(by)
        _record(exclusion, event, by=by, now=now, unit=exclusion.whistle.receiver, reason=decision, **absence)
        _tell(exclusion, [exclusion.asked_by], event, DECIDED, by=by, now=now)
    return exclusion


def _record(
    asked: Exclusion, event: str, *, by: User, now: datetime, unit: Unit, reason: str, **absence: str
) -> None:
    data: dict[str, object] = {"tier": asked.whistle.tier, "ground": asked.ground, **absence}
    if asked.assignment is not None:
        data["unit"] = asked.assignment.unit.name
    case = asked.whistle.case
    trail.record(
        trail.Entry(
            stream=case.stream,
            event=event,
            subject=asked,
            label=str(case),
            at=now,
            by=by,
            unit_name=unit.name,
            reason=reason,
            data=data,
        )
    )


def _tell(asked: Exclusion, people: list[User], kind: str, sentence: str, *, by: User, now: datetime) -> None:
    case = asked.whistle.case
    message = Message(
        kind=kind,
        sentence=sentence,
        values={
            "case": str(case),
            "unit": asked.unit.short_name,
            "answer": notifications.translatable(Exclusion.Answer(asked.answer).label),
        },
        link=case.get_absolute_url(),
        urgent=False,
    )
    notifications.write([(user, message) for user in people if user.pk != by.pk], now=now)
