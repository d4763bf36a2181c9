"""Forms of the moves beside the main road: return, complete, withdraw, answer finally, reopen, assess."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.forms.moves import MoveForm, Subject, UnitsOfDuty
from whistle.models import Assessment, Assignment
from whistle.workflow import AssignmentStatus


class ReturnForm(MoveForm):
    """What is missing."""

    reason = Words(
        label=_("What is missing"), max_length=300, widget=area(), help_text=_("The caller reads it.")
    )


class CompleteForm(MoveForm):
    """What was added; and the case's own words, for whoever wrote them."""

    text = Words(
        label=_("What you added"), max_length=500, widget=area(), help_text=_("The centre reads it.")
    )
    description = Words(label=_("What happened"), max_length=2000, widget=area(5))
    place = Words(label=_("Where"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        case = subject.whistle.case
        if subject.whistle.caller.division_id != case.division_id:
            del self.fields["description"], self.fields["place"]
            return
        self.initial.setdefault("description", case.description)
        self.initial.setdefault("place", case.place)


class WithdrawForm(MoveForm):
    """Why nothing is to be done any more."""

    reason = Words(
        label=_("Why it is withdrawn"),
        max_length=300,
        widget=area(),
        help_text=_("For example: settled on the spot, reported twice."),
    )


class AnswerForm(MoveForm):
    """The answer, on what it rests, what proves it."""

    text = Words(
        label=_("The answer"),
        max_length=2000,
        widget=area(5),
        help_text=_("The caller passes it on to whoever reported the matter."),
    )
    legal_basis = Words(
        label=_("Legal basis"),
        max_length=300,
        widget=area(2),
        help_text=_("Law, regulation or document with its article."),
    )
    evidence = Words(
        label=_("Evidence"),
        max_length=300,
        required=False,
        widget=area(2),
        help_text=_("What was looked at, who was heard, where it is kept."),
    )


class ReopenForm(MoveForm):
    """Why it goes on, and which assisting units come again; the lead always does."""

    reason = Words(
        label=_("Why it is taken up again"),
        max_length=300,
        widget=area(),
        help_text=_("The units read it."),
    )
    units = UnitsOfDuty(
        Assignment.objects.none(),
        label=_("Assisting units that come again"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": CHOOSE["invalid_choice"]},
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        duties = Assignment.objects.filter(whistle=subject.whistle, status=AssignmentStatus.FED_BACK)
        assists = duties.filter(is_lead=False).select_related("unit").order_by("id")
        if not assists:
            del self.fields["units"]
            return
        self.fields["units"].queryset = assists  # type: ignore[attr-defined]


class AssessForm(MoveForm):
    """Was the whistle justified; if not wholly, what it was instead. Nothing is chosen in advance."""

    template = "whistle/moves/assess.html"
    opinion = forms.ChoiceField(
        label=_("Was the whistle justified?"),
        choices=Assessment.Opinion.choices,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    cause = forms.ChoiceField(
        label=_("If not wholly: what was it?"),
        choices=Assessment.Cause.choices,
        required=False,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    comment = Words(label=_("Comment"), max_length=300, required=False, widget=area())

    def clean(self) -> dict[str, Any]:
        """Ask for the cause where there is a doubt."""
        typed = self.cleaned_data
        doubts = typed.get("opinion") not in (None, Assessment.Opinion.JUSTIFIED)
        if doubts and not typed.get("cause") and "cause" not in self.errors:
            self.add_error("cause", gettext("Say what it was instead."))
        return typed
