"""Forms of what sinks to compounds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.forms.grid_posts import DAY
from communities.forms.grids import CHOOSE, REQUIRED
from communities.models import Compound, CompoundGrant
from communities.querysets import CompoundQuerySet
from communities.services.grants import Gift
from kunming_portal.ui.words import refuse_absurd

YUAN: dict[str, Any] = {
    "max_digits": 12,
    "decimal_places": 2,
    "min_value": 0,
    "error_messages": {"invalid": gettext_lazy("Write an amount like 86000 or 86000.50.")},
    "widget": forms.TextInput(attrs={"inputmode": "decimal"}),
}


class GrantForm(forms.Form):
    """What a compound gets in a year. `compounds` None: the compound is known."""

    compound = forms.ModelChoiceField(
        Compound.objects.none(), label=gettext_lazy("Compound"), empty_label=None, error_messages=CHOOSE
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("of a grant", "Kind"),
        choices=CompoundGrant.Kind.choices,
        initial=CompoundGrant.Kind.WORK_FUNDS,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    title = forms.CharField(
        label=gettext_lazy("What it is"),
        max_length=60,
        error_messages=REQUIRED,
        help_text=gettext_lazy("For example: funds for serving the masses, a free dental clinic."),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount in yuan"),
        required=False,
        help_text=gettext_lazy("For funds. A service has none."),
        **YUAN,
    )
    quantity = forms.CharField(
        label=gettext_lazy("How much"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("For a service, for example: twice a month."),
    )
    source = forms.CharField(label=gettext_lazy("From whom"), max_length=60, error_messages=REQUIRED)
    purpose = forms.CharField(label=gettext_lazy("What for"), required=False, max_length=200)
    year = forms.IntegerField(label=gettext_lazy("Year"), error_messages=REQUIRED)

    def __init__(self, *args: Any, compounds: CompoundQuerySet | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if compounds is None:
            del self.fields["compound"]
        else:
            self.fields["compound"].queryset = compounds  # type: ignore[attr-defined]

    @property
    def gift(self) -> Gift:
        """What was entered."""
        names = ("year", "kind", "title", "source", "amount", "quantity", "purpose")
        return Gift(**{name: self.cleaned_data[name] for name in names})


class UseForm(forms.Form):
    """One use: what for, when, and of money how much."""

    text = forms.CharField(label=gettext_lazy("Used for"), max_length=200, error_messages=REQUIRED)
    amount = forms.DecimalField(label=gettext_lazy("Amount in yuan"), required=False, **YUAN)
    used_on = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DAY,
        validators=[refuse_absurd],
    )

    def __init__(self, *args: Any, is_money: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_money:
            del self.fields["amount"]
