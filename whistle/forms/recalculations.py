"""What somebody says who wants running deadlines to follow a changed rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.models import Kind, Recalculation
from whistle.services import Extent
from whistle.workflow import Step, Tier

DATE = {"invalid": _("Write the day like 2026-11-25.")}


def _day(label: Any, hint: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DATE,
    )


class RecalculationForm(forms.Form):
    """What changed, which running deadlines are looked at, and why. Nothing ticked means all."""

    cause = forms.ChoiceField(
        label=_("What changed"), choices=Recalculation.Cause.choices, widget=Tiles, error_messages=CHOOSE
    )
    first_day = _day(_("First changed day"), _("Only for a change of the calendar."))
    last_day = _day(_("Last changed day"), _("Leave it empty for all days from then on."))
    kinds = forms.TypedMultipleChoiceField(
        label=_("Kinds"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: all of them."),
        error_messages=CHOOSE,
    )
    tiers = forms.TypedMultipleChoiceField(
        label=_("Tiers"),
        coerce=int,
        choices=Tier.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE,
    )
    steps = forms.MultipleChoiceField(
        label=_("Steps"),
        choices=Step.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE,
    )
    reason = Words(
        label=_("Reason"),
        max_length=300,
        widget=area(),
        help_text=_("It stands in the history of every case that moves."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = Kind.objects.order_by("position", "code")
        field = self.fields["kinds"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(str(kind.pk), kind.label) for kind in kinds]

    def extent(self) -> Extent:
        """Return what is looked at. Days belong to a change of the calendar alone."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        if data["cause"] == Recalculation.Cause.POLICY:
            data |= {"first_day": None, "last_day": None}
        return Extent(**data)
