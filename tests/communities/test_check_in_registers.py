"""The registers of double report and volunteers: out, in again, and what is refused on the way."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from communities.guards import CommunityRefused
from communities.models import Activity, CheckIn, CommunityNeed, ServiceClass, ServiceRecord
from communities.registers import REGISTERS
from communities.services import importing_check_ins
from kunming_portal.audit.models import AuditEvent
from kunming_portal.spreadsheets.registers import Register, Row
from tests.communities.checked_in import ENFORCEMENT, OUTSIDE, member_in, needed, planned, served, unit_in
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World

pytestmark = pytest.mark.django_db
BY_KEY: dict[str, Register] = {register.key: register for register in REGISTERS}
DAY = date(2026, 11, 1)
GOOD: dict[str, dict[str, Any]] = {
    "unit-check-ins": {
        "unit_name": OUTSIDE,
        "liaison": "陆明",
        "liaison_phone": "0871-63100001",
        "plan_year": 2026,
        "plan": "讲座",
        "starts_on": DAY,
    },
    "member-check-ins": {
        "unit_name": OUTSIDE,
        "name": "沐晨",
        "skills": "急救",
        "phone": "13888888888",
        "starts_on": DAY,
    },
    "service-records": {
        "unit_name": ENFORCEMENT,
        "who": "段文静",
        "on": DAY,
        "item": "法律咨询",
        "hours": Decimal(2),
        "outcome": "解答12户",
    },
    "needs": {"title": "辅导作业", "starts_on": DAY, "wanted": 3, "times": "周六"},
    "activities": {
        "title": "河道巡护",
        "starts_at": NOW - timedelta(days=9),
        "ends_at": NOW - timedelta(days=8),
        "organiser": "社区",
        "wanted": 9,
        "came": 7,
        "outcome": "清理200米",
    },
}


def row_of(key: str, number: int = 2, **change: Any) -> Row:
    """Return a row as the engine reads it: every column, empty ones too."""
    empty = {column.name: column.empty() for column in BY_KEY[key].columns}
    return Row(number, {**empty, "community": COMMUNITY, **GOOD[key], **change})


def with_cell(key: str, column: str, value: Any) -> Row:
    """Return a good row with another value in one column."""
    more: dict[str, Any] = {column: value}
    return row_of(key, **more)


def faults(key: str, world: World, *rows: Row, who: str = "community_worker") -> set[tuple[int, str]]:
    return {(f.row, f.column) for f in BY_KEY[key].check(rows, by=world.people[who], now=NOW)}


@pytest.mark.parametrize("key", list(GOOD))
def test_a_good_row_comes_in_and_goes_out_and_is_known_again(world: World, key: str) -> None:
    register, by = BY_KEY[key], world.community_worker
    member_in(world)
    row = row_of(key)
    assert faults(key, world, row) == set()
    assert register.key_of(row.values) not in register.existing([row], by=by)
    register.save([row], [], by=by, now=NOW)
    event = AuditEvent.objects.get(event="register.imported")
    assert (event.data["register"], event.data["new"]) == (key, 1)
    out = [
        one
        for one in register.rows(register.queryset(by, QueryDict("")))
        if register.key_of(one) == register.key_of(row.values)
    ]
    there = register.existing([row], by=by)[register.key_of(row.values)]
    for name, value in there.items():
        assert out[0][name] == value
        if name != "phone":
            assert value == row.values[name], name
    changed = row_of(key, **{list(GOOD[key])[-2]: GOOD[key][list(GOOD[key])[-2]]})
    register.save([], [changed], by=by, now=NOW)
    assert list(register.queryset(world.stranger, QueryDict(""))) == []


@pytest.mark.parametrize("key", list(GOOD))
def test_places_and_personal_numbers_are_refused_in_any_column(world: World, key: str) -> None:
    member_in(world)
    assert (2, "community") in faults(key, world, row_of(key, community="530102003999"))
    assert (2, "community") in faults(key, world, row_of(key, community="530102003"))
    assert (2, "community") in faults(key, world, row_of(key, community=OTHER_COMMUNITY))
    texts = [c.name for c in BY_KEY[key].columns if c.kind == "text"]
    for name in texts:
        for number in (
            "11010519491231002X",
            "身份证110105194912310021",
            "１１０１０５１９４９１２３１００２Ｘ",
        ):
            assert (2, name) in faults(key, world, with_cell(key, name, number)), (name, number)
    assert (2, texts[-1]) in faults(key, world, with_cell(key, texts[-1], "13888888888"))


@pytest.mark.parametrize(
    ("key", "change", "column"),
    [
        ("unit-check-ins", {"liaison_phone": "1234"}, "liaison_phone"),
        ("unit-check-ins", {"ends_on": date(2026, 1, 1)}, "ends_on"),
        ("member-check-ins", {"phone": "11010519491231002X"}, "phone"),
        ("member-check-ins", {"phone": "123"}, "phone"),
        ("member-check-ins", {"grid": f"{OTHER_COMMUNITY}001"}, "grid"),
        ("service-records", {"on": date(2026, 12, 1)}, "on"),
        ("service-records", {"hours": Decimal(0)}, "hours"),
        ("service-records", {"who": "没有报到的人"}, "who"),
        ("service-records", {"compound": "尚义小区"}, "compound"),
        ("needs", {"ends_on": date(2026, 1, 1)}, "ends_on"),
        ("activities", {"ends_at": NOW - timedelta(days=10)}, "ends_at"),
    ],
)
def test_bad_cells_are_named(
    world: World, place: Place, key: str, change: dict[str, Any], column: str
) -> None:
    member_in(world)
    assert faults(key, world, row_of(key, **change)) == {(2, column)}


def test_an_import_equals_what_the_services_write(world: World, place: Place) -> None:
    """The same member, service, need by hand and by file differ in key, moment and place of history only."""
    clerk = ServiceClass.objects.get(name="专业服务")
    more: dict[str, Any] = {"service_class": clerk, "grid": place.grid}
    by_hand: list[Any] = [
        member_in(world, "沐晨", skills="急救", **more),
        unit_in(world),
        served(world, member_in(world)),
        needed(world),
        planned(world),
    ]
    registers = ["member-check-ins", "unit-check-ins", "service-records", "needs", "activities"]
    for key, made in zip(registers, by_hand, strict=True):
        register = BY_KEY[key]
        values = next(one for one in register.rows(type(made).objects.filter(pk=made.pk)))
        kept = {f.attname: getattr(made, f.attname) for f in made._meta.concrete_fields}
        if isinstance(made, CheckIn):
            ServiceRecord.objects.filter(check_in=made).delete()
        made.delete()
        register.save([Row(2, values)], [], by=world.community_worker, now=NOW)
        again = type(made).objects.get(community=kept["community_id"], search_text=kept["search_text"])
        now_there = {f.attname: getattr(again, f.attname) for f in again._meta.concrete_fields}
        assert {k for k, v in kept.items() if now_there[k] != v} - {"id"} == set(), key


def test_the_service_refuses_what_the_register_would(world: World) -> None:
    bad = row_of("needs", community=OTHER_COMMUNITY).values
    with pytest.raises(CommunityRefused):
        importing_check_ins.import_needs(new=[bad], changed=[], by=world.community_worker, now=NOW)
    nobody = row_of("service-records").values
    with pytest.raises(CommunityRefused):
        importing_check_ins.import_services(
            new=[nobody], changed=[], compounds={}, by=world.community_worker, now=NOW
        )
    assert not CommunityNeed.objects.exists()


def test_a_phone_goes_in_and_never_out_and_an_empty_cell_leaves_it(world: World) -> None:
    register, by = BY_KEY["member-check-ins"], world.community_worker
    register.save([row_of("member-check-ins")], [], by=by, now=NOW)
    register.save([], [row_of("member-check-ins", phone="", skills="水电")], by=by, now=NOW)
    row = CheckIn.objects.get()
    assert (row.phone, row.skills) == ("13888888888", "水电")
    assert "138" not in str(list(register.rows(CheckIn.objects.all())))


def test_a_held_activity_comes_in_as_held_and_a_coming_one_as_planned(world: World) -> None:
    register = BY_KEY["activities"]
    coming = row_of(
        "activities", 3, title="下次", starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2)
    )
    register.save([row_of("activities"), coming], [], by=world.community_worker, now=NOW)
    assert dict(Activity.objects.values_list("title", "state")) == {"河道巡护": "done", "下次": "planned"}


@pytest.mark.parametrize("key", list(GOOD))
def test_queries_do_not_grow_with_the_rows(world: World, key: str) -> None:
    register, by = BY_KEY[key], world.community_worker
    member_in(world)
    column = "item" if key == "service-records" else "unit_name" if key.endswith("check-ins") else "title"

    def cost(first: int, last: int) -> int:
        rows = [row_of(key, n, **{column: f"{column}{n}"}) for n in range(first, last)]
        with CaptureQueriesContext(connection) as queries:
            assert list(register.check(rows, by=by, now=NOW)) == []
            register.existing(rows, by=by)
            register.save(rows, [], by=by, now=NOW)
            list(register.rows(register.queryset(by, QueryDict(""))))
        return len(queries)

    two = cost(2, 4)
    assert cost(4, 16) == two
