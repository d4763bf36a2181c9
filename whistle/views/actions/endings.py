"""The pages of the moves beside the main road."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from whistle import services
from whistle.forms import endings as forms
from whistle.forms.moves import Subject
from whistle.services import clocks
from whistle.views.actions.action import Action
from whistle.workflow import Move


def how_long(on: Subject) -> str:
    """Return what a reopening starts, and until when it is possible."""
    return gettext(
        "The lead handles it again in the whole limit; your verdict is taken back. "
        "Possible within %(days)d days after closing."
    ) % {"days": clocks.side_paths(on.whistle).reopening_days}


def who_is_released(on: Subject) -> str:
    """Return what a withdrawal ends."""
    return gettext(
        "%(receiver)s and the units called are told that nothing is to be done. It counts in no rate."
    ) % {"receiver": on.whistle.receiver.short_name}


ENDINGS: dict[Move, Action] = {
    Move.RETURN: Action(
        forms.ReturnForm,
        lambda on, typed, how: services.return_whistle(whistle=on.whistle, **typed, **how),
        done=_("Returned; the caller was told what is missing."),
        lede=_("Your clock stops; it starts anew when the caller has completed it. Possible twice."),
    ),
    Move.COMPLETE: Action(
        forms.CompleteForm,
        lambda on, typed, how: services.complete(whistle=on.whistle, **typed, **how),
        done=_("Completed; the centre was told."),
        lede=_("It goes back to the centre, whose clock starts anew."),
    ),
    Move.WITHDRAW: Action(
        forms.WithdrawForm,
        lambda on, typed, how: services.withdraw(whistle=on.whistle, **typed, **how),
        done=_("Withdrawn; everybody on it was told."),
        lede=who_is_released,
    ),
    Move.ANSWER: Action(
        forms.AnswerForm,
        lambda on, typed, how: services.answer(whistle=on.whistle, **typed, **how),
        done=_("The final answer is signed; the caller was told."),
        lede=_(
            "Your decision is the signature. The units are released, the case is closed and not reopened; "
            "it counts in no rate."
        ),
    ),
    Move.REOPEN: Action(
        forms.ReopenForm,
        lambda on, typed, how: services.reopen(whistle=on.whistle, **typed, **how),
        done=_("Reopened; the units were told."),
        lede=how_long,
    ),
    Move.ASSESS: Action(
        forms.AssessForm,
        lambda on, typed, how: services.assess(whistle=on.whistle, **typed, **how),
        done=_("Stated; the caller was told."),
        lede=_("Said once and not changed. It ranks nobody: blowing never costs the caller anything."),
    ),
}
