"""What a move asks of the matter itself, beyond status and person. Guards ask it, so a button knows it too.

A fact reads what is loaded with the whistle; it costs no query once the page's relations are there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.errors import Refused
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle.models import Approver, Assignment, KindRule, Whistle
from whistle.selectors import rule_of
from whistle.workflow import MOVES, Move, Tier


class MoveRefused(Refused):
    """A move that the workflow, the person's rights or the facts do not allow now."""


Fact = Callable[[Whistle, Assignment | None], None]


def check_facts(move: Move, *, whistle: Whistle, assignment: Assignment | None) -> None:
    """Refuse with a sentence when the matter stands in the way of the move, whatever is typed."""
    if move in FACTS:
        FACTS[move](whistle, assignment)


def check_moment(move: Move, *, whistle: Whistle, assignment: Assignment | None, now: datetime) -> None:
    """Refuse with a sentence when the time for the move has run out.

    One query for a closed whistle and for a duty not reported in; the calendar's three a day after the call.
    """
    if move in MOMENTS:
        MOMENTS[move](whistle, assignment, now)


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


def has_been_answered(whistle: Whistle, _assignment: Assignment | None) -> None:
    """What the caller called not solved is the units' and the secretary's to go on with."""
    if whistle.verdict == Whistle.Verdict.NOT_SOLVED:
        raise MoveRefused(_("What was verified as not solved does not lapse."), code="verdict")


def may_be_withdrawn(whistle: Whistle, _assignment: Assignment | None) -> None:
    """What others called for too, or the next tier handles, is not the caller's alone to take back."""
    if whistle.case.merged_count:
        raise MoveRefused(
            _(
                "Other callers told of the same matter; their cases are merged into this one. Have %(receiver)s take "
                "them out first, or say in a note that it is settled for you."
            )
            % {"receiver": whistle.receiver.short_name},
            code="merged",
        )
    if whistle.caller.division_id != whistle.case.division_id:
        raise MoveRefused(
            _(
                "The case was upgraded; its whistle is not withdrawn any more. Say in a note that it is settled, and "
                "verify and close it when the units have fed back."
            ),
            code="upgraded",
        )


def may_be_returned(whistle: Whistle, _assignment: Assignment | None) -> None:
    """Twice is enough: whoever still misses something accepts and asks, or has the whistle withdrawn."""
    if whistle.returns >= MOST_RETURNS:
        raise MoveRefused(
            _(
                "It was returned twice already. Accept it and ask in a note, or have %(caller)s withdraw the whistle."
            )
            % {"caller": whistle.caller.short_name},
            code="returns",
        )


def not_assessed_yet(whistle: Whistle, _assignment: Assignment | None) -> None:
    """The receiving side speaks once."""
    if hasattr(whistle, "assessment"):
        raise MoveRefused(_("Whether the whistle was justified has been stated already."), code="status")


def is_within_objection(whistle: Whistle, assignment: Assignment | None, now: datetime) -> None:
    """A unit objects within the working days its kind gives (KindRule.objection_days; domain.md §10, S68)."""
    if assignment is None or now <= assignment.created_at + timedelta(days=1):
        return  # the shortest window is a working day, which is never over sooner
    until = objection_until(assignment, rule=rule_of(whistle), calendar=get_calendar())
    if now > until:
        raise MoveRefused(
            _(
                "An objection was possible until %(until)s. Handle it, or write to the centre in a note who should."
            )
            % {"until": f"{timezone.localtime(until):%Y-%m-%d %H:%M}"},
            code="late",
        )


def objection_until(duty: Assignment, *, rule: KindRule, calendar: Calendar) -> datetime:
    """Return until when a unit may object to its call. No query."""
    own = calendar.at(duty.unit.places) if calendar.local else calendar
    return own.add_working_days(duty.created_at, rule.objection_days)


def is_within_reopening(whistle: Whistle, _assignment: Assignment | None, now: datetime) -> None:
    """A closed case is reopened within the days its kind gives (KindRule.reopening_days)."""
    if whistle.ended_at is None:
        return
    rule = rule_of(whistle)
    if now > whistle.ended_at + timedelta(days=rule.reopening_days):
        raise MoveRefused(
            _(
                "A case of this kind is reopened within %(days)d days after closing; they are over. "
                "Write a new case and name this one in it."
            )
            % {"days": rule.reopening_days},
            code="late",
        )


def suggests_upgrade(whistle: Whistle) -> bool:
    """Whether the receiver's secretary should think of an upgrade: reworked twice, still open (domain.md §10)."""
    return whistle.is_open and whistle.reworks >= MANY_REWORKS and whistle.tier < Tier.COUNTY


MANY_REWORKS = 2
MOST_RETURNS = 2
MOMENTS: dict[Move, Callable[[Whistle, Assignment | None, datetime], None]] = {
    Move.OBJECT_TO: is_within_objection,
    Move.REOPEN: is_within_reopening,
}
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
    Move.LAPSE: has_been_answered,
    Move.WITHDRAW: may_be_withdrawn,
    Move.RETURN: may_be_returned,
    Move.ASSESS: not_assessed_yet,
}
