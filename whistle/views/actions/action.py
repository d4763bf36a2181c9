"""How a move is made from a page: its form, the service that takes what was typed, the words around it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.functional import Promise

from whistle.forms.moves import MoveForm, Subject
from whistle.models import Assignment

Typed = dict[str, Any]
How = dict[str, Any]  # by, now, expected: what every service takes


@dataclass(frozen=True)
class Action:
    """One move on a page. `done` is what the toast says; `lede` what is said of its consequences, if not plain."""

    form: type[MoveForm]
    run: Callable[[Subject, Typed, How], object]
    done: str | Promise
    lede: str | Promise | Callable[[Subject], str] = ""

    def lede_for(self, on: Subject) -> str:
        """Return the sentence about the consequences on this matter."""
        return str(self.lede(on) if callable(self.lede) else self.lede)


def duty(on: Subject) -> Assignment:
    """Return the assignment of a move that is about one."""
    if on.assignment is None:
        raise Http404
    return on.assignment
