"""The pages of merging and taking apart."""

from django.utils.translation import gettext_lazy as _

from whistle import services
from whistle.forms.merging import MergeForm, UnmergeForm
from whistle.views.actions.action import Action
from whistle.workflow import Move

MERGING: dict[Move, Action] = {
    Move.MERGE: Action(
        MergeForm,
        lambda on, typed, how: services.merge(whistle=on.whistle, **typed, **how),
        done=_("Merged; the caller was told."),
        lede=_(
            "Its clocks stand still. Its caller hears how the other case goes. You can take it out again."
        ),
    ),
    Move.UNMERGE: Action(
        UnmergeForm,
        lambda on, typed, how: services.unmerge(whistle=on.whistle, **typed, **how),
        done=_("Taken out; it goes on from where it stood."),
        lede=_("Its clocks go on with the time that was left."),
    ),
}
