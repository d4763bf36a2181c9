"""The rows of lists: everything a template prints, read in a fixed number of queries however many rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import addresses, asked, clock_faces, guards, hours
from whistle.models import Assignment, Case, CaseDeadline, Whistle
from whistle.selectors import Handler, get_handlers
from whistle.services.searching import names_of
from whistle.suggestions import Suggestion, suggest_units
from whistle.turns import NEXT_DUTY_STEP
from whistle.workflow import (
    MOVES,
    NEXT_ASSIGNMENT_MOVE,
    NEXT_MOVE,
    UNFINISHED_ASSIGNMENT,
    AssignmentStatus,
    Move,
    Step,
    WhistleStatus,
)

W = WhistleStatus
UNDECIDED = (W.AWAITING_ACCEPTANCE, W.AWAITING_DISPATCH)  # nobody was called yet
BEHIND = tuple(UNFINISHED_ASSIGNMENT)  # the furthest behind first: it is the one that is waited for


@dataclass(frozen=True)
class CaseRow:
    """One case in a list, with the whistle that is worked on and the units on it.

    `line` and `why` are the reason column; `lead` stands there as a chip instead of `line` once units are called.
    """

    case: Case
    whistle: Whistle
    duties: Sequence[Assignment]
    due: parts.Due
    turn: str
    verb: parts.Move | None
    line: str = ""
    why: str = ""
    lead: Assignment | None = None
    assists: str = ""
    badges: Sequence[str] = ()
    suggestion: Suggestion | None = None
    compound: str = ""


@dataclass(frozen=True)
class DutyRow:
    """One duty of a unit in the liaison's list."""

    duty: Assignment
    whistle: Whistle
    case: Case
    due: parts.Due
    verb: parts.Move | None
    badges: Sequence[str] = ()
    handler: Handler | None = None
    compound: str = ""


def present(cases: Iterable[Case]) -> list[Whistle]:
    """Return the whistle each case stands at, in the order of the cases. One query.

    It is the one that was not upgraded: a case has exactly one.
    """
    places = {case.pk: (place, case) for place, case in enumerate(cases)}
    found = (
        Whistle.objects.filter(case_id__in=places)
        .exclude(status=W.UPGRADED)
        .select_related("kind", "sub_class", "caller", "receiver__division")
    )
    rows = sorted(found, key=lambda whistle: places[whistle.case_id][0])
    for row in rows:
        row.case = places[row.case_id][1]
    return rows


def case_rows(
    whistles: Sequence[Whistle], *, user: User, now: datetime, calendar: Calendar | None = None
) -> list[CaseRow]:
    """Return the rows of these whistles, with the move that is this person's.

    The whistles come with case, division, kind, caller and receiver. Two queries, three for the calendar, three for
    what the catalogue proposes where somebody is to accept or dispatch, one where some happened in a compound.
    """
    calendar = calendar or get_calendar()
    duties, clocks = _duties(whistles), _earliest(whistles)
    hours.load([clock for found in clocks.values() for clock in found], calendar)
    proposed = suggest_units([whistle for whistle in whistles if whistle.status in UNDECIDED], now=now)
    rows = [
        _case_row(w, duties[w.pk], clocks[w.case_id], user=user, now=now, calendar=calendar) for w in whistles
    ]
    named = names_of(row.case for row in rows)
    return [
        replace(
            row,
            suggestion=proposed.get(row.whistle.pk),
            compound=named.get(row.case.compound_id or 0, ""),
        )
        for row in rows
    ]


def duty_rows(
    duties: Sequence[Assignment], *, now: datetime, calendar: Calendar | None = None
) -> list[DutyRow]:
    """Return the rows of these duties. They come with their relations. Two queries and the calendar."""
    calendar = calendar or get_calendar()
    found = list(CaseDeadline.objects.running().filter(assignment__in=duties).select_related("policy"))
    hours.load(found, calendar)
    clocks = {(clock.assignment_id, clock.step): clock for clock in found}
    handlers = get_handlers(duties)
    named = names_of(duty.whistle.case for duty in duties)
    rows = []
    for duty in duties:
        clock = clocks.get((duty.pk, NEXT_DUTY_STEP.get(AssignmentStatus(duty.status), "")))
        face = _duty_face(duty, clock, now=now, calendar=calendar)
        rows.append(
            DutyRow(
                duty,
                duty.whistle,
                duty.whistle.case,
                face,
                _open_verb(duty),
                badges=_duty_badges(duty),
                handler=handlers.get(duty.pk),
                compound=named.get(duty.whistle.case.compound_id or 0, ""),
            )
        )
    return rows


def running_clocks(whistles: Sequence[Whistle]) -> dict[int, list[CaseDeadline]]:
    """Return the running deadlines of these whistles' cases by case, the earliest first. One query."""
    clocks: dict[int, list[CaseDeadline]] = defaultdict(list)
    found = CaseDeadline.objects.running().filter(case_id__in={w.case_id for w in whistles})
    for clock in found.order_by("due_at", "id"):
        clocks[clock.case_id].append(clock)
    return clocks


def _earliest(whistles: Sequence[Whistle]) -> dict[int, list[CaseDeadline]]:
    """Return by case the running deadline that falls due first and, after it, the end of a hold. One query."""
    running = CaseDeadline.objects.running().filter(case_id__in=[w.case_id for w in whistles])
    parted = running.annotate(is_end=ExpressionWrapper(Q(step=Step.HOLD), output_field=BooleanField()))
    found: dict[int, list[CaseDeadline]] = defaultdict(list)
    for clock in parted.order_by("case_id", "is_end", "due_at", "id").distinct("case_id", "is_end"):
        found[clock.case_id].append(clock)
    return found


def duty_verb(duty: Assignment) -> parts.Move | None:
    """Return the next move on a unit's duty. Signing is sent at once, the others have a form."""
    move = NEXT_ASSIGNMENT_MOVE[AssignmentStatus(duty.status)]
    if move is None:
        return None
    return addresses.duty_button(duty.pk, move)


def next_move(whistle: Whistle) -> Move | None:
    """Return the move that is expected next; what was verified as not solved goes back instead of being closed."""
    if whistle.verdict == Whistle.Verdict.NOT_SOLVED and whistle.status == W.AWAITING_EVALUATION:
        return Move.REWORK
    return NEXT_MOVE[WhistleStatus(whistle.status)]


def rate_button(whistle: Whistle) -> parts.Move:
    """Return the button after a verification: rework when it is not solved, else to where the units are rated."""
    if next_move(whistle) is Move.REWORK:
        return addresses.case_button(whistle.case_id, Move.REWORK)
    return parts.Move(label=_("Rate and close"), url=whistle.case.get_absolute_url())


def face_of(case: Case, clocks: Sequence[CaseDeadline], *, now: datetime, calendar: Calendar) -> parts.Due:
    """Return the time of a case as lists show it: of the promise that falls due first. No query."""
    if case.closed_at is not None:
        return clock_faces.closed(case, calendar=calendar)
    if case.parent_id is not None:
        return clock_faces.merged()
    if case.hold_until is not None:
        return clock_faces.on_hold(case, now=now)
    if not clocks:
        return clock_faces.without_limit()
    return clock_faces.running(clocks[0], now=now, calendar=calendar)


def turn_of(whistle: Whistle, duties: Sequence[Assignment]) -> str:
    """Return whose turn it is as a short sentence; for a closed case how it ended. No query."""
    if whistle.status == W.CLOSED and whistle.verdict:
        return " ".join(word for word in (_verdict(whistle), _satisfaction(whistle)) if word)
    if whistle.case.ending:
        return str(whistle.case.get_ending_display())
    if whistle.status == W.ON_HOLD:
        return _("On hold with %(unit)s") % {"unit": whistle.receiver.short_name}
    for question in asked.questions_of(whistle):
        return asked.turn_of(question, whistle)
    late = slowest(duties) if whistle.status == W.HANDLING else None
    if late is not None:
        return _duty_turn(late)
    called = whistle.status in (W.AWAITING_ACCEPTANCE, W.AWAITING_DISPATCH, W.HANDLING)
    unit = whistle.receiver if called else whistle.caller
    return _sentences()[WhistleStatus(whistle.status)] % {"unit": unit.short_name}


def slowest(duties: Sequence[Assignment]) -> Assignment | None:
    """Return the duty everybody waits for: the one furthest behind, the lead's before an assisting unit's."""
    working = [duty for duty in duties if duty.status in BEHIND]
    return min(working, key=lambda d: (BEHIND.index(AssignmentStatus(d.status)), not d.is_lead), default=None)


def _case_row(
    whistle: Whistle,
    duties: list[Assignment],
    clocks: list[CaseDeadline],
    *,
    user: User,
    now: datetime,
    calendar: Calendar,
) -> CaseRow:
    case = whistle.case
    line, why = _reason(whistle, duties)
    questions = asked.questions_of(whistle)
    if asked.is_ending(whistle, clocks, now=now):
        questions.append(asked.RENEWAL)
    lead = next((duty for duty in duties if duty.is_lead), None)
    return CaseRow(
        case=case,
        whistle=whistle,
        duties=duties,
        due=face_of(case, clocks, now=now, calendar=calendar),
        turn=turn_of(whistle, duties),
        verb=_verb(whistle, duties, user, questions),
        line=line,
        why=why,
        lead=lead,
        badges=[str(question.badge) for question in questions],
        assists=pgettext("between names", ", ").join(
            duty.unit.short_name for duty in duties if not duty.is_lead
        ),
    )


def _verb(
    whistle: Whistle, duties: Sequence[Assignment], user: User, questions: Sequence[asked.Question]
) -> parts.Move | None:
    move = next_move(whistle)
    if move is not None and guards.can_move(move, whistle=whistle, user=user):
        if whistle.status == W.AWAITING_EVALUATION:
            return rate_button(whistle)
        return addresses.case_button(whistle.case_id, move)
    for question in questions:
        found = _answer(question.move, whistle, duties, user)
        if found is not None:
            return found
    for duty in duties:
        step = NEXT_ASSIGNMENT_MOVE[AssignmentStatus(duty.status)]
        if step and guards.can_move(step, whistle=whistle, assignment=duty, user=user):
            return duty_verb(duty)
    return None


def _answer(move: Move, whistle: Whistle, duties: Sequence[Assignment], user: User) -> parts.Move | None:
    """Return the button that answers what is asked, if that is this person's."""
    if not MOVES[move].is_about_assignment:
        allowed = guards.can_move(move, whistle=whistle, user=user)
        return addresses.case_button(whistle.case_id, move) if allowed else None
    for duty in duties:
        if guards.can_move(move, whistle=whistle, assignment=duty, user=user):
            return addresses.duty_button(duty.pk, move)
    return None


def _reason(whistle: Whistle, duties: Sequence[Assignment]) -> tuple[str, str]:
    """Return what the person who moves next should know, in two short lines."""
    case = whistle.case
    if whistle.status in (W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION, W.CLOSED):
        lead = next((duty for duty in duties if duty.is_lead), None)
        return "", lead.measures if lead is not None else ""
    if whistle.status in (W.HANDLING, W.ON_HOLD):
        return "", turn_of(whistle, duties)
    if whistle.reason:
        return whistle.reason, case.place
    return case.place, _("Already tried: %(what)s") % {"what": case.tried} if case.tried else ""


def _duties(whistles: Sequence[Whistle]) -> dict[int, list[Assignment]]:
    duties: dict[int, list[Assignment]] = defaultdict(list)
    found = Assignment.objects.counting().filter(whistle__in=whistles).select_related("unit")
    for duty in found.order_by("-is_lead", "id"):
        duties[duty.whistle_id].append(duty)
    return duties


def _duty_face(
    duty: Assignment, clock: CaseDeadline | None, *, now: datetime, calendar: Calendar
) -> parts.Due:
    if clock is not None:
        return clock_faces.running(clock, now=now, calendar=calendar)
    if duty.fed_back_at is not None and duty.status == AssignmentStatus.FED_BACK:
        return parts.Due(light="closed", at=duty.fed_back_at, word=_("Fed back"))
    return clock_faces.without_limit()


def _duty_turn(duty: Assignment) -> str:
    return {
        AssignmentStatus.AWAITING_SIGNATURE: _("%(unit)s to sign"),
        AssignmentStatus.AWAITING_REPORT_IN: _("%(unit)s to report in"),
        AssignmentStatus.OBJECTED: _("%(unit)s objects"),
    }.get(AssignmentStatus(duty.status), _("%(unit)s handles it")) % {"unit": duty.unit.short_name}


def _open_verb(duty: Assignment) -> parts.Move | None:
    """Return the next move on a duty; none while its matter is on hold."""
    return None if duty.whistle.status == W.ON_HOLD else duty_verb(duty)


def _duty_badges(duty: Assignment) -> list[str]:
    """Return what a unit should know of its duty besides the step."""
    if duty.status == AssignmentStatus.OBJECTED:
        return [str(AssignmentStatus.OBJECTED.label)]
    if duty.whistle.status == W.ON_HOLD:
        return [str(WhistleStatus.ON_HOLD.label)]
    return [_("Named by a consultation")] if duty.is_final else []


def _sentences() -> dict[WhistleStatus, str]:
    return {
        W.DRAFT: _("%(unit)s to blow"),
        W.AWAITING_APPROVAL: _("%(unit)s to sign off"),
        W.AWAITING_ACCEPTANCE: _("%(unit)s to accept"),
        W.RETURNED: _("%(unit)s to complete"),
        W.AWAITING_DISPATCH: _("%(unit)s to dispatch"),
        W.HANDLING: _("%(unit)s to dispatch"),
        W.AWAITING_VERIFICATION: _("%(unit)s to verify"),
        W.AWAITING_EVALUATION: _("%(unit)s to rate and close"),
        W.MERGED: _("handled together with another case"),
    }


def _verdict(whistle: Whistle) -> str:
    return whistle.get_verdict_display()


def _satisfaction(whistle: Whistle) -> str:
    return whistle.get_satisfaction_display() if whistle.satisfaction else ""
