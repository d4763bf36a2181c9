"""What a move asks of the matter itself, beyond status and person. Guards ask it, so a button knows it too.

A fact reads what is loaded with the whistle; it costs no query once the page's relations are there.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused
from whistle.models import Approver, Assignment, Whistle
from whistle.workflow import MOVES, Move, Tier


class MoveRefused(Refused):
    """A move that the workflow, the person's rights or the facts do not allow now."""


Fact = Callable[[Whistle, Assignment | None], None]


def check_facts(move: Move, *, whistle: Whistle, assignment: Assignment | None) -> None:
    """Refuse with a sentence when the matter stands in the way of the move, whatever is typed."""
    if move in FACTS:
        FACTS[move](whistle, assignment)


def not_rated_yet(_whistle: Whistle, assignment: Assignment | None) -> None:
    """A unit is rated once."""
    if assignment is not None and assignment.evaluated_at is not None:
        raise MoveRefused(
            _("%(unit)s has been rated already.") % {"unit": assignment.unit.short_name}, code="status"
        )


def is_solved(whistle: Whistle, _assignment: Assignment | None) -> None:
    """What is verified as not solved goes back or up."""
    if whistle.verdict == Whistle.Verdict.NOT_SOLVED:
        raise MoveRefused(
            _("Not solved cannot be closed. Send it back for rework, or have it upgraded to the next tier."),
            code="verdict",
        )


def has_a_tier_above(whistle: Whistle, _assignment: Assignment | None) -> None:
    """The city is the highest tier."""
    if whistle.tier == Tier.COUNTY:
        raise MoveRefused(_("The city is the highest tier; there is nobody above it to call."), code="top")


def may_still_object(_whistle: Whistle, assignment: Assignment | None) -> None:
    """What a consultation decided is final."""
    if assignment is not None and assignment.is_final:
        raise MoveRefused(
            _("A consultation has named %(unit)s; there is no further objection.")
            % {"unit": assignment.unit.short_name},
            code="final",
        )


def is_first_objection(whistle: Whistle, _assignment: Assignment | None) -> None:
    """From the second objection on the tier above decides."""
    if whistle.is_in_consultation:
        raise MoveRefused(
            _("A second unit has objected. The consultation of the tier above decides both."),
            code="consultation",
        )


def is_in_consultation(whistle: Whistle, _assignment: Assignment | None) -> None:
    """A consultation is convened by the second objection, and recorded once."""
    if not whistle.is_in_consultation:
        raise MoveRefused(str(MOVES[Move.CONSULT].when), code="status")


def is_lead_without_request(whistle: Whistle, assignment: Assignment | None) -> None:
    """The lead asks for more time for all, once at a time."""
    _is_lead(assignment)
    if whistle.extension_by:
        raise MoveRefused(
            _("An extension is asked for already; it waits for %(whom)s.")
            % {"whom": whistle.get_extension_by_display()},
            code="status",
        )


def centre_decides(whistle: Whistle, _assignment: Assignment | None) -> None:
    """The first extension is the centre's to grant."""
    _waits_for(whistle, Approver.CENTRE)


def leader_decides(whistle: Whistle, _assignment: Assignment | None) -> None:
    """Further extensions are the leader's to grant."""
    _waits_for(whistle, Approver.LEADER)


def _waits_for(whistle: Whistle, approver: Approver) -> None:
    if whistle.extension_by != approver:
        raise MoveRefused(str(MOVES[Move.DECIDE_EXTENSION].when), code="status")


def may_ask_for_hold(whistle: Whistle, assignment: Assignment | None) -> None:
    """The lead, or the dispatcher, asks for a hold, once at a time."""
    if assignment is not None:
        _is_lead(assignment)
    if whistle.hold_asked_at is not None:
        raise MoveRefused(_("A hold is asked for already; it waits for the leader in charge."), code="status")


def is_hold_asked(whistle: Whistle, _assignment: Assignment | None) -> None:
    """Nothing to decide without a request."""
    if whistle.hold_asked_at is None:
        raise MoveRefused(str(MOVES[Move.DECIDE_HOLD].when), code="status")


def _is_lead(assignment: Assignment | None) -> None:
    if assignment is not None and not assignment.is_lead:
        raise MoveRefused(_("The lead asks for all units; write to it in a note."), code="lead")


FACTS: dict[Move, Fact] = {
    Move.EXTEND: is_lead_without_request,
    Move.DECIDE_EXTENSION: centre_decides,
    Move.DECIDE_LATER_EXTENSION: leader_decides,
    Move.HOLD: may_ask_for_hold,
    Move.PROPOSE_HOLD: may_ask_for_hold,
    Move.DECIDE_HOLD: is_hold_asked,
    Move.OBJECT_TO: may_still_object,
    Move.DECIDE_OBJECTION: is_first_objection,
    Move.CONSULT: is_in_consultation,
    Move.EVALUATE: not_rated_yet,
    Move.CLOSE: is_solved,
    Move.UPGRADE: has_a_tier_above,
}
