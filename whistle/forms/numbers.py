"""A number of a case in another system."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.words import CHOOSE, refuse_emoji
from whistle.models import ExternalNumber

SYSTEMS = [("", _("No number")), *ExternalNumber.System.choices]


def number_field() -> forms.CharField:
    """Return the field for a number; blanks in it do not matter."""
    return forms.CharField(
        label=_("Number there"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        validators=[refuse_emoji],
    )


class NumberForm(forms.Form):
    """Which system, and the number there."""

    system = forms.ChoiceField(
        label=_("System"), choices=ExternalNumber.System.choices, error_messages=CHOOSE
    )
    number = number_field()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["number"].required = True
