"""Committees and part-time members as workbooks: what comes out can go in again, and what may not come in."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.models import BigCommittee, PartTimeMember
from communities.registers.committee_members import PartTimeMembers
from communities.registers.committees import BigCommittees, names_in
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from kunming_portal.spreadsheets.registers import Register, Row, Values
from tests.communities.committee_people import committee, foreign_committee, in_office, recommended
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World

TERMS, MEMBERS = BigCommittees(), PartTimeMembers()
TODAY = NOW.date()


def term(**change: object) -> Values:
    return {
        "community": COMMUNITY,
        "community_name": "",
        "number": 1,
        "starts_on": date(2022, 1, 1),
        "ends_on": date(2026, 12, 31),
        "full_time_places": 3,
        "part_time_places": 7,
        "secretary": "段云",
        "deputies": "",
        "members": "杨晓岚、马兰",
    } | change


def member(**change: object) -> Values:
    return {
        "community": COMMUNITY,
        "community_name": "",
        "number": 1,
        "name": "刘志强",
        "unit_name": "云岫物业服务",
        "unit_post": "项目经理",
        "post": "member",
        "duties": "",
        "compound": "",
        "recommended_on": date(2026, 3, 2),
        "approved_on": None,
        "filed_on": None,
        "in_office_on": None,
        "ended_on": None,
        "end_reason": "",
    } | change


GONE = {
    "approved_on": date(2026, 3, 10),
    "filed_on": date(2026, 3, 20),
    "in_office_on": date(2026, 4, 1),
}


def faults(register: Register, values: Sequence[Values], by: User) -> list[tuple[int, str]]:
    rows = [Row(number, one) for number, one in enumerate(values, start=2)]
    return [(fault.row, fault.column) for fault in register.check(rows, by=by, now=NOW)]


def bring_in(register: Register, values: Sequence[Values], by: User) -> None:
    rows = [Row(number, one) for number, one in enumerate(values, start=2)]
    assert list(register.check(rows, by=by, now=NOW)) == []
    there = register.existing(rows, by=by)
    new = [row for row in rows if register.key_of(row.values) not in there]
    register.save(new, [row for row in rows if row not in new], by=by, now=NOW)


def test_terms_come_in_and_out_again(world: World) -> None:
    by = world.community_worker
    bring_in(TERMS, [term()], by)
    made = BigCommittee.objects.get()
    assert [(one.name, one.post) for one in made.posts.order_by("id")] == [
        ("段云", "secretary"),
        ("杨晓岚", "member"),
        ("马兰", "member"),
    ]
    out = list(TERMS.rows(TERMS.queryset(by, QueryDict(""))))
    assert out == [term(community_name="篆塘社区")]
    assert TERMS.existing([Row(2, out[0])], by=by) == {
        (COMMUNITY, 1): {name: value for name, value in out[0].items() if name != "community_name"}
    }
    bring_in(TERMS, [term(secretary="马兰", members="", part_time_places=9)], by)
    made.refresh_from_db()
    assert (made.part_time_places, made.posts.get().name) == (9, "马兰")
    assert [event.data["changed"] for event in AuditEvent.objects.filter(event="committee.imported")] == [
        0,
        1,
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([term(community=OTHER_COMMUNITY)], [(2, "community")]),
        ([term(community="5301")], [(2, "community")]),
        ([term(ends_on=date(2021, 1, 1))], [(2, "ends_on")]),
        ([term(), term(number=2)], [(2, "starts_on"), (3, "starts_on")]),
        ([term(), term(number=2, starts_on=date(2027, 1, 1), ends_on=date(2031, 12, 31))], []),
        ([term(deputies="段云")], [(2, "secretary")]),
        ([term(full_time_places=2)], [(2, "full_time_places")]),
    ],
)
def test_a_wrong_term_is_named_by_row_and_column(
    world: World, rows: list[Values], expected: list[tuple[int, str]]
) -> None:
    assert faults(TERMS, rows, world.community_worker) == expected


def test_a_term_in_the_file_may_move_out_of_the_way_of_another(world: World) -> None:
    committee(world)
    by = world.community_worker
    second = term(number=2, starts_on=date(2026, 7, 1), ends_on=date(2031, 6, 30))
    assert faults(TERMS, [second], by) == [(2, "starts_on")]
    bring_in(TERMS, [second, term(ends_on=date(2026, 6, 30))], by)


def test_names_in_a_cell() -> None:
    assert names_in("段云、马兰, 何平；李荫棠 ") == ["段云", "马兰", "何平", "李荫棠"]
    assert names_in(None) == []


def test_a_keeper_brings_recommendations_in(world: World, place: Place) -> None:
    committee(world)
    rows = [member(compound="丹桂里小区"), member(name="何平", unit_name="街道城市建设办")]
    bring_in(MEMBERS, rows, world.community_worker)
    first, second = PartTimeMember.objects.order_by("pk")
    assert (first.status, first.compound, first.unit) == ("recommended", place.compound, None)
    assert second.unit == world.units["construction"]
    assert "yxwyfw" in first.search_text
    notice = Notice.objects.get(recipient=world.street_secretary)
    assert notice.values == {"number": "2"}
    out = list(MEMBERS.rows(MEMBERS.queryset(world.community_worker, QueryDict(""))))
    assert out == [one | {"community_name": "篆塘社区"} for one in rows]
    bring_in(MEMBERS, [member(unit_post="经理", compound="")], world.community_worker)
    first.refresh_from_db()
    assert (first.unit_post, first.compound) == ("经理", None)


def test_steps_taken_on_paper_are_for_the_county_and_the_city(world: World) -> None:
    committee(world)
    rows = [member(**GONE)]
    for name in ("community_worker", "street_staff"):
        assert faults(MEMBERS, rows, world.people[name]) == [(2, "approved_on")]
    bring_in(MEMBERS, rows, world.county_staff)
    made = PartTimeMember.objects.get()
    assert (made.status, made.approved_by, made.in_office_on) == ("in_office", None, date(2026, 4, 1))
    assert not Notice.objects.exists()
    # what stands there already is nobody's new step
    assert faults(MEMBERS, [member(**GONE, duties="物业")], world.community_worker) == []
    left = member(**GONE, ended_on=TODAY, end_reason="调动")
    fresh = member(name="刘志强", unit_name="春城小学", recommended_on=TODAY)
    assert faults(MEMBERS, [left], world.community_worker) == [(2, "ended_on")]
    bring_in(MEMBERS, [fresh, left], world.city_official)
    assert set(PartTimeMember.objects.values_list("unit_name", "status")) == {
        ("云岫物业服务", "left"),
        ("春城小学", "recommended"),
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([member(community=OTHER_COMMUNITY)], [(2, "community")]),
        ([member(number=2)], [(2, "community")]),
        ([member(), member(recommended_on=TODAY, unit_name="春城小学")], [(2, "name"), (3, "name")]),
        ([member(name="段云")], [(2, "name")]),
        ([member(compound="没有这个小区")], [(2, "compound")]),
        ([member(recommended_on=TODAY + timedelta(days=1))], [(2, "recommended_on")]),
        ([member(**GONE, ended_on=TODAY)], [(2, "end_reason")]),
        ([member(end_reason="x")], [(2, "end_reason")]),
        ([member(approved_on=date(2026, 3, 1))], [(2, "approved_on")]),
        ([member(filed_on=date(2026, 3, 20))], [(2, "approved_on")]),
        ([member(name=f"成员{n}") for n in range(8)], [(n, "") for n in range(2, 10)]),
    ],
)
def test_a_wrong_member_is_named_by_row_and_column(
    world: World, rows: list[Values], expected: list[tuple[int, str]]
) -> None:
    committee(world)
    assert faults(MEMBERS, rows, world.county_staff) == expected


def test_whole_files_cost_the_same_number_of_queries(world: World) -> None:
    made = committee(world)
    foreign_committee(world)
    in_office(world, made)
    recommended(world, made, name="何平", unit_name="春城小学")
    by = world.city_official

    def count(register: Register, values: list[Values]) -> int:
        rows = [Row(number, one) for number, one in enumerate(values, start=2)]
        by.scope("community.keep")
        with CaptureQueriesContext(connection) as queries:
            list(register.check(rows, by=by, now=NOW))
            register.existing(rows, by=by)
        return len(queries)

    both = [member(), member(community=OTHER_COMMUNITY)]
    assert count(MEMBERS, both) == count(MEMBERS, [member(name=f"成员{n}") for n in range(6)] + both)
    later = [term(number=n, starts_on=date(2100 + n, 1, 1), ends_on=date(2100 + n, 9, 1)) for n in (2, 3)]
    assert count(TERMS, [term()]) == count(TERMS, [term(), term(community=OTHER_COMMUNITY), *later])


def test_lists_lead_to_their_export(world: World, client: Client) -> None:
    in_office(world, committee(world))
    client.force_login(world.community_worker)
    for register in ("committees", "committee-members"):
        html = client.get(reverse(register)).content.decode()
        assert reverse("register-export", args=[register]) in html
        assert reverse("import-new", args=[register]) in html
        answer: Any = client.get(reverse("register-export", args=[register]))
        assert b"".join(answer)[:2] == b"PK"
