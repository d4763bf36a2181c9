"""Hold (挂账): a matter that nobody can finish now waits openly, with a plan and reviews (domain.md §10). Pure."""

from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission as P
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import AssignmentStatus as A
from whistle.workflow.statuses import Party
from whistle.workflow.statuses import WhistleStatus as W

WORKING = (A.AWAITING_REPORT_IN, A.HANDLING)
ON_HOLD = _("Possible while the matter is on hold.")

HOLDS: dict[Move, MoveRule] = {
    Move.HOLD: MoveRule(
        label=_("Ask for a hold"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="hold.asked",
        hears=(Party.RECEIVER,),
        when=_("Possible for the lead, from signing until it feeds back."),
        assignment_sources=WORKING,
        assignment_targets=WORKING,
        is_quiet=True,
    ),
    Move.PROPOSE_HOLD: MoveRule(
        label=_("Propose a hold"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="hold.proposed",
        hears=(Party.RECEIVER,),
        when=_("Possible while units handle the matter."),
        is_quiet=True,
    ),
    Move.DECIDE_HOLD: MoveRule(
        label=_("Decide on the hold"),
        sources=(W.HANDLING,),
        targets=(W.ON_HOLD,),
        permission=P.CASE_DECIDE,
        party=Party.RECEIVER,
        audit="hold.decided",
        hears=(Party.CALLER, Party.ASSIGNEE, Party.RECEIVER),
        when=_("Possible while somebody waits for an answer to a request for a hold."),
        is_quiet=True,
    ),
    Move.REVIEW_HOLD: MoveRule(
        label=_("Review the hold"),
        sources=(W.ON_HOLD,),
        targets=(),
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="hold.reviewed",
        hears=(Party.CALLER,),
        when=ON_HOLD,
        is_quiet=True,
    ),
    Move.RENEW_HOLD: MoveRule(
        label=_("Renew the hold"),
        sources=(W.ON_HOLD,),
        targets=(),
        permission=P.WHISTLE_DISPATCH,
        party=Party.ABOVE,
        audit="hold.renewed",
        hears=(Party.CALLER, Party.ASSIGNEE, Party.RECEIVER),
        when=ON_HOLD,
        is_quiet=True,
    ),
    Move.RESUME: MoveRule(
        label=_("Resume handling"),
        sources=(W.ON_HOLD,),
        targets=(W.HANDLING,),
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="hold.ended",
        hears=(Party.CALLER, Party.ASSIGNEE, Party.RECEIVER),
        when=ON_HOLD,
        is_quiet=True,
        is_automatic=True,
        also=((Party.CALLER, P.WHISTLE_VERIFY),),
    ),
}
