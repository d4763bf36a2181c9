"""Every change of a case, one verb each. `from whistle import services`, then `services.sign(...)`."""

from whistle.guards import MoveRefused
from whistle.services.blowing import approve, blow, send_back
from whistle.services.cases import (
    Matter,
    check_open,
    masked_reporter,
    note,
    open_case,
    reveal_reporter,
    rewrite,
)
from whistle.services.completing import assess, complete, return_whistle
from whistle.services.configuring import Place, PolicyRefused, Terms, add_policy, change_policy
from whistle.services.consulting import consult
from whistle.services.delegating import delegate
from whistle.services.dispatching import accept, dispatch
from whistle.services.endings import answer, lapse, reopen, withdraw
from whistle.services.evidence import Piece, add_evidence, remove_evidence
from whistle.services.excluding import ask_exclusion, decide_exclusion
from whistle.services.extending import decide_extension, extend
from whistle.services.external_numbers import add_number
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
from whistle.services.merging import merge, unmerge
from whistle.services.moving import Stale
from whistle.services.objecting import decide_objection, object_to
from whistle.services.papers import number_slip, take_paper
from whistle.services.pressing import check_press, press
from whistle.services.previewing import Extent, RecalculationRefused
from whistle.services.resubmitting import Resubmitted, was_written, write_once
from whistle.services.ringing import ring, ringer
from whistle.services.ruling import RuleTerms, set_rule
from whistle.services.supervising import (
    close_task,
    instruct,
    issue_notice,
    reply,
    send_back_reply,
)
from whistle.services.task_ringing import ring_tasks, task_ringer
from whistle.services.upgrading import Refusal, upgrade, upgrade_many
from whistle.services.verifying import close, evaluate, rework, verify

__all__ = [
    "Extent",
    "FilterRefused",
    "Matter",
    "MoveRefused",
    "Piece",
    "Place",
    "Plan",
    "PolicyRefused",
    "RecalculationRefused",
    "Refusal",
    "Resubmitted",
    "RuleTerms",
    "Stale",
    "Terms",
    "accept",
    "add_evidence",
    "add_number",
    "answer",
    "ask_exclusion",
    "assess",
    "complete",
    "decide_exclusion",
    "lapse",
    "reopen",
    "return_whistle",
    "withdraw",
    "add_policy",
    "approve",
    "ask_hold",
    "blow",
    "change_policy",
    "check_open",
    "check_press",
    "close",
    "close_task",
    "consult",
    "decide_extension",
    "decide_hold",
    "decide_objection",
    "delegate",
    "dispatch",
    "evaluate",
    "extend",
    "feed_back",
    "forget_filter",
    "instruct",
    "issue_notice",
    "keep_filter",
    "masked_reporter",
    "merge",
    "note",
    "number_slip",
    "object_to",
    "open_case",
    "press",
    "propose_hold",
    "remove_evidence",
    "rename_filter",
    "renew_hold",
    "reply",
    "report_in",
    "resume",
    "reveal_reporter",
    "review_hold",
    "rework",
    "rewrite",
    "ring",
    "ring_tasks",
    "ringer",
    "send_back",
    "send_back_reply",
    "set_rule",
    "sign",
    "take_paper",
    "task_ringer",
    "unmerge",
    "upgrade",
    "upgrade_many",
    "verify",
    "was_written",
    "write_once",
]
