"""Every change of a case, one verb each. `from whistle import services`, then `services.sign(...)`."""

from whistle.guards import MoveRefused
from whistle.services.blowing import approve, blow, send_back, upgrade
from whistle.services.cases import (
    Matter,
    check_open,
    masked_reporter,
    note,
    open_case,
    reveal_reporter,
    rewrite,
)
from whistle.services.configuring import Place, PolicyRefused, Terms, add_policy, change_policy
from whistle.services.consulting import consult
from whistle.services.dispatching import accept, dispatch
from whistle.services.evidence import Piece, add_evidence, remove_evidence
from whistle.services.extending import decide_extension, extend
from whistle.services.handling import feed_back, report_in, sign
from whistle.services.holding import (
    Plan,
    ask_hold,
    decide_hold,
    propose_hold,
    renew_hold,
    resume,
    review_hold,
)
from whistle.services.keeping import FilterRefused, forget_filter, keep_filter, rename_filter
from whistle.services.moving import Stale
from whistle.services.objecting import decide_objection, object_to
from whistle.services.previewing import Extent, RecalculationRefused
from whistle.services.resubmitting import Resubmitted, write_once
from whistle.services.ringing import ring
from whistle.services.ruling import RuleTerms, set_rule
from whistle.services.verifying import close, evaluate, rework, verify

__all__ = [
    "Extent",
    "FilterRefused",
    "Matter",
    "MoveRefused",
    "Piece",
    "Place",
    "PolicyRefused",
    "RecalculationRefused",
    "Resubmitted",
    "RuleTerms",
    "Stale",
    "Terms",
    "Plan",
    "accept",
    "add_evidence",
    "ask_hold",
    "add_policy",
    "approve",
    "blow",
    "change_policy",
    "check_open",
    "close",
    "consult",
    "decide_extension",
    "decide_hold",
    "decide_objection",
    "dispatch",
    "evaluate",
    "extend",
    "feed_back",
    "forget_filter",
    "keep_filter",
    "masked_reporter",
    "note",
    "object_to",
    "open_case",
    "remove_evidence",
    "rename_filter",
    "propose_hold",
    "renew_hold",
    "report_in",
    "resume",
    "reveal_reporter",
    "review_hold",
    "rework",
    "rewrite",
    "ring",
    "send_back",
    "set_rule",
    "sign",
    "upgrade",
    "verify",
    "write_once",
]
