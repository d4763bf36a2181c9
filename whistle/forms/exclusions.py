"""Asking for an exclusion, and deciding it."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.models import Assignment, Exclusion

WHOLE = "whistle"


class ExclusionForm(forms.Form):
    """What is to be left out, on which ground, and why."""

    subject = forms.TypedChoiceField(
        label=_("What is to be left out"), widget=Tiles, error_messages=CHOOSE, empty_value=None
    )
    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=Exclusion.Ground.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    reason = Words(
        label=_("Reason"), max_length=500, widget=area(4), help_text=_("Everybody on the case reads it.")
    )
    legal_basis = Words(label=_("Legal basis"), max_length=300, required=False, widget=area(2))

    def __init__(self, *args: Any, subjects: list[Assignment | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keyed = {WHOLE if duty is None else str(duty.pk): duty for duty in subjects}
        field = self.fields["subject"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [
            (key, gettext("The whole whistle") if duty is None else duty.unit.short_name)
            for key, duty in keyed.items()
        ]
        field.coerce = keyed.__getitem__
        if len(keyed) == 1:
            self.initial.setdefault("subject", next(iter(keyed)))


class DecisionForm(forms.Form):
    """Granted or not, and why. Nothing is chosen in advance."""

    answer = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("granted", _("Leave it out")), ("refused", _("Keep it in the figures"))],
        widget=Tiles,
        error_messages=CHOOSE,
    )
    decision = Words(
        label=_("Reason"),
        max_length=500,
        widget=area(),
        help_text=_("It stands on the open list."),
    )
