"""The frame of every move: lock, check, change, clocks, trail, notices - one transaction, one way in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal import setwise
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.hearing import Hearers
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import guards
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, Whistle
from whistle.services import clocks, pending, searching, task_clocks
from whistle.services.telling import tell, tell_merged
from whistle.workflow import MOVES, CaseStatus, Ending, Move, Party, WhistleStatus

# What a move may change on the case's own row, beside the units that are called
WRITTEN = ("version", "due_at", "yellow_at", "hold_until", "status", "ending", "closed_at")


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
    # Whom a sweep has asked for already
    known: Hearers | None = None
    # Who hears on a side where it is not the table's usual right
    hearers: dict[Party, Permission] = field(default_factory=dict)
    entries: list[trail.Entry] = field(default_factory=list)
    messages: list[tuple[User, notifications.Message]] = field(default_factory=list)
    words_changed: bool = False
    units_called: bool = False

    def call(self, unit_ids: Iterable[int]) -> None:
        """Let these units see the case, and find it, from the end of the move on."""
        self.case.called_units = sorted({*self.case.called_units, *unit_ids})
        self.units_called = True

    @cached_property
    def link(self) -> str:
        """The address notices about the case lead to."""
        return self.case.get_absolute_url()

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


def lock_case(pk: int, *, expected: int | None) -> Case:
    """Lock the case's row. People and timers take this lock first, always, so nobody waits in a circle.

    `expected` is the version the person saw; a different one refuses as stale.
    """
    case: Case = Case.objects.select_for_update(of=("self",)).select_related("division").get(pk=pk)
    _check_seen(case, expected)
    return case


def _check_seen(case: Case, expected: int | None) -> None:
    if expected is not None and case.version != expected:
        raise Stale(
            _("Somebody acted first. Nothing was changed; look at what happened and decide again."),
            code="stale",
        )


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
        [scene] = enter(
            move, whistles=[whistle], by=by, now=now, expected=expected, duties={whistle.pk: assignment}
        )
        if isinstance(scene, MoveRefused):
            raise scene
        yield scene
        leave([scene], move)


def enter(
    move: Move,
    *,
    whistles: Sequence[Whistle],
    by: User,
    now: datetime,
    expected: int | None = None,
    duties: Mapping[int, Assignment | None] | None = None,
    known: Hearers | None = None,
) -> list[Scene | MoveRefused]:
    """Lock the cases of these whistles in the order of their keys, re-read, check; return a scene or refusal for each.

    The beginning of a move, inside its transaction; `leave` is its end. `duties` says which duty of a whistle it is
    about. The rows passed in are refreshed. Two queries, the calendar's three and one a duty.
    """
    locked = (
        Case.objects.select_for_update(of=("self",))
        .select_related("division")
        .filter(pk__in={whistle.case_id for whistle in whistles})
        .order_by("pk")
        .in_bulk()
    )
    _reread(whistles)
    calendar = get_calendar()
    entered: list[Scene | MoveRefused] = []
    for whistle in whistles:
        whistle.case = locked[whistle.case_id]
        duty = (duties or {}).get(whistle.pk)
        if duty is not None:
            duty.refresh_from_db()
            duty.whistle = whistle
        try:
            _check_seen(whistle.case, expected)
            held = guards.check_move(move, whistle=whistle, assignment=duty, by=by, now=now)
        except MoveRefused as refused:
            entered.append(refused)
        else:
            scene = Scene(whistle.case, whistle, by=by, now=now, calendar=calendar, held=held, known=known)
            scene.assignment = duty
            entered.append(scene)
    return entered


def _reread(whistles: Sequence[Whistle]) -> None:
    """Read the whistles anew into the given rows, with what every move asks of them. One query."""
    found = Whistle.objects.select_related(
        "kind", "sub_class", "caller__division", "receiver__division"
    ).in_bulk([whistle.pk for whistle in whistles])
    columns = Whistle._meta.concrete_fields
    for whistle in whistles:
        fresh = found[whistle.pk]
        vars(whistle).update({column.attname: vars(fresh)[column.attname] for column in columns})
        # what was joined before may be of another time
        whistle._state.fields_cache = dict(fresh._state.fields_cache)


def leave(scenes: Sequence[Scene], move: Move) -> None:
    """Write clocks, trail and notices of a move; count the cases' versions up. About ten queries, however many."""
    if not scenes:
        return
    tell(scenes, move)
    tell_merged(scenes, move)
    cases = [scene.case for scene in scenes]
    for case in cases:
        case.version += 1
        if case.status != CaseStatus.OPEN:  # closed, or merged into another
            task_clocks.drop_all(case, now=scenes[0].now)
    clocks.refresh(*cases)
    values = {name: [getattr(case, name) for case in cases] for name in WRITTEN}
    setwise.update(Case, [case.pk for case in cases], values)
    for scene in scenes:
        if scene.units_called:
            scene.case.save(update_fields=["called_units"])
    searching.refresh([scene.case for scene in scenes if scene.words_changed or scene.units_called])
    trail.record_many([entry for scene in scenes for entry in scene.entries])
    notifications.write([told for scene in scenes for told in scene.messages], now=scenes[0].now)


def end_case(scene: Scene, ending: Ending) -> None:
    """Close the case in memory, with the word for how it ended; `finish` writes it. The only place that does."""
    scene.case.status, scene.case.closed_at, scene.case.ending = CaseStatus.CLOSED, scene.now, ending


def set_status(scene: Scene, status: WhistleStatus, move: Move) -> None:
    """Write the whistle's status in memory; the caller saves. See `set_statuses`."""
    set_statuses([scene], status, move)


def set_statuses(scenes: Sequence[Scene], status: WhistleStatus, move: Move) -> None:
    """Write the status of whistles in memory: the only place that does. The target must stand in the move's row.

    What was asked while units handled them, and a hold, end with the status they belong to. At most four queries.
    """
    rule = MOVES[move]
    if status not in rule.targets:
        raise MoveRefused(f"{move} does not lead to {status}", code="table")
    changing = [scene.whistle for scene in scenes if scene.whistle.status != status]
    handled = [whistle for whistle in changing if whistle.status == WhistleStatus.HANDLING]
    pending.drop_requests(handled, by=scenes[0].by, now=scenes[0].now)
    on_hold = [whistle for whistle in changing if whistle.status == WhistleStatus.ON_HOLD]
    pending.end_holds(on_hold, now=scenes[0].now)
    for whistle in changing:
        whistle.status = status
