"""The form of quiet hours."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.notifications.quiet import Quiet

CLOCK = {"invalid": _("Write a time of day like 22:00.")}


def clock() -> forms.TimeInput:
    """Return a control for a time of day."""
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ChannelForm(forms.Form):
    """Whether a channel is wanted, and when it is to be quiet."""

    wanted = forms.BooleanField(label=_("Send me notices by e-mail"), required=False)
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=clock(), error_messages=CLOCK)
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=clock(),
        error_messages=CLOCK,
        help_text=_("Leave both empty for no quiet hours."),
    )
    quiet_rest_days = forms.BooleanField(label=_("Quiet all day on rest days and holidays"), required=False)

    @property
    def quiet(self) -> Quiet:
        """The quiet time that was typed."""
        data: dict[str, Any] = self.cleaned_data
        return Quiet(data["quiet_from"], data["quiet_to"], data["quiet_rest_days"])
