"""Merging: many callers of one matter under one case. What arrived at a centre twice is handled once. Pure."""

from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission as P
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import Party
from whistle.workflow.statuses import WhistleStatus as W

MERGEABLE = (W.AWAITING_ACCEPTANCE, W.AWAITING_DISPATCH)

MERGING: dict[Move, MoveRule] = {
    Move.MERGE: MoveRule(
        label=_("Merge into another case"),
        sources=MERGEABLE,
        targets=(W.MERGED,),
        permission=P.CASE_MERGE,
        party=Party.RECEIVER,
        audit="case.merged",
        hears=(Party.CALLER,),
        when=_("Possible until units are called: after that, handle both and close them together."),
        is_quiet=True,
    ),
    Move.UNMERGE: MoveRule(
        label=_("Take it out again"),
        sources=(W.MERGED,),
        targets=MERGEABLE,
        permission=P.CASE_MERGE,
        party=Party.RECEIVER,
        audit="case.unmerged",
        hears=(Party.CALLER,),
        when=_("Possible while the case is merged into another one."),
        is_quiet=True,
    ),
}
