"""Forms of what can be done with an undertaking."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.words import Words, area, refuse_absurd


class DueOn(forms.DateField):
    """The working day by whose end something is due."""

    default_error_messages = {"required": _("Fill this in."), "invalid": _("This is no day: 2026-11-25.")}
    default_validators = [refuse_absurd]
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ReportForm(forms.Form):
    """What was found and done."""

    text = Words(label=_("What was found and done"), max_length=1000, widget=area(5))


class AcceptForm(forms.Form):
    """A closing word."""

    words = Words(label=_("A word to them"), max_length=300, required=False, widget=area())


class SendBackForm(forms.Form):
    """What is missing, and until when."""

    reason = Words(label=_("What is missing"), max_length=300, widget=area())
    due_on = DueOn(
        label=_("Report again by"), required=False, help_text=_("Empty: the usual limit runs anew.")
    )


class DropForm(forms.Form):
    """Why it is no longer needed."""

    reason = Words(label=_("Why it is no longer needed"), max_length=300, widget=area())
