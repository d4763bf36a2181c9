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


@dataclass(frozen=True)
class MoveRule:
    """One row of the table: from where to where, by whom, what it is called, who hears of it.

    Without `targets` the whistle's status stays; several targets are told apart by the service.
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

    @property
    def is_about_assignment(self) -> bool:
        """Whether the move is made on one unit's duty."""
        return bool(self.assignment_sources)
