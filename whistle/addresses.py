"""Addresses that lists lead to."""

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kunming_portal.ui import parts
from whistle.workflow import MOVES, Move

# Moves without a word to type: their button posts at once, with the version of the case the person saw.
AT_ONCE = frozenset({Move.BLOW, Move.APPROVE, Move.ACCEPT, Move.SIGN})


def case_button(case_id: int, move: Move, *, label: str = "", **query: str) -> parts.Move:
    """Return the button of a move on a case's open whistle; query words fill the form in advance."""
    method: parts.Method = "post" if move in AT_ONCE else "get"
    url = move_url(case_id, move, **query)
    return parts.Move(label=label or str(MOVES[move].label), url=url, method=method)


def rewrite_button(case_id: int) -> parts.Move:
    """Return the button that opens a draft for rewriting."""
    return parts.Move(label=_("Rewrite"), url=reverse("case-rewrite", args=[case_id]), icon="pen")


def duty_button(assignment_id: int, move: Move) -> parts.Move:
    """Return the button of a move on one unit's duty."""
    method: parts.Method = "post" if move in AT_ONCE else "get"
    return parts.Move(label=str(MOVES[move].label), url=duty_url(assignment_id, move), method=method)


def move_url(case_id: int, move: Move, **query: str) -> str:
    """Return the address of the form of a move on a case's open whistle."""
    return _with(reverse("case-move", args=[case_id, move.value]), query)


def duty_url(assignment_id: int, move: Move) -> str:
    """Return the address of the form of a move on one unit's duty; signing is sent to it without a form."""
    return reverse("assignment-move", args=[assignment_id, move.value])


def page_url(name: str, **query: str) -> str:
    """Return the address of a page, or nothing when the app that brings it is not installed.

    Lists link upwards to pages of other apps (the city's figures), which the whistle does not depend on.
    """
    try:
        return _with(reverse(name), query)
    except NoReverseMatch:
        return ""


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address
