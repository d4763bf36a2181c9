"""Extension (延期) of the closing limit: asked by the lead, decided by the centre or the leader. Pure."""

from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission as P
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import AssignmentStatus as A
from whistle.workflow.statuses import Party
from whistle.workflow.statuses import WhistleStatus as W

WORKING = (A.AWAITING_REPORT_IN, A.HANDLING)

EXTENSIONS: dict[Move, MoveRule] = {
    Move.EXTEND: MoveRule(
        label=_("Ask for an extension"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="extension.asked",
        hears=(Party.RECEIVER,),
        when=_("Possible for the lead, from signing until it feeds back."),
        assignment_sources=WORKING,
        assignment_targets=WORKING,
        is_quiet=True,
    ),
    Move.DECIDE_EXTENSION: MoveRule(
        label=_("Decide on the extension"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="extension.decided",
        hears=(Party.CALLER, Party.ASSIGNEE),
        when=_("Possible while the lead waits for an answer to its request."),
        is_quiet=True,
    ),
    Move.DECIDE_LATER_EXTENSION: MoveRule(
        label=_("Decide on the extension as leader"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.CASE_DECIDE,
        party=Party.RECEIVER,
        audit="extension.decided_by_leader",
        hears=(Party.CALLER, Party.ASSIGNEE, Party.RECEIVER),
        when=_("Possible while the lead waits for an answer to its request."),
        is_quiet=True,
    ),
}
