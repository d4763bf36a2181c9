"""The pages of `docs/` that are written by the code they describe: workflow and roles. Pure text in, text out."""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import override

from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import ADMINISTRATORS, ROLES, Reach
from whistle.workflow import (
    ASSIGNMENT_CONSEQUENCES,
    MOVES,
    NEXT_ASSIGNMENT_MOVE,
    NEXT_MOVE,
    TURN,
    AssignmentStatus,
    Move,
    MoveRule,
    Party,
    Step,
    Tier,
    WhistleStatus,
)

GENERATED = "<!-- Written by `manage.py build_docs` from {source}. Do not edit. -->"
PARTIES = {
    Party.CALLER: "caller 吹哨方",
    Party.RECEIVER: "receiver 受理方",
    Party.ASSIGNEE: "called unit 报到单位",
    Party.ABOVE: "tier above the receiver 上一级",
}
REACHES = {
    Reach.TERRITORY: "what happens in the unit's territory, and in that of units it supervises",
    Reach.UNIT: "cases on which the unit itself was called",
    Reach.NONE: "no case",
}


def roles_page() -> str:
    """Return docs/roles.md: every role, and the matrix of roles and rights."""
    lines = [
        "# Roles and rights",
        "",
        GENERATED.format(source="`kunming_portal/accounts/roles.py`"),
        "",
        "A right is held through an appointment: a person, a role, a unit, from a first to a last day. Nobody has",
        "rights in any other way. One account never holds two of the administrators' roles (marked ◆) at a time, and",
        "the last holder of one cannot be removed.",
        "",
        *_table(
            ("Role", "中文", "Key", "Held at", "Reaches", "What for"),
            (
                (
                    in_english(role.name) + (" ◆" if role.key in ADMINISTRATORS else ""),
                    in_chinese(role.name),
                    f"`{role.key}`",
                    ", ".join(both(kind.label) for kind in role.at),
                    REACHES[role.reach],
                    f"{in_english(role.description)} {in_chinese(role.description)}"
                    + (" Is in charge: hears of late deadlines." if role.in_charge else ""),
                )
                for role in ROLES.values()
            ),
        ),
        "",
        "## Who may do what",
        "",
        *_table(
            ("Right", "中文", "Key", *(in_chinese(role.name) for role in ROLES.values())),
            (
                (
                    in_english(right.label),
                    in_chinese(right.label),
                    f"`{right.value}`",
                    *("●" if right in role.allows else "" for role in ROLES.values()),
                )
                for right in Permission
            ),
        ),
    ]
    return "\n".join(lines) + "\n"


def workflow_page() -> str:
    """Return docs/workflow.md: diagrams, statuses, moves and their consequences."""
    lines = [
        "# Workflow of a whistle",
        "",
        GENERATED.format(source="`whistle/workflow/`"),
        "",
        "A case has one to three whistles, one a tier: " + ", ".join(both(tier.label) for tier in Tier) + ".",
        "A whistle has assignments, one for each unit that was called. Both follow the tables below; the database",
        "refuses any other change of a status.",
        "",
        *_statuses(),
        "",
        *_moves(),
    ]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {"workflow.md": workflow_page, "roles.md": roles_page}


def in_english(text: str | Promise) -> str:
    """Return the sentence in English, whatever language is active."""
    with override("en"):
        return str(text)


def in_chinese(text: str | Promise) -> str:
    """Return the sentence in Simplified Chinese, whatever language is active."""
    with override("zh-hans"):
        return str(text)


def both(text: str | Promise) -> str:
    """Return English and Chinese side by side."""
    return f"{in_english(text)} {in_chinese(text)}"


def _statuses() -> list[str]:
    return [
        "## A whistle",
        "",
        *_diagram(WhistleStatus, WhistleStatus.DRAFT, _whistle_arrows()),
        "",
        *_table(
            ("Status", "中文", "Key", "Whose turn", "Expected move"),
            (
                (
                    in_english(status.label),
                    in_chinese(status.label),
                    f"`{status.value}`",
                    PARTIES[turn] if (turn := TURN[status]) else "nobody's",
                    _move(NEXT_MOVE[status]),
                )
                for status in WhistleStatus
            ),
        ),
        "",
        "## An assignment",
        "",
        *_diagram(AssignmentStatus, AssignmentStatus.AWAITING_SIGNATURE, _assignment_arrows()),
        "",
        *_table(
            ("Status", "中文", "Key", "Expected move"),
            (
                (
                    in_english(status.label),
                    in_chinese(status.label),
                    f"`{status.value}`",
                    _move(NEXT_ASSIGNMENT_MOVE[status]),
                )
                for status in AssignmentStatus
            ),
        ),
    ]


def _moves() -> list[str]:
    return [
        "## Moves",
        "",
        *_table(
            ("Move", "中文", "Key", "From", "To", "Who", "Needs the right", "In the trail", "Who hears"),
            (_move_row(move, rule) for move, rule in MOVES.items()),
        ),
        "",
        "## Steps with a deadline",
        "",
        *_table(
            ("Step", "中文", "Key"),
            ((in_english(step.label), in_chinese(step.label), f"`{step.value}`") for step in Step),
        ),
    ]


def _move_row(move: Move, rule: MoveRule) -> tuple[str, ...]:
    about = rule.is_about_assignment
    sources = rule.assignment_sources if about else rule.sources
    targets = rule.assignment_targets if about else rule.targets
    arrived = ", ".join(f"`{target.value}`" for target in targets)
    if about and rule.targets:
        arrived += "; with the last unit the whistle: " + ", ".join(f"`{t.value}`" for t in rule.targets)
    return (
        in_english(rule.label),
        in_chinese(rule.label),
        f"`{move.value}`",
        ", ".join(f"`{source.value}`" for source in sources) + (" (assignment)" if about else ""),
        arrived or "stays",
        "; or ".join(PARTIES[party] for party, _right in rule.sides),
        "; or ".join(f"`{right.value}`" for _party, right in rule.sides),
        f"`{rule.audit}`",
        ", ".join(PARTIES[party] for party in rule.hears) or "nobody",
    )


def _move(move: Move | None) -> str:
    return both(MOVES[move].label) if move is not None else ""


def _whistle_arrows() -> list[tuple[str, str, str]]:
    return [
        (source.value, target.value, in_chinese(rule.label))
        for rule in MOVES.values()
        for source in rule.sources
        for target in rule.targets
    ]


def _assignment_arrows() -> list[tuple[str, str, str]]:
    own = [
        (source.value, target.value, in_chinese(rule.label))
        for rule in MOVES.values()
        for source, target in rule.assignment_pairs
    ]
    return own + [
        (source.value, target.value, in_chinese(MOVES[move].label))
        for move, pairs in ASSIGNMENT_CONSEQUENCES.items()
        for source, target in pairs
    ]


def _diagram(
    statuses: type[WhistleStatus] | type[AssignmentStatus], first: str, arrows: list[tuple[str, str, str]]
) -> list[str]:
    leaving = {source for source, _target, _label in arrows}
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{in_chinese(status.label)}" as {status.value}' for status in statuses]
    lines.append(f"    [*] --> {first}")
    lines += [f"    {source} --> {target}: {label}" for source, target, label in arrows]
    lines += [f"    {status.value} --> [*]" for status in statuses if status.value not in leaving]
    return [*lines, "```"]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_row(heads), _row(("---",) * len(heads)), *(_row(row) for row in rows)]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
