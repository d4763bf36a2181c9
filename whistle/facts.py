"""What a move asks of the matter itself, beyond status and person. Guards ask it, so a button knows it too.

A fact reads what is loaded with the whistle; it costs no query once the page's relations are there.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused
from whistle.models import Assignment, Whistle
from whistle.workflow import Move, Tier


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


FACTS: dict[Move, Fact] = {
    Move.EVALUATE: not_rated_yet,
    Move.CLOSE: is_solved,
    Move.UPGRADE: has_a_tier_above,
}
