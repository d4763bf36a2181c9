"""Replays the trail of one case against the workflow's tables and compares what comes out with the rows."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from kunming_portal.accounts.models import Appointment
from kunming_portal.accounts.roles import ROLES
from kunming_portal.audit.models import AuditEvent
from whistle.models import Assignment, Case, CaseDeadline, CaseNote, CaseRung, Kind, Whistle
from whistle.workflow import (
    ASSIGNMENT_CONSEQUENCES,
    MOVES,
    WORKING_ASSIGNMENT,
    AssignmentStatus,
    Move,
    MoveRule,
    Party,
    WhistleStatus,
)

MOVE_OF = {rule.audit: move for move, rule in MOVES.items()}
UNMOVING = frozenset(
    {
        "case.absorbed",
        "case.noted",
        "case.numbered",
        "case.released",
        "deadline.recalculated",
        "evidence.added",
        "evidence.removed",
        "exclusion.asked",
        "exclusion.granted",
        "exclusion.refused",
        "paper.taken",
        "reporter.revealed",
        "whistle.pressed",
    }
)
SUPERVISION = ("supervision.", "instruction.")
# Moves that take every unit off the whistle
RELEASES = frozenset({Move.UPGRADE, Move.WITHDRAW, Move.ANSWER})
RUNGS = "deadline."
# The column of whistle or assignment that keeps the moment of a move
MOMENTS = {
    Move.BLOW: "blown_at",
    Move.APPROVE: "approved_at",
    Move.ACCEPT: "accepted_at",
    Move.DISPATCH: "dispatched_at",
    Move.VERIFY: "verified_at",
    Move.CLOSE: "ended_at",
    Move.UPGRADE: "ended_at",
    Move.LAPSE: "ended_at",
    Move.WITHDRAW: "ended_at",
    Move.ANSWER: "ended_at",
    Move.SIGN: "signed_at",
    Move.FEED_BACK: "fed_back_at",
    Move.EVALUATE: "evaluated_at",
}


@dataclass
class File:
    """Everything the database holds about one case."""

    case: Case
    whistles: list[Whistle] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    deadlines: list[CaseDeadline] = field(default_factory=list)
    rungs: list[CaseRung] = field(default_factory=list)
    notes: list[CaseNote] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """A right somebody holds or held at a unit."""

    permissions: frozenset[str]
    unit_id: int
    seat: str
    first: date
    last: date | None


class Rights:
    """Who held which right at which unit when. Read once."""

    def __init__(self) -> None:
        self._held: dict[int, list[Held]] = defaultdict(list)
        for row in Appointment.objects.select_related("unit"):
            allows = frozenset(str(p) for p in ROLES[row.role].allows)
            held = Held(allows, row.unit_id, row.unit.division_id, row.starts_on, row.ends_on)
            self._held[row.user_id].append(held)

    def at_seat(self, user_id: int | None, permission: str, seat: str, at: datetime) -> bool:
        """Whether somebody held the right at a unit of this seat on the day."""
        return any(h.seat == seat for h in self._holding(user_id, permission, at))

    def at_unit(self, user_id: int | None, permission: str, unit_id: int, at: datetime) -> bool:
        """Whether somebody held the right at this very unit on the day."""
        return any(h.unit_id == unit_id for h in self._holding(user_id, permission, at))

    def _holding(self, user_id: int | None, permission: str, at: datetime) -> list[Held]:
        day = timezone.localdate(at)
        held = self._held.get(user_id or 0, [])
        return [
            h
            for h in held
            if permission in h.permissions and h.first <= day and (h.last is None or day <= h.last)
        ]


class Replay:
    """Walks a file's events; `problems` are sentences about what the tables do not allow."""

    def __init__(self, file: File, *, rights: Rights, kinds: dict[int, Kind], system_id: int) -> None:
        self.file, self.rights, self.kinds, self.system_id = file, rights, kinds, system_id
        self.problems: list[str] = []
        self.whistles = {whistle.tier: whistle for whistle in file.whistles}
        self.rows = {str(duty.pk): duty for duty in file.assignments}
        self.statuses: dict[int, WhistleStatus] = {}
        self.duties: dict[int, dict[str, AssignmentStatus]] = defaultdict(dict)
        self.moments: dict[tuple[str, str], datetime | None] = {}
        self.moves = 0

    def run(self) -> list[str]:
        """Replay all events and compare; return the problems."""
        last: datetime | None = None
        for place, event in enumerate(self.file.events, start=1):
            if event.seq != place:
                self.problems.append(f"event {place} has number {event.seq}")
            if last is not None and event.at < last:
                self.problems.append(f"{event.event} happened before the event it follows")
            last = event.at
            self._take(event, place)
        self._compare()
        return self.problems

    def _take(self, event: AuditEvent, place: int) -> None:
        if event.event == "case.opened":
            self._opened(event, place)
        elif event.event in MOVE_OF:
            self._move(MOVE_OF[event.event], event)
        elif event.event.startswith(RUNGS) and event.event not in UNMOVING:
            if event.actor_id != self.system_id:
                self.problems.append(f"{event.event} was not done by the system")
        elif event.event == "case.rewritten":  # no status moves, but the case is another version
            self.moves += 1
        elif event.event not in UNMOVING and not event.event.startswith(SUPERVISION):
            self.problems.append(f"unknown event {event.event}")

    def _opened(self, event: AuditEvent, place: int) -> None:
        if place != 1:
            self.problems.append("opened twice")
        tier = event.data["tier"]
        self.statuses[tier] = WhistleStatus.DRAFT
        whistle = self.whistles.get(tier)
        if whistle and not self.rights.at_seat(
            event.actor_id, "case.open", whistle.caller.division_id, event.at
        ):
            self.problems.append("opened by somebody without the right")

    def _move(self, move: Move, event: AuditEvent) -> None:
        self.moves += 1
        rule, tier = MOVES[move], event.data["tier"]
        whistle, status = self.whistles.get(tier), self.statuses.get(tier)
        if whistle is None or status not in rule.sources:
            self.problems.append(f"{move} at tier {tier} while {status}")
            return
        duty = self.rows.get(event.object_id) if rule.is_about_assignment else None
        if rule.is_about_assignment:
            self._duty(rule, move, tier, event)
        if not self._may(rule, move, whistle, duty, event):
            self.problems.append(f"{move} by {event.actor_name}, who had no right to it")
        owner = event.object_id if rule.is_about_assignment else str(tier)
        self.moments[MOMENTS.get(move, ""), owner] = event.at
        self._lead_on(move, tier, whistle, event)

    def _may(
        self, rule: MoveRule, move: Move, whistle: Whistle, duty: Assignment | None, event: AuditEvent
    ) -> bool:
        if event.actor_id == self.system_id:
            return MOVES[move].is_automatic
        if rule.party is Party.ASSIGNEE:
            return duty is not None and self.rights.at_unit(
                event.actor_id, rule.permission, duty.unit_id, event.at
            )
        side = whistle.caller if rule.party is Party.CALLER else whistle.receiver
        return self.rights.at_seat(event.actor_id, rule.permission, side.division_id, event.at)

    def _duty(self, rule: MoveRule, move: Move, tier: int, event: AuditEvent) -> None:
        status = self.duties[tier].get(event.object_id)
        if status not in rule.assignment_sources:
            self.problems.append(f"{move} while the unit's duty is {status}")
            return
        if rule.assignment_targets:
            self.duties[tier][event.object_id] = rule.assignment_targets[0]

    def _lead_on(self, move: Move, tier: int, whistle: Whistle, event: AuditEvent) -> None:
        """Set the status the move leads to, and what it does to the units' duties."""
        self._release(move, tier)
        match move:
            case Move.BLOW:
                self.statuses[tier] = self._after_blowing(whistle, event)
            case Move.SEND_BACK:
                self.statuses[tier] = WhistleStatus.DRAFT
                self.moments["blown_at", str(tier)] = None
            case Move.DISPATCH:
                self.statuses[tier] = WhistleStatus.HANDLING
                called = [d for d in self.file.assignments if d.whistle_id == whistle.pk]
                self.duties[tier] = {str(d.pk): AssignmentStatus.AWAITING_SIGNATURE for d in called}
            case Move.FEED_BACK:
                if not any(status in WORKING_ASSIGNMENT for status in self.duties[tier].values()):
                    self.statuses[tier] = WhistleStatus.AWAITING_VERIFICATION
            case Move.REWORK | Move.REOPEN:
                self._rework(tier, event)
            case Move.UPGRADE:
                self.statuses[tier] = WhistleStatus.UPGRADED
                self.statuses[tier + 1] = WhistleStatus.AWAITING_ACCEPTANCE
                self.moments["blown_at", str(tier + 1)] = self.moments["approved_at", str(tier + 1)] = (
                    event.at
                )
            case _:
                self.statuses[tier] = next(iter(MOVES[move].targets), self.statuses[tier])

    def _release(self, move: Move, tier: int) -> None:
        """Take the units off where the move does."""
        if move in RELEASES:
            released = dict(ASSIGNMENT_CONSEQUENCES[move])
            self.duties[tier] = {key: released[status] for key, status in self.duties[tier].items()}

    def _after_blowing(self, whistle: Whistle, event: AuditEvent) -> WhistleStatus:
        if not self.kinds[whistle.kind_id].needs_approval(whistle.tier):
            return WhistleStatus.AWAITING_ACCEPTANCE
        if self.rights.at_seat(event.actor_id, "whistle.approve", whistle.caller.division_id, event.at):
            self.moments["approved_at", str(whistle.tier)] = event.at
            return WhistleStatus.AWAITING_ACCEPTANCE
        return WhistleStatus.AWAITING_APPROVAL

    def _rework(self, tier: int, event: AuditEvent) -> None:
        self.statuses[tier] = WhistleStatus.HANDLING
        self.moments["verified_at", str(tier)] = self.moments["ended_at", str(tier)] = None
        for key, status in self.duties[tier].items():
            if self.rows[key].unit.name not in event.data["units"]:
                continue
            if (status, AssignmentStatus.HANDLING) not in ASSIGNMENT_CONSEQUENCES[Move.REWORK]:
                self.problems.append(f"sent back while the unit's duty is {status}")
            self.duties[tier][key] = AssignmentStatus.HANDLING
            self.moments["fed_back_at", key] = self.moments["evaluated_at", key] = None

    def _compare(self) -> None:
        """Compare what the replay ended with and what the rows say."""
        for tier, whistle in self.whistles.items():
            if self.statuses.get(tier) != whistle.status:
                self.problems.append(
                    f"tier {tier} is {whistle.status}, its trail says {self.statuses.get(tier)}"
                )
        for key, duty in self.rows.items():
            found = next((d[key] for d in self.duties.values() if key in d), None)
            if found != duty.status:
                self.problems.append(f"{duty.unit.name} is {duty.status}, the trail says {found}")
        self._compare_moments()
        if self.file.case.version != self.moves:
            self.problems.append(f"version {self.file.case.version} after {self.moves} moves")
        noted = Counter(event.event for event in self.file.events)["case.noted"]
        if noted != len(self.file.notes):
            self.problems.append(f"{len(self.file.notes)} notes, {noted} on the trail")

    def _compare_moments(self) -> None:
        """Compare the moments on the trail with the columns that keep them."""
        for (column, owner), at in self.moments.items():
            of_unit = column in ("signed_at", "fed_back_at", "evaluated_at")
            row: object = self.rows.get(owner) if of_unit else self.whistles.get(int(owner))
            if column and getattr(row, column, None) != at:
                self.problems.append(f"{column} of {owner} is not the moment on the trail")
