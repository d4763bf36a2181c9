"""Where a case stands: its steps, whose turn it is, how long there is. No query."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.ui import moments, parts
from whistle import asked, clock_faces
from whistle.models import Assignment, CaseDeadline, Whistle
from whistle.presenters.clocks import Watch, clock_note, ruler, unit_of
from whistle.workflow import MOVES, NEXT_ASSIGNMENT_MOVE, AssignmentStatus, Move, Step, WhistleStatus

W, A = WhistleStatus, AssignmentStatus

# Which of the eight cells is the present one
CELL_OF_STATUS: dict[str, int] = {
    W.DRAFT: 0,
    W.AWAITING_APPROVAL: 0,
    W.AWAITING_ACCEPTANCE: 1,
    W.RETURNED: 1,
    W.AWAITING_DISPATCH: 1,
    W.AWAITING_VERIFICATION: 5,
    W.AWAITING_EVALUATION: 6,
    W.MERGED: 1,
    W.CLOSED: 8,
    W.UPGRADED: 8,
    W.ANSWERED: 8,
    W.WITHDRAWN: 8,
}
CELL_OF_LEAD: dict[str, int] = {
    A.AWAITING_SIGNATURE: 2,
    A.AWAITING_REPORT_IN: 3,
    A.OBJECTED: 2,
    A.HANDLING: 4,
    A.FED_BACK: 4,
}


# A hold ends at midnight; its last day is the one before
LAST = timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    """The card on top of a case. `minutes` is None when nothing runs; then `ended` says how it came out."""

    steps: list[parts.Step]
    light: parts.Light
    turns: list[str]
    label: str = ""
    minutes: int | None = None
    unit: str = "working"
    per_day: int = 420
    is_over: bool = False
    due_label: str = ""
    due_day: str = ""
    due_clock: str = ""
    note: str = ""
    provisional: bool = False
    ruler: parts.Ruler | None = None
    ended: str = ""
    ended_label: str = ""
    nobody: str = ""


def step_names() -> list[str]:
    """Return the eight cells of a case's way."""
    return [
        pgettext("step", "Blow"),
        pgettext("step", "Dispatch"),
        pgettext("step", "Sign"),
        pgettext("step", "Report in"),
        pgettext("step", "Handle"),
        pgettext("step", "Verify"),
        pgettext("step", "Rate"),
        pgettext("step", "Close"),
    ]


def get_standing(
    *, whistle: Whistle, duties: list[Assignment], main: CaseDeadline | None, watch: Watch
) -> Standing:
    """Return where the case stands, told by its latest whistle, its duties and its main deadline."""
    if whistle.status == W.ON_HOLD:
        return _on_hold(whistle, duties, main, watch)
    at = present_cell(whistle, duties)
    ended = _done_before_the_end(whistle)
    cells = [
        parts.Step(name, _state(place, at) if ended is None else ("done" if place in ended else ""))
        for place, name in enumerate(step_names())
    ]
    turns = whose_turn(whistle, duties)
    if whistle.status == W.MERGED:
        return Standing(
            steps=cells, light="wait", turns=turns, nobody=_("handled together with another case")
        )
    if main is None or not main.is_running:
        return _closed(whistle, cells, turns, main, watch)
    over = main.light(watch.now) == "over"
    names = {"step": main.get_step_display()}
    return Standing(
        steps=cells,
        light=main.light(watch.now),  # type: ignore[arg-type]  # one of the words of parts.Light
        turns=turns,
        label=(_("%(step)s: overdue by") if over else _("%(step)s: time left")) % names,
        minutes=watch.left(main),
        unit=unit_of(main),
        per_day=watch.per_day(main),
        is_over=over,
        due_label=_("%(step)s: limit") % names,
        due_day=due_day(main, watch),
        due_clock=moments.clock(main.due_at),
        note=clock_note(main, watch),
        provisional=main.provisional,
        ruler=ruler(main, watch),
    )


def _closed(
    whistle: Whistle, cells: list[parts.Step], turns: list[str], main: CaseDeadline | None, watch: Watch
) -> Standing:
    """Return the standing of a matter of which no closing limit runs: when it was closed, how long it took."""
    return Standing(
        steps=cells,
        light="closed",
        turns=turns,
        ended=_ending(whistle, main, watch),
        nobody=clock_faces.ended_word(whistle.case) or _("Nobody's: it is closed"),
        due_label=_("Closed at"),
        due_day=moments.day(whistle.ended_at, watch.now) if whistle.ended_at else "",
        due_clock=moments.clock(whistle.ended_at) if whistle.ended_at else "",
    )


def _on_hold(whistle: Whistle, duties: list[Assignment], main: CaseDeadline | None, watch: Watch) -> Standing:
    """Return the standing of a matter on hold: until when, and what its closing limit will still have."""
    at = present_cell(whistle, duties)
    until = whistle.case.hold_until
    last = moments.day(until - LAST, watch.now) if until is not None else ""
    left = watch.left_text(main) if main is not None and main.is_running else ""
    return Standing(
        steps=[parts.Step(name, _state(place, at)) for place, name in enumerate(step_names())],
        light="hold",
        turns=whose_turn(whistle, duties),
        due_label=_("On hold until"),
        due_day=last,
        ended=left,
        ended_label=_("Closing limit stands at"),
    )


def due_day(deadline: CaseDeadline, watch: Watch) -> str:
    """Return the day with its weekday, or today."""
    today = watch.calendar.local_day(deadline.due_at) == watch.calendar.local_day(watch.now)
    return _("today") if today else moments.day(deadline.due_at, watch.now)


def present_cell(whistle: Whistle, duties: list[Assignment]) -> int:
    """Return the place of the present cell; while units work, the lead's step tells."""
    if whistle.status in CELL_OF_STATUS:
        return CELL_OF_STATUS[whistle.status]
    lead = next((d for d in duties if d.is_lead and d.status in CELL_OF_LEAD), None)
    return CELL_OF_LEAD[lead.status] if lead is not None else 4


def whose_turn(whistle: Whistle, duties: list[Assignment]) -> list[str]:
    """Return who has to do what now, one line for each verb; empty when it is nobody's turn."""
    caller, receiver = whistle.caller.short_name, whistle.receiver.short_name
    one = {
        W.DRAFT: (caller, MOVES[Move.BLOW].label),
        W.AWAITING_APPROVAL: (_("Secretary of %(unit)s") % {"unit": caller}, MOVES[Move.APPROVE].label),
        W.AWAITING_ACCEPTANCE: (receiver, MOVES[Move.ACCEPT].label),
        W.RETURNED: (caller, MOVES[Move.COMPLETE].label),
        W.AWAITING_DISPATCH: (receiver, MOVES[Move.DISPATCH].label),
        W.AWAITING_VERIFICATION: (caller, MOVES[Move.VERIFY].label),
        W.AWAITING_EVALUATION: (
            caller,
            _("rework or upgrade") if whistle.verdict == Whistle.Verdict.NOT_SOLVED else _("rate and close"),
        ),
    }.get(WhistleStatus(whistle.status))
    if one is not None:
        return [turn_text([one[0]], str(one[1]))]
    if whistle.status == W.ON_HOLD:
        return [turn_text([receiver], str(MOVES[Move.REVIEW_HOLD].label))]
    if whistle.status != W.HANDLING:
        return []
    told = [asked.turn_of(question, whistle) for question in asked.questions_of(whistle)]
    by_verb: dict[str, list[str]] = {}
    for duty in duties:
        move = NEXT_ASSIGNMENT_MOVE[AssignmentStatus(duty.status)]
        if move is not None:
            by_verb.setdefault(str(verb_of(move)), []).append(duty.unit.short_name)
    return told + [turn_text(units, verb) for verb, units in by_verb.items()]


def verb_of(move: Move) -> str:
    """Return what a unit does next, short: handling is what leads to feeding back."""
    if move is Move.FEED_BACK:
        return pgettext("step", "Handle")
    return str(MOVES[move].label)


def turn_text(units: list[str], verb: str) -> str:
    """Return one line of "whose turn": units and verb."""
    return pgettext("whose turn", "%(units)s: %(verb)s") % {"units": _(", ").join(units), "verb": verb}


def _done_before_the_end(whistle: Whistle) -> set[int] | None:
    """Return which cells were passed where a whistle ended beside the road; None for every other whistle."""
    if whistle.status == W.WITHDRAWN:
        return set(range(4 if whistle.dispatched_at else 1))
    if whistle.status == W.ANSWERED:
        return {*range(6 if whistle.verified_at else 5), 7}
    if whistle.status == W.CLOSED and not whistle.verdict:
        return {*range(5), 7}
    return None


def _state(place: int, at: int) -> parts.StepState:
    if place < at:
        return "done"
    return "now" if place == at else ""


def _ending(whistle: Whistle, main: CaseDeadline | None, watch: Watch) -> str:
    if main is None or main.step != Step.CLOSE:
        return ""
    return watch.took_text(main)
