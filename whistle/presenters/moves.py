"""What a person may do on a case now, what not yet and why; one primary move. No query."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.ui import parts
from whistle import addresses
from whistle.guards import MoveOption
from whistle.models import Whistle
from whistle.workflow import NEXT_ASSIGNMENT_MOVE, NEXT_MOVE, AssignmentStatus, Move, WhistleStatus

# Moves with nothing to type act at once from the case page.
AT_ONCE = frozenset({Move.BLOW, Move.APPROVE, Move.ACCEPT, Move.SIGN, Move.CLOSE})
ICONS = {
    Move.BLOW: "whistle",
    Move.APPROVE: "pen",
    Move.SEND_BACK: "arrow-left-right",
    Move.ACCEPT: "inbox",
    Move.DISPATCH: "send",
    Move.SIGN: "check2",
    Move.REPORT_IN: "person-check",
    Move.FEED_BACK: "file-earmark-text",
    Move.VERIFY: "list-check",
    Move.EVALUATE: "star",
    Move.REWORK: "arrow-clockwise",
    Move.CLOSE: "check2",
    Move.UPGRADE: "arrow-up-right-circle",
    Move.OBJECT_TO: "flag",
    Move.DECIDE_OBJECTION: "diagram-3",
    Move.CONSULT: "people",
    Move.EXTEND: "hourglass-split",
    Move.DECIDE_EXTENSION: "hourglass-split",
    Move.DECIDE_LATER_EXTENSION: "hourglass-split",
    Move.HOLD: "pause",
    Move.PROPOSE_HOLD: "pause",
    Move.DECIDE_HOLD: "pause",
    Move.REVIEW_HOLD: "list-check",
    Move.RENEW_HOLD: "arrow-clockwise",
    Move.RESUME: "play",
    Move.MERGE: "intersect",
    Move.UNMERGE: "arrow-left-right",
    Move.RETURN: "arrow-left-right",
    Move.COMPLETE: "pen",
    Move.WITHDRAW: "x-lg",
    Move.ANSWER: "file-earmark-text",
    Move.REOPEN: "arrow-clockwise",
    Move.ASSESS: "flag",
    Move.DELEGATE: "people",
}


def get_moves(
    *, options: list[MoveOption], whistle: Whistle, may_note: bool, may_ask: bool = False
) -> parts.Moves:
    """Return both lists from `guards.get_options`."""
    allowed = [option for option in options if option.is_allowed]
    primary = find_primary(allowed, whistle)
    if primary is not None:
        allowed = [primary, *(option for option in allowed if option is not primary)]
    able = {option.move for option in allowed}
    several = {option.move for option in allowed if sum(o.move is option.move for o in allowed) > 1}
    shown = [_button(option, primary=option is primary, named=option.move in several) for option in allowed]
    if Move.BLOW in able:
        shown.append(addresses.rewrite_button(whistle.case_id))
    if may_note:
        shown.append(
            parts.Move(
                label=_("Add a note"), url=reverse("case-note", args=[whistle.case_id]), icon="plus-lg"
            )
        )
        shown.append(
            parts.Move(
                label=_("Add pictures or papers"),
                url=reverse("case-evidence", args=[whistle.case_id]),
                icon="camera",
            )
        )
    if may_ask:
        url = reverse("case-exclusion", args=[whistle.case_id])
        shown.append(parts.Move(label=_("Ask to leave it out of the figures"), url=url, icon="eye-slash"))
    refused: dict[str, parts.Refusal] = {}
    for option in options:
        is_ahead = not option.is_allowed and option.move not in able
        if is_ahead and whistle.status != WhistleStatus.MERGED:  # its way goes on in the other case
            refused.setdefault(
                option.move, parts.Refusal(label=str(option.rule.label), reason=option.refusal)
            )
    return parts.Moves(allowed=shown, refused=list(refused.values()))


# An answer somebody waits for: allowed only while the question is open, and then the first thing to do
ANSWERS = frozenset(
    {
        Move.CONSULT,
        Move.DECIDE_OBJECTION,
        Move.DECIDE_EXTENSION,
        Move.DECIDE_LATER_EXTENSION,
        Move.DECIDE_HOLD,
    }
)


def find_primary(allowed: list[MoveOption], whistle: Whistle) -> MoveOption | None:
    """Return the move that is expected of this person now, if it is theirs: the one solid red thing."""
    answer = next((option for option in allowed if option.move in ANSWERS), None)
    if answer is not None:
        return answer
    wanted: Move | None = NEXT_MOVE[WhistleStatus(whistle.status)]
    if whistle.verdict == Whistle.Verdict.NOT_SOLVED:
        wanted = Move.REWORK
    elif wanted is Move.CLOSE and any(option.move is Move.EVALUATE for option in allowed):
        # closing ends the rating, and it acts at once: whoever may still rate is led there first
        return next(option for option in allowed if option.move is Move.EVALUATE)
    for option in allowed:
        duty = option.assignment
        expected = NEXT_ASSIGNMENT_MOVE[AssignmentStatus(duty.status)] if duty is not None else wanted
        if option.move is expected:
            return option
    return None


def move_url(option: MoveOption) -> str:
    """Return the address of a move; the version the person saw travels along for moves made at once."""
    if option.rule.is_about_assignment and option.assignment is not None:
        return reverse("assignment-move", args=[option.assignment.pk, option.move.value])
    return reverse("case-move", args=[option.whistle.case_id, option.move.value])


def _button(option: MoveOption, *, primary: bool, named: bool) -> parts.Move:
    label = str(option.rule.label)
    if option.assignment is not None and (named or option.move is Move.EVALUATE):
        verb = pgettext("verb before a unit", "Rate") if option.move is Move.EVALUATE else label
        label = pgettext("move on a unit", "%(move)s %(unit)s") % {
            "move": verb,
            "unit": option.assignment.unit.short_name,
        }
    url = move_url(option)
    if option.move in AT_ONCE:
        url = f"{url}?expected={option.whistle.case.version}"
    return parts.Move(
        label=label,
        url=url,
        icon=ICONS[option.move],
        primary=primary,
        method="post" if option.move in AT_ONCE else "get",
    )
