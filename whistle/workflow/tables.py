"""The tables as one: every move, what it does to the units' duties, whose turn it is, what comes next. Pure."""

from whistle.workflow.endings import ENDINGS
from whistle.workflow.extensions import EXTENSIONS
from whistle.workflow.holds import HOLDS
from whistle.workflow.inside import INSIDE
from whistle.workflow.main_road import MAIN_ROAD
from whistle.workflow.merging import MERGING
from whistle.workflow.objections import OBJECTIONS
from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import UNFINISHED_ASSIGNMENT, AssignmentStatus, Party, WhistleStatus

W = WhistleStatus
A = AssignmentStatus

MOVES: dict[Move, MoveRule] = {
    **MAIN_ROAD,
    **ENDINGS,
    **OBJECTIONS,
    **EXTENSIONS,
    **HOLDS,
    **MERGING,
    **INSIDE,
}

RELEASE = tuple((status, A.RELEASED) for status in (*UNFINISHED_ASSIGNMENT, A.FED_BACK))

# What moves of the whistle do to the assignments on it.
ASSIGNMENT_CONSEQUENCES: dict[Move, tuple[tuple[AssignmentStatus, AssignmentStatus], ...]] = {
    Move.REWORK: ((A.FED_BACK, A.HANDLING),),
    Move.UPGRADE: RELEASE,
    Move.REOPEN: ((A.FED_BACK, A.HANDLING),),
    Move.ANSWER: RELEASE,
    Move.WITHDRAW: RELEASE,
    # named by the decision: on with it; not named and not done: released
    Move.CONSULT: (
        (A.OBJECTED, A.AWAITING_REPORT_IN),
        *((status, A.RELEASED) for status in UNFINISHED_ASSIGNMENT),
    ),
}

# Whose turn it is, for each status of a whistle; None when nobody's.
TURN: dict[WhistleStatus, Party | None] = {
    W.DRAFT: Party.CALLER,
    W.AWAITING_APPROVAL: Party.CALLER,
    W.AWAITING_ACCEPTANCE: Party.RECEIVER,
    W.RETURNED: Party.CALLER,
    W.AWAITING_DISPATCH: Party.RECEIVER,
    W.HANDLING: Party.ASSIGNEE,
    W.ON_HOLD: Party.RECEIVER,
    W.AWAITING_VERIFICATION: Party.CALLER,
    W.AWAITING_EVALUATION: Party.CALLER,
    W.CLOSED: None,
    W.UPGRADED: None,
    W.MERGED: None,
    W.ANSWERED: None,
    W.WITHDRAWN: None,
}

# The move that is expected next in each status: the verb on a queue's row.
NEXT_MOVE: dict[WhistleStatus, Move | None] = {
    W.DRAFT: Move.BLOW,
    W.AWAITING_APPROVAL: Move.APPROVE,
    W.AWAITING_ACCEPTANCE: Move.ACCEPT,
    W.RETURNED: Move.COMPLETE,
    W.AWAITING_DISPATCH: Move.DISPATCH,
    W.HANDLING: None,
    W.ON_HOLD: Move.REVIEW_HOLD,
    W.AWAITING_VERIFICATION: Move.VERIFY,
    W.AWAITING_EVALUATION: Move.CLOSE,
    W.CLOSED: None,
    W.UPGRADED: None,
    W.MERGED: None,
    W.ANSWERED: None,
    W.WITHDRAWN: None,
}
NEXT_ASSIGNMENT_MOVE: dict[AssignmentStatus, Move | None] = {
    A.AWAITING_SIGNATURE: Move.SIGN,
    A.AWAITING_REPORT_IN: Move.REPORT_IN,
    A.OBJECTED: None,
    A.HANDLING: Move.FEED_BACK,
    A.FED_BACK: None,
    A.RELEASED: None,
}

# How far each status is along the main road; side paths stand beside the place they leave and come back to.
# A move whose every source is passed cannot come again without rework (`guards`).
PROGRESS: dict[WhistleStatus, int] = {
    W.DRAFT: 0,
    W.AWAITING_APPROVAL: 1,
    W.AWAITING_ACCEPTANCE: 2,
    W.RETURNED: 2,
    W.AWAITING_DISPATCH: 3,
    W.HANDLING: 4,
    W.ON_HOLD: 4,
    W.AWAITING_VERIFICATION: 5,
    W.AWAITING_EVALUATION: 6,
    W.CLOSED: 7,
    W.UPGRADED: 7,
    W.MERGED: 3,
    W.ANSWERED: 7,
    W.WITHDRAWN: 7,
}
DUTY_PROGRESS: dict[AssignmentStatus, int] = {
    A.AWAITING_SIGNATURE: 0,
    A.AWAITING_REPORT_IN: 1,
    A.OBJECTED: 1,
    A.HANDLING: 2,
    A.FED_BACK: 3,
    A.RELEASED: 4,
}


def whistle_transitions() -> set[tuple[str, str]]:
    """Return every change of a whistle's status the table allows, as pairs of values."""
    return {(s.value, t.value) for rule in MOVES.values() for s in rule.sources for t in rule.targets}


def assignment_transitions() -> set[tuple[str, str]]:
    """Return every change of an assignment's status the tables allow, as pairs of values."""
    own = {(s.value, t.value) for rule in MOVES.values() for s, t in rule.assignment_pairs}
    return own | {(s.value, t.value) for pairs in ASSIGNMENT_CONSEQUENCES.values() for s, t in pairs}
