"""Compounds and grids over the API: scope, filters, keys that are shown, cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.models import Compound, Grid
from tests.api.callers import assert_problem, browser, with_token
from tests.communities.matrix import Row, wrong_answers
from tests.communities.people import Place
from tests.communities.routes.tables import SEES_COMMUNITIES
from tests.whistle.people import COMMUNITY, OTHER_COMMUNITY, World

COMPOUNDS, GRIDS = "/api/v1/compounds/", "/api/v1/grids/"


def names(answer: Any) -> list[str]:
    """Return the names on a page."""
    assert answer.status_code == 200, answer.content.decode()
    return [row["name"] for row in answer.json()["results"]]


def test_everybody_sees_what_lies_in_their_territory(world: World, place: Place) -> None:
    for who, expected in (
        (world.community_worker, ["丹桂里小区"]),
        (world.compound_secretary, ["丹桂里小区"]),
        (world.stranger, ["尚义小区"]),
        (world.city_official, ["丹桂里小区", "尚义小区"]),
        (world.construction_liaison, []),
        (world.system_admin, []),
    ):
        assert names(browser(who).get(COMPOUNDS)) == expected, who


def test_an_integrator_reads_with_a_token(world: World, place: Place) -> None:
    client = with_token(world.integrator)
    assert names(client.get(COMPOUNDS)) == ["丹桂里小区", "尚义小区"]
    assert names(client.get(GRIDS)) == ["丹桂里第三网格"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"within={OTHER_COMMUNITY}", ["尚义小区"]),
        ("kind=old", ["丹桂里小区"]),
        ("q=dglxq", ["丹桂里小区"]),
        ("in_use=false", []),
        ("in_use=true", ["丹桂里小区", "尚义小区"]),
    ],
)
def test_each_filter_narrows(world: World, place: Place, query: str, expected: list[str]) -> None:
    assert names(browser(world.city_official).get(f"{COMPOUNDS}?{query}")) == expected


def test_an_unknown_filter_is_refused(world: World, place: Place) -> None:
    assert_problem(browser(world.city_official).get(f"{GRIDS}?colour=red"), 400)


def test_a_compound_comes_with_its_buildings_and_grids_and_without_people(world: World, place: Place) -> None:
    answer = browser(world.community_worker).get(f"{COMPOUNDS}{place.compound.pk}/").json()
    assert answer["buildings"] == [
        {"id": one.pk, "name": one.name, "households": 50, "grid": f"{COMMUNITY}003"}
        for one in place.buildings
    ]
    assert answer["community"] == {"code": COMMUNITY, "name": "篆塘社区"}
    assert answer["branch"] == {"id": place.branch.pk, "name": "丹桂里小区党支部"}
    assert "普美珍" not in str(answer)


def test_a_compound_is_there_for_whoever_sees_it(world: World, place: Place) -> None:
    own = SEES_COMMUNITIES - {"stranger", "other_dispatcher"}
    foreign = {"stranger", "other_dispatcher", "city_dispatcher", "city_official", "inspector", "integrator"}
    rows = [
        Row(f"{COMPOUNDS}{place.compound.pk}/", own),
        Row(f"{COMPOUNDS}{place.foreign.pk}/", foreign),
    ]
    assert wrong_answers(world, rows) == []


@pytest.mark.parametrize("address", [COMPOUNDS, GRIDS])
def test_a_list_costs_the_same_with_two_rows_and_twelve(world: World, place: Place, address: str) -> None:
    client = browser(world.city_official)
    client.get(address)  # what is asked once a process is not the list's
    assert cost(client, address) == cost_after_more(client, address)


def cost(client: Any, address: str) -> int:
    """Return how many queries the list makes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def cost_after_more(client: Any, address: str) -> int:
    """Return the same with ten more compounds and grids."""
    Compound.objects.bulk_create(
        Compound(community_id=COMMUNITY, name=f"小区{n}", address="西坝路", kind="old") for n in range(10)
    )
    Grid.objects.bulk_create(
        Grid(code=f"{COMMUNITY}{n:03}", community_id=COMMUNITY, name=f"{n}格") for n in range(10, 20)
    )
    return cost(client, address)
