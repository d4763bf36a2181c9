"""A day in a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.words import refuse_absurd


class DayField(forms.DateField):
    """A day, typed or picked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={
                "required": _("Choose a day."),
                "invalid": _("Write the day like 2026-11-25."),
            },
            validators=[refuse_absurd],
            **kwargs,
        )
