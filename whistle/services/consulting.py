"""The consultation (会商): the tier above decides who leads and who assists. It is final."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_centre
from whistle.guards import MoveRefused, check_decides
from whistle.models import Assignment, Consultation, Objection, Whistle
from whistle.services import catalogue, clocks, telling
from whistle.services.assigning import call, keep, release
from whistle.services.handling import settle
from whistle.services.moving import Scene, moving
from whistle.workflow import AssignmentStatus, Move, Party, Step, WhistleStatus

S = AssignmentStatus


def convener_of(whistle: Whistle, *, now: datetime) -> Unit:
    """Return who holds a consultation on this whistle: the centre one tier up, in the city the city's own."""
    above = get_centre(division_code=whistle.seat_of(Party.ABOVE), on=timezone.localdate(now))
    return above or whistle.receiver


def consult(
    *,
    whistle: Whistle,
    lead: Unit,
    decision: str,
    participants: str,
    held_on: date,
    by: User,
    now: datetime,
    assists: Sequence[Unit] = (),
    expected: int | None = None,
) -> Consultation:
    """Record what the consultation decided; every pending objection is answered by it.

    Units that are named and objected keep their duty and cannot object again; units named anew are called, those
    not named are released and nothing is counted against them. Who has fed back stays. The closing limit runs on.
    Refuses without a decision or without who took part, and a day in the future or before it was convened.
    """
    _check_words(decision, participants)
    with moving(Move.CONSULT, whistle=whistle, by=by, now=now, expected=expected) as scene:
        consultation = Consultation.objects.get(whistle=whistle)
        _check_day(consultation, held_on, now)
        named = [lead, *assists]
        _answer_objections(scene, named, decision)
        released = _deal_out(scene, lead=lead, named=named)
        consultation.held_on, consultation.participants = held_on, participants
        consultation.decision, consultation.lead = decision, lead
        consultation.decided_at, consultation.decided_by = now, by
        consultation.save()
        consultation.assists.set(assists)
        clocks.end(Step.CONSULTATION, whistle=whistle, now=now)
        scene.note(
            "whistle.consulted",
            reason=decision,
            lead=lead.name,
            assists=[unit.name for unit in assists],
            participants=participants,
            held_on=held_on.isoformat(),
        )
        settle(scene, Move.CONSULT)
        if whistle.status == WhistleStatus.HANDLING:  # else the move tells every unit
            telling.tell_units(scene, released, Move.CONSULT)
    return consultation


def _check_words(decision: str, participants: str) -> None:
    if not decision.strip():
        raise MoveRefused(_("Write down what was decided."), code="decision")
    if not participants.strip():
        raise MoveRefused(_("Write down who took part."), code="participants")


def _check_day(consultation: Consultation, held_on: date, now: datetime) -> None:
    if not timezone.localdate(consultation.opened_at) <= held_on <= timezone.localdate(now):
        raise MoveRefused(
            _("A consultation is held between the day it was convened and today."), code="held_on"
        )


def _answer_objections(scene: Scene, named: list[Unit], decision: str) -> None:
    """Answer what is pending: upheld for units the decision does not name."""
    kept = {unit.pk for unit in named}
    pending = Objection.objects.filter(whistle=scene.whistle, answer=Objection.Answer.PENDING)
    for objection in pending.select_related("asked_by"):
        check_decides(asked_by=objection.asked_by, held=scene.held, by=scene.by)
        upheld = objection.unit_id not in kept
        answer = Objection.Answer.GRANTED if upheld else Objection.Answer.REFUSED
        objection.decide(answer, by=scene.by, now=scene.now, decision=decision[:500])
        objection.save()
    scene.whistle.objections_open = 0
    scene.whistle.save()


def _deal_out(scene: Scene, *, lead: Unit, named: list[Unit]) -> list[int]:
    """Release, keep and call units so that exactly those named and those that have fed back are on it.

    Returns the keys of the units released.
    """
    wanted = {unit.pk for unit in named}
    duties = list(Assignment.objects.counting().filter(whistle=scene.whistle).select_related("unit"))
    objected = [duty for duty in duties if duty.is_lead and duty.status == S.OBJECTED]
    for duty in duties:
        if duty.unit_id not in wanted and duty.status != S.FED_BACK:
            release(scene, duty)
    Assignment.objects.counting().filter(whistle=scene.whistle).exclude(unit=lead).update(is_lead=False)
    for duty in duties:
        if duty.status == S.RELEASED:
            continue
        duty.is_final, duty.is_lead = True, duty.unit_id == lead.pk
        if duty.status == S.OBJECTED:
            keep(scene, duty)
        else:
            duty.save(update_fields=["is_final", "is_lead"])
    on_it = {duty.unit_id for duty in duties if duty.status != S.RELEASED}
    call(scene, [unit for unit in named if unit.pk not in on_it], lead=lead, is_final=True)
    for duty in objected:
        if duty.status == S.RELEASED:
            catalogue.learn_from_objection(assignment=duty, by=scene.by, now=scene.now, taken_by=lead)
    return [duty.unit_id for duty in duties if duty.status == S.RELEASED]
