"""Forms of volunteer activities, sign-ups and service points."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.forms.check_ins import NUMBER, OutcomeForm, PlacedForm, offer
from communities.models import Compound, VolunteerBrand, VolunteerPlace
from kunming_portal.ui.words import CHOOSE, StaffPhone, Words, area, refuse_absurd

MOMENT = {"required": _("Fill this in."), "invalid": _("Write day and time like 2026-11-25 10:24.")}


class Moment(forms.DateTimeField):
    """Day and time, chosen in the browser."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages=MOMENT,
            validators=[refuse_absurd],
            **kwargs,
        )


class ActivityForm(PlacedForm):
    """An activity: under which brand, what, when, where, how many places."""

    title = Words(label=_("What is done"), max_length=60)
    brand = forms.ModelChoiceField(
        VolunteerBrand.objects.none(),
        label=_("Brand"),
        required=False,
        empty_label=_("No brand"),
        error_messages=CHOOSE,
    )
    starts_at = Moment(label=_("Begins"))
    ends_at = Moment(label=pgettext_lazy("of a period", "Ends"))
    place = forms.ModelChoiceField(
        VolunteerPlace.objects.none(),
        label=_("Service point"),
        required=False,
        empty_label=_("Elsewhere"),
        error_messages=CHOOSE,
    )
    place_text = Words(label=_("Place in words"), max_length=100, required=False)
    compound = forms.ModelChoiceField(
        Compound.objects.none(),
        label=_("Compound"),
        required=False,
        empty_label=_("Of no compound"),
        error_messages=CHOOSE,
    )
    wanted = forms.IntegerField(
        label=_("Places for volunteers"), min_value=1, max_value=5000, initial=20, error_messages=NUMBER
    )
    organiser = Words(label=_("Organiser"), max_length=60)
    text = Words(label=_("More about it"), max_length=500, required=False, widget=area(3))

    def __init__(self, *args: Any, community: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "brand", VolunteerBrand.objects.filter(is_active=True).order_by("position", "pk"))
        places = VolunteerPlace.objects.filter(community_id=community, is_active=True).order_by("name")
        compounds = Compound.objects.filter(community_id=community, ended_on=None).order_by("name")
        for name, rows in (("place", places), ("compound", compounds)):
            if community and rows.exists():
                offer(self, name, rows)
            else:
                del self.fields[name]


class HeldForm(OutcomeForm):
    """What came of an activity, and how many came."""

    came = forms.IntegerField(label=_("How many came"), min_value=0, max_value=5000, error_messages=NUMBER)


class SignUpForm(forms.Form):
    """Who wants to come."""

    name = Words(label=pgettext_lazy("of a person", "Name"), max_length=30)
    phone = StaffPhone(
        label=_("Contact phone"),
        required=False,
        max_length=20,
        help_text=_("Kept encrypted, shown masked in lists."),
    )


class PlaceForm(PlacedForm):
    """A service point."""

    name = Words(label=_("Name"), max_length=40)
    address = Words(label=_("Address"), max_length=100, required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)
