"""The form for a new API token."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.api.tokens import LONGEST_DAYS

LIFETIMES = [(7, _("7 days")), (30, _("30 days")), (LONGEST_DAYS, _("90 days"))]


class TokenForm(forms.Form):
    """What the token is for, and how long it lives."""

    name = forms.CharField(
        label=_("What for"),
        max_length=60,
        help_text=_("The system that will use it; the audit trail keeps this name."),
    )
    days = forms.TypedChoiceField(label=_("Ends after"), choices=LIFETIMES, coerce=int, initial=30)
