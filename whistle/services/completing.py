"""Between centre and caller before acceptance: returned for completion, completed. And the receiver's word."""

from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from whistle.guards import MoveRefused
from whistle.models import Assessment, CaseDeadline, Whistle
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import Scene, moving, set_status
from whistle.workflow import Move, Step, WhistleStatus


def return_whistle(
    *, whistle: Whistle, reason: str, by: User, now: datetime, expected: int | None = None
) -> Whistle:
    """Give a whistle back to its caller before accepting it, saying what is missing (退回补充).

    The clock of acceptance ends as no longer needed, the caller's clock of completing starts. Counted; refuses the
    third time: then it is accepted, or the caller withdraws it.
    """
    need_reason(reason)
    with moving(Move.RETURN, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.returns += 1
        set_status(scene, WhistleStatus.RETURNED, Move.RETURN)
        whistle.save()
        clocks.end(Step.DISPATCH, whistle=whistle, now=now, outcome=CaseDeadline.Outcome.CANCELLED)
        clocks.start(Step.COMPLETE, whistle=whistle, now=now, calendar=scene.calendar)
        scene.note("whistle.returned", reason=reason, time=whistle.returns)
    return whistle


def complete(
    *,
    whistle: Whistle,
    text: str,
    description: str = "",
    place: str = "",
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Whistle:
    """Say what was added and hand the whistle in again; the clock of acceptance starts anew.

    `description` and `place` replace what was written, where the caller is the one who wrote the case; on an
    upgraded whistle the words of the tier below stay as they are. Refuses without saying what was added.
    """
    if not text.strip():
        raise MoveRefused(_("Say what you added."), code="text")
    with moving(Move.COMPLETE, whistle=whistle, by=by, now=now, expected=expected) as scene:
        _rewrite(scene, description=description, place=place)
        set_status(scene, WhistleStatus.AWAITING_ACCEPTANCE, Move.COMPLETE)
        whistle.save()
        clocks.end(Step.COMPLETE, whistle=whistle, now=now)
        clocks.start(Step.DISPATCH, whistle=whistle, now=now, calendar=scene.calendar)
        scene.note("whistle.completed", reason=text)
    return whistle


def assess(
    *,
    whistle: Whistle,
    opinion: str,
    cause: str = "",
    comment: str = "",
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Assessment:
    """State, for the receiving side, whether the whistle was justified; once (下评上 turned round, domain.md §1.7).

    The caller is told. Nobody is ranked by it: blowing never costs the blower (§9). Refuses a doubt without a cause.
    """
    if opinion not in Assessment.Opinion.values:
        raise MoveRefused(_("Say whether the whistle was justified."), code="opinion")
    doubts = opinion != Assessment.Opinion.JUSTIFIED
    if doubts and cause not in Assessment.Cause.values:
        raise MoveRefused(_("Say what it was instead."), code="cause")
    with moving(Move.ASSESS, whistle=whistle, by=by, now=now, expected=expected) as scene:
        said = Assessment.objects.create(
            whistle=whistle, opinion=opinion, cause=cause if doubts else "", comment=comment, by=by, at=now
        )
        scene.note("whistle.assessed", reason=comment, opinion=opinion, cause=said.cause)
    return said


def _rewrite(scene: Scene, *, description: str, place: str) -> None:
    """Replace the case's words, by whoever wrote them."""
    case, changed = scene.case, []
    if scene.whistle.caller.division_id != case.division_id:
        return
    for name, value in (("description", description), ("place", place)):
        if value and value != getattr(case, name):
            setattr(case, name, value)
            changed.append(name)
    if changed:
        case.save(update_fields=changed)
        scene.words_changed = True
