"""What lists can do with many rows at once: moves of the workflow by the forms of their own pages, and pressing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kunming_portal.errors import Refused
from whistle import services
from whistle.forms.moves import MoveForm, Subject
from whistle.presenters.moves import ICONS
from whistle.services.pressing import check_press
from whistle.views.actions import ACTIONS, How, Typed
from whistle.views.moves import refusal_of
from whistle.workflow import MOVES, Move


@dataclass(frozen=True)
class BulkMove:
    """One button of the bar. `event` is what it leaves on the trail; `refusal` says why not, or nothing."""

    name: str
    label: str | Promise
    icon: str
    form: type[MoveForm]
    run: Callable[[Subject, Typed, How], object]
    refusal: Callable[[Subject], str]
    event: str
    is_about_assignment: bool = False
    lede: Callable[[Subject], str] = lambda _on: ""

    @property
    def needs_typing(self) -> bool:
        """Whether there is something to choose or to write."""
        return set(self.form.base_fields) != {"expected"}


def of_workflow(move: Move) -> BulkMove:
    """Return a move of the workflow: form and service are those of its page."""
    action, rule = ACTIONS[move], MOVES[move]
    return BulkMove(
        name=move.value,
        label=rule.label,
        icon=ICONS[move],
        form=action.form,
        run=action.run,
        refusal=lambda on: refusal_of(move, on),
        event=rule.audit,
        is_about_assignment=rule.is_about_assignment,
        lede=action.lede_for,
    )


def press(on: Subject, _typed: Typed, how: How) -> object:
    """Press whoever has to act, without words; what somebody did meanwhile does not matter."""
    return services.press(whistle=on.whistle, by=how["by"], now=how["now"])


def press_refusal(on: Subject) -> str:
    """Return why nobody can be pressed here, or nothing."""
    try:
        check_press(whistle=on.whistle, by=on.by, now=on.now)
    except Refused as refused:
        return refused.sentence
    return ""


PRESS = BulkMove("press", _("Press"), "bell", MoveForm, press, press_refusal, event="whistle.pressed")
BULK_MOVES: dict[str, BulkMove] = {
    move.name: move for move in (*map(of_workflow, (Move.ACCEPT, Move.DISPATCH, Move.SIGN)), PRESS)
}
# The bars of the lists, each button with its key
BARS: dict[str, list[tuple[str, str]]] = {
    "queue": [(Move.ACCEPT, "A"), (Move.DISPATCH, "D"), ("press", "R")],
    "duties": [(Move.SIGN, "S")],
}


def bar(page: str) -> list[dict[str, Any]]:
    """Return the buttons of a list's bar."""
    return [{"move": BULK_MOVES[name], "key": key} for name, key in BARS[page]]
