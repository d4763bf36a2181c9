"""The pages of a hold."""

from django.utils.translation import gettext_lazy as _

from whistle import services
from whistle.forms import holds as forms
from whistle.views.actions.action import Action, duty
from whistle.workflow import Move

OPENLY = _("The clocks stand from the decision on. The matter is listed openly with its reason and its plan.")

HOLDS: dict[Move, Action] = {
    Move.HOLD: Action(
        forms.HoldForm,
        lambda on, typed, how: services.ask_hold(assignment=duty(on), **typed, **how),
        done=_("Asked for a hold; the leader in charge was told."),
        lede=OPENLY,
    ),
    Move.PROPOSE_HOLD: Action(
        forms.HoldForm,
        lambda on, typed, how: services.propose_hold(whistle=on.whistle, **typed, **how),
        done=_("Proposed; the leader in charge was told."),
        lede=OPENLY,
    ),
    Move.DECIDE_HOLD: Action(
        forms.DecideHoldForm,
        lambda on, typed, how: services.decide_hold(whistle=on.whistle, **typed, **how),
        done=_("Decided; units and caller were told."),
        lede=OPENLY,
    ),
    Move.REVIEW_HOLD: Action(
        forms.ReviewForm,
        lambda on, typed, how: services.review_hold(whistle=on.whistle, **typed, **how),
        done=_("Reviewed; the caller was told."),
        lede=_("The clock of the next review starts now."),
    ),
    Move.RENEW_HOLD: Action(
        forms.RenewForm,
        lambda on, typed, how: services.renew_hold(whistle=on.whistle, **typed, **how),
        done=_("Renewed."),
        lede=_("Only the tier above the receiver renews a hold."),
    ),
    Move.RESUME: Action(
        forms.ResumeForm,
        lambda on, typed, how: services.resume(whistle=on.whistle, **typed, **how),
        done=_("Resumed; the clocks run on."),
        lede=_("Every limit moves by exactly the working time it stood."),
    ),
}
