"""The whistle's workflow as tables: statuses, moves, who may, whose turn, what is audited, who hears. Pure.

`docs/workflow.md` with its diagrams is generated from this page; the database refuses every change of
status that is not here (a trigger reads the same pairs). What a move does is in `services`, how long it may
take is data (`DeadlinePolicy`). Practice behind it: domain.md §1.4, §10.
"""

from whistle.workflow.rules import Move, MoveRule
from whistle.workflow.statuses import (
    ENDED_WHISTLE,
    OPEN_WHISTLE,
    UNFINISHED_ASSIGNMENT,
    WORKING_ASSIGNMENT,
    AssignmentStatus,
    CaseStatus,
    Ending,
    Party,
    Step,
    Tier,
    WhistleStatus,
)
from whistle.workflow.tables import (
    ASSIGNMENT_CONSEQUENCES,
    DUTY_PROGRESS,
    MOVES,
    NEXT_ASSIGNMENT_MOVE,
    NEXT_MOVE,
    PROGRESS,
    TURN,
    assignment_transitions,
    whistle_transitions,
)

__all__ = [
    "ASSIGNMENT_CONSEQUENCES",
    "DUTY_PROGRESS",
    "ENDED_WHISTLE",
    "MOVES",
    "NEXT_ASSIGNMENT_MOVE",
    "NEXT_MOVE",
    "OPEN_WHISTLE",
    "PROGRESS",
    "TURN",
    "UNFINISHED_ASSIGNMENT",
    "WORKING_ASSIGNMENT",
    "AssignmentStatus",
    "CaseStatus",
    "Ending",
    "Move",
    "MoveRule",
    "Party",
    "Step",
    "Tier",
    "WhistleStatus",
    "assignment_transitions",
    "whistle_transitions",
]
