"""Every move that has a page, one family a module."""

from whistle.views.actions.action import Action, How, Typed
from whistle.views.actions.main_road import MAIN_ROAD
from whistle.workflow import Move

ACTIONS: dict[Move, Action] = {**MAIN_ROAD}

__all__ = ["ACTIONS", "Action", "How", "Typed"]
