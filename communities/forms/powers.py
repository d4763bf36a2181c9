"""Forms that open a record of one of the five powers: few fields, filled in from the compound where it is known."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.forms.undertakings import DueOn
from communities.models import Appraisal, Compound, Finding, Nomination
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.words import CHOOSE, Words, area

WHOLE = {"required": _("Fill this in."), "invalid": _("Write a whole number.")}


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """A unit with people who report, by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.none(), error_messages=CHOOSE, **kwargs)

    def label_from_instance(self, unit: Unit) -> str:
        """Return the unit's name as the list shows it."""
        return unit.name


class Addressed(forms.Form):
    """To whom: a unit of the portal, or a body outside it, and by when."""

    unit = UnitChoice(label=_("Unit in the portal"), required=False, empty_label=_("None, a body outside"))
    addressee = Words(
        label=_("Body outside the portal"),
        max_length=60,
        required=False,
        help_text=_("Property firm, owners' committee, or who else; the branch enters the report for it."),
    )
    due_on = DueOn(label=_("Due by the end of"))

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # a model choice

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two is filled in."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("unit") and typed.get("addressee"):
            raise ValidationError(
                {"addressee": gettext("Choose a unit or write a name outside the portal, not both.")}
            )
        if "addressee" in typed and not typed.get("unit") and not typed["addressee"]:
            raise ValidationError({"unit": gettext("Say who is to do it.")})
        return typed


class DecisionForm(forms.Form):
    """A topic for the branch."""

    title = Words(label=_("Topic"), max_length=60)
    text = Words(label=_("What it is about"), max_length=1000, required=False, widget=area(4))


class ProposalForm(Addressed):
    """A proposal with its addressee."""

    title = Words(label=_("Proposal"), max_length=60)
    text = Words(label=_("What is proposed, and why"), max_length=1000, widget=area(5))
    field_order = ("title", "text", "unit", "addressee", "due_on")


class NominationForm(forms.Form):
    """Candidates for one post."""

    title = Words(label=_("Matter"), max_length=60)
    post = forms.ChoiceField(
        label=pgettext_lazy("power", "Post"), choices=Nomination.Post.choices, error_messages=CHOOSE
    )
    names = Words(
        label=_("Candidates"), max_length=2000, widget=area(5), help_text=_("One name a line, nothing else.")
    )

    def clean_names(self) -> list[str]:
        """Return the lines."""
        return str(self.cleaned_data["names"]).splitlines()


class FindingForm(Addressed):
    """A finding, with whom, and until when it is put right."""

    title = Words(label=_("Finding"), max_length=60)
    of_whom = forms.ChoiceField(label=_("Of whom"), choices=Finding.OfWhom.choices, error_messages=CHOOSE)
    about = forms.ChoiceField(label=_("About"), choices=Finding.About.choices, error_messages=CHOOSE)
    text = Words(label=_("What was found, what is to be put right"), max_length=1000, widget=area(4))
    field_order = ("title", "of_whom", "about", "text", "unit", "addressee", "due_on")


class AppraisalForm(forms.Form):
    """A batch on one body."""

    title = Words(label=pgettext_lazy("title of", "Appraisal"), max_length=60)
    of_whom = forms.ChoiceField(label=_("Of whom"), choices=Appraisal.OfWhom.choices, error_messages=CHOOSE)
    name = Words(label=_("Name of the body"), max_length=60)
    period = Words(label=_("Period"), max_length=40)
    asked = forms.IntegerField(
        label=_("Forms handed out"), min_value=1, max_value=1_000_000, error_messages=WHOLE
    )


def initial_of(power: str, compound: Compound, *, due_on: date | None, today: date) -> dict[str, Any]:
    """Return what is known before anything is typed. No query."""
    if power == "supervision":
        return {"addressee": compound.property_firm, "due_on": due_on}
    if power == "proposal":
        return {"due_on": due_on}
    if power == "appraisal":
        half = gettext("first half of %(year)d") if today.month <= 6 else gettext("second half of %(year)d")
        return {
            "name": compound.property_firm,
            "period": half % {"year": today.year},
            "asked": compound.households or None,
        }
    return {}
