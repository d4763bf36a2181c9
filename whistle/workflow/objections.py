"""Objection (退单) and consultation (会商): who is competent (domain.md §10, S68 S52). Pure."""

from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission as P
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import AssignmentStatus as A
from whistle.workflow.statuses import Party
from whistle.workflow.statuses import WhistleStatus as W

OBJECTIONS: dict[Move, MoveRule] = {
    Move.OBJECT_TO: MoveRule(
        label=_("Object to the dispatch"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="assignment.objected",
        hears=(Party.RECEIVER, Party.CALLER),
        when=_("Possible once for each unit, before it reports in."),
        assignment_sources=(A.AWAITING_SIGNATURE, A.AWAITING_REPORT_IN),
        assignment_targets=(A.OBJECTED,),
        is_quiet=True,
    ),
    Move.DECIDE_OBJECTION: MoveRule(
        label=_("Decide the objection"),
        sources=(W.HANDLING,),
        targets=(W.AWAITING_VERIFICATION,),  # when the others have all fed back
        permission=P.WHISTLE_DISPATCH,
        party=Party.RECEIVER,
        audit="assignment.objection_decided",
        hears=(Party.ASSIGNEE, Party.CALLER),
        when=_("Possible while a unit's objection waits for a decision."),
        assignment_sources=(A.OBJECTED,),
        assignment_targets=(A.AWAITING_REPORT_IN, A.RELEASED),
        is_quiet=True,
    ),
    Move.CONSULT: MoveRule(
        label=_("Record the consultation"),
        sources=(W.HANDLING,),
        targets=(W.AWAITING_VERIFICATION,),  # when all that are named have fed back
        permission=P.WHISTLE_DISPATCH,
        party=Party.ABOVE,
        audit="whistle.consulted",
        hears=(Party.RECEIVER, Party.ASSIGNEE, Party.CALLER),
        when=_("Possible when a second unit has objected."),
        is_quiet=True,
    ),
}
