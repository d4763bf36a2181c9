"""The pages of the main road's moves."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from whistle import guards, services
from whistle.forms import moves as forms
from whistle.forms.moves import MoveForm, Subject
from whistle.services.cases import receiver_of
from whistle.views.actions.action import Action, duty
from whistle.workflow import Move


def who_is_called(on: Subject) -> str:
    """Return whom an upgrade calls, or why nobody can be called."""
    try:
        to = receiver_of(on.whistle.receiver, now=on.now).name
    except guards.MoveRefused as refused:
        return refused.sentence
    return gettext(
        "%(unit)s is called next. Your decision is the sign-off; the units called so far are released."
    ) % {"unit": to}


MAIN_ROAD: dict[Move, Action] = {
    Move.BLOW: Action(
        MoveForm,
        lambda on, typed, how: services.blow(whistle=on.whistle, **how),
        done=_("Blown."),
    ),
    Move.APPROVE: Action(
        MoveForm,
        lambda on, typed, how: services.approve(whistle=on.whistle, **how),
        done=_("Signed off."),
    ),
    Move.SEND_BACK: Action(
        forms.ReasonForm,
        lambda on, typed, how: services.send_back(whistle=on.whistle, **typed, **how),
        done=_("Sent back to the writer."),
        lede=_("It becomes a draft again; the writer is told."),
    ),
    Move.ACCEPT: Action(
        MoveForm,
        lambda on, typed, how: services.accept(whistle=on.whistle, **how),
        done=_("Accepted."),
    ),
    Move.DISPATCH: Action(
        forms.DispatchForm,
        lambda on, typed, how: services.dispatch(whistle=on.whistle, **typed, **how),
        done=_("Dispatched; the units were told."),
        lede=_("Each unit gets clocks of its own for signing, reporting in and feeding back."),
    ),
    Move.SIGN: Action(
        MoveForm,
        lambda on, typed, how: services.sign(assignment=duty(on), **how),
        done=_("Signed for it."),
    ),
    Move.REPORT_IN: Action(
        forms.ReportInForm,
        lambda on, typed, how: services.report_in(assignment=duty(on), **typed, **how),
        done=_("Reported in."),
    ),
    Move.FEED_BACK: Action(
        forms.FeedBackForm,
        lambda on, typed, how: services.feed_back(assignment=duty(on), **typed, **how),
        done=_("Fed back."),
    ),
    Move.VERIFY: Action(
        forms.VerifyForm,
        lambda on, typed, how: services.verify(whistle=on.whistle, **typed, **how),
        done=_("Verified."),
    ),
    Move.EVALUATE: Action(
        forms.EvaluateForm,
        lambda on, typed, how: services.evaluate(assignment=duty(on), **typed, **how),
        done=_("Rated."),
    ),
    Move.REWORK: Action(
        forms.ReworkForm,
        lambda on, typed, how: services.rework(whistle=on.whistle, **typed, **how),
        done=_("Sent back for rework."),
        lede=_("The units do it again in half the limit."),
    ),
    Move.CLOSE: Action(
        MoveForm,
        lambda on, typed, how: services.close(whistle=on.whistle, **how),
        done=_("Closed."),
        lede=_("Units that were not rated stay “not rated”."),
    ),
    Move.UPGRADE: Action(
        forms.UpgradeForm,
        lambda on, typed, how: services.upgrade(whistle=on.whistle, **typed, **how),
        done=_("Upgraded; the next tier was called."),
        lede=who_is_called,
    ),
}
