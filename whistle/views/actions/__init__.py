"""Every move that has a page, one family a module."""

from whistle.views.actions.action import Action, How, Typed
from whistle.views.actions.endings import ENDINGS
from whistle.views.actions.extensions import EXTENSIONS
from whistle.views.actions.holds import HOLDS
from whistle.views.actions.inside import INSIDE
from whistle.views.actions.main_road import MAIN_ROAD
from whistle.views.actions.merging import MERGING
from whistle.views.actions.objections import OBJECTIONS
from whistle.workflow import Move

ACTIONS: dict[Move, Action] = {
    **MAIN_ROAD,
    **ENDINGS,
    **OBJECTIONS,
    **EXTENSIONS,
    **HOLDS,
    **MERGING,
    **INSIDE,
}

__all__ = ["ACTIONS", "Action", "How", "Typed"]
