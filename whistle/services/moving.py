"""The frame of every move: lock, check, change, clocks, trail, notices - one transaction, one way in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import guards
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, Whistle
from whistle.services import clocks, pending, searching, task_clocks
from whistle.services.telling import tell, tell_merged
from whistle.workflow import MOVES, CaseStatus, Ending, Move, Party, WhistleStatus


class Stale(MoveRefused):
    """Somebody acted first. Nothing was done; what was typed is the caller's to keep."""


@dataclass
class Scene:
    """Everything a move works on: locked rows, who acts in which appointment, the moment, the calendar."""

    case: Case
    whistle: Whistle
    by: User
    now: datetime
    calendar: Calendar
    held: Appointment | None = None
    assignment: Assignment | None = None
    # Who hears on a side where it is not the table's usual right
    hearers: dict[Party, Permission] = field(default_factory=dict)
    entries: list[trail.Entry] = field(default_factory=list)
    messages: list[tuple[User, notifications.Message]] = field(default_factory=list)
    words_changed: bool = False

    def note(self, event: str, *, reason: str = "", about: Assignment | None = None, **data: Any) -> None:
        """Put an event on the trail of the case when the move is finished."""
        subject = about if about is not None else self.whistle
        if about is not None:
            data.setdefault("unit", about.unit.name)
        if self.held is not None:
            data |= self.held.absence_of(self.by)
        self.entries.append(
            trail.Entry(
                stream=self.case.stream,
                event=event,
                subject=subject,
                label=str(self.case),
                at=self.now,
                by=self.by,
                unit_name=self.held.unit.name if self.held is not None else "",
                reason=reason,
                data={"tier": self.whistle.tier, **data},
            )
        )

    def finish(self) -> None:
        """Write clocks, trail and notices of the move; count the case's version up."""
        self.case.version += 1
        if self.case.status != CaseStatus.OPEN:  # closed, or merged into another
            task_clocks.drop_all(self.case, now=self.now)
        clocks.refresh(self.case)
        self.case.save(
            update_fields=[
                "version",
                "due_at",
                "yellow_at",
                "hold_until",
                "status",
                "ending",
                "closed_at",
                "called_units",
            ]
        )
        if self.words_changed:
            searching.refresh(self.case)
        trail.record_many(self.entries)
        notifications.write(self.messages, now=self.now)


def lock_case(pk: int, *, expected: int | None) -> Case:
    """Lock the case's row. People and timers take this lock first, always, so nobody waits in a circle.

    `expected` is the version the person saw; a different one refuses as stale.
    """
    case: Case = Case.objects.select_for_update(of=("self",)).select_related("division").get(pk=pk)
    if expected is not None and case.version != expected:
        raise Stale(
            _("Somebody acted first. Nothing was changed; look at what happened and decide again."),
            code="stale",
        )
    return case


@contextmanager
def moving(
    move: Move,
    *,
    whistle: Whistle,
    by: User,
    now: datetime,
    expected: int | None = None,
    assignment: Assignment | None = None,
) -> Iterator[Scene]:
    """Make one move: lock the case, re-read, check the table and the person; then the body; then the effects.

    Refuses with `MoveRefused` or `Stale` and leaves everything as it was. The rows passed in are refreshed.
    """
    with transaction.atomic():
        case = lock_case(whistle.case_id, expected=expected)
        whistle.refresh_from_db()
        whistle.case = case
        if assignment is not None:
            assignment.refresh_from_db()
            assignment.whistle = whistle
        held = guards.check_move(move, whistle=whistle, assignment=assignment, by=by, now=now)
        scene = Scene(
            case=case,
            whistle=whistle,
            assignment=assignment,
            by=by,
            now=now,
            calendar=get_calendar(),
            held=held,
        )
        yield scene
        tell(scene, move)
        tell_merged(scene, move)
        scene.finish()


def end_case(scene: Scene, ending: Ending) -> None:
    """Close the case in memory, with the word for how it ended; `finish` writes it. The only place that does."""
    scene.case.status, scene.case.closed_at, scene.case.ending = CaseStatus.CLOSED, scene.now, ending


def set_status(scene: Scene, status: WhistleStatus, move: Move) -> None:
    """Write the whistle's status: the only place that does. The target must stand in the move's row.

    What was asked while units handled it, and a hold, end with the status they belong to.
    """
    rule = MOVES[move]
    if status not in rule.targets:
        raise MoveRefused(f"{move} does not lead to {status}", code="table")
    if scene.whistle.status == WhistleStatus.HANDLING and status != WhistleStatus.HANDLING:
        pending.drop_requests(scene.whistle, by=scene.by, now=scene.now)
    if scene.whistle.status == WhistleStatus.ON_HOLD and status != WhistleStatus.ON_HOLD:
        pending.end_hold(scene.whistle, case=scene.case, now=scene.now)
    scene.whistle.status = status
