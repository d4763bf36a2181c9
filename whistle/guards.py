"""Who may make which move now. `check_*` refuses with a sentence, `can_*` answers for a button by calling it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.errors import Refused
from whistle.models import Assignment, Whistle
from whistle.workflow import MOVES, TURN, Move, MoveRule, Party


class MoveRefused(Refused):
    """A move that the workflow, the person's rights or the facts do not allow now."""


@dataclass(frozen=True)
class MoveOption:
    """A move as one person sees it on one case: allowed, or the sentence that says when it will be."""

    move: Move
    rule: MoveRule
    whistle: Whistle
    assignment: Assignment | None
    refusal: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether it can be made now."""
        return not self.refusal


def standing(
    rule: MoveRule, *, whistle: Whistle, assignment: Assignment | None, user: User
) -> Appointment | None:
    """Return the appointment in which the user stands on the move's side, or None. No query once rights are loaded.

    Caller and receiver are known by the seat of the unit, so that a centre and its street office stand on one
    side; an assignment belongs to the very unit that was called.
    """
    if rule.party is Party.ASSIGNEE:
        return user.appointment_for(rule.permission, unit=assignment.unit) if assignment is not None else None
    side = whistle.caller if rule.party is Party.CALLER else whistle.receiver
    return user.appointment_in(rule.permission, division_code=side.division_id)


def check_move(
    move: Move, *, whistle: Whistle, assignment: Assignment | None = None, by: User
) -> Appointment | None:
    """Return the appointment in which `by` makes the move; refuse with a sentence otherwise.

    The system actor may upgrade and needs no appointment. Facts a form brings along (which units, which
    verdict) are checked by the move's service.
    """
    rule = MOVES[move]
    held = standing(rule, whistle=whistle, assignment=assignment, user=by)
    if held is None and not (by.is_system and move is Move.UPGRADE):
        raise MoveRefused(
            _("You do not hold a role that may do this here: %(move)s.") % {"move": rule.label}, code="role"
        )
    if whistle.status not in rule.sources:
        raise MoveRefused(_not_now(rule, whistle), code="status")
    if assignment is not None and rule.is_about_assignment:
        check_assignment(move, assignment)
    return held


def check_assignment(move: Move, assignment: Assignment) -> None:
    """Refuse when the unit's duty is not in a status from which the move starts, or was rated already."""
    rule = MOVES[move]
    if assignment.status not in rule.assignment_sources:
        raise MoveRefused(
            _("%(unit)s: %(status)s. %(when)s")
            % {
                "unit": assignment.unit.short_name,
                "status": assignment.get_status_display(),
                "when": rule.when,
            },
            code="status",
        )
    if move is Move.EVALUATE and assignment.evaluated_at is not None:
        raise MoveRefused(
            _("%(unit)s has been rated already.") % {"unit": assignment.unit.short_name}, code="status"
        )


def can_move(move: Move, *, whistle: Whistle, assignment: Assignment | None = None, user: User) -> bool:
    """Whether `check_move` would let the user pass."""
    try:
        check_move(move, whistle=whistle, assignment=assignment, by=user)
    except MoveRefused:
        return False
    return True


def get_options(*, whistle: Whistle, assignments: list[Assignment], user: User) -> list[MoveOption]:
    """Return the moves on this whistle for which the user stands on the right side: allowed now, or why not.

    Moves that will never be this person's are left out, and so are those that are behind. No query when the
    whistle's units, the assignments' units and the user's rights are loaded.
    """
    options: list[MoveOption] = []
    for move, rule in MOVES.items():
        for assignment in assignments if rule.is_about_assignment else [None]:
            if standing(rule, whistle=whistle, assignment=assignment, user=user) is None:
                continue
            option = MoveOption(move, rule, whistle, assignment, _refusal(move, whistle, assignment, user))
            if option.is_allowed or not _is_behind(option):
                options.append(option)
    return options


def _refusal(move: Move, whistle: Whistle, assignment: Assignment | None, user: User) -> str:
    try:
        check_move(move, whistle=whistle, assignment=assignment, by=user)
    except MoveRefused as refused:
        return str(MOVES[move].when) if refused.code == "status" else refused.sentence
    return ""


def _is_behind(option: MoveOption) -> bool:
    """Whether the workflow has passed the move, so that it cannot come again without a rework."""
    order = list(TURN)
    place = order.index(option.whistle.status)  # type: ignore[arg-type]  # statuses are stored as their values
    if not option.whistle.is_open or place > max(order.index(s) for s in option.rule.sources):
        return True
    if option.assignment is None or not option.rule.is_about_assignment:
        return False
    if option.move is Move.EVALUATE:
        return option.assignment.evaluated_at is not None
    ladder = ["awaiting_signature", "awaiting_report_in", "handling", "fed_back", "released"]
    return ladder.index(option.assignment.status) > max(
        ladder.index(s) for s in option.rule.assignment_sources
    )


def _not_now(rule: MoveRule, whistle: Whistle) -> str:
    return _("Now: %(status)s. %(when)s") % {"status": whistle.get_status_display(), "when": rule.when}
