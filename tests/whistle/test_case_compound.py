"""The compound a case happened in: chosen when it is blown, shown, searched, filtered; by page and API."""

import pytest
from django.test import Client

from communities.models import Compound
from tests.communities.people import Place, build_place
from tests.whistle.people import NOW, World, matter
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Case
from whistle.searches import find_cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(world: World) -> Place:
    """The compound of the small world."""
    return build_place(world)


def opened(world: World, compound: Compound | None) -> Case:
    """Write a case in the compound."""
    return services.open_case(
        matter=matter(compound=compound),
        caller=world.units["community"],
        by=world.community_worker,
        now=NOW,
    )


def test_a_case_lies_in_a_compound_of_its_community(place: Place, world: World) -> None:
    assert opened(world, place.compound).compound == place.compound
    with pytest.raises(MoveRefused) as refused:
        opened(world, place.foreign)
    assert refused.value.code == "compound"
    place.compound.ended_on = NOW.date()
    with pytest.raises(MoveRefused):
        opened(world, place.compound)


def test_it_is_found_by_the_name_of_the_compound(place: Place, world: World) -> None:
    case = opened(world, place.compound)
    opened(world, None)
    for words in ("丹桂里", "danguili", "dglxq"):
        assert list(find_cases(Case.objects.all(), words)) == [case]


def test_the_form_offers_the_communitys_compounds_and_fills_in_the_one_of_the_address(
    place: Place, world: World
) -> None:
    client = Client()
    client.force_login(world.community_worker)
    form = client.get("/cases/new/", {"compound": place.compound.pk}).context["form"]
    assert [name for _key, name in form.fields["compound"].choices][1:] == ["丹桂里小区"]
    assert (form["compound"].value(), form["place"].value()) == (str(place.compound.pk), "丹桂里小区")
    foreign = client.get("/cases/new/", {"compound": place.foreign.pk}).context["form"]
    assert foreign["place"].value() is None
    client.force_login(world.street_dispatcher)
    assert "compound" not in client.get("/cases/new/").context["form"].fields


def test_it_is_blown_shown_rewritten_and_filtered(place: Place, world: World) -> None:
    client = Client()
    client.force_login(world.community_worker)
    kind = matter().kind
    typed = {"description": "路灯不亮。", "place": "北门", "kind": kind.pk, "urgent": "no"}
    answer = client.post("/cases/new/", {**typed, "compound": place.compound.pk})
    case = Case.objects.get()
    assert answer["Location"] == case.get_absolute_url()
    assert case.compound == place.compound
    assert f"/compounds/{place.compound.pk}/" in client.get(case.get_absolute_url()).content.decode()
    listed = client.get("/cases/", {"compound": place.compound.pk})
    assert [row.compound for row in listed.context["rows"]] == ["丹桂里小区"]
    assert "丹桂里小区" in listed.content.decode()
    assert not client.get("/cases/", {"compound": place.foreign.pk}).context["rows"]
    wrong = client.post("/cases/new/", {**typed, "compound": place.foreign.pk})
    assert (wrong.status_code, "compound" in wrong.context["form"].errors) == (422, True)


def test_a_liaison_reads_the_name_without_a_link(place: Place, world: World) -> None:
    case = opened(world, place.compound)
    Case.objects.filter(pk=case.pk).update(called_units=[world.units["enforcement"].pk])
    client = Client()
    client.force_login(world.enforcement_liaison)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "丹桂里小区" in page
    assert f"/compounds/{place.compound.pk}/" not in page


def test_the_api_writes_and_reads_it_by_id(place: Place, world: World) -> None:
    client = Client()
    client.force_login(world.community_worker)
    body = {"kind": matter().kind.code, "description": "路灯不亮。", "place": "北门"}
    address = "/api/v1/cases/"
    made = client.post(address, {**body, "compound": place.compound.pk}, content_type="application/json")
    assert (made.status_code, made.json()["compound"]) == (201, place.compound.pk)
    found = client.get(address, {"compound": place.compound.pk}).json()["results"]
    assert [row["compound"] for row in found] == [place.compound.pk]
    for wrong in (place.foreign.pk, 10**9):
        refused = client.post(address, {**body, "compound": wrong}, content_type="application/json")
        assert refused.status_code in {400, 422}
