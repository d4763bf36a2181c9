"""The caller's part at the end: verifying, rating, sending back for rework, closing."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from whistle.guards import MoveRefused
from whistle.models import Assignment, Whistle
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import moving, set_status
from whistle.workflow import AssignmentStatus, CaseStatus, Move, Step, WhistleStatus

REWORK_SHARE_PERCENT = 50  # of the original limit (domain.md §10)


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
    """Say whether the matter is solved, partly or not, and how satisfied the caller is. Then it can be closed."""
    if verdict not in Whistle.Verdict.values:
        raise MoveRefused(_("Say whether it is solved, partly solved or not solved."), code="verdict")
    if satisfaction and satisfaction not in Whistle.Satisfaction.values:
        raise MoveRefused(_("Choose one of the degrees of satisfaction."), code="satisfaction")
    with moving(Move.VERIFY, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.verified_at, whistle.verdict, whistle.satisfaction = now, verdict, satisfaction
        set_status(scene, WhistleStatus.AWAITING_EVALUATION, Move.VERIFY)
        whistle.save()
        scene.note("whistle.verified", reason=comment, verdict=verdict, satisfaction=satisfaction)
    return whistle


def evaluate(
    *,
    assignment: Assignment,
    speed: str,
    cooperation: str,
    effect: str,
    comment: str = "",
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Assignment:
    """Rate one unit: speed, cooperation, effect (domain.md §1.7), once."""
    grades = Assignment.Grade.values
    if any(grade not in grades for grade in (speed, cooperation, effect)):
        raise MoveRefused(_("Rate speed, cooperation and effect."), code="grades")
    with moving(
        Move.EVALUATE, whistle=assignment.whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        assignment.evaluated_at, assignment.comment = now, comment
        assignment.speed, assignment.cooperation, assignment.effect = speed, cooperation, effect
        assignment.save()
        scene.note(
            "assignment.evaluated",
            reason=comment,
            about=assignment,
            speed=speed,
            cooperation=cooperation,
            effect=effect,
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
    """Send the named units back to work, with a reason. Their new limit is half the original one.

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
            _take_back(duty)
        whistle.reworks += 1
        whistle.verified_at, whistle.verdict, whistle.satisfaction = None, "", ""
        set_status(scene, WhistleStatus.HANDLING, Move.REWORK)
        whistle.save()
        clocks.end(Step.VERIFY, whistle=whistle, now=now)
        clocks.start_rework(
            whistle=whistle,
            duties=chosen,
            now=now,
            calendar=scene.calendar,
            share_percent=REWORK_SHARE_PERCENT,
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
        scene.case.status, scene.case.closed_at = CaseStatus.CLOSED, now
        scene.note("whistle.closed", verdict=whistle.verdict)
    return whistle


def _take_back(duty: Assignment) -> None:
    duty.status = AssignmentStatus.HANDLING
    duty.reworks += 1
    duty.fed_back_at, duty.evaluated_at = None, None
    duty.speed = duty.cooperation = duty.effect = duty.comment = ""
    duty.save()
