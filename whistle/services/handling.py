"""The called unit's part: signing, reporting in, feeding back."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from whistle.guards import MoveRefused
from whistle.models import Assignment
from whistle.services import clocks, evidence
from whistle.services.moving import Scene, moving, set_status
from whistle.workflow import UNFINISHED_ASSIGNMENT, AssignmentStatus, Move, Step, WhistleStatus


def sign(*, assignment: Assignment, by: User, now: datetime, expected: int | None = None) -> Assignment:
    """Sign for the call. Ends the unit's signing clock."""
    with moving(
        Move.SIGN, whistle=assignment.whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        assignment.signed_at, assignment.signed_by = now, by
        assignment.status = AssignmentStatus.AWAITING_REPORT_IN
        assignment.save()
        clocks.end(Step.SIGN, whistle=assignment.whistle, assignment=assignment, now=now)
        scene.note("assignment.signed", about=assignment)
    return assignment


def report_in(
    *,
    assignment: Assignment,
    person: str,
    phone: str,
    by: User,
    now: datetime,
    arrived_at: datetime | None = None,
    expected: int | None = None,
) -> Assignment:
    """Report in: who comes, reachable how, since when (default now). Ends the unit's report-in clock.

    `arrived_at` may lie between the call and now, not in the future; the clock is measured by it.
    """
    if not person.strip() or not phone.strip():
        raise MoveRefused(_("Say who comes and how to reach them."), code="person")
    with moving(
        Move.REPORT_IN, whistle=assignment.whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        arrived = arrived_at or now
        if not assignment.created_at <= arrived <= now:
            raise MoveRefused(_("The moment of reporting in lies between the call and now."), code="arrived")
        assignment.reported_at, assignment.reported_person, assignment.reported_phone = arrived, person, phone
        assignment.status = AssignmentStatus.HANDLING
        assignment.save()
        clocks.end(Step.REPORT_IN, whistle=assignment.whistle, assignment=assignment, now=arrived)
        scene.note("assignment.reported_in", about=assignment, person=person)
    return assignment


def feed_back(
    *,
    assignment: Assignment,
    measures: str,
    by: User,
    now: datetime,
    met_whom: str = "",
    pieces: Sequence[evidence.Piece] = (),
    expected: int | None = None,
) -> Assignment:
    """Feed back what was done and who was met (four elements: domain.md §1.4, S64). Ends the unit's clock.

    `pieces` are the pictures and papers that prove it (`evidence.attach` says what it refuses). With the last unit
    the whistle goes back to the caller for verification, and the caller's clock starts.
    """
    if not measures.strip():
        raise MoveRefused(_("Say what was done."), code="measures")
    with moving(
        Move.FEED_BACK, whistle=assignment.whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        assignment.fed_back_at, assignment.measures, assignment.met_whom = now, measures, met_whom
        assignment.status = AssignmentStatus.FED_BACK
        assignment.save()
        clocks.end(Step.FEED_BACK, whistle=assignment.whistle, assignment=assignment, now=now)
        scene.note("assignment.fed_back", reason=measures, about=assignment)
        added = evidence.attach(case=scene.case, pieces=pieces, by=by, now=now, assignment=assignment)
        if added:
            scene.note("evidence.added", about=assignment, **evidence.told(added))
        settle(scene, Move.FEED_BACK)
    return assignment


def settle(scene: Scene, move: Move) -> None:
    """When every unit has fed back, hand the whistle to its caller. One query, and three when it is handed over."""
    whistle = scene.whistle
    if Assignment.objects.filter(whistle=whistle, status__in=UNFINISHED_ASSIGNMENT).exists():
        return
    set_status(scene, WhistleStatus.AWAITING_VERIFICATION, move)
    whistle.save()
    clocks.end(Step.CLOSE, whistle=whistle, now=scene.now)
    clocks.start(Step.VERIFY, whistle=whistle, now=scene.now, calendar=scene.calendar)
