"""The name of a saved filter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.words import Words


class FilterNameForm(forms.Form):
    """What a filter is called; at most what fits on a chip."""

    name = Words(label=_("Name of the filter"), max_length=20)
