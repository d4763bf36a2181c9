"""Beside the main road: returned, withdrawn, answered finally, lapsed, reopened; the receiver's word. Pure."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.permissions import Permission as P
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import Party
from whistle.workflow.statuses import WhistleStatus as W

ENDINGS: dict[Move, MoveRule] = {
    Move.RETURN: MoveRule(
        label=_("Return for completion"),
        sources=(W.AWAITING_ACCEPTANCE,),
        targets=(W.RETURNED,),
        permission=P.WHISTLE_ACCEPT,
        party=Party.RECEIVER,
        audit="whistle.returned",
        hears=(Party.CALLER,),
        when=_("Possible before the whistle is accepted."),
        is_quiet=True,
    ),
    Move.COMPLETE: MoveRule(
        label=_("Complete and hand in again"),
        sources=(W.RETURNED,),
        targets=(W.AWAITING_ACCEPTANCE,),
        permission=P.CASE_OPEN,
        party=Party.CALLER,
        audit="whistle.completed",
        hears=(Party.RECEIVER,),
        when=_("Possible when the centre has returned the whistle for completion."),
        is_quiet=True,
    ),
    Move.WITHDRAW: MoveRule(
        label=_("Withdraw the whistle"),
        sources=(
            W.AWAITING_APPROVAL,
            W.AWAITING_ACCEPTANCE,
            W.RETURNED,
            W.AWAITING_DISPATCH,
            W.HANDLING,
            W.ON_HOLD,
        ),
        targets=(W.WITHDRAWN,),
        permission=P.CASE_OPEN,
        party=Party.CALLER,
        audit="whistle.withdrawn",
        hears=(Party.RECEIVER, Party.ASSIGNEE),
        when=_("Possible until every unit has fed back; then verify and close it."),
        is_quiet=True,
    ),
    Move.ANSWER: MoveRule(
        label=_("Give a final answer"),
        sources=(W.HANDLING, W.ON_HOLD, W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION),
        targets=(W.ANSWERED,),
        permission=P.CASE_DECIDE,
        party=Party.RECEIVER,
        audit="whistle.answered",
        hears=(Party.CALLER, Party.ASSIGNEE),
        when=_("Possible when units have been called, until the case is closed."),
        is_quiet=True,
    ),
    Move.LAPSE: MoveRule(
        label=_("Close without an answer"),
        sources=(W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION),
        targets=(W.CLOSED,),
        permission=P.WHISTLE_VERIFY,
        party=Party.CALLER,
        audit="whistle.lapsed",
        hears=(Party.CALLER, Party.RECEIVER, Party.ASSIGNEE),
        when=_("The timers do this when the caller does not answer."),
        is_quiet=True,
        is_automatic=True,
        is_only_automatic=True,
    ),
    Move.REOPEN: MoveRule(
        label=pgettext_lazy("a case", "Reopen"),
        sources=(W.CLOSED,),
        targets=(W.HANDLING,),
        permission=P.WHISTLE_VERIFY,
        party=Party.CALLER,
        audit="whistle.reopened",
        hears=(Party.ASSIGNEE, Party.RECEIVER),
        when=_(
            "Only a closed case is reopened. After a final answer or a withdrawal, write a new case instead."
        ),
        is_quiet=True,
    ),
    Move.ASSESS: MoveRule(
        label=_("Say whether the whistle was justified"),
        sources=(
            W.AWAITING_DISPATCH,
            W.HANDLING,
            W.ON_HOLD,
            W.AWAITING_VERIFICATION,
            W.AWAITING_EVALUATION,
            W.CLOSED,
            W.ANSWERED,
        ),
        targets=(),
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="whistle.assessed",
        hears=(Party.CALLER,),
        when=_("Possible once, when the whistle has been accepted."),
        is_quiet=True,
    ),
}
