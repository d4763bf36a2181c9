"""Forms of grids: little is asked, what is known stands there already."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.models import Building, Grid
from communities.services.grids import SERIAL_DIGITS, Face, full_name
from kunming_portal.divisions.models import Division

REQUIRED = {"required": gettext_lazy("Fill this in.")}
CHOOSE = {
    "required": gettext_lazy("Choose one."),
    "invalid_choice": gettext_lazy("This choice does not exist any more. Choose again."),
}


class CommunityForm(forms.Form):
    """In which community a grid is added, by names; for who keeps several."""

    community = forms.ChoiceField(label=gettext_lazy("Community"), error_messages=CHOOSE)

    def __init__(self, *args: Any, communities: Iterable[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["community"]
        field.choices = [
            (one.code, f"{one.parent.short_name} {one.short_name}" if one.parent else one.short_name)
            for one in communities
        ]


class BuildingsForm(forms.Form):
    """Which buildings lie in the grid, by compound; a building of another grid is confirmed one by one."""

    template = "communities/grids/buildings_fields.html"
    buildings = forms.MultipleChoiceField(
        label=gettext_lazy("Buildings"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE,
    )
    moves = forms.MultipleChoiceField(
        label=gettext_lazy("These lie in another grid now. Tick what is moved"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, rows: Iterable[Building], grid: Grid | None = None, **kwargs: Any) -> None:
        self.rows = {row.pk: row for row in rows}
        self.grid_pk = grid.pk if grid is not None else None
        super().__init__(*args, **kwargs)
        pairs = [(str(row.pk), self._label(row)) for row in self.rows.values()]
        self._field("buildings").choices = pairs
        self._field("buildings").initial = [
            str(row.pk)
            for row in self.rows.values()
            if row.grid_id is not None and row.grid_id == self.grid_pk
        ]
        elsewhere = [row for row in self.rows.values() if row.grid_id not in (None, self.grid_pk)]
        self._field("moves").choices = [
            (
                f"{row.pk}:{row.grid_id}",
                _("%(building)s, from grid %(grid)s")
                % {"building": full_name(row), "grid": row.grid.code[-SERIAL_DIGITS:]},
            )
            for row in elsewhere
            if row.grid is not None
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for a tick at each building that would be taken from another grid."""
        typed: dict[str, Any] = super().clean() or {}
        chosen = [self.rows[int(pk)] for pk in typed.get("buildings", [])]
        moving = {f"{row.pk}:{row.grid_id}" for row in chosen if row.grid_id not in (None, self.grid_pk)}
        self._field("moves").choices = [pair for pair in self._field("moves").choices if pair[0] in moving]
        if moving - set(typed.get("moves", [])):
            self.add_error(
                "moves",
                forms.ValidationError(
                    _("These buildings lie in another grid. Tick those that are to be moved."), code="moves"
                ),
            )
        typed["buildings"] = chosen
        typed["moves"] = [
            tuple(map(int, pair.split(":"))) for pair in typed.get("moves", []) if pair in moving
        ]
        return typed

    @property
    def asks_moves(self) -> bool:
        """Whether the ticks for moves are shown: only when something would be moved."""
        return "moves" in self.errors or self.is_bound and "moves" in self.data

    @property
    def compounds(self) -> list[tuple[str, list[BoundWidget]]]:
        """The ticks of the buildings, one group a compound."""
        ticks = {str(one.data["value"]): one for one in self["buildings"].subwidgets}
        rows = sorted(self.rows.values(), key=lambda row: (row.compound.name, row.compound_id, row.pk))
        return [
            (group[0].compound.name, [ticks[str(row.pk)] for row in group])
            for _pk, found in groupby(rows, key=lambda row: row.compound_id)
            if (group := list(found))
        ]

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _label(self, row: Building) -> str:
        if row.grid is None or row.grid_id == self.grid_pk:
            return row.name
        return _("%(building)s (grid %(grid)s)") % {
            "building": row.name,
            "grid": row.grid.code[-SERIAL_DIGITS:],
        }


class GridForm(BuildingsForm):
    """A new grid: what it is called, its type, what it covers. Its number is proposed."""

    field_order = ("name", "kind", "area", "serial", "buildings", "moves")
    name = forms.CharField(label=gettext_lazy("Name of the grid"), max_length=60, error_messages=REQUIRED)
    kind = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=Grid.Kind.choices,
        initial=Grid.Kind.RESIDENTIAL,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    area = forms.CharField(
        label=gettext_lazy("What it covers"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Streets, gates, buildings."),
    )
    serial = forms.CharField(
        label=gettext_lazy("Last three digits of the code"),
        max_length=3,
        error_messages=REQUIRED,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, community: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["serial"].help_text = _(
            "Proposed: the next free one. In front stand the 12 digits of the community, %(code)s."
        ) % {"code": community.code}

    @property
    def face(self) -> Face:
        """What was said about the grid."""
        typed = self.cleaned_data
        return Face(name=typed["name"], kind=typed["kind"], area=typed["area"])


class GridChangeForm(forms.Form):
    """What a grid is called and covers; its code stays."""

    name = forms.CharField(label=gettext_lazy("Name of the grid"), max_length=60, error_messages=REQUIRED)
    kind = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=Grid.Kind.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    area = forms.CharField(
        label=gettext_lazy("What it covers"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Streets, gates, buildings."),
    )
    party_group = forms.CharField(
        label=gettext_lazy("Party branch or group of the grid"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("The Party grid is this grid."),
    )
    households = forms.IntegerField(
        label=gettext_lazy("Households"),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=gettext_lazy("For a grid without buildings; otherwise they are added up."),
    )

    def __init__(self, *args: Any, grid: Grid, has_buildings: bool, **kwargs: Any) -> None:
        names = ("name", "kind", "area", "party_group", "households")
        kwargs["initial"] = {name: getattr(grid, name) for name in names}
        super().__init__(*args, **kwargs)
        if has_buildings:
            del self.fields["households"]

    @property
    def face(self) -> Face:
        """What was said about the grid."""
        typed = self.cleaned_data
        return Face(**{name: typed[name] for name in ("name", "kind", "area", "party_group")})


class GridEndForm(forms.Form):
    """Why a grid ends."""

    reason = forms.CharField(
        label=pgettext_lazy("why a grid ends", "Reason"), max_length=200, error_messages=REQUIRED
    )
