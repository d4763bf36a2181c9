"""Compounds and their buildings: one way in, refusals with a sentence, and a list that finds them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.guards import CommunityRefused
from communities.models import Building, Compound, Sort
from communities.services import compounds as services
from communities.services import undertakings
from communities.services.compounds import BuildingFacts, CompoundFacts
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, World, at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")
FACTS = CompoundFacts(name="云岫里", address="同仁巷18号", kind="old")
TYPED = {
    "name": "云岫里",
    "address": "同仁巷18号",
    "kind": "old",
    "property_mode": "none",
    "owners_body": "none",
}


def add(place: Place, world: World, facts: CompoundFacts = FACTS, **more: object) -> Compound:
    """Add a compound as the community's worker."""
    return services.add_compound(
        community=place.community,
        facts=facts,
        by=world.community_worker,
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def facts_of(compound: Compound, **changed: object) -> CompoundFacts:
    """Return what is on record, some of it changed."""
    known = {name: getattr(compound, name) for name in services.FACTS}
    return CompoundFacts(**(known | changed))


def signed_in(person: object) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


# -- services ------------------------------------------------------------------------------------
def test_a_compound_is_added_with_buildings_and_leaves_a_trace(place: Place, world: World) -> None:
    compound = add(place, world, buildings=[BuildingFacts("1栋", 40), BuildingFacts("2栋", 41)])
    assert list(compound.buildings.order_by("id").values_list("name", "households")) == [
        ("1栋", 40),
        ("2栋", 41),
    ]
    event = AuditEvent.objects.get(stream=compound.stream)
    assert (event.event, event.unit_name, event.data["name"]) == (
        "compound.added",
        "篆塘社区",
        "云岫里",
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"property_firm": "滇泉城市服务"}, "property_mode"),
        ({"property_mode": "private"}, "property_firm"),
        ({"owners_body_chair": "李荫棠"}, "owners_body"),
        ({"owners_body": "owners_committee", "owners_body_party_members": 1}, "owners_body_party_members"),
    ],
)
def test_facts_that_cannot_be_are_refused_at_their_field(
    place: Place, world: World, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(CommunityRefused) as refused:
        add(place, world, CompoundFacts(**{"name": "云岫里", "address": "x", "kind": "old", **changed}))  # type: ignore[arg-type]
    assert refused.value.code == field


def test_a_name_is_given_once_in_a_community(place: Place, world: World) -> None:
    with pytest.raises(CommunityRefused) as refused:
        add(place, world, CompoundFacts(name="丹桂里小区", address="别处", kind="old"))
    assert refused.value.code == "name"
    with pytest.raises(IntegrityError), transaction.atomic():
        Compound.objects.create(community=place.community, name="丹桂里小区", address="别处", kind="old")


def test_a_change_says_which_fields_and_nothing_when_nothing_changed(place: Place, world: World) -> None:
    compound = place.compound
    services.change_compound(
        compound=compound, facts=facts_of(compound), by=world.community_secretary, now=NOW
    )
    assert not AuditEvent.objects.filter(stream=compound.stream).exists()
    services.change_compound(
        compound=compound,
        facts=facts_of(compound, name="丹桂里", built_year=1995),
        by=world.community_secretary,
        now=NOW,
    )
    assert AuditEvent.objects.get(stream=compound.stream).data == {"fields": ["built_year", "name"]}
    assert "danguili " in Compound.objects.get(pk=compound.pk).search_text


def test_only_whoever_keeps_the_records_changes_them(place: Place, world: World) -> None:
    for person in (world.stranger, world.compound_secretary, world.street_secretary):
        with pytest.raises(CommunityRefused):
            services.change_compound(
                compound=place.compound, facts=facts_of(place.compound, name="新"), by=person, now=NOW
            )
    for person in (world.street_staff, world.county_staff, world.city_official):
        services.change_compound(
            compound=place.compound, facts=facts_of(place.compound, residents=person.pk), by=person, now=NOW
        )


def test_an_ended_compound_frees_its_buildings_and_changes_no_more(place: Place, world: World) -> None:
    day = NOW.date()
    ended = services.end_compound(
        compound=place.compound, ended_on=day, reason="拆迁", by=world.community_worker, now=NOW
    )
    assert ended.ended_on == day
    assert not Building.objects.filter(grid=place.grid).exists()
    event = AuditEvent.objects.get(event="compound.ended")
    assert (event.reason, event.data["buildings_freed"]) == ("拆迁", 2)
    with pytest.raises(CommunityRefused):
        services.change_compound(
            compound=ended, facts=facts_of(ended, name="新"), by=world.community_worker, now=NOW
        )


def test_a_compound_with_something_undertaken_does_not_end(place: Place, world: World) -> None:
    undertakings.assign(
        sort=Sort.EXECUTION,
        community=place.community,
        compound=place.compound,
        title="充电点",
        issuer=world.units["branch"],
        addressee="滇泉城市服务",
        by=world.compound_secretary,
        now=NOW,
    )
    with pytest.raises(CommunityRefused) as refused:
        services.end_compound(
            compound=place.compound, ended_on=NOW.date(), reason="拆迁", by=world.community_worker, now=NOW
        )
    assert refused.value.code == "running"


def test_buildings_are_renamed_swapped_added_and_removed(place: Place, world: World) -> None:
    first, second = place.buildings
    Building.objects.filter(pk=second.pk).update(grid=None)
    kept = services.keep_buildings(
        compound=place.compound,
        buildings=[
            BuildingFacts("2栋", 60, first.pk),
            BuildingFacts("1栋", 50, second.pk),
            BuildingFacts("3栋"),
        ],
        by=world.community_worker,
        now=NOW,
    )
    assert [(row.pk, row.name, row.households) for row in kept[:2]] == [
        (first.pk, "2栋", 60),
        (second.pk, "1栋", 50),
    ]
    assert AuditEvent.objects.get(event="compound.buildings_kept").data == {
        "added": 1,
        "changed": 2,
        "removed": [],
    }
    gone = services.keep_buildings(
        compound=place.compound,
        buildings=[BuildingFacts("2栋", 60, first.pk)],
        by=world.community_worker,
        now=NOW,
    )
    assert [row.name for row in gone] == ["2栋"]


def test_a_building_in_a_grid_is_not_removed_and_no_name_is_given_twice(place: Place, world: World) -> None:
    first, _second = place.buildings
    for wanted in (
        [BuildingFacts("1栋", 50, first.pk)],
        [BuildingFacts("1栋"), BuildingFacts("1栋")],
        [BuildingFacts(str(number)) for number in range(services.MOST_BUILDINGS + 1)],
    ):
        with pytest.raises(CommunityRefused):
            services.keep_buildings(
                compound=place.compound, buildings=wanted, by=world.community_worker, now=NOW
            )
    assert place.compound.buildings.count() == 2


# -- pages ---------------------------------------------------------------------------------------
def test_the_list_finds_by_characters_pinyin_initials_address_and_firm(place: Place, world: World) -> None:
    client = signed_in(world.community_worker)
    add(place, world)
    for words in ("丹桂", "danguili", "dglxq", "西坝路", "滇泉", "丹桂 dianquan", "xbl"):
        page = client.get("/compounds/", {"q": words}).content.decode()
        assert "丹桂里小区" in page, words
        assert "云岫里" not in page
    assert "丹桂里小区" not in client.get("/compounds/", {"q": "不存在的"}).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "old"}, {"丹桂里小区", "云岫里"}),
        ({"property_mode": "state_owned"}, {"丹桂里小区"}),
        ({"owners_body": "none"}, {"云岫里"}),
        ({"led": "yes"}, {"丹桂里小区"}),
        ({"led": "no"}, {"云岫里"}),
        ({"division": COMMUNITY}, {"丹桂里小区", "云岫里"}),
        ({"ended": "yes"}, set()),
    ],
)
def test_the_list_is_narrowed(place: Place, world: World, query: dict[str, str], found: set[str]) -> None:
    add(place, world)
    page = signed_in(world.street_staff).get("/compounds/", query)
    assert {row.name for row in page.context["rows"]} & {"丹桂里小区", "云岫里"} == found


def test_everybody_sees_their_own(place: Place, world: World) -> None:
    add(place, world)
    seen = {
        name: {row.name for row in signed_in(world.people[name]).get("/compounds/").context["rows"]}
        for name in ("community_worker", "compound_secretary", "stranger", "city_official")
    }
    assert seen["community_worker"] == {"丹桂里小区", "云岫里"}
    assert seen["compound_secretary"] == {"丹桂里小区"}
    assert "丹桂里小区" not in seen["stranger"]
    assert seen["city_official"] == {"丹桂里小区", "云岫里", "尚义小区"}


def test_the_list_asks_the_same_of_the_database_however_long(place: Place, world: World) -> None:
    client = signed_in(world.street_staff)
    client.get("/compounds/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/compounds/")
    for number in range(12):
        add(place, world, CompoundFacts(name=f"第{number}小区", address="x", kind="commercial"))
    with CaptureQueriesContext(connection) as many:
        client.get("/compounds/")
    assert len(few) == len(many)


def test_the_form_adds_for_the_only_community_and_asks_those_with_several(place: Place, world: World) -> None:
    client = signed_in(world.community_worker)
    assert "community" not in client.get("/compounds/new/").context["form"].fields
    answer = client.post("/compounds/new/", {**TYPED, "count": "3", "households": "100"})
    compound = Compound.objects.get(name="云岫里")
    assert answer["Location"] == f"/compounds/{compound.pk}/"
    assert list(compound.buildings.order_by("id").values_list("households", flat=True)) == [34, 33, 33]
    several = signed_in(world.city_official)
    assert "community" in several.get("/compounds/new/").context["form"].fields
    assert several.post("/compounds/new/", {**TYPED, "name": "新"}).status_code == 422
    assert several.post("/compounds/new/", {**TYPED, "name": "新", "community": COMMUNITY}).status_code == 302


def test_nothing_typed_is_lost_and_the_refusal_stands_at_its_field(place: Place, world: World) -> None:
    client = signed_in(world.community_worker)
    answer = client.post("/compounds/new/", {**TYPED, "name": "丹桂里小区", "address": "同仁巷18号"})
    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert "同仁巷18号" in answer.content.decode()


def test_the_buildings_form_keeps_what_was_added_meanwhile(place: Place, world: World) -> None:
    client = signed_in(world.community_worker)
    first, second = place.buildings
    typed = {
        f"name_{first.pk}": "一号楼",
        f"households_{first.pk}": "52",
        "name_new0": "3栋",
        "households_new0": "",
    }
    assert client.post(f"/compounds/{place.compound.pk}/buildings/", typed).status_code == 302
    names = set(place.compound.buildings.values_list("name", flat=True))
    assert names == {"一号楼", second.name, "3栋"}


def test_whoever_may_not_keep_the_records_reads_why(place: Place, world: World) -> None:
    client = signed_in(world.compound_secretary)
    address = f"/compounds/{place.compound.pk}/change/"
    assert client.get(address).context["refusal"]
    assert client.post(address, TYPED).status_code == 422
    assert Compound.objects.get(pk=place.compound.pk).name == "丹桂里小区"
