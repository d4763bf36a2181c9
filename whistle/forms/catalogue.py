"""Writing an entry of the dispatch catalogue, and withdrawing one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.models import CatalogueEntry, SubClass
from whistle.models.catalogue import Function, Level
from whistle.services.catalogue import EntryPlace, EntryTerms, Named, named
from whistle.workflow import Tier


def functions() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every function at every level, by level."""
    return [
        (
            str(level.label),
            [(f"{level.value}:{function.value}", f"{level.label}·{function.label}") for function in Function],
        )
        for level in Level
    ]


def named_by(value: str) -> Named:
    """Return the function at a level that an option stands for."""
    level, _colon, function = value.partition(":")
    return Named(function=function, level=level) if value else Named()


class EntryForm(forms.Form):
    """What an entry says. A function at a level serves every street; a unit by its code is the exception."""

    lead = forms.ChoiceField(label=_("Lead"), required=False, error_messages=CHOOSE)
    lead_unit = forms.CharField(
        label=_("Or this very unit leads"),
        required=False,
        max_length=40,
        help_text=_("The unit's code, for example 530102003-enforcement."),
    )
    assists = forms.MultipleChoiceField(
        label=_("Assisting"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": "8"}),
        error_messages=CHOOSE,
    )
    assist_units = forms.CharField(
        label=_("And these very units assist"),
        required=False,
        max_length=200,
        help_text=_("Codes of units, separated by blanks."),
    )
    power = Words(label=_("Power"), max_length=80, help_text=_("For example: urban management enforcement."))
    legal_basis = Words(label=_("Legal basis"), max_length=200, help_text=_("Law and article."))
    note = Words(label=_("Why it is changed"), max_length=200, required=False)

    def __init__(self, *args: Any, entry: CatalogueEntry | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, empty in (("lead", [("", gettext("Choose"))]), ("assists", [])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [*empty, *functions()]
        self.entry = entry
        if entry is not None:
            self._fill(entry)

    def clean(self) -> dict[str, Any]:
        """Find the units that are named by code."""
        typed = super().clean() or self.cleaned_data
        typed["lead_unit"] = self._unit("lead_unit", typed.get("lead_unit", ""))
        codes = typed.get("assist_units", "").split()
        typed["assist_units"] = [unit for code in codes if (unit := self._unit("assist_units", code))]
        return typed

    def terms(self) -> EntryTerms:
        """Return what was typed, for the service. Only after `is_valid`."""
        typed = self.cleaned_data
        unit = typed["lead_unit"]
        lead = Named(unit=unit) if unit is not None else named_by(typed["lead"])
        assists = [named_by(value) for value in typed["assists"]]
        return EntryTerms(
            lead=lead,
            assists=(*assists, *(Named(unit=unit) for unit in typed["assist_units"])),
            power=typed["power"],
            legal_basis=typed["legal_basis"],
            note=typed["note"],
        )

    def _fill(self, entry: CatalogueEntry) -> None:
        assists = [named(assist) for assist in entry.assists.select_related("unit").order_by("id")]
        filled: dict[str, Any] = {
            "lead": f"{entry.level}:{entry.function}" if entry.function else "",
            "lead_unit": entry.unit.code if entry.unit is not None else "",
            "assists": [f"{one.level}:{one.function}" for one in assists if one.function],
            "assist_units": " ".join(one.unit.code for one in assists if one.unit is not None),
            "power": entry.power,
            "legal_basis": entry.legal_basis,
        }
        self.initial.update(filled)

    def _unit(self, field: str, code: str) -> Unit | None:
        if not code:
            return None
        unit = Unit.objects.active(timezone.localdate()).filter(code=code).first()
        if unit is None:
            sentence = _("No unit with the code %(code)s exists now.") % {"code": code}
            self.add_error(field, ValidationError(sentence, code="unknown"))
        return unit


class NewEntryForm(EntryForm):
    """What an entry is for, and what it says."""

    field_order = ("sub_class", "tier", "division")
    sub_class = forms.ModelChoiceField(
        SubClass.objects.filter(is_active=True).order_by("kind__position", "position", "code"),
        label=_("Sub-class"),
        empty_label=_("Choose"),
        error_messages=CHOOSE,
    )
    tier = forms.TypedChoiceField(label=_("Tier"), choices=Tier.choices, coerce=int, error_messages=CHOOSE)
    division = forms.CharField(
        label=_("Only in this division"),
        required=False,
        max_length=12,
        help_text=_("Its code, for example 530102. Empty: everywhere."),
    )

    def clean_division(self) -> Division | None:
        """Find the division by its code."""
        code = self.cleaned_data["division"].strip()
        if not code:
            return None
        found = Division.objects.filter(code=code).first()
        if found is None:
            raise ValidationError(gettext("No division with the code %(code)s exists.") % {"code": code})
        return found

    def place(self) -> EntryPlace:
        """Return what the entry is for. Only after `is_valid`."""
        typed = self.cleaned_data
        return EntryPlace(sub_class=typed["sub_class"], tier=typed["tier"], division=typed["division"])


class WithdrawForm(forms.Form):
    """Why an entry no longer holds."""

    reason = Words(label=_("Reason"), max_length=200, widget=area(2), help_text=_("The others read it."))


class PeriodForm(forms.Form):
    """From and to of the accuracy report; both may be left out."""

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
