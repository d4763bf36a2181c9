"""The caller's part at the end: verifying, rating, sending back for rework, closing."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from whistle.guards import MoveRefused
from whistle.models import Assignment, Whistle
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import end_case, moving, set_status
from whistle.workflow import AssignmentStatus, Ending, Move, Step, WhistleStatus

ENDINGS = {Whistle.Verdict.SOLVED: Ending.SOLVED, Whistle.Verdict.PARTLY: Ending.PARTLY}


def verify(
    *,
    whistle: Whistle,
    verdict: str,
    satisfaction: str = "",
    by: User,
    now: datetime,
    comment: str = "",
    expected: int | None = None,
) -> Whistle:
    """Say whether the matter is solved, partly or not, and how satisfied the caller is. Then it can be closed.

    What is not solved does not lapse any more: it waits for a rework or an upgrade.
    """
    if verdict not in Whistle.Verdict.values:
        raise MoveRefused(_("Say whether it is solved, partly solved or not solved."), code="verdict")
    if satisfaction and satisfaction not in Whistle.Satisfaction.values:
        raise MoveRefused(_("Choose one of the degrees of satisfaction."), code="satisfaction")
    with moving(Move.VERIFY, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.verified_at, whistle.verdict, whistle.satisfaction = now, verdict, satisfaction
        set_status(scene, WhistleStatus.AWAITING_EVALUATION, Move.VERIFY)
        whistle.save()
        if verdict == Whistle.Verdict.NOT_SOLVED:
            clocks.keep_from_lapsing(whistle)
        scene.note("whistle.verified", reason=comment, verdict=verdict, satisfaction=satisfaction)
    return whistle


def evaluate(
    *,
    assignment: Assignment,
    speed: str,
    cooperation: str,
    effect: str,
    solved: str = "",
    satisfaction: str = "",
    comment: str = "",
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Assignment:
    """Rate one unit, once: speed, cooperation, effect; its part solved, one's satisfaction (domain.md §1.7)."""
    grades = Assignment.Grade.values
    if any(grade not in grades for grade in (speed, cooperation, effect)):
        raise MoveRefused(_("Rate speed, cooperation and effect."), code="grades")
    if solved not in ("", *Whistle.Verdict.values):
        raise MoveRefused(_("Say whether it is solved, partly solved or not solved."), code="solved")
    if satisfaction not in ("", *Whistle.Satisfaction.values):
        raise MoveRefused(_("Choose one of the degrees of satisfaction."), code="satisfaction")
    with moving(
        Move.EVALUATE, whistle=assignment.whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        assignment.evaluated_at, assignment.comment = now, comment
        assignment.speed, assignment.cooperation, assignment.effect = speed, cooperation, effect
        assignment.solved, assignment.satisfaction = solved, satisfaction
        assignment.save()
        scene.note(
            "assignment.evaluated",
            reason=comment,
            about=assignment,
            speed=speed,
            cooperation=cooperation,
            effect=effect,
            solved=solved,
            satisfaction=satisfaction,
        )
    return assignment


def rework(
    *,
    whistle: Whistle,
    units: Sequence[Assignment],
    reason: str,
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Whistle:
    """Send the named units back to work, with a reason. Their new limit is the share the kind's rule gives.

    Counted on the whistle and on each unit. An earlier verdict and earlier ratings of these units are taken
    back; the trail keeps them. Refuses without a unit and for a unit that has not fed back.
    """
    need_reason(reason)
    with moving(Move.REWORK, whistle=whistle, by=by, now=now, expected=expected) as scene:
        chosen = list(
            Assignment.objects.filter(whistle=whistle, pk__in=[unit.pk for unit in units]).select_related(
                "unit"
            )
        )
        if not chosen or any(duty.status != AssignmentStatus.FED_BACK for duty in chosen):
            raise MoveRefused(_("Choose at least one unit that has fed back."), code="units")
        for duty in chosen:
            duty.reworks += 1
            take_back(duty)
        whistle.reworks += 1
        whistle.verified_at, whistle.verdict, whistle.satisfaction = None, "", ""
        set_status(scene, WhistleStatus.HANDLING, Move.REWORK)
        whistle.save()
        clocks.end(Step.VERIFY, whistle=whistle, now=now)
        clocks.start_again(
            whistle=whistle,
            duties=chosen,
            now=now,
            calendar=scene.calendar,
            share_percent=clocks.side_paths(whistle).rework_share_percent,
        )
        scene.note("whistle.sent_for_rework", reason=reason, units=[duty.unit.name for duty in chosen])
    return whistle


def close(*, whistle: Whistle, by: User, now: datetime, expected: int | None = None) -> Whistle:
    """Close the whistle and its case. Units that were not rated stay "not evaluated", never "satisfied".

    Refuses when the verdict is "not solved": that is sent back for rework or upgraded.
    """
    with moving(Move.CLOSE, whistle=whistle, by=by, now=now, expected=expected) as scene:
        set_status(scene, WhistleStatus.CLOSED, Move.CLOSE)
        whistle.ended_at = now
        whistle.save()
        clocks.end(Step.VERIFY, whistle=whistle, now=now)
        end_case(scene, ending_of(whistle))
        scene.note("whistle.closed", verdict=whistle.verdict)
    return whistle


def ending_of(whistle: Whistle) -> Ending:
    """Return how a case ends that is closed with this verdict; without one it was not evaluated. No query."""
    return ENDINGS[Whistle.Verdict(whistle.verdict)] if whistle.verdict else Ending.NOT_EVALUATED


def take_back(duty: Assignment) -> None:
    """Let a unit that has fed back handle it once more; what it was rated is taken back, the trail keeps it."""
    take_back_in_memory(duty)
    duty.save()


def take_back_in_memory(duty: Assignment) -> None:
    """Do what `take_back` does to the row, and leave saving it to the caller."""
    duty.status = AssignmentStatus.HANDLING
    duty.fed_back_at, duty.evaluated_at = None, None
    duty.speed = duty.cooperation = duty.effect = duty.comment = ""
    duty.solved = duty.satisfaction = ""
