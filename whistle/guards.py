"""Who may make which move now. `check_*` refuses with a sentence, `can_*` answers for a button by calling it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Appointment, User
from whistle.facts import MoveRefused, check_facts, check_moment
from whistle.models import Assignment, Case, Whistle
from whistle.workflow import (
    DUTY_PROGRESS,
    MOVES,
    PROGRESS,
    AssignmentStatus,
    Move,
    MoveRule,
    Party,
    WhistleStatus,
)

__all__ = [
    "MoveOption",
    "MoveRefused",
    "can_move",
    "check_assignment",
    "check_decides",
    "check_move",
    "get_options",
    "reaches",
    "standing",
    "standing_over",
]


@dataclass(frozen=True)
class MoveOption:
    """A move as one person sees it on one case: allowed, or the sentence that says when it will be, or was."""

    move: Move
    rule: MoveRule
    whistle: Whistle
    assignment: Assignment | None
    refusal: str = ""
    is_late: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether it can be made now."""
        return not self.refusal


def standing(
    rule: MoveRule, *, whistle: Whistle, assignment: Assignment | None, user: User
) -> Appointment | None:
    """Return the appointment in which the user stands on the move's side, or None. No query once rights are loaded.

    Caller, receiver and the tier above are known by the seat of the unit, so that a centre and its street office
    stand on one side; an assignment belongs to the very unit that was called.
    """
    for party, permission in rule.sides:
        if party is Party.ASSIGNEE:
            held = user.appointment_for(permission, unit=assignment.unit) if assignment is not None else None
        else:
            held = user.appointment_in(permission, division_code=whistle.seat_of(party))
        if held is not None:
            return held
    return None


def check_move(
    move: Move,
    *,
    whistle: Whistle,
    assignment: Assignment | None = None,
    by: User,
    now: datetime | None = None,
) -> Appointment | None:
    """Return the appointment in which `by` makes the move; refuse with a sentence otherwise.

    The system actor makes automatic moves and needs no appointment. What the matter itself stands in the way of is in
    `facts`; what a form brings along (which units, which verdict) is checked by the move's service. Given `now`, a
    move whose time has run out is refused too.
    """
    rule = MOVES[move]
    if rule.is_only_automatic and not by.is_system:
        raise MoveRefused(str(rule.when), code="role")
    held = standing(rule, whistle=whistle, assignment=assignment, user=by)
    if held is None and not (by.is_system and rule.is_automatic):
        raise MoveRefused(
            _("You do not hold a role that may do this here: %(move)s.") % {"move": rule.label}, code="role"
        )
    if whistle.status not in rule.sources:
        raise MoveRefused(_not_now(rule, whistle), code="status")
    if assignment is not None and rule.is_about_assignment:
        check_assignment(move, assignment)
    check_facts(move, whistle=whistle, assignment=assignment)
    if now is not None:
        check_moment(move, whistle=whistle, assignment=assignment, now=now)
    check_four_eyes(move, whistle=whistle, held=held, by=by)
    return held


def check_four_eyes(move: Move, *, whistle: Whistle, held: Appointment | None, by: User) -> None:
    """Refuse that a stand-in signs off, in the absent secretary's place, the whistle they blew themselves."""
    if move is Move.APPROVE and held is not None and held.user_id != by.pk and whistle.blown_by_id == by.pk:
        raise MoveRefused(
            _("You blew it yourself. In %(name)s's place somebody else has to sign it off, or %(name)s does.")
            % {"name": held.user},
            code="four_eyes",
        )


def check_decides(*, asked_by: User, held: Appointment | None, by: User) -> None:
    """Refuse that a stand-in decides, in the absent person's place, what they asked for themselves. No query."""
    if held is not None and held.user_id != by.pk and asked_by.pk == by.pk:
        raise MoveRefused(
            _(
                "You asked for it yourself. In %(name)s's place somebody else has to decide it, or %(name)s does."
            )
            % {"name": held.user},
            code="four_eyes",
        )


def check_assignment(move: Move, assignment: Assignment) -> None:
    """Refuse when the unit's duty is not in a status from which the move starts."""
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


def can_move(move: Move, *, whistle: Whistle, assignment: Assignment | None = None, user: User) -> bool:
    """Whether `check_move` would let the user pass."""
    try:
        check_move(move, whistle=whistle, assignment=assignment, by=user)
    except MoveRefused:
        return False
    return True


def get_options(
    *, whistle: Whistle, assignments: list[Assignment], user: User, now: datetime | None = None
) -> list[MoveOption]:
    """Return the moves on this whistle for which the user stands on the right side: allowed now, or why not.

    Moves that will never be this person's are left out, and so are those that are behind; one whose time has run
    out says so. No query when the whistle's units, the assignments' units and the user's rights are loaded, but for
    what `facts.check_moment` costs.
    """
    options: list[MoveOption] = []
    for move, rule in MOVES.items():
        if rule.is_only_automatic:
            continue
        for assignment in assignments if rule.is_about_assignment else [None]:
            if standing(rule, whistle=whistle, assignment=assignment, user=user) is None:
                continue
            option = _option(move, whistle, assignment, user, now)
            if option.is_allowed or option.is_late or not (rule.is_quiet or _is_behind(option)):
                options.append(option)
    return options


def _option(
    move: Move, whistle: Whistle, assignment: Assignment | None, user: User, now: datetime | None
) -> MoveOption:
    rule, refusal, is_late = MOVES[move], "", False
    try:
        check_move(move, whistle=whistle, assignment=assignment, by=user, now=now)
    except MoveRefused as refused:
        refusal = str(rule.when) if refused.code == "status" else refused.sentence
        is_late = refused.code == "late"
    return MoveOption(move, rule, whistle, assignment, refusal, is_late)


def _is_behind(option: MoveOption) -> bool:
    """Whether the workflow has passed the move, so that it cannot come again without a rework."""
    place = PROGRESS[WhistleStatus(option.whistle.status)]
    if not option.whistle.is_open or place > max(PROGRESS[s] for s in option.rule.sources):
        return True
    if option.assignment is None or not option.rule.is_about_assignment:
        return False
    if option.move is Move.EVALUATE:
        return option.assignment.evaluated_at is not None
    reached = DUTY_PROGRESS[AssignmentStatus(option.assignment.status)]
    return reached > max(DUTY_PROGRESS[s] for s in option.rule.assignment_sources)


def _not_now(rule: MoveRule, whistle: Whistle) -> str:
    return _("Now: %(status)s. %(when)s") % {"status": whistle.get_status_display(), "when": rule.when}


def reaches(user: User, permission: str, case: Case) -> bool:
    """Whether this right of the user reaches the case: `visible_to` for a case that is at hand. At most one query."""
    scope = user.scope(permission)
    inside = any(case.division_id.startswith(prefix) for prefix in scope.prefixes)
    return inside or bool(set(scope.unit_ids) & set(case.called_units))


def standing_over(case: Case, *, permission: str, user: User) -> Appointment | None:
    """Return the appointment whose territory holds the case, the nearest one, or None. At most one query."""
    if not reaches(user, permission, case):
        return None
    held = [a for a in user.acting_appointments if permission in a.role_definition.allows]
    return max(
        held,
        key=lambda a: (case.division_id.startswith(a.unit.division_id), len(a.unit.division_id)),
        default=None,
    )
