"""Forms of double report: checking in, recording a service, publishing a need, wording an opinion."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.forms.community_names import community_field
from communities.models import CheckIn, CommunityNeed, Compound, Grid, ServiceClass
from kunming_portal.divisions.querysets import DivisionQuerySet
from kunming_portal.ui.words import CHOOSE, StaffPhone, Words, area, refuse_absurd

NUMBER = {
    "required": _("Fill this in."),
    "invalid": _("Write a whole number."),
    "min_value": _("At least %(limit_value)s."),
    "max_value": _("At most %(limit_value)s."),
}
HOURS = NUMBER | {"invalid": _("Write a number like 1.5."), "max_decimal_places": _("Half hours are enough.")}


class Day(forms.DateField):
    """A day, chosen in the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            validators=[refuse_absurd],
            error_messages={
                "required": _("Choose a day."),
                "invalid": _("Write the day like 2026-11-25."),
            },
            **kwargs,
        )


class PlacedForm(forms.Form):
    """A form that asks for the community first, where there is more than one to choose from."""

    def __init__(self, *args: Any, communities: DivisionQuerySet | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.communities = communities
        field = community_field(communities) if communities is not None else None
        if field is not None:
            self.fields = {"community": field, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Return what was typed, with the only community where nobody was asked."""
        typed = super().clean() or self.cleaned_data
        if self.communities is not None and "community" not in self.fields:
            typed["community"] = self.communities.first()
        return typed


class UnitForm(PlacedForm):
    """A unit checks in, or changes whom to call and its plan."""

    unit_name = Words(label=_("Unit"), max_length=60)
    liaison = Words(label=_("Liaison"), max_length=30)
    liaison_phone = StaffPhone(label=_("Liaison's work phone"), required=False, max_length=20)
    plan = Words(
        label=_("What is planned this year"),
        max_length=1000,
        required=False,
        widget=area(5),
        help_text=_("As agreed with the community: what, for whom, when."),
    )

    def __init__(self, *args: Any, asks_unit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_unit:
            del self.fields["unit_name"]


class MemberForm(PlacedForm):
    """A member checks in where the member lives, or changes what stands there. No ID number is asked for."""

    name = Words(label=_("Member's name"), max_length=30)
    unit_name = Words(label=_("Unit"), max_length=60)
    service_class = forms.ModelChoiceField(
        ServiceClass.objects.none(),
        label=_("Service class"),
        required=False,
        empty_label=_("Not chosen yet"),
        error_messages=CHOOSE,
    )
    skills = Words(
        label=_("Skills"),
        max_length=100,
        required=False,
        help_text=_("For example: law, first aid, repairs."),
    )
    grid = forms.ModelChoiceField(
        Grid.objects.none(), label=_("Grid"), required=False, empty_label=_("No grid"), error_messages=CHOOSE
    )
    phone = StaffPhone(
        label=_("Contact phone"),
        required=False,
        max_length=20,
        help_text=_("Only if the member wishes. Kept encrypted, shown masked in lists."),
    )

    def __init__(self, *args: Any, asks_unit: bool, community: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_unit:
            del self.fields["unit_name"]
        offer(self, "service_class", ServiceClass.objects.filter(is_active=True).order_by("position", "pk"))
        grids = Grid.objects.filter(community_id=community, ended_on=None).order_by("code")
        if community and grids.exists():
            offer(self, "grid", grids)
        else:
            del self.fields["grid"]


class ServiceForm(forms.Form):
    """A service in three fields: when, what, what came of it. Hours, need and compound only where they are wanted."""

    template = "communities/check_ins/service_fields.html"
    on = Day(label=_("Date"))
    item = Words(label=_("What was done"), max_length=60)
    outcome = Words(label=_("What came of it"), max_length=300, required=False, widget=area(2))
    hours = forms.DecimalField(
        label=_("Hours, if wanted"),
        required=False,
        min_value=0.5,
        max_value=24,
        max_digits=4,
        decimal_places=1,
        error_messages=HOURS,
    )
    need = forms.ModelChoiceField(
        CommunityNeed.objects.none(), label=_("For the need"), required=False, error_messages=CHOOSE
    )
    compound = forms.ModelChoiceField(
        Compound.objects.none(), label=_("Compound"), required=False, error_messages=CHOOSE
    )

    def __init__(self, *args: Any, check_in: CheckIn, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        claimed = CommunityNeed.objects.filter(claims__check_in=check_in).order_by("-id")
        offer(self, "need", claimed)
        offer(
            self,
            "compound",
            Compound.objects.filter(community=check_in.community_id, ended_on=None).order_by("name"),
        )

    def main_fields(self) -> Sequence[Any]:
        """Return the fields everybody fills in."""
        return [self[name] for name in ("on", "item", "outcome")]

    def more_fields(self) -> Sequence[Any]:
        """Return what only some add."""
        return [self[name] for name in ("hours", "need", "compound")]

    def has_more(self) -> bool:
        """Whether something stands in the fields that only some fill in, or is wrong there."""
        return any(field.errors or field.value() for field in self.more_fields())


class NeedForm(PlacedForm):
    """What a community needs."""

    title = Words(label=_("What is needed"), max_length=60)
    service_class = forms.ModelChoiceField(
        ServiceClass.objects.none(),
        label=_("Service class"),
        required=False,
        empty_label=_("Any"),
        error_messages=CHOOSE,
    )
    times = Words(
        label=pgettext_lazy("of an activity", "When"),
        max_length=60,
        required=False,
        help_text=_("For example: Saturdays, 9 to 11."),
    )
    wanted = forms.IntegerField(
        label=_("How many people"), min_value=1, max_value=500, initial=1, error_messages=NUMBER
    )
    starts_on = Day(label=_("Begins"))
    ends_on = Day(label=pgettext_lazy("of a period", "Ends"), required=False)
    text = Words(label=_("More about it"), max_length=500, required=False, widget=area(3))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "service_class", ServiceClass.objects.filter(is_active=True).order_by("position", "pk"))


class ClaimForm(forms.Form):
    """Which check-in claims."""

    check_in = forms.ModelChoiceField(
        CheckIn.objects.none(), label=pgettext_lazy("of a service", "Who"), error_messages=CHOOSE
    )

    def __init__(self, *args: Any, check_ins: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "check_in", check_ins)
        field: Any = self.fields["check_in"]
        field.label_from_instance = lambda row: f"{row.name}  {row.unit_name}" if row.name else row.unit_name
        field.empty_label = None


class OutcomeForm(forms.Form):
    """What came of something, or why it is withdrawn."""

    outcome = Words(label=_("What came of it"), max_length=300, widget=area(3))

    def __init__(self, *args: Any, label: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["outcome"].label = label


class OpinionForm(forms.Form):
    """The words of a yearly opinion."""

    text = Words(label=_("Opinion"), max_length=1500, widget=area(10))


def offer(form: forms.Form, name: str, rows: Any) -> None:
    """Offer these rows in a select of the form."""
    field: Any = form.fields[name]
    field.queryset = rows


def this_year(day: date) -> int:
    """Return the year a plan written on this day is for: from November on, the next."""
    return day.year + (day.month >= 11)
