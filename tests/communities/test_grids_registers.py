"""Workbooks of grids, people and buildings: what comes out goes in again, bad rows are named, nothing by halves."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from communities.guards import CommunityRefused
from communities.models import Building, CompoundGrant, Grid, GridPost
from communities.registers.grants import CompoundGrants
from communities.registers.grid_people import GridPeople
from communities.registers.grids import GridBuildings, Grids
from communities.services import grants, phones
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.spreadsheets.models import Import
from kunming_portal.spreadsheets.registers import Register, Row
from tests.communities.people import Place
from tests.communities.test_grants import gift
from tests.communities.test_grids import added, appointed
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World

GRID = {
    "code": f"{COMMUNITY}004",
    "name": "丹桂里第四网格",
    "kind": "residential",
    "area": "7至12栋",
    "households": None,
    "party_group": "",
}
PERSON = {
    "grid": f"{COMMUNITY}003",
    "post": "police",
    "name": "李国栋",
    "place": "/",
    "unit_name": "大观派出所",
    "phone": "13800000000",
    "full_time": None,
    "started_on": None,
}
PLACE = {"community": COMMUNITY, "compound": "丹桂里小区", "building": "1栋", "grid": f"{COMMUNITY}003"}
GRANT = {
    "community": COMMUNITY,
    "compound": "丹桂里小区",
    "year": 2026,
    "kind": "work_funds",
    "title": "经费",
    "amount": Decimal(100),
    "quantity": "",
    "source": "街道",
    "purpose": "",
}


def rows_of(*values: dict[str, Any]) -> list[Row]:
    return [Row(number, dict(one)) for number, one in enumerate(values, 2)]


def faults(register: Register, *values: dict[str, Any], by: User) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in register.check(rows_of(*values), by=by, now=NOW)]


def taken_in(register: Register, *values: dict[str, Any], by: User) -> tuple[int, int]:
    """Do what the engine does: check, compare, save; return how many were new and changed."""
    rows = rows_of(*values)
    assert list(register.check(rows, by=by, now=NOW)) == []
    there = register.existing(rows, by=by)
    new = [row for row in rows if register.key_of(row.values) not in there]
    changed = [
        row
        for row in rows
        if (known := there.get(register.key_of(row.values))) is not None
        and any(row.values[name] != value for name, value in known.items())
    ]
    register.save(new, changed, by=by, now=NOW)
    return len(new), len(changed)


def exported(register: Register, user: User, query: str = "") -> list[dict[str, Any]]:
    return list(register.rows(register.queryset(user, QueryDict(query))))


def test_grids_come_in_and_change(world: World, place: Place) -> None:
    by, register = world.community_worker, Grids()
    old = GRID | {"code": place.grid.code, "name": "丹桂里第三网格", "area": "1至6栋", "households": 7}
    assert taken_in(register, GRID, old, by=by) == (1, 1)
    grid = Grid.objects.get(code=GRID["code"])
    assert (grid.community_id, grid.area) == (COMMUNITY, "7至12栋")
    assert "dgldswg" in grid.search_text
    place.grid.refresh_from_db()
    assert (place.grid.area, place.grid.households) == ("1至6栋", 0)  # it has buildings
    assert AuditEvent.objects.filter(event="grid.imported").count() == 1
    assert taken_in(register, *exported(register, by), by=by) == (0, 0)


def test_bad_grids_are_named(world: World, place: Place) -> None:
    grid = added(world, place, "009")
    Grid.objects.filter(pk=grid.pk).update(ended_on=date(2026, 1, 1))
    by = world.community_worker
    bad = [GRID | {"code": code} for code in ("12", "５" * 15, f"{OTHER_COMMUNITY}001", "530102003999001")]
    assert faults(Grids(), *bad, GRID | {"code": grid.code}, by=by) == [(n, "code") for n in range(2, 7)]
    with pytest.raises(CommunityRefused):
        Grids().save(rows_of(GRID | {"code": f"{OTHER_COMMUNITY}001"}), [], by=by, now=NOW)


def test_people_come_in_and_phones_stay_sealed(world: World, place: Place) -> None:
    by, register = world.community_worker, GridPeople()
    head = PERSON | {"post": "building_head", "name": "何琼", "place": "丹桂里小区1栋", "unit_name": ""}
    assert taken_in(register, PERSON, head, by=by) == (2, 0)
    row = GridPost.objects.get(name="何琼")
    assert (row.building, row.started_on) == (place.buildings[0], NOW.date())
    assert phones.unseal(row.phone_cipher) == "13800000000"
    assert taken_in(register, *exported(register, by), by=by) == (0, 0)
    assert taken_in(register, PERSON | {"phone": "", "full_time": True}, by=by) == (0, 1)
    row = GridPost.objects.get(name="李国栋")
    assert (row.phone_cipher, row.full_time, row.started_on) == ("", True, NOW.date())
    assert "13800000000" not in str(list(AuditEvent.objects.values_list("data")))


def test_bad_people_are_named(world: World, place: Place) -> None:
    appointed(world, place.grid, "head", "杨春梅")
    Building.objects.create(compound=place.compound, name="9栋")
    by = world.community_worker
    for column, more in (
        ("grid", {"grid": f"{OTHER_COMMUNITY}001"}),
        ("post", {"post": "head", "name": "马志明"}),
        ("place", {"place": "丹桂里小区1栋"}),
        ("place", {"post": "building_head", "place": "丹桂里小区9栋"}),
        ("phone", {"phone": "138****0000"}),
        ("started_on", {"started_on": date(2027, 1, 1)}),
    ):
        assert faults(GridPeople(), PERSON | more, by=by) == [(2, column)], more
    two = [PERSON | {"post": "head", "name": name} for name in ("杨春梅", "马志明")]
    assert faults(GridPeople(), *two, by=by) == [(2, "post"), (3, "post")]


def test_phones_go_out_in_clear_for_who_may_call_only(world: World, place: Place) -> None:
    appointed(world, place.grid, "head", "杨春梅")
    for name, phone in (
        ("community_worker", "0871-0000-0042"),
        ("compound_secretary", "0871-0000-0042"),
        ("inspector", "087****0042"),
    ):
        assert [row["phone"] for row in exported(GridPeople(), world.people[name])] == [phone]
    assert exported(GridPeople(), world.stranger) == []
    assert exported(GridPeople(), world.community_worker, "post=police") == []


def test_buildings_move_between_grids_and_their_heads_with_them(world: World, place: Place) -> None:
    by, register, grid = world.community_worker, GridBuildings(), added(world, place)
    head = appointed(world, place.grid, "building_head", "何琼", building=place.buildings[0])
    assert taken_in(register, PLACE | {"grid": grid.code}, by=by) == (0, 1)
    head.refresh_from_db()
    grid.refresh_from_db()
    assert head.grid_id == grid.pk
    assert grid.households == 50
    assert taken_in(register, *exported(register, by), by=by) == (0, 0)
    assert taken_in(register, PLACE | {"building": "2栋", "grid": ""}, by=by) == (0, 1)
    assert not Building.objects.filter(grid=place.grid).exists()


def test_bad_places_of_buildings_are_named(world: World, place: Place) -> None:
    other = Grid.objects.create(code=f"{OTHER_COMMUNITY}001", community_id=OTHER_COMMUNITY, name="尚义")
    appointed(world, place.grid, "building_head", "何琼", building=place.buildings[1])
    for column, more in (
        ("building", {"building": "77栋"}),
        ("building", {"community": OTHER_COMMUNITY, "compound": "尚义小区"}),
        ("grid", {"grid": f"{COMMUNITY}777"}),
        ("grid", {"grid": other.code}),
        ("grid", {"building": "2栋", "grid": ""}),
    ):
        assert faults(GridBuildings(), PLACE | more, by=world.community_worker) == [(2, column)], more
    # who keeps both communities cannot mix them either
    assert faults(GridBuildings(), PLACE | {"grid": other.code}, by=world.city_official) == [(2, "grid")]
    twice = faults(GridBuildings(), PLACE, PLACE | {"grid": ""}, by=world.community_worker)
    assert twice == [(2, "building"), (3, "building")]


def test_what_sinks_comes_in(world: World, place: Place) -> None:
    by, register = world.community_worker, CompoundGrants()
    assert taken_in(register, GRANT, by=by) == (1, 0)
    grant = CompoundGrant.objects.get()
    grants.use(grant=grant, text="x", amount=Decimal(60), by=by, now=NOW)
    assert taken_in(register, GRANT | {"amount": Decimal(70)}, by=by) == (0, 1)
    assert taken_in(register, *exported(register, by), by=by) == (0, 0)
    grants.give(compound=place.foreign, gift=gift(), by=world.stranger, now=NOW)
    assert len(exported(register, by)) == 1
    for column, more in (
        ("compound", {"compound": "尚义小区"}),
        ("year", {"year": 2031}),
        ("amount", {"amount": None}),
        ("amount", {"amount": Decimal(50)}),
        ("amount", {"amount": Decimal("80.001")}),
        ("amount", {"kind": "service"}),
    ):
        assert faults(register, GRANT | more, by=by) == [(2, column)], more


@pytest.mark.parametrize("register", [Grids(), GridPeople(), GridBuildings(), CompoundGrants()])
def test_a_file_asks_as_much_for_twelve_rows_as_for_two(
    world: World, place: Place, register: Register, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        appointed(world, place.grid, "volunteer", f"志愿者{number}")
        grants.give(
            compound=place.compound, gift=gift(title=f"经费{number}"), by=world.community_worker, now=NOW
        )
        added(world, place, f"{number + 20:03d}")
        Building.objects.create(compound=place.compound, name=f"{number + 20}栋", grid=place.grid)
    rows = [
        Row(number, values) for number, values in enumerate(exported(register, world.community_worker), 2)
    ]
    assert len(rows) >= 12
    for size in (2, len(rows)):
        with django_assert_max_num_queries(6):
            assert list(register.check(rows[:size], by=world.community_worker, now=NOW)) == []
            register.existing(rows[:size], by=world.community_worker)
        with django_assert_max_num_queries(26):
            register.save([], rows[:size], by=world.community_worker, now=NOW)


def test_the_portal_s_own_export_goes_in_unchanged(world: World, place: Place, client: Client) -> None:
    appointed(world, place.grid, "building_head", "何琼", building=place.buildings[0])
    appointed(world, place.grid, "police", "李国栋", unit_name="大观派出所")
    grants.give(compound=place.compound, gift=gift(), by=world.community_worker, now=NOW)
    client.force_login(world.community_worker)
    for key in ("grids", "grid-people", "grid-buildings", "compound-grants"):
        book = content(client.get(reverse("register-export", args=[key])))
        assert content(client.get(reverse("register-template", args=[key]))).startswith(b"PK")
        sent = SimpleUploadedFile(f"{key}.xlsx", book)
        assert client.post(reverse("import-new", args=[key]), {"file": sent}).status_code == 302
        job = Import.objects.latest("pk")
        found = list(job.found.values_list("row", "sentence"))
        assert found == [], (key, found)


def content(answer: Any) -> bytes:
    parts: Iterable[bytes] = answer
    return b"".join(parts)
