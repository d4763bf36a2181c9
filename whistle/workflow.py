"""The whistle's workflow as tables: statuses, moves, who may, whose turn, what is audited, who hears. Pure.

`docs/workflow.md` with its diagrams is generated from this page; the database refuses every change of
status that is not here (a trigger reads the same pairs). What a move does is in `services`, how long it may
take is data (`DeadlinePolicy`). Practice behind it: domain.md §1.4, §10.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.permissions import Permission


class Tier(models.IntegerChoices):
    """Who calls whom: one tier up."""

    COMMUNITY = 1, _("Community whistle")
    STREET = 2, _("Street whistle")
    COUNTY = 3, _("County whistle")


class CaseStatus(models.TextChoices):
    OPEN = "open", _("In handling")
    CLOSED = "closed", _("Closed")


class WhistleStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    AWAITING_APPROVAL = "awaiting_approval", _("Waiting for sign-off")
    AWAITING_ACCEPTANCE = "awaiting_acceptance", _("Waiting for acceptance")
    AWAITING_DISPATCH = "awaiting_dispatch", _("Waiting for dispatch")
    HANDLING = "handling", _("Being handled")
    AWAITING_VERIFICATION = "awaiting_verification", _("Waiting for verification")
    AWAITING_EVALUATION = "awaiting_evaluation", _("Waiting for evaluation")
    CLOSED = "closed", _("Closed")
    UPGRADED = "upgraded", _("Upgraded")


class AssignmentStatus(models.TextChoices):
    AWAITING_SIGNATURE = "awaiting_signature", _("Waiting for signature")
    AWAITING_REPORT_IN = "awaiting_report_in", _("Waiting for report-in")
    HANDLING = "handling", _("Being handled")
    FED_BACK = "fed_back", _("Fed back")
    RELEASED = "released", _("Released")


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


class Party(StrEnum):
    """On which side of a whistle somebody stands."""

    CALLER = "caller"  # a unit seated where the whistle was blown
    RECEIVER = "receiver"  # a unit seated where it was received
    ASSIGNEE = "assignee"  # the very unit that was called


class Step(models.TextChoices):
    """What a deadline is about."""

    APPROVE = "approve", _("Sign-off")
    DISPATCH = "dispatch", _("Accept and dispatch")
    SIGN = "sign", _("Sign for it")
    REPORT_IN = "report_in", _("Report in")
    FEED_BACK = "feed_back", _("Handle and feed back")
    CLOSE = "close", pgettext_lazy("a case", "Close")
    VERIFY = "verify", _("Verify")


W = WhistleStatus
A = AssignmentStatus
P = Permission

OPEN_WHISTLE = (
    W.DRAFT,
    W.AWAITING_APPROVAL,
    W.AWAITING_ACCEPTANCE,
    W.AWAITING_DISPATCH,
    W.HANDLING,
    W.AWAITING_VERIFICATION,
    W.AWAITING_EVALUATION,
)
ENDED_WHISTLE = (W.CLOSED, W.UPGRADED)
WORKING_ASSIGNMENT = (A.AWAITING_SIGNATURE, A.AWAITING_REPORT_IN, A.HANDLING)


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

    @property
    def is_about_assignment(self) -> bool:
        """Whether the move is made on one unit's duty."""
        return bool(self.assignment_sources)


MOVES: dict[Move, MoveRule] = {
    Move.BLOW: MoveRule(
        label=_("Blow the whistle"),
        sources=(W.DRAFT,),
        targets=(W.AWAITING_APPROVAL, W.AWAITING_ACCEPTANCE),
        permission=P.CASE_OPEN,
        party=Party.CALLER,
        audit="whistle.blown",
        hears=(Party.CALLER, Party.RECEIVER),
        when=_("Only a draft can be blown."),
    ),
    Move.APPROVE: MoveRule(
        label=_("Sign off"),
        sources=(W.AWAITING_APPROVAL,),
        targets=(W.AWAITING_ACCEPTANCE,),
        permission=P.WHISTLE_APPROVE,
        party=Party.CALLER,
        audit="whistle.approved",
        hears=(Party.RECEIVER,),
        when=_("Possible while the whistle waits for sign-off."),
    ),
    Move.SEND_BACK: MoveRule(
        label=_("Send back to the writer"),
        sources=(W.AWAITING_APPROVAL,),
        targets=(W.DRAFT,),
        permission=P.WHISTLE_APPROVE,
        party=Party.CALLER,
        audit="whistle.sent_back",
        hears=(Party.CALLER,),
        when=_("Possible while the whistle waits for sign-off."),
    ),
    Move.ACCEPT: MoveRule(
        label=_("Accept"),
        sources=(W.AWAITING_ACCEPTANCE,),
        targets=(W.AWAITING_DISPATCH,),
        permission=P.WHISTLE_ACCEPT,
        party=Party.RECEIVER,
        audit="whistle.accepted",
        hears=(Party.CALLER,),
        when=_("Possible when the whistle has been blown and signed off."),
    ),
    Move.DISPATCH: MoveRule(
        label=_("Dispatch"),
        sources=(W.AWAITING_DISPATCH,),
        targets=(W.HANDLING,),
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="whistle.dispatched",
        hears=(Party.ASSIGNEE, Party.CALLER),
        when=_("Possible when the whistle has been accepted."),
    ),
    Move.SIGN: MoveRule(
        label=_("Sign for it"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="assignment.signed",
        hears=(),
        when=_("Possible once, when the unit has been called."),
        assignment_sources=(A.AWAITING_SIGNATURE,),
        assignment_targets=(A.AWAITING_REPORT_IN,),
    ),
    Move.REPORT_IN: MoveRule(
        label=_("Report in"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="assignment.reported_in",
        hears=(Party.CALLER,),
        when=_("Possible when the unit has signed."),
        assignment_sources=(A.AWAITING_REPORT_IN,),
        assignment_targets=(A.HANDLING,),
    ),
    Move.FEED_BACK: MoveRule(
        label=_("Feed back"),
        sources=(W.HANDLING,),
        targets=(W.AWAITING_VERIFICATION,),  # with the last unit's feedback
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="assignment.fed_back",
        hears=(Party.CALLER,),
        when=_("Possible when the unit has reported in."),
        assignment_sources=(A.HANDLING,),
        assignment_targets=(A.FED_BACK,),
    ),
    Move.VERIFY: MoveRule(
        label=_("Verify"),
        sources=(W.AWAITING_VERIFICATION,),
        targets=(W.AWAITING_EVALUATION,),
        permission=P.WHISTLE_VERIFY,
        party=Party.CALLER,
        audit="whistle.verified",
        hears=(Party.RECEIVER,),
        when=_("Possible when the lead and every assisting unit have fed back."),
    ),
    Move.EVALUATE: MoveRule(
        label=_("Rate the unit"),
        sources=(W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION),
        targets=(),
        permission=P.WHISTLE_VERIFY,
        party=Party.CALLER,
        audit="assignment.evaluated",
        hears=(Party.ASSIGNEE,),
        when=_("Possible once, when the lead and every assisting unit have fed back."),
        assignment_sources=(A.FED_BACK,),
        assignment_targets=(A.FED_BACK,),
    ),
    Move.REWORK: MoveRule(
        label=_("Send back for rework"),
        sources=(W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION),
        targets=(W.HANDLING,),
        permission=P.WHISTLE_VERIFY,
        party=Party.CALLER,
        audit="whistle.sent_for_rework",
        hears=(Party.ASSIGNEE, Party.RECEIVER),
        when=_("Possible when the lead and every assisting unit have fed back."),
    ),
    Move.CLOSE: MoveRule(
        label=pgettext_lazy("a case", "Close"),
        sources=(W.AWAITING_EVALUATION,),
        targets=(W.CLOSED,),
        permission=P.WHISTLE_VERIFY,
        party=Party.CALLER,
        audit="whistle.closed",
        hears=(Party.RECEIVER, Party.ASSIGNEE),
        when=_("Possible when the result has been verified as solved or partly solved."),
    ),
    Move.UPGRADE: MoveRule(
        label=_("Upgrade to the next tier"),
        sources=(W.AWAITING_DISPATCH, W.HANDLING, W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION),
        targets=(W.UPGRADED,),
        permission=P.CASE_UPGRADE,
        party=Party.RECEIVER,
        audit="case.upgraded",
        hears=(Party.CALLER, Party.RECEIVER, Party.ASSIGNEE),
        when=_("Possible when the whistle has been accepted and is not closed."),
    ),
}

# What moves of the whistle do to the assignments on it.
ASSIGNMENT_CONSEQUENCES: dict[Move, tuple[tuple[AssignmentStatus, AssignmentStatus], ...]] = {
    Move.REWORK: ((A.FED_BACK, A.HANDLING),),
    Move.UPGRADE: tuple((status, A.RELEASED) for status in (*WORKING_ASSIGNMENT, A.FED_BACK)),
}

# Whose turn it is, for each status of a whistle; None when nobody's.
TURN: dict[WhistleStatus, Party | None] = {
    W.DRAFT: Party.CALLER,
    W.AWAITING_APPROVAL: Party.CALLER,
    W.AWAITING_ACCEPTANCE: Party.RECEIVER,
    W.AWAITING_DISPATCH: Party.RECEIVER,
    W.HANDLING: Party.ASSIGNEE,
    W.AWAITING_VERIFICATION: Party.CALLER,
    W.AWAITING_EVALUATION: Party.CALLER,
    W.CLOSED: None,
    W.UPGRADED: None,
}

# The move that is expected next in each status: the verb on a queue's row.
NEXT_MOVE: dict[WhistleStatus, Move | None] = {
    W.DRAFT: Move.BLOW,
    W.AWAITING_APPROVAL: Move.APPROVE,
    W.AWAITING_ACCEPTANCE: Move.ACCEPT,
    W.AWAITING_DISPATCH: Move.DISPATCH,
    W.HANDLING: None,
    W.AWAITING_VERIFICATION: Move.VERIFY,
    W.AWAITING_EVALUATION: Move.CLOSE,
    W.CLOSED: None,
    W.UPGRADED: None,
}
NEXT_ASSIGNMENT_MOVE: dict[AssignmentStatus, Move | None] = {
    A.AWAITING_SIGNATURE: Move.SIGN,
    A.AWAITING_REPORT_IN: Move.REPORT_IN,
    A.HANDLING: Move.FEED_BACK,
    A.FED_BACK: None,
    A.RELEASED: None,
}


def whistle_transitions() -> set[tuple[str, str]]:
    """Return every change of a whistle's status the table allows, as pairs of values."""
    return {(s.value, t.value) for rule in MOVES.values() for s in rule.sources for t in rule.targets}


def assignment_transitions() -> set[tuple[str, str]]:
    """Return every change of an assignment's status the tables allow, as pairs of values."""
    own = {
        (s.value, t.value)
        for rule in MOVES.values()
        for s in rule.assignment_sources
        for t in rule.assignment_targets
        if s != t
    }
    return own | {(s.value, t.value) for pairs in ASSIGNMENT_CONSEQUENCES.values() for s, t in pairs}
