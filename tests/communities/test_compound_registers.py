"""Workbooks of compounds, buildings and branches: what comes out goes in again, and every wrong row is named."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.models import Building, Compound, CompoundBranch
from communities.registers.compounds import Branches, Buildings, Compounds, OfCompounds
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.spreadsheets.registers import Row, Values
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, OTHER_COMMUNITY, World, at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")
HOME: Values = {
    "community": COMMUNITY,
    "community_name": "",
    "name": "云岫里",
    "address": "同仁巷18号",
    "kind": "old",
    "built_year": None,
    "households": None,
    "residents": None,
    "property_mode": "none",
    "property_firm": "",
    "property_contract_until": None,
    "owners_body": "none",
    "owners_body_term": None,
    "owners_body_chair": "",
    "owners_body_members": None,
    "owners_body_party_members": None,
}
BRANCH: Values = {
    "community": COMMUNITY,
    "community_name": "",
    "name": "云岫里党支部",
    "form": "single",
    "compounds": "云岫里",
    "superior": "",
    "secretary": "张三",
    "secretary_phone": "",
    "members_registered": 12,
    "members_active": None,
    "founded_on": None,
}


def given(*values: Values) -> list[Row]:
    """Return rows as they are read from a file."""
    return [Row(number, one) for number, one in enumerate(values, start=2)]


def faults(register: OfCompounds, by: User, *values: Values) -> list[tuple[int, str]]:
    """Return which cells are wrong."""
    return [(fault.row, fault.column) for fault in register.check(given(*values), by=by, now=NOW)]


def save(register: OfCompounds, by: User, new: list[Values], changed: list[Values] | None = None) -> None:
    """Save rows that were checked."""
    register.save(given(*new), given(*(changed or [])), by=by, now=NOW)


def out(register: OfCompounds, by: User, **query: str) -> list[Values]:
    """Return what an export holds."""
    chosen = QueryDict(mutable=True)
    chosen.update(query)
    return list(register.rows(register.queryset(by, chosen)))


def test_what_comes_out_goes_in_again_unchanged(place: Place, world: World) -> None:
    worker = world.community_worker
    for register in (Compounds(), Buildings(), Branches()):
        rows = out(register, worker)
        assert rows
        assert faults(register, worker, *rows) == []
        there = register.existing(given(*rows), by=worker)
        for row in rows:
            known = there[register.key_of(row)]
            assert {name: row[name] for name in known} == known


def test_an_export_follows_filter_and_scope(place: Place, world: World) -> None:
    assert [row["name"] for row in out(Compounds(), world.city_official)] == ["丹桂里小区", "尚义小区"]
    assert [row["name"] for row in out(Compounds(), world.city_official, kind="commercial")] == ["尚义小区"]
    assert [row["name"] for row in out(Branches(), world.city_official, kind="commercial")] == []
    assert [row["name"] for row in out(Buildings(), world.stranger)] == []


def test_new_and_changed_rows_are_saved_with_one_entry_on_the_trail(place: Place, world: World) -> None:
    worker = world.community_worker
    known = out(Compounds(), worker)[0]
    save(Compounds(), worker, [HOME], [{**known, "households": 630}])
    assert Compound.objects.search("yunxiuli").get().households == 0
    assert Compound.objects.get(pk=place.compound.pk).households == 630
    assert AuditEvent.objects.get(event="compounds.imported").data == {"new": 1, "changed": 1}
    building: Values = {
        "community": COMMUNITY,
        "community_name": "",
        "compound": "云岫里",
        "name": "1栋",
        "households": 48,
        "grid": "",
    }
    first = {**out(Buildings(), worker)[0], "households": 51}
    save(Buildings(), worker, [building], [first])
    assert Building.objects.get(compound__name="云岫里").households == 48
    assert Building.objects.get(pk=place.buildings[0].pk).households == 51
    assert Building.objects.get(pk=place.buildings[0].pk).grid == place.grid


def test_branches_take_and_leave_compounds(place: Place, world: World) -> None:
    worker = world.community_worker
    save(Compounds(), worker, [HOME])
    assert faults(Branches(), worker, BRANCH) == []
    save(Branches(), worker, [BRANCH])
    assert Compound.objects.get(name="云岫里").branch == CompoundBranch.objects.get(name="云岫里党支部")
    save(Branches(), worker, [], [{**BRANCH, "form": "functional", "compounds": ""}])
    assert Compound.objects.get(name="云岫里").branch is None


@pytest.mark.parametrize(
    ("register", "row", "column"),
    [
        (Compounds(), {**HOME, "community": "530102003999"}, "community"),
        (Compounds(), {**HOME, "community": OTHER_COMMUNITY}, "community"),
        (Compounds(), {**HOME, "property_firm": "某物业"}, "property_mode"),
        (Compounds(), {**HOME, "owners_body_chair": "某人"}, "owners_body"),
        (Compounds(), {**HOME, "address": "电话13888888888"}, "address"),
        (Branches(), {**BRANCH, "compounds": "没有的小区"}, "compounds"),
        (Branches(), {**BRANCH, "compounds": "丹桂里小区"}, "compounds"),
        (Branches(), {**BRANCH, "form": "joint", "compounds": ""}, "compounds"),
        (Branches(), {**BRANCH, "secretary_phone": "123"}, "secretary_phone"),
        (
            Buildings(),
            {"community": COMMUNITY, "compound": "没有", "name": "1栋", "households": 1, "grid": ""},
            "compound",
        ),
    ],
)
def test_a_wrong_row_is_named(
    place: Place, world: World, register: OfCompounds, row: dict[str, Any], column: str
) -> None:
    assert (2, column) in faults(register, world.community_worker, row)


def test_two_rows_do_not_lead_one_compound_and_an_ended_one_stays_as_it_is(
    place: Place, world: World
) -> None:
    worker = world.community_worker
    save(Compounds(), worker, [HOME])
    twice = {**BRANCH, "name": "另一个党支部"}
    assert faults(Branches(), worker, BRANCH, twice) == [(3, "compounds")]
    Compound.objects.filter(name="云岫里").update(ended_on=NOW.date())
    assert faults(Compounds(), worker, HOME) == [(2, "name")]


def test_a_file_asks_the_same_however_many_rows(place: Place, world: World) -> None:
    worker = world.community_worker
    worker.scope("community.keep")
    counted = []
    for number in (2, 12):
        rows = given(*({**HOME, "name": f"第{number}{at}小区"} for at in range(number)))
        with CaptureQueriesContext(connection) as queries:
            list(Compounds().check(rows, by=worker, now=NOW))
            Compounds().existing(rows, by=worker)
            Compounds().save(rows, [], by=worker, now=NOW)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_the_list_leads_to_the_workbooks(place: Place, world: World) -> None:
    client = Client()
    client.force_login(world.community_worker)
    page = client.get("/compounds/").content.decode()
    for key in ("compounds", "buildings", "branches"):
        assert f"/registers/{key}/export/" in page
        assert f"/imports/new/{key}/" in page
        for what in ("export", "template"):
            answer = client.get(f"/registers/{key}/{what}/")
            assert (answer.status_code, bool(answer.getvalue())) == (200, True)
