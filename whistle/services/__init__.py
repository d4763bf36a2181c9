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
from whistle.services.dispatching import accept, dispatch
from whistle.services.evidence import Piece, add_evidence, remove_evidence
from whistle.services.handling import feed_back, report_in, sign
from whistle.services.keeping import FilterRefused, forget_filter, keep_filter, rename_filter
from whistle.services.moving import Stale
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
    "accept",
    "add_evidence",
    "add_policy",
    "approve",
    "blow",
    "change_policy",
    "check_open",
    "close",
    "dispatch",
    "evaluate",
    "feed_back",
    "forget_filter",
    "keep_filter",
    "masked_reporter",
    "note",
    "open_case",
    "remove_evidence",
    "rename_filter",
    "report_in",
    "reveal_reporter",
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
