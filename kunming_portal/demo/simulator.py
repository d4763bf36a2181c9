"""Walks a script and returns the rows the services would have written, without the database.

Statuses follow `whistle.workflow`, deadlines come from `whistle.services.clocks.plan` with the real policies and
calendar, events from the services' own `Scene`. What each service changes is mirrored here move by move;
`tests/demo/test_simulator.py` walks the same script through the real services and compares every column.
"""

from datetime import datetime, timedelta

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.deadlines.ladder import Rung
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.rows import Ids, Impossible, Rows, reporter_of
from kunming_portal.demo.script import NOTE, Act, Script
from kunming_portal.demo.stage import Stage
from kunming_portal.organisations.models import Unit
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseNote,
    CaseRung,
    CaseSearch,
    FinalAnswer,
    Kind,
    Whistle,
)
from whistle.services import cases, classing, ringing, searching
from whistle.services.moving import Scene
from whistle.services.verifying import ending_of, take_back_in_memory
from whistle.workflow import (
    MOVES,
    WORKING_ASSIGNMENT,
    AssignmentStatus,
    Ending,
    Move,
    Step,
    Tier,
    WhistleStatus,
)

Outcome = CaseDeadline.Outcome


class Walk(Stage):
    """One case being walked. `run(until=...)` makes every move and climbs every rung up to that moment."""

    def __init__(self, script: Script, *, number: str, ids: Ids, directory: Directory, system: User) -> None:
        self.script, self.ids, self.directory, self.system = script, ids, directory, system
        self.calendar = directory.calendar
        self.beat = timedelta(seconds=script.beat)
        self.rows = Rows()
        self.entries: list[trail.Entry] = []
        self.duties: dict[int, Assignment] = {}
        self.running: list[CaseDeadline] = []
        self.case = self._open(number)
        self.whistle = self._whistle(
            tier=cases.tier_of(script.caller), kind=script.kind, caller=script.caller, at=script.opened_at
        )

    def run(self, *, until: datetime) -> Rows:
        """Walk up to this moment and return the rows."""
        for act in self.script.acts:
            if act.at > until:
                break
            self.ring(act.at)
            self._act(act)
        self.ring(until)
        self.case.due_at = min((d.due_at for d in self.running), default=None)
        self.rows.searches.append(self._search())
        self.case.yellow_at = min((d.yellow_at for d in self.running if d.yellow_at), default=None)
        for seq, entry in enumerate(self.entries, start=1):
            row = trail.row_of(entry, seq=seq)
            row.pk = self.ids.take("event")
            self.rows.events.append(row)
        return self.rows

    def _search(self) -> CaseSearch:
        units = {duty.unit_id: duty.unit for duty in self.rows.assignments}
        kinds = {whistle.kind_id: whistle.kind for whistle in self.rows.whistles}
        return searching.row_of(
            self.case, units=[units[pk] for pk in sorted(units)], kinds=[kinds[pk] for pk in sorted(kinds)]
        )

    def ring(self, until: datetime) -> None:
        """Climb, in order, every rung whose turn the beat would have had until then."""
        while True:
            due = [d for d in self.running if d.wake_at is not None and d.wake_at + self.beat <= until]
            if not due:
                return
            self._climb(min(due, key=lambda d: (d.wake_at, d.pk)))

    # -- opening ------------------------------------------------------------------------------------

    def _open(self, number: str) -> Case:
        script = self.script
        case = Case(
            pk=self.ids.take("case"),
            number=number,
            title=script.title,
            description=script.description,
            place=script.place,
            affected=script.affected,
            tried=script.tried,
            source=script.source,
            division=script.caller.division,
            opened_by=script.opened_by.user,
            opened_at=script.opened_at,
        )
        self._number(case)
        self.rows.cases.append(case)
        name, phone = script.reporter
        if name or phone:
            self.rows.reporters.append(reporter_of(case, name, phone))
        entry = trail.Entry(
            stream=case.stream,
            event="case.opened",
            subject=case,
            label=str(case),
            at=script.opened_at,
            by=script.opened_by.user,
            unit_name=script.caller.name,
            data={"tier": int(cases.tier_of(script.caller))},
        )
        self.entries.append(entry)
        return case

    def _whistle(self, *, tier: int, kind: Kind, caller: Unit, at: datetime) -> Whistle:
        above = caller.division.parent_id
        if above is None:
            raise Impossible(f"nobody is above {caller}")
        whistle = Whistle(
            pk=self.ids.take("whistle"),
            case=self.case,
            tier=tier,
            kind=kind,
            sub_class=self.directory.sub_class(kind, tier, self.case, before=self.rows.whistles[-1:]),
            caller=caller,
            receiver=self.directory.centre(above),
            created_at=at,
        )
        classing.remember_versions(whistle)
        self.rows.whistles.append(whistle)
        return whistle

    # -- moves ----------------------------------------------------------------------------------------

    def _act(self, act: Act) -> None:
        if act.move == NOTE:
            self._note(act)
            return
        move = Move(act.move)
        duty = self.duties[act.units[0].pk] if MOVES[move].is_about_assignment else None
        self._check(move, duty)
        scene = Scene(
            case=self.case,
            whistle=self.whistle,
            by=act.held.user,
            now=act.at,
            calendar=self.calendar,
            held=act.held,
            assignment=duty,
        )
        getattr(self, f"_{move.value}")(scene, act)
        self._finish(scene)

    def _check(self, move: Move, duty: Assignment | None) -> None:
        rule = MOVES[move]
        if self.whistle.status not in rule.sources:
            raise Impossible(f"{move} while {self.whistle.status}: {self.script.title}")
        if duty is not None and duty.status not in rule.assignment_sources:
            raise Impossible(f"{move} while {duty.status}: {self.script.title}")

    def _finish(self, scene: Scene) -> None:
        self.case.version += 1
        self.entries += scene.entries

    def _note(self, act: Act) -> None:
        note = CaseNote(
            pk=self.ids.take("note"), case=self.case, by=act.held.user, text=act.words, written_at=act.at
        )
        if act.units:
            note.assignment = self.duties[act.units[0].pk]
        self.rows.notes.append(note)
        entry = trail.Entry(
            stream=self.case.stream,
            event="case.noted",
            subject=self.case,
            label=str(self.case),
            at=act.at,
            by=act.held.user,
            unit_name=act.units[0].name if act.units else "",
            data={"note": note.pk},
        )
        self.entries.append(entry)

    def _blow(self, scene: Scene, act: Act) -> None:
        whistle, needs = self.whistle, self.whistle.kind.needs_approval(self.whistle.tier)
        whistle.blown_at, whistle.blown_by = act.at, act.held.user
        if needs and "whistle.approve" not in act.held.role_definition.allows:
            self._set_status(WhistleStatus.AWAITING_APPROVAL, Move.BLOW)
            self._start(Step.APPROVE, act.at)
        else:
            if needs:
                whistle.approved_at, whistle.approved_by = act.at, act.held.user
            self._set_status(WhistleStatus.AWAITING_ACCEPTANCE, Move.BLOW)
            self._start(Step.DISPATCH, act.at)
        scene.note("whistle.blown", reason=whistle.reason, kind=whistle.kind.code, to=whistle.receiver.name)

    def _approve(self, scene: Scene, act: Act) -> None:
        self.whistle.approved_at, self.whistle.approved_by = act.at, act.held.user
        self._set_status(WhistleStatus.AWAITING_ACCEPTANCE, Move.APPROVE)
        self._end(Step.APPROVE, at=act.at)
        self._start(Step.DISPATCH, act.at)
        scene.note("whistle.approved", to=self.whistle.receiver.name)

    def _send_back(self, scene: Scene, act: Act) -> None:
        self.whistle.blown_at, self.whistle.blown_by = None, None
        self._set_status(WhistleStatus.DRAFT, Move.SEND_BACK)
        self._end(Step.APPROVE, at=act.at)
        scene.note("whistle.sent_back", reason=act.words)

    def _accept(self, scene: Scene, act: Act) -> None:
        self.whistle.accepted_at = act.at
        self._set_status(WhistleStatus.AWAITING_DISPATCH, Move.ACCEPT)
        scene.note("whistle.accepted")

    def _dispatch(self, scene: Scene, act: Act) -> None:
        self.duties = {}
        for unit in act.units:
            duty = Assignment(
                pk=self.ids.take("assignment"),
                whistle=self.whistle,
                unit=unit,
                is_lead=unit == act.units[0],
                created_at=act.at,
            )
            self.duties[unit.pk] = duty
            self.rows.assignments.append(duty)
        self.whistle.dispatched_at = act.at
        self._set_status(WhistleStatus.HANDLING, Move.DISPATCH)
        self._end(Step.DISPATCH, at=act.at)
        self._start(Step.CLOSE, act.at)
        for duty in self.duties.values():
            for step in (Step.SIGN, Step.REPORT_IN, Step.FEED_BACK):
                self._start(step, act.at, duty)
        self.case.called_units = sorted({*self.case.called_units, *(unit.pk for unit in act.units)})
        lead, *assists = act.units
        scene.note(
            "whistle.dispatched", reason=act.words, lead=lead.name, assists=[unit.name for unit in assists]
        )

    def _sign(self, scene: Scene, act: Act) -> None:
        duty = self.duties[act.units[0].pk]
        duty.signed_at, duty.signed_by = act.at, act.held.user
        duty.status = AssignmentStatus.AWAITING_REPORT_IN
        self._end(Step.SIGN, at=act.at, duty=duty)
        scene.note("assignment.signed", about=duty)

    def _report_in(self, scene: Scene, act: Act) -> None:
        duty = self.duties[act.units[0].pk]
        duty.reported_at, duty.reported_person, duty.reported_phone = act.at, act.words, duty.unit.duty_phone
        duty.status = AssignmentStatus.HANDLING
        self._end(Step.REPORT_IN, at=act.at, duty=duty)
        scene.note("assignment.reported_in", about=duty, person=act.words)

    def _feed_back(self, scene: Scene, act: Act) -> None:
        duty = self.duties[act.units[0].pk]
        measures, _, met_whom = act.words.partition("|")
        duty.fed_back_at, duty.measures, duty.met_whom = act.at, measures, met_whom
        duty.status = AssignmentStatus.FED_BACK
        self._end(Step.FEED_BACK, at=act.at, duty=duty)
        scene.note("assignment.fed_back", reason=measures, about=duty)
        if not any(other.status in WORKING_ASSIGNMENT for other in self.duties.values()):
            self._set_status(WhistleStatus.AWAITING_VERIFICATION, Move.FEED_BACK)
            self._end(Step.CLOSE, at=act.at)
            self._start(Step.VERIFY, act.at)

    def _verify(self, scene: Scene, act: Act) -> None:
        whistle = self.whistle
        whistle.verified_at, whistle.verdict, whistle.satisfaction = act.at, act.verdict, act.satisfaction
        self._set_status(WhistleStatus.AWAITING_EVALUATION, Move.VERIFY)
        if act.verdict == Whistle.Verdict.NOT_SOLVED:
            for deadline in self.running:
                if deadline.step == Step.VERIFY:
                    deadline.drop(Rung.LAPSE)
        scene.note("whistle.verified", reason=act.words, verdict=act.verdict, satisfaction=act.satisfaction)

    def _evaluate(self, scene: Scene, act: Act) -> None:
        duty = self.duties[act.units[0].pk]
        if act.grades is None:
            raise Impossible("a rating without grades")
        duty.evaluated_at, duty.comment = act.at, act.words
        duty.speed, duty.cooperation, duty.effect = speed, cooperation, effect = act.grades
        duty.solved, duty.satisfaction = act.verdict, act.satisfaction
        scene.note(
            "assignment.evaluated",
            reason=act.words,
            about=duty,
            speed=speed,
            cooperation=cooperation,
            effect=effect,
            solved=act.verdict,
            satisfaction=act.satisfaction,
        )

    def _rework(self, scene: Scene, act: Act) -> None:
        whistle, chosen = (
            self.whistle,
            sorted((self.duties[unit.pk] for unit in act.units), key=lambda d: d.pk),
        )
        for duty in chosen:
            take_back_in_memory(duty)
            duty.reworks += 1
        whistle.reworks += 1
        whistle.verified_at, whistle.verdict, whistle.satisfaction = None, "", ""
        self._set_status(WhistleStatus.HANDLING, Move.REWORK)
        self._end(Step.VERIFY, at=act.at)
        share = self._side_paths().rework_share_percent
        self._start(Step.CLOSE, act.at, share=share)
        for duty in chosen:
            self._start(Step.FEED_BACK, act.at, duty, share=share)
        scene.note("whistle.sent_for_rework", reason=act.words, units=[duty.unit.name for duty in chosen])

    def _close(self, scene: Scene, act: Act) -> None:
        if self.whistle.verdict == Whistle.Verdict.NOT_SOLVED:
            raise Impossible("not solved cannot be closed")
        self._set_status(WhistleStatus.CLOSED, Move.CLOSE)
        self.whistle.ended_at = act.at
        self._end(Step.VERIFY, at=act.at)
        self._end_case(ending_of(self.whistle), act.at)
        scene.note("whistle.closed", verdict=self.whistle.verdict)

    def _answer(self, scene: Scene, act: Act) -> None:
        text, basis, evidence = act.words.split("|")
        self._leave(WhistleStatus.ANSWERED, Move.ANSWER, Ending.FINAL_ANSWER, act.at)
        self.rows.answers.append(
            FinalAnswer(
                whistle=self.whistle,
                text=text,
                legal_basis=basis,
                evidence=evidence,
                signed_by=act.held.user,
                signed_at=act.at,
            )
        )
        scene.note("whistle.answered", reason=text, basis=basis, evidence=evidence)

    def _upgrade(self, scene: Scene, act: Act) -> None:
        self._raise(scene, reason=act.words, kind=act.kind)

    def _raise(self, scene: Scene, *, reason: str, kind: Kind | None) -> None:
        """End this tier's whistle as upgraded and blow the next tier's."""
        whistle, at = self.whistle, scene.now
        caller = whistle.receiver
        tier = cases.tier_of(caller)
        self._stop_all(at)
        self._release(Move.UPGRADE)
        self._set_status(WhistleStatus.UPGRADED, Move.UPGRADE)
        whistle.ended_at = at
        after = self._whistle(
            tier=tier, kind=kind or self.directory.next_kind(whistle.kind, tier), caller=caller, at=at
        )
        after.status, after.reason = WhistleStatus.AWAITING_ACCEPTANCE, reason
        after.blown_at = after.approved_at = at
        after.blown_by = after.approved_by = scene.by
        self.whistle, self.duties = after, {}
        self._start(Step.DISPATCH, at)
        scene.note("case.upgraded", reason=reason, to=after.receiver.name, automatic=scene.by.is_system)

    # -- clocks ----------------------------------------------------------------------------------------

    def _climb(self, deadline: CaseDeadline) -> None:
        step = deadline.next_step
        if step is None:
            raise Impossible("an alarm without a rung")
        now = step.at + self.beat
        rung = CaseRung(
            pk=self.ids.take("rung"),
            deadline=deadline,
            rung=step.rung.value,
            planned_at=step.at,
            climbed_at=now,
        )
        self.rows.rungs.append(rung)
        self.entries.append(ringing.entry_of(deadline, by=self.system, now=now))
        deadline.climb()
        ends = step.rung is Rung.LAPSE or (step.rung is Rung.UPGRADE and self.whistle.tier != Tier.COUNTY)
        if not ends:
            return
        scene = Scene(case=self.case, whistle=self.whistle, by=self.system, now=now, calendar=self.calendar)
        if step.rung is Rung.LAPSE:
            self._lapse(scene)
        else:
            self._raise(scene, reason=ringing.upgrade_reason(), kind=None)
        self._finish(scene)
