"""The pages of an extension."""

from django.utils.translation import gettext_lazy as _

from whistle import services
from whistle.forms import extensions as forms
from whistle.views.actions.action import Action, duty
from whistle.workflow import Move

DECIDE = Action(
    forms.DecideExtensionForm,
    lambda on, typed, how: services.decide_extension(whistle=on.whistle, **typed, **how),
    done=_("Decided; unit and caller were told."),
    lede=_("Granted, closing and every unit's feedback fall due later by these working days."),
)

EXTENSIONS: dict[Move, Action] = {
    Move.EXTEND: Action(
        forms.ExtendForm,
        lambda on, typed, how: services.extend(assignment=duty(on), **typed, **how),
        done=_("Asked for more time."),
        lede=_("The limit runs on until it is decided. The caller is told of the decision."),
    ),
    Move.DECIDE_EXTENSION: DECIDE,
    Move.DECIDE_LATER_EXTENSION: DECIDE,
}
