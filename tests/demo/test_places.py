"""Compounds, branches, buildings and grids of the demonstration: all types, whole, and the same every time."""

import io
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F, Sum

from communities.models import Building, Compound, CompoundBranch, Grid
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.demo import people, units
from kunming_portal.demo.communities import cities, places
from tests.whistle.people import at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Divisions, units, people and places of the whole city, written once for this file and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]  # pytest-django's blocker
        call_command("load_divisions", stdout=io.StringIO())
        people.create(units.create())
        places.create(now=NOW, small=False)
        yield
        transaction.set_rollback(True)


def test_370_urban_communities_have_two_to_four_compounds_of_all_five_types(city: None) -> None:
    assert len(cities.urban_communities(small=False)) == 370
    counts = Compound.objects.values("community").annotate(number=Count("id"))
    assert len(counts) == 370
    assert {row["number"] for row in counts} <= {2, 3, 4}
    assert set(Compound.objects.values_list("kind", flat=True)) == set(Compound.Kind.values)
    assert set(Compound.objects.values_list("property_mode", flat=True)) == set(Compound.PropertyMode.values)
    assert set(Compound.objects.values_list("owners_body", flat=True)) == set(Compound.OwnersBody.values)


def test_every_building_lies_in_a_grid_of_its_community(city: None) -> None:
    assert Building.objects.count() > 5000
    assert not Building.objects.exclude(grid__community=F("compound__community")).exists()
    grids = Grid.objects.values("community").annotate(number=Count("id"))
    assert len(grids) == 370
    assert {row["number"] for row in grids} <= {2, 3, 4}
    summed = Grid.objects.annotate(flats=Sum("buildings__households")).exclude(flats=F("households"))
    assert not summed.exists()


def test_most_compounds_have_a_branch_some_share_one_some_have_none(city: None) -> None:
    shared = CompoundBranch.objects.annotate(number=Count("compounds"))
    assert set(shared.values_list("form", "number")) == {("single", 1), ("joint", 2)}
    without = Compound.objects.filter(branch=None).count()
    assert 0 < without < Compound.objects.count() / 4


def test_the_showcase_compound_is_as_designed_and_its_secretary_acts_for_it(city: None) -> None:
    compound = Compound.objects.select_related("branch__unit").get(
        name="丹桂里小区", community="530102003005"
    )
    assert (compound.households, compound.residents, compound.built_year) == (628, 1742, 1996)
    assert compound.property_contract_until == date(2028, 6, 30)
    grids = Grid.objects.filter(buildings__compound=compound).distinct().order_by("code")
    assert [grid.code[-3:] for grid in grids] == ["003", "004"]
    branch = compound.branch
    assert branch is not None
    assert branch.unit is not None
    secretary = User.objects.get(username="compound.secretary")
    assert branch.secretary == secretary.name
    assert secretary.appointment_for(P.POWER_EXERCISE, unit=branch.unit) is not None
    assert list(Compound.objects.visible_to(secretary, P.COMMUNITY_VIEW)) == [compound]


def test_the_small_city_is_the_streets_around_the_showcase(city: None) -> None:
    few = [row.code for row in cities.urban_communities(small=True)]
    assert "530102003005" in few
    assert {code[:9] for code in few} == {"530102001", "530102002", "530102003"}
