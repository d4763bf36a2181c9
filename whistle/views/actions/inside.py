"""The pages of what a called unit settles inside itself."""

from django.utils.translation import gettext_lazy as _

from whistle import services
from whistle.forms.inside import DelegateForm
from whistle.views.actions.action import Action, duty
from whistle.workflow import Move

INSIDE: dict[Move, Action] = {
    Move.DELEGATE: Action(
        DelegateForm,
        lambda on, typed, how: services.delegate(assignment=duty(on), **typed, **how),
        done=_("The handler was changed."),
        lede=_(
            "The unit goes on answering for it; clocks and notices stay. Everybody of the unit sees who has it."
        ),
    ),
}
