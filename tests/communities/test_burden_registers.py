"""Both registers of burden: what comes out goes in again, faults by row and column, one entry on the trail."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.guards import CommunityRefused
from communities.models import Ask, WorkItem
from communities.registers.burden import Asks, WorkItems
from kunming_portal.audit.models import AuditEvent
from kunming_portal.spreadsheets.registers import Row
from tests.communities.burden import TODAY, item, recorded
from tests.whistle.people import CITY, COMMUNITY, COUNTY, NOW, OTHER_COMMUNITY, World

pytestmark = pytest.mark.django_db
ITEMS, ASKS = WorkItems(), Asks()


def work(place: int, **more: Any) -> Row:
    values = {
        "number": f"县{place}",
        "title": f"事项{place}",
        "kind": "by_law",
        "department": "五华区水务局",
        "legal_basis": "",
        "frequency": "monthly",
        "hours": None,
        "resources": "",
        "scope": COUNTY,
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "approval_number": "",
    } | more
    return Row(place + 1, values)


def asked(place: int, **more: Any) -> Row:
    values = {
        "community": COMMUNITY,
        "asked_on": TODAY,
        "asker": "街道城市建设办",
        "title": f"报表{place}",
        "means": "form",
        "hours": Decimal(2),
        "item": "",
        "refused": None,
    } | more
    return Row(place + 1, values)


def test_items_go_out_and_come_in_unchanged(world: World) -> None:
    item("县1", scope_id=COUNTY)
    item("市1")
    out = list(ITEMS.rows(ITEMS.queryset(world.county_staff, QueryDict("day=2026-11-23"))))
    assert [one["number"] for one in out] == ["县1", "市1"] or [one["number"] for one in out] == [
        "市1",
        "县1",
    ]
    sent = [Row(n, values) for n, values in enumerate(out, 2)]
    there = ITEMS.existing(sent, by=world.county_staff)
    assert list(there) == [("县1",)]  # the city's items are not this office's to change
    assert there[("县1",)] == next(one for one in out if one["number"] == "县1")


def test_faults_of_items_are_found_by_row_and_column(world: World) -> None:
    item("市1")
    rows = [
        work(1, scope="999999"),
        work(2, scope="530103"),
        work(3, valid_to=date(2025, 1, 1)),
        work(4, number="市1"),
        work(5),
    ]
    with CaptureQueriesContext(connection) as found:
        faults = [(f.row, f.column) for f in ITEMS.check(rows, by=world.county_staff, now=NOW)]
    assert faults == [(2, "scope"), (3, "scope"), (4, "valid_to"), (5, "number")]
    assert len(found) <= 4


def test_items_are_saved_in_sets_with_one_entry_on_the_trail(world: World) -> None:
    ITEMS.save([work(1)], [], by=world.county_staff, now=NOW)
    with CaptureQueriesContext(connection) as few:
        ITEMS.save([work(2)], [work(1, title="改了")], by=world.county_staff, now=NOW)
    with CaptureQueriesContext(connection) as many:
        ITEMS.save([work(n) for n in range(3, 60)], [work(1), work(2)], by=world.county_staff, now=NOW)
    assert len(few) == len(many)
    assert WorkItem.objects.count() == 59
    row = WorkItem.objects.get(number="县2")
    assert (row.unit, row.hours) == (world.units["water_bureau"], Decimal(0))
    assert AuditEvent.objects.filter(event="work_items.imported").count() == 3
    with pytest.raises(CommunityRefused):
        ITEMS.save([work(99, scope=CITY)], [], by=world.county_staff, now=NOW)


def test_who_imports_items(world: World) -> None:
    may = {name for name, user in world.people.items() if ITEMS.may_import(user)}
    assert may == {"county_staff", "city_official"}


def test_asks_go_out_and_come_in_unchanged(world: World) -> None:
    recorded(world, item=item("市1"))
    recorded(world, title="拒了的", at_once=True)
    out = list(ASKS.rows(ASKS.queryset(world.community_worker, QueryDict())))
    assert [one["refused"] for one in out] == [True, False]
    there = ASKS.existing([Row(n, v) for n, v in enumerate(out, 2)], by=world.community_worker)
    assert [there[ASKS.key_of(one)] for one in out] == [
        {name: value for name, value in one.items() if name != "refused"} for one in out
    ]


def test_faults_of_asks(world: World) -> None:
    rows = [
        asked(1, community=OTHER_COMMUNITY),
        asked(2, community=COUNTY),
        asked(3, asked_on=TODAY + timedelta(days=1)),
        asked(4, item="没有"),
        asked(5),
    ]
    faults = [(f.row, f.column) for f in ASKS.check(rows, by=world.community_worker, now=NOW)]
    assert faults == [(2, "community"), (3, "community"), (4, "asked_on"), (5, "item")]


def test_asks_are_saved_in_sets(world: World) -> None:
    item("市1")
    ASKS.save([asked(1)], [], by=world.community_worker, now=NOW)
    ASKS.save([asked(2)], [asked(1, hours=Decimal(5), item="市1")], by=world.community_worker, now=NOW)
    first = Ask.objects.get(title="报表1")
    assert (first.hours, str(first.item), first.unit) == (
        Decimal(5),
        "市1 事项市1",
        world.units["construction"],
    )
    with pytest.raises(CommunityRefused):
        ASKS.save([asked(3, community=OTHER_COMMUNITY)], [], by=world.community_worker, now=NOW)


def test_both_go_out_as_workbooks_and_templates(world: World) -> None:
    item("县1", scope_id=COUNTY)
    recorded(world)
    client = Client()
    for name, register in (("county_staff", "work-items"), ("community_worker", "asks")):
        client.force_login(world.people[name])
        for route in ("register-export", "register-template"):
            answer = client.get(reverse(route, args=[register]))
            assert answer.status_code == 200
            assert b"".join(answer).startswith(b"PK")
        assert client.get(reverse("import-new", args=[register])).status_code == 200
    client.force_login(world.street_staff)  # holds the right, not the place
    assert client.get(reverse("import-new", args=["work-items"])).status_code == 404
