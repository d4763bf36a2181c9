"""Ends beside closing: withdrawn by the caller, answered finally by a leader, lapsed; and taken up again."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from whistle.guards import MoveRefused
from whistle.models import Assignment, CaseDeadline, FinalAnswer, Whistle
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import Scene, end_case, moving, set_status
from whistle.services.verifying import ending_of, take_back
from whistle.workflow import AssignmentStatus, CaseStatus, Ending, Move, Step, WhistleStatus

CANCELLED = CaseDeadline.Outcome.CANCELLED


def withdraw(
    *, whistle: Whistle, reason: str, by: User, now: datetime, expected: int | None = None
) -> Whistle:
    """Take one's own whistle back before every unit has fed back, with a reason (撤哨, domain.md §1.4).

    The units are released, the clocks end as no longer needed, the case is closed as withdrawn and counts in no
    rate. Refuses an upgraded whistle, which is the next tier's, and one into which others' cases are merged.
    """
    need_reason(reason)
    with moving(Move.WITHDRAW, whistle=whistle, by=by, now=now, expected=expected) as scene:
        _leave(scene, Move.WITHDRAW, WhistleStatus.WITHDRAWN, Ending.WITHDRAWN)
        scene.note("whistle.withdrawn", reason=reason)
    return whistle


def answer(
    *,
    whistle: Whistle,
    text: str,
    legal_basis: str,
    evidence: str = "",
    by: User,
    now: datetime,
    expected: int | None = None,
) -> FinalAnswer:
    """Sign a final answer to a demand that is settled or cannot be met (最终答复, domain.md §9).

    By a leader of the receiving side. The units are released, the clocks end, the case is closed and counts
    neither as solved nor in satisfaction. Refuses without a text and a legal basis. It is never reopened.
    """
    if not text.strip():
        raise MoveRefused(_("Write the answer; the caller reads it."), code="text")
    if not legal_basis.strip():
        raise MoveRefused(_("Name the legal basis of the answer."), code="legal_basis")
    with moving(Move.ANSWER, whistle=whistle, by=by, now=now, expected=expected) as scene:
        _leave(scene, Move.ANSWER, WhistleStatus.ANSWERED, Ending.FINAL_ANSWER)
        signed = FinalAnswer.objects.create(
            whistle=whistle,
            text=text,
            legal_basis=legal_basis,
            evidence=evidence,
            signed_by=by,
            signed_at=now,
        )
        scene.note("whistle.answered", reason=text, basis=legal_basis, evidence=evidence)
    return signed


def lapse(*, whistle: Whistle, by: User, now: datetime) -> Whistle:
    """Close what the caller did not answer in time, by the system's hand (未评价, domain.md §10).

    Without a verdict the case ends as not evaluated, which is never "satisfied" or "solved". A verdict that was
    given stays, and units that were not rated stay not rated. Refuses what was verified as not solved.
    """
    with moving(Move.LAPSE, whistle=whistle, by=by, now=now) as scene:
        set_status(scene, WhistleStatus.CLOSED, Move.LAPSE)
        whistle.ended_at = now
        whistle.save()
        clocks.end(Step.VERIFY, whistle=whistle, now=now, outcome=CANCELLED)
        end_case(scene, ending_of(whistle))
        scene.note("whistle.lapsed", verdict=whistle.verdict)
    return whistle


def reopen(
    *,
    whistle: Whistle,
    reason: str,
    units: Sequence[Assignment] = (),
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Whistle:
    """Take a closed case up again, with a reason: the lead and the chosen assisting units handle it once more.

    Within the days of the kind's rule. Counted on the whistle; closing gets the whole limit of the policy in force.
    The verdict and the ratings of these units are taken back; the trail and the old promises stay. Refuses a unit
    that is not on this whistle.
    """
    need_reason(reason)
    with moving(Move.REOPEN, whistle=whistle, by=by, now=now, expected=expected) as scene:
        chosen = _again(whistle, units)
        for duty in chosen:
            take_back(duty)
        whistle.reopenings += 1
        whistle.verified_at, whistle.verdict, whistle.satisfaction = None, "", ""
        whistle.ended_at = None
        set_status(scene, WhistleStatus.HANDLING, Move.REOPEN)
        whistle.save()
        scene.case.status, scene.case.closed_at, scene.case.ending = CaseStatus.OPEN, None, ""
        clocks.start_again(whistle=whistle, duties=chosen, now=now, calendar=scene.calendar)
        scene.note("whistle.reopened", reason=reason, units=[duty.unit.name for duty in chosen])
    return whistle


def _again(whistle: Whistle, units: Sequence[Assignment]) -> list[Assignment]:
    """Return the lead and the chosen assisting units, lead first. One query."""
    wanted = {unit.pk for unit in units}
    duties = list(
        Assignment.objects.filter(whistle=whistle, status=AssignmentStatus.FED_BACK)
        .select_related("unit")
        .order_by("-is_lead", "id")
    )
    if wanted - {duty.pk for duty in duties}:
        raise MoveRefused(_("Choose units that have fed back on this whistle."), code="units")
    return [duty for duty in duties if duty.is_lead or duty.pk in wanted]


def _leave(scene: Scene, move: Move, status: WhistleStatus, ending: Ending) -> None:
    """End whistle and case early: every clock is no longer needed, every unit is released."""
    whistle = scene.whistle
    clocks.end_all(whistle, now=scene.now, outcome=CANCELLED)
    Assignment.objects.filter(whistle=whistle).counting().update(status=AssignmentStatus.RELEASED)
    set_status(scene, status, move)
    whistle.ended_at = scene.now
    whistle.save()
    end_case(scene, ending)
