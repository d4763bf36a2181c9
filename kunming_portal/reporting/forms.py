"""The choice of a period, from the address. Bad input gets a sentence, and the running month is shown."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.reporting import periods
from kunming_portal.reporting.periods import Period, Span

OLDEST = dt.date(2000, 1, 1)


class PeriodForm(forms.Form):
    """Month, quarter, year, or from a day to a day."""

    period = forms.ChoiceField(choices=[(s.value, s.value) for s in Span], required=False, initial=Span.MONTH)
    to = forms.DateField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # "from" is a word of the language, so this field cannot be declared above
        self.fields["from"] = forms.DateField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a custom period without its days, in the wrong order, or too long."""
        data = super().clean() or {}
        if data.get("period") != Span.CUSTOM or self.errors:
            return data
        first, last = data.get("from"), data.get("to")
        if first is None or last is None:
            raise forms.ValidationError(_("Give the first and the last day."))
        if last < first:
            raise forms.ValidationError(_("The period ends before it begins."))
        if first < OLDEST or (last - first).days > periods.LONGEST_DAYS:
            raise forms.ValidationError(_("Choose at most ten years, from 2000 on."))
        return data

    def chosen(self, *, now: dt.datetime) -> Period:
        """Return the period; the running month when nothing or nothing usable was asked for."""
        if not self.is_valid():
            return periods.current(Span.MONTH, now=now)
        span = Span(self.cleaned_data["period"] or Span.MONTH)
        if span is Span.CUSTOM:
            return periods.between(self.cleaned_data["from"], self.cleaned_data["to"], now=now)
        return periods.current(span, now=now)

    @property
    def sentences(self) -> list[str]:
        """What is wrong, once each; empty when nothing is."""
        return list(dict.fromkeys(str(text) for errors in self.errors.values() for text in errors))
