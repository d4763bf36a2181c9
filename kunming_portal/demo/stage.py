"""What the moves of a walked history stand on: rows, statuses that follow the table, clocks that start and end."""

from datetime import datetime

from kunming_portal.demo.directory import Directory
from kunming_portal.demo.rows import Ids, Impossible, Rows
from kunming_portal.demo.script import Act, Script
from kunming_portal.workdays.calendar import Calendar
from whistle.models import Assignment, Case, CaseDeadline, KindRule, Whistle
from whistle.services import clocks, external_numbers
from whistle.services.moving import Scene
from whistle.services.verifying import ending_of
from whistle.workflow import (
    ASSIGNMENT_CONSEQUENCES,
    MOVES,
    AssignmentStatus,
    CaseStatus,
    Ending,
    Move,
    Step,
    WhistleStatus,
)

Outcome = CaseDeadline.Outcome


class Stage:
    """The rows of one case while it is walked. `Walk` makes the moves on it."""

    script: Script
    ids: Ids
    directory: Directory
    calendar: Calendar
    rows: Rows
    duties: dict[int, Assignment]
    running: list[CaseDeadline]
    case: Case
    whistle: Whistle

    def _set_status(self, status: WhistleStatus, move: Move) -> None:
        if status not in MOVES[move].targets:
            raise Impossible(f"{move} does not lead to {status}")
        self.whistle.status = status

    def _number(self, case: Case) -> None:
        """Give the case the number it has in the system it came from."""
        script = self.script
        numbers = external_numbers.numbers_of(source=script.source, single=script.external_number, several=())
        case.external_number = external_numbers.text_of(numbers)
        for row in external_numbers.rows_of(case, numbers, by=script.opened_by.user, now=script.opened_at):
            row.pk = self.ids.take("number")
            self.rows.numbers.append(row)

    def _end_case(self, ending: Ending, at: datetime) -> None:
        self.case.status, self.case.closed_at, self.case.ending = CaseStatus.CLOSED, at, ending.value

    def _stop_all(self, at: datetime) -> None:
        for deadline in self.running:
            deadline.end(Outcome.CANCELLED, now=at)
        self.running = []

    def _release(self, move: Move) -> None:
        released = dict(ASSIGNMENT_CONSEQUENCES[move])
        for duty in self.duties.values():
            duty.status = released[AssignmentStatus(duty.status)]

    def _start(self, step: Step, at: datetime, duty: Assignment | None = None, *, share: int = 100) -> None:
        whistle = self.whistle
        rules = self.directory.rules(whistle.kind, whistle.tier, self.case.division_id, at)
        deadline = clocks.plan(
            policy=rules[step],
            whistle=whistle,
            assignment=duty,
            now=at,
            calendar=self.calendar,
            share_percent=share,
            lapse_days=self._side_paths().verification_lapse_days if step is Step.VERIFY else None,
        )
        deadline.pk, deadline.case = self.ids.take("deadline"), self.case
        self.running.append(deadline)
        self.rows.deadlines.append(deadline)

    def _side_paths(self) -> KindRule:
        return self.directory.rule(self.whistle.kind, self.whistle.tier, self.script.opened_at)

    def _end(
        self,
        step: Step,
        *,
        at: datetime,
        duty: Assignment | None = None,
        outcome: CaseDeadline.Outcome = Outcome.MET,
    ) -> None:
        left: list[CaseDeadline] = []
        for deadline in self.running:
            if deadline.step == step and (duty is None or deadline.assignment_id == duty.pk):
                deadline.end(outcome, now=at)
            else:
                left.append(deadline)
        self.running = left

    def _leave(self, status: WhistleStatus, move: Move, ending: Ending, at: datetime) -> None:
        """End whistle and case early: every clock is no longer needed, every unit is released."""
        self._stop_all(at)
        self._release(move)
        self._set_status(status, move)
        self.whistle.ended_at = at
        self._end_case(ending, at)

    def _lapse(self, scene: Scene) -> None:
        """End what the caller did not answer, by the system's hand."""
        self._set_status(WhistleStatus.CLOSED, Move.LAPSE)
        self.whistle.ended_at = scene.now
        self._end(Step.VERIFY, at=scene.now, outcome=Outcome.CANCELLED)
        self._end_case(ending_of(self.whistle), scene.now)
        scene.note("whistle.lapsed", verdict=self.whistle.verdict)

    def _withdraw(self, scene: Scene, act: Act) -> None:
        self._leave(WhistleStatus.WITHDRAWN, Move.WITHDRAW, Ending.WITHDRAWN, act.at)
        scene.note("whistle.withdrawn", reason=act.words)
