"""What a called unit settles inside itself. Pure."""

from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission as P
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import WORKING_ASSIGNMENT, Party
from whistle.workflow.statuses import WhistleStatus as W

INSIDE: dict[Move, MoveRule] = {
    Move.DELEGATE: MoveRule(
        label=_("Name the handler"),
        sources=(W.HANDLING,),
        targets=(),
        permission=P.ASSIGNMENT_HANDLE,
        party=Party.ASSIGNEE,
        audit="assignment.delegated",
        hears=(),
        when=_("Possible while the unit works on it."),
        assignment_sources=WORKING_ASSIGNMENT,
        is_quiet=True,
    ),
}
