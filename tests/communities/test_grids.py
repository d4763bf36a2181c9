"""Grids and their people: one grid a building, one head a grid, nothing taken silently."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from communities.guards import CommunityRefused
from communities.models import Building, Compound, Grid, GridPost
from communities.services import grid_posts, grids, phones
from communities.services.grid_posts import Person
from communities.services.grids import Face
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, World

RESIDENTIAL = Face("丹桂里第四网格", "residential", "7至12栋")


def added(world: World, place: Place, serial: str = "004", **more: Any) -> Grid:
    """Walk to a second grid."""
    fields: dict[str, Any] = {"face": RESIDENTIAL, "by": world.community_worker} | more
    return grids.add(community=place.community, serial=serial, now=NOW, **fields)


def appointed(world: World, grid: Grid, post: str = "head", name: str = "杨春梅", **more: Any) -> GridPost:
    """Walk to somebody who serves."""
    fields: dict[str, Any] = {"phone": "0871-0000-0042"} | more
    relieve = fields.pop("relieve", False)
    by: User = fields.pop("by", world.community_worker)
    person = Person(post=post, name=name, **fields)
    return grid_posts.appoint(grid=grid, person=person, relieve=relieve, by=by, now=NOW)


def refused(code: str, run: Any) -> str:
    """Return the sentence with which the domain refuses."""
    with pytest.raises(CommunityRefused) as caught:
        run()
    assert caught.value.code == code
    return caught.value.sentence


def test_the_next_three_digits_are_proposed_and_the_code_is_composed(world: World, place: Place) -> None:
    assert grids.next_serial(place.community) == "004"
    grid = added(world, place)
    assert (grid.code, grid.community_id) == (f"{COMMUNITY}004", COMMUNITY)
    assert "dglidswg" not in grid.search_text
    assert "dgldswg" in grid.search_text
    event = AuditEvent.objects.get(stream=grid.stream)
    assert (event.event, event.unit_name) == ("grid.added", "篆塘社区")


def test_after_the_last_number_the_first_gap_is_proposed(world: World, place: Place) -> None:
    added(world, place, "999")
    assert grids.next_serial(place.community) == "001"


@pytest.mark.parametrize("serial", ["4", "0004", "abc", "０04", "000", "-01"])
def test_other_digits_are_refused(world: World, place: Place, serial: str) -> None:
    refused("serial", lambda: added(world, place, serial))


def test_a_code_twice_is_refused_even_of_an_ended_grid(world: World, place: Place) -> None:
    assert "丹桂里第三网格" in refused("serial", lambda: added(world, place, "003"))
    grid = added(world, place)
    grids.end(grid=grid, reason="并入第三网格", by=world.community_secretary, now=NOW)
    assert "停用" in refused("serial", lambda: added(world, place))


@pytest.mark.parametrize("name", ["stranger", "compound_secretary", "street_dispatcher", "inspector"])
def test_who_does_not_keep_the_community_changes_nothing(world: World, place: Place, name: str) -> None:
    by = world.people[name]
    refused("role", lambda: added(world, place, by=by))
    refused("role", lambda: grids.change(grid=place.grid, face=RESIDENTIAL, by=by, now=NOW))
    refused("role", lambda: grids.end(grid=place.grid, reason="x", by=by, now=NOW))
    refused("role", lambda: grids.assign_buildings(grid=place.grid, buildings=[], by=by, now=NOW))
    refused("role", lambda: appointed(world, place.grid, by=by))


def test_a_change_says_what_changed(world: World, place: Place) -> None:
    face = Face("丹桂里第三网格", "residential", "1至6栋", "第三网格党小组")
    grid = grids.change(grid=place.grid, face=face, households=9, by=world.street_staff, now=NOW)
    assert (grid.area, grid.party_group, grid.households) == ("1至6栋", "第三网格党小组", 0)
    event = AuditEvent.objects.get(stream=grid.stream)
    assert set(event.data["changed"]) == {"area", "party_group"}
    refused("name", lambda: grids.change(grid=grid, face=Face(" ", "campus"), by=world.street_staff, now=NOW))
    wrong = Face("x", "residential", "身份证11010519491231002X")
    refused("area", lambda: grids.change(grid=grid, face=wrong, by=world.street_staff, now=NOW))


def test_a_building_is_never_taken_from_another_grid_silently(world: World, place: Place) -> None:
    grid, first = added(world, place), place.buildings[0]
    head = appointed(world, place.grid, "building_head", "李荫棠", building=first)

    def take(moves: Any = ()) -> Grid:
        return grids.assign_buildings(
            grid=grid, buildings=[first], moves=moves, by=world.community_worker, now=NOW
        )

    assert "003" in refused("buildings", take)
    take([(first.pk, place.grid.pk)])
    first.refresh_from_db()
    head.refresh_from_db()
    assert first.grid_id == head.grid_id == grid.pk
    assert Grid.objects.get(pk=grid.pk).households == 50
    events = AuditEvent.objects.filter(event="grid.buildings").order_by("id")
    assert [event.stream for event in events] == [grid.stream, place.grid.stream]
    assert events[1].data["out"] == ["丹桂里小区1栋"]
    # confirmed for one grid, it is not taken out of a third
    third = added(world, place, "005")
    refused(
        "buildings",
        lambda: grids.assign_buildings(
            grid=third,
            buildings=[first],
            moves=[(first.pk, place.grid.pk)],
            by=world.community_worker,
            now=NOW,
        ),
    )


def test_a_building_with_its_head_is_not_taken_out(world: World, place: Place) -> None:
    head = appointed(world, place.grid, "building_head", "李荫棠", building=place.buildings[0])

    def empty() -> Grid:
        return grids.assign_buildings(grid=place.grid, buildings=[], by=world.community_worker, now=NOW)

    assert "李荫棠" in refused("buildings", empty)
    grid_posts.relieve(post=head, by=world.community_worker, now=NOW)
    empty()
    assert not Building.objects.filter(grid=place.grid).exists()


def test_a_building_of_another_community_is_refused_by_the_domain_and_the_database(
    world: World, place: Place
) -> None:
    foreign = Building.objects.create(compound=place.foreign, name="1栋")
    refused(
        "buildings",
        lambda: grids.assign_buildings(
            grid=place.grid,
            buildings=[*place.buildings, foreign],
            by=world.city_official,
            now=NOW,
        ),
    )
    with pytest.raises(DatabaseError, match="grid"), transaction.atomic():
        Building.objects.filter(pk=foreign.pk).update(grid=place.grid)
    with pytest.raises(DatabaseError, match="grid"), transaction.atomic():
        Compound.objects.filter(pk=place.compound.pk).update(community=place.foreign.community)
    with pytest.raises(DatabaseError, match="grid"), transaction.atomic():
        Grid.objects.filter(pk=place.grid.pk).update(ended_on=date(2026, 1, 1))


def test_a_grid_with_buildings_does_not_end(world: World, place: Place) -> None:
    person = appointed(world, place.grid)

    def end() -> Grid:
        return grids.end(grid=place.grid, reason="合并", by=world.community_secretary, now=NOW)

    assert "2栋" in refused("buildings", end)
    grids.assign_buildings(grid=place.grid, buildings=[], by=world.community_worker, now=NOW)
    end()
    person.refresh_from_db()
    assert person.ended_on == NOW.date()
    refused("ended", lambda: appointed(world, place.grid))
    refused("ended", end)


def test_one_head_a_grid(world: World, place: Place) -> None:
    first = appointed(world, place.grid)
    assert "杨春梅" in refused("relieve", lambda: appointed(world, place.grid, name="马志明"))
    second = appointed(world, place.grid, name="马志明", relieve=True)
    first.refresh_from_db()
    assert (first.ended_on, second.ended_on) == (NOW.date(), None)
    assert grid_posts.head_of(place.grid) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        GridPost.objects.filter(pk=first.pk).update(ended_on=None)


def test_what_is_entered_about_a_person_is_checked(world: World, place: Place) -> None:
    for code, more in (
        ("post", {"post": "king"}),
        ("name", {"name": " "}),
        ("phone", {"phone": "138****1234"}),
        ("started_on", {"started_on": date(2027, 1, 1)}),
        ("unit_name", {"unit_name": "11010519491231002X"}),
    ):
        refused(code, lambda more=more: appointed(world, place.grid, **more))
    elsewhere = Building.objects.create(compound=place.compound, name="9栋")
    refused("building", lambda: appointed(world, place.grid, "building_head", building=elsewhere))
    appointed(world, place.grid, "police", "李国栋", unit_name="大观派出所")
    refused("name", lambda: appointed(world, place.grid, "police", "李国栋"))


def test_somebody_changes_and_is_relieved(world: World, place: Place) -> None:
    row = appointed(world, place.grid, "police", "李国栋", unit_name="大观派出所")
    assert "lgd" in row.search_text
    person = Person(post="police", name="李国梁", unit_name="大观派出所", full_time=True)
    changed = grid_posts.change(post=row, person=person, by=world.community_worker, now=NOW)
    assert phones.unseal(changed.phone_cipher) == "0871-0000-0042"  # not said: left as it was
    other = Person(post="head", name="李国梁")
    refused("post", lambda: grid_posts.change(post=row, person=other, by=world.community_worker, now=NOW))
    grid_posts.relieve(post=row, by=world.community_worker, now=NOW)
    refused("ended", lambda: grid_posts.relieve(post=row, by=world.community_worker, now=NOW))
    names = list(AuditEvent.objects.filter(stream=place.grid.stream).values_list("event", flat=True))
    assert names == ["grid.appointed", "grid.person_changed", "grid.relieved"]


def test_a_phone_is_sealed_and_never_in_the_trail(world: World, place: Place) -> None:
    row = appointed(world, place.grid)
    assert "0042" not in row.phone_cipher
    assert "0042" not in row.search_text
    assert phones.masked(row.phone_cipher) == "087****0042"
    assert "0871" not in str(list(AuditEvent.objects.values_list("data", "reason")))


CALLS = {
    "community_worker",
    "community_secretary",
    "compound_secretary",
    "street_dispatcher",
    "street_secretary",
    "street_staff",
    "county_dispatcher",
    "county_secretary",
    "county_staff",
    "city_dispatcher",
    "city_official",
}


def test_who_keeps_or_serves_there_may_call(world: World, place: Place) -> None:
    calls = {name for name, user in world.people.items() if phones.may_call(COMMUNITY, by=user)}
    assert calls == CALLS
