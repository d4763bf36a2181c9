"""The form of somebody who serves in a grid."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.forms.grids import CHOOSE, REQUIRED
from communities.models import Building, Grid, GridPost
from communities.services import phones
from communities.services.grid_posts import Person
from kunming_portal.ui.words import refuse_absurd

DAY = {**REQUIRED, "invalid": gettext_lazy("Write a day like 2026-11-25.")}
TIMES = [
    ("part", gettext_lazy("Part-time")),
    ("full", pgettext_lazy("of a post", "Full-time")),
]


class BuildingChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # cannot be subscripted at run time
    """Choose a building of the grid."""

    def label_from_instance(self, obj: Building) -> str:
        """Return 丹桂里小区3栋."""
        return f"{obj.compound.name}{obj.name}"


class PostForm(forms.Form):
    """Who serves, in which post, reachable how. `held` is the head in force: a second one must be confirmed."""

    post = forms.ChoiceField(
        label=pgettext_lazy("in a grid", "Post"), choices=GridPost.Post.choices, error_messages=CHOOSE
    )
    relieve = forms.BooleanField(required=False)
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=30, error_messages=REQUIRED)
    building = BuildingChoice(
        Building.objects.none(),
        label=gettext_lazy("Building"),
        required=False,
        empty_label=gettext_lazy("No building of its own"),
        help_text=gettext_lazy("For a building head."),
        error_messages=CHOOSE,
    )
    unit_name = forms.CharField(
        label=gettext_lazy("Unit"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Police station, enforcement team, property firm; nothing for a resident."),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("The phone of the post. It is kept sealed and shown masked."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    times = forms.ChoiceField(
        label=gettext_lazy("Full-time or part-time"),
        choices=TIMES,
        initial="part",
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    started_on = forms.DateField(
        label=pgettext_lazy("in a post", "Since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DAY,
        validators=[refuse_absurd],
    )

    def __init__(
        self, *args: Any, grid: Grid, head: GridPost | None, row: GridPost | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"started_on": timezone.localdate(), **kwargs.pop("initial", {}), **_known(row)}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        buildings = grid.buildings.select_related("compound").order_by("compound__name", "pk")
        fields["building"].queryset = buildings
        asked = (self.data.get("post") if self.is_bound else self.initial.get("post")) or ""
        if row is not None:
            del fields["post"]
        if row is not None or head is None or asked != GridPost.Post.HEAD:
            del fields["relieve"]
        else:
            fields["relieve"].label = _("The post of %(name)s, head until now, ends today") % {
                "name": head.name
            }
        if (row is not None and row.post != GridPost.Post.BUILDING_HEAD) or not buildings:
            del fields["building"]

    def person(self, post: str = "") -> Person:
        """Return who was entered; `post` for a form that does not ask for it."""
        typed = self.cleaned_data
        return Person(
            post=typed.get("post") or post,
            name=typed["name"],
            unit_name=typed["unit_name"],
            phone=typed["phone"],
            full_time=typed["times"] == "full",
            building=typed.get("building"),
            started_on=typed["started_on"],
        )


def _known(row: GridPost | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "name": row.name,
        "unit_name": row.unit_name,
        "phone": phones.unseal(row.phone_cipher),
        "times": "full" if row.full_time else "part",
        "building": row.building_id,
        "started_on": row.started_on,
    }
