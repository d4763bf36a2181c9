"""The form of a row in the table of moves, and the names of all moves. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

from kunming_portal.accounts.permissions import Permission
from whistle.workflow.statuses import AssignmentStatus, Party, WhistleStatus


class Move(StrEnum):
    """Everything that can be done to a whistle or an assignment."""

    BLOW = "blow"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    SIGN = "sign"
    REPORT_IN = "report_in"
    FEED_BACK = "feed_back"
    VERIFY = "verify"
    EVALUATE = "evaluate"
    REWORK = "rework"
    CLOSE = "close"
    UPGRADE = "upgrade"
    OBJECT_TO = "object_to"
    DECIDE_OBJECTION = "decide_objection"
    CONSULT = "consult"
    EXTEND = "extend"
    DECIDE_EXTENSION = "decide_extension"
    DECIDE_LATER_EXTENSION = "decide_later_extension"
    HOLD = "hold"
    PROPOSE_HOLD = "propose_hold"
    DECIDE_HOLD = "decide_hold"
    REVIEW_HOLD = "review_hold"
    RENEW_HOLD = "renew_hold"
    RESUME = "resume"
    MERGE = "merge"
    UNMERGE = "unmerge"
    RETURN = "return"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"
    ANSWER = "answer"
    LAPSE = "lapse"
    REOPEN = "reopen"
    ASSESS = "assess"
    DELEGATE = "delegate"


@dataclass(frozen=True)
class MoveRule:
    """One row of the table: from where to where, by whom, what it is called, who hears of it.

    Without `targets` the whistle's status stays, without `assignment_targets` the duty's; several targets are told
    apart by the service.
    """

    label: str | Promise
    sources: tuple[WhistleStatus, ...]
    targets: tuple[WhistleStatus, ...]
    permission: Permission
    party: Party
    audit: str
    hears: tuple[Party, ...]
    when: str | Promise  # the sentence for "not possible yet"
    assignment_sources: tuple[AssignmentStatus, ...] = ()
    assignment_targets: tuple[AssignmentStatus, ...] = ()
    # A side path: shown when it can be taken, and not among what is "not possible yet"
    is_quiet: bool = False
    # Also made by the system's own hand: a timer, a rung of the ladder
    is_automatic: bool = False
    # Nobody's button: the system alone makes it
    is_only_automatic: bool = False
    # Other sides that may make it as well, each with the right it needs there
    also: tuple[tuple[Party, Permission], ...] = ()

    @property
    def sides(self) -> tuple[tuple[Party, Permission], ...]:
        """Every side that may make the move, with the right it needs there; the first is the usual one."""
        return ((self.party, self.permission), *self.also)

    @property
    def assignment_pairs(self) -> tuple[tuple[AssignmentStatus, AssignmentStatus], ...]:
        """Every change of a duty's status the move makes; none where it starts and ends in the same ones."""
        if self.assignment_sources == self.assignment_targets:
            return ()
        return tuple((s, t) for s in self.assignment_sources for t in self.assignment_targets if s != t)

    @property
    def is_about_assignment(self) -> bool:
        """Whether the move is made on one unit's duty."""
        return bool(self.assignment_sources)
