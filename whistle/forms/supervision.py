"""Forms of pressing, supervising, instructing, and of what comes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.organisations.models import Unit
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.models import Assignment
from whistle.services.supervising import MOST_DAYS, REPLY_DAYS

DAYS_WRONG = {
    "required": _("Fill this in."),
    "invalid": _("Write a whole number."),
    "min_value": _("Choose between 1 and 20 working days."),
    "max_value": _("Choose between 1 and 20 working days."),
}


class Days(forms.IntegerField):
    """How many working days there are for a reply."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Reply within, working days"),
            min_value=1,
            max_value=MOST_DAYS,
            initial=REPLY_DAYS,
            error_messages=DAYS_WRONG,
            **kwargs,
        )


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """One of the units of a case, by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.none(), error_messages=CHOOSE, **kwargs)

    def label_from_instance(self, unit: Unit) -> str:
        """Return the unit's name as the list shows it."""
        return unit.name


class PressForm(forms.Form):
    """Whom to press, and a word to them."""

    template = ""
    assignment = forms.ModelChoiceField(
        Assignment.objects.none(),
        label=_("Whom"),
        required=False,
        empty_label=_("Everybody who has to act now"),
        error_messages=CHOOSE,
    )
    words = Words(label=_("A word to them"), max_length=300, required=False, widget=area())

    def __init__(self, *args: Any, duties: Sequence[Assignment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["assignment"]
        field.queryset = Assignment.objects.filter(pk__in=[duty.pk for duty in duties]).select_related("unit")
        field.label_from_instance = lambda duty: duty.unit.name
        if len(duties) < 2:
            del self.fields["assignment"]


class NoticeForm(forms.Form):
    """A supervision notice on one case."""

    template = ""
    unit = UnitChoice(label=_("To"))
    text = Words(label=_("What is required"), max_length=1000, widget=area(5))
    days = Days()

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self, units)


class InstructionForm(forms.Form):
    """A leader's instruction on one case."""

    template = ""
    unit = UnitChoice(label=_("To"))
    text = Words(label=_("Instruction"), max_length=1000, widget=area(5))
    due_at = forms.DateTimeField(
        label=_("Report by"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": _("Fill this in."),
            "invalid": _("Write day and time like 2026-11-25 10:24."),
        },
    )

    def __init__(self, *args: Any, units: Sequence[Unit], due_at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self, units)
        self.fields["due_at"].initial = due_at


class BulkNoticeForm(forms.Form):
    """One text and one limit for notices on several cases."""

    WHOM = [
        ("lead", _("The lead of each case")),
        ("working", _("Every unit that still has to act")),
    ]
    template = ""
    whom = forms.ChoiceField(label=_("To"), choices=WHOM, initial="lead", error_messages=CHOOSE)
    text = Words(label=_("What is required"), max_length=1000, widget=area(5))
    days = Days()


class ReplyForm(forms.Form):
    """What the unit replies."""

    template = ""
    text = Words(
        label=pgettext_lazy("noun", "Reply"),
        max_length=1000,
        widget=area(6),
        help_text=_("What was found, what was done, what is still to do and by when."),
    )


class ReturnForm(forms.Form):
    """Why a reply is not enough, and how long there is for the next."""

    template = ""
    reason = Words(label=_("What is missing"), max_length=300, widget=area())
    days = Days()


class CloseTaskForm(forms.Form):
    """Words at the end; a withdrawal needs them."""

    template = ""
    words = Words(label=_("Words"), max_length=300, required=False, widget=area())


def offer_units(form: forms.Form, units: Sequence[Unit]) -> None:
    """Offer these units in the form's field, the first one chosen beforehand."""
    field: Any = form.fields["unit"]
    field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
    if units:
        field.initial = units[0].pk
        field.empty_label = None
