"""Lists that htmx changes in place: which part it asks for, and what their filter bars offer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from kunming_portal.errors import Refused

Choice = tuple[str, str]


@dataclass(frozen=True)
class Field:
    """One select of a filter bar; `empty` is what stands there when nothing is chosen."""

    name: str
    empty: str
    options: list[Choice]
    value: str = ""


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the changed part only; going back in the history asks for the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def as_choices(pairs: Iterable[tuple[Any, Any]]) -> list[Choice]:
    """Return values with their labels as a select takes them, in the reader's language."""
    return [(str(value), str(label)) for value, label in pairs]


def refuse(request: HttpRequest, refused: Refused, *, back: str) -> HttpResponse:
    """Say on the list why something was refused; nothing that was chosen there is lost."""
    messages.error(request, refused.sentence)
    return redirect(back)
