"""Forms of compounds: what is on record, its buildings, its end."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.forms.days import DayField
from communities.models import Building, Compound
from communities.services.compounds import FACTS, MOST_BUILDINGS, BuildingFacts, CompoundFacts
from kunming_portal.divisions.models import Division
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area

MOST = 99_999
SPARE = 3


def label_of(name: str) -> Any:
    """Return what the model calls a field."""
    return Compound._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # own columns only


def number(name: str, *, most: int = MOST, least: int = 0) -> forms.IntegerField:
    """Return a field of a count that may stay empty."""
    return forms.IntegerField(label=label_of(name), min_value=least, max_value=most, required=False)


class CommunityField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    """A community chosen by the name people say: 篆塘社区."""

    def label_from_instance(self, obj: Any) -> str:
        """Return that name."""
        return str(obj.place_name)


class CompoundForm(forms.Form):
    """What is on record about a compound. `communities`: those to choose from; with one there is nothing to choose."""

    template = "communities/compounds/form_fields.html"

    community = CommunityField(
        label=label_of("community"), queryset=Division.objects.none(), empty_label=None, error_messages=CHOOSE
    )
    name = Words(label=label_of("name"), max_length=60)
    address = Words(label=label_of("address"), max_length=120)
    kind = forms.ChoiceField(
        label=label_of("kind"), choices=Compound.Kind.choices, widget=Tiles, error_messages=CHOOSE
    )
    built_year = number("built_year", least=1900, most=2100)
    count = forms.IntegerField(
        label=_("Buildings"),
        min_value=0,
        max_value=MOST_BUILDINGS,
        required=False,
        help_text=_("How many; they are called 1栋, 2栋 and can be renamed."),
    )
    households = number("households")
    residents = number("residents")
    property_mode = forms.ChoiceField(
        label=label_of("property_mode"),
        choices=Compound.PropertyMode.choices,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    property_firm = Words(label=label_of("property_firm"), max_length=60, required=False)
    property_contract_until = DayField(label=label_of("property_contract_until"), required=False)
    owners_body = forms.ChoiceField(
        label=label_of("owners_body"),
        choices=Compound.OwnersBody.choices,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    owners_body_term = number("owners_body_term", least=1, most=99)
    owners_body_chair = Words(label=label_of("owners_body_chair"), max_length=30, required=False)
    owners_body_members = number("owners_body_members", most=99)
    owners_body_party_members = number("owners_body_party_members", most=99)

    def __init__(
        self,
        *args: Any,
        communities: Sequence[Division] = (),
        compound: Compound | None = None,
        **kwargs: Any,
    ) -> None:
        known = {} if compound is None else {name: getattr(compound, name) for name in FACTS}
        kwargs["initial"] = {
            "property_mode": "none",
            "owners_body": "none",
            **known,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        if compound is not None:
            del self.fields["count"]
        if len(communities) > 1:
            field = self.fields["community"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Division.objects.filter(pk__in=[row.pk for row in communities]).order_by("code")
        else:
            del self.fields["community"]

    def facts(self) -> CompoundFacts:
        """Return what was typed. Only after `is_valid`."""
        typed = {name: self.cleaned_data[name] for name in FACTS}
        for name in ("households", "residents", "owners_body_members", "owners_body_party_members"):
            typed[name] = typed[name] or 0
        return CompoundFacts(**typed)

    def buildings(self) -> list[BuildingFacts]:
        """Return as many buildings as were asked for, with equal households as far as the sum goes."""
        count = self.cleaned_data.get("count") or 0
        flats = self.cleaned_data.get("households") or 0
        return [
            BuildingFacts(name=f"{place + 1}栋", households=flats // count + (place < flats % count))
            for place in range(count)
        ]


class EndForm(forms.Form):
    """The first day on which something is no longer there, and why."""

    ended_on = DayField(label=pgettext_lazy("no longer in use", "Since"))
    reason = Words(label=_("Why"), max_length=200, widget=area(2))


class BuildingsForm(forms.Form):
    """The buildings of a compound, a line each; an emptied name takes one away. Some lines are spare."""

    template = "communities/compounds/buildings_fields.html"

    def __init__(self, *args: Any, buildings: Sequence[Building], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = list(buildings)
        self.lines = [str(row.pk) for row in self.known] + [f"new{place}" for place in range(SPARE)]
        at_first: dict[str, Building] = {str(row.pk): row for row in self.known}
        for line in self.lines:
            row = at_first.get(line)
            self.fields[f"name_{line}"] = Words(
                label=_("Building"), max_length=30, required=False, initial=row.name if row else ""
            )
            self.fields[f"households_{line}"] = forms.IntegerField(
                label=label_of("households"),
                min_value=0,
                max_value=MOST,
                required=False,
                initial=row.households if row else None,
            )

    def rows(self) -> list[tuple[Any, Any, Building | None]]:
        """Return for every line its two fields, and the building that stands there now."""
        known: dict[str, Building] = {str(row.pk): row for row in self.known}
        return [(self[f"name_{line}"], self[f"households_{line}"], known.get(line)) for line in self.lines]

    def buildings(self) -> list[BuildingFacts]:
        """Return what was typed; a building that was added while the page was open stays. Only after `is_valid`."""
        typed = self.cleaned_data
        unseen = [row for row in self.known if f"name_{row.pk}" not in self.data]
        return [BuildingFacts(row.name, row.households, row.pk) for row in unseen] + [
            BuildingFacts(
                name=typed[f"name_{line}"],
                households=typed[f"households_{line}"] or 0,
                pk=int(line) if line.isdecimal() else None,
            )
            for line in self.lines
            if typed[f"name_{line}"]
        ]
