"""What the API shows of compounds and grids: every key explicit, no person's name or phone among them."""

from typing import Any

from rest_framework import serializers

from communities.models import Compound, Grid

Shown = serializers.Serializer[Any]


class PlaceRef(Shown):
    """A community by code and name."""

    code = serializers.CharField()
    name = serializers.CharField()


class BranchRef(Shown):
    """The Party branch of a compound by its name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class BuildingOut(Shown):
    """A building with the code of the grid it lies in."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    households = serializers.IntegerField()
    grid = serializers.SerializerMethodField()

    def get_grid(self, building: Any) -> str | None:
        """Return the grid's fifteen digits, or null."""
        return building.grid.code if building.grid is not None else None


class CompoundOut(Shown):
    """A compound in a list."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    address = serializers.CharField()
    kind = serializers.ChoiceField(choices=Compound.Kind.choices)
    community = PlaceRef()
    built_year = serializers.IntegerField(allow_null=True)
    households = serializers.IntegerField()
    property_mode = serializers.ChoiceField(choices=Compound.PropertyMode.choices)
    owners_body = serializers.ChoiceField(choices=Compound.OwnersBody.choices)
    branch = BranchRef(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)


class CompoundDetailOut(CompoundOut):
    """A compound with its buildings."""

    buildings = BuildingOut(many=True)


class GridOut(Shown):
    """A grid: one for Party and governance."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Grid.Kind.choices)
    area = serializers.CharField()
    community = PlaceRef()
    households = serializers.IntegerField()
    ended_on = serializers.DateField(allow_null=True)
