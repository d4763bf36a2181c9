"""Pages of big Party committees: a community secretary does every step in the browser; scope, queries, bad input."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.models import BigCommittee, CommitteeMeeting, PartTimeMember
from communities.presenters.committees import waiting
from communities.services import committee_meetings
from kunming_portal.divisions.models import Division
from tests.communities.committee_people import (
    approved,
    committee,
    foreign_committee,
    in_office,
    page,
    planned,
    recommended,
    send,
)
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, World

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def term_data(**change: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "number": 1,
        "starts_on": "2022-01-01",
        "ends_on": "2026-12-31",
        "full_time_places": 3,
        "part_time_places": 7,
        "name_1": "段云",
        "post_1": "secretary",
    }
    data |= {f"post_{place}": "member" for place in range(2, 7)}
    return data | change


# -- every step ----------------------------------------------------------------------------------------------
def test_a_secretary_enters_a_term_and_a_wrong_one_keeps_what_was_typed(world: World, client: Client) -> None:
    secretary, address = world.community_secretary, reverse("committee-new")
    assert "登记新一届大党委" in page(client, secretary, address)
    html = send(client, secretary, address, status=422, **term_data(ends_on="2021-12-31"))
    assert "任期止应晚于任期起" in html
    assert "2021-12-31" in html
    two = send(client, secretary, address, status=422, **term_data(name_2="马兰", post_2="secretary"))
    assert "只有一名书记" in two
    there = send(client, secretary, address, **term_data())
    made = BigCommittee.objects.get()
    assert there == made.get_absolute_url()
    assert "篆塘社区大党委" in page(client, secretary, there)
    html = send(client, secretary, address, status=422, **term_data(number=2))
    assert "与第1届（2022-01-01至2026-12-31）重叠" in html


def test_the_next_term_is_prefilled(world: World, client: Client) -> None:
    made = committee(world)
    in_office(world, made)
    html = page(client, world.community_secretary, f"{reverse('committee-new')}?community={COMMUNITY}")
    for words in ("2027-01-01", "2031-12-31", "段云", "继续推荐上一届1名兼职委员"):
        assert words in html
    data = term_data(number=2, starts_on="2027-01-01", ends_on="2031-12-31", again="on")
    there = send(client, world.community_secretary, reverse("committee-new"), **data)
    assert PartTimeMember.objects.filter(committee__number=2, status="recommended").count() == 1
    assert there.endswith(f"/{BigCommittee.objects.get(number=2).pk}/")


def test_whoever_keeps_many_communities_chooses_one_first(world: World, client: Client) -> None:
    there = send(client, world.street_staff, reverse("committee-new"), **term_data())
    assert "committee" in there  # the street has one community
    client.force_login(world.city_official)
    assert client.get(reverse("committee-new")).headers["Location"].endswith("?state=without")


def test_the_composition_is_changed(world: World, client: Client) -> None:
    made = committee(world)
    address = reverse("committee-change", args=[made.pk])
    assert "杨晓岚" in page(client, world.community_secretary, address)
    send(client, world.community_secretary, address, **term_data(name_1="马兰", part_time_places=9))
    made.refresh_from_db()
    assert (made.part_time_places, made.posts.get().name) == (9, "马兰")


def test_a_member_goes_the_chain_in_the_browser(world: World, client: Client, place: Place) -> None:
    made = committee(world)
    secretary = world.community_secretary
    address = reverse("committee-recommend", args=[made.pk])
    assert "丹桂里小区" in page(client, secretary, address)
    data: dict[str, Any] = {"name": "刘志强", "post": "member", "recommended_on": "2026-11-20"}
    assert "选择单位，或填写" in send(client, secretary, address, status=422, **data)
    both = data | {"unit": world.units["construction"].pk, "unit_name": "云岫物业服务"}
    assert "一人只能代表一家单位" in send(client, secretary, address, status=422, **both)
    data |= {"unit": world.units["construction"].pk, "compound": place.compound.pk}
    there = send(client, secretary, address, **data)
    member = PartTimeMember.objects.get()
    assert there == member.get_absolute_url()
    assert (member.unit_name, member.compound) == ("街道城市建设办", place.compound)
    twice = send(client, secretary, address, status=422, **(data | {"unit": "", "unit_name": "春城小学"}))
    assert "已代表街道城市建设办在本届任兼职委员" in twice

    def move(name: str) -> str:
        return reverse("committee-member-move", args=[member.pk, name])

    assert "待街道审批" in page(client, secretary, there)
    assert "兼职委员由社区所在街道的领导审批" in page(client, secretary, move("approve"))
    assert "刘志强" in page(client, world.street_secretary, move("approve"))
    send(client, world.street_secretary, move("approve"))
    send(client, world.county_staff, move("file"))
    assert "办理任职" in page(client, secretary, there)
    html = send(client, secretary, move("appoint"), status=422, on="2026-11-22")
    assert "日期不能早于2026-11-23" in html
    send(client, secretary, move("appoint"), on="2026-11-23")
    page(client, secretary, move("report"))
    send(client, secretary, move("report"), year=2026, given_on="2026-11-23", text="协调停车难三次。")
    page(client, secretary, move("appraise"))
    send(client, secretary, move("appraise"), year=2026, grade="good", comment="履职主动。")
    html = page(client, secretary, there)
    assert "停车协调" not in html
    data = {"post": "deputy", "duties": "停车协调", "compound": place.compound.pk}
    assert "丹桂里小区" in page(client, secretary, move("amend"))
    send(client, secretary, move("amend"), **data)
    html = page(client, secretary, there)
    for words in ("停车协调", "协调停车难三次", "履职主动", "反馈函", "Word"):
        assert words in html
    assert "填写原因" not in html
    send(client, secretary, move("leave"), status=422, on="2026-11-23", reason="")
    send(client, secretary, move("leave"), on="2026-11-23", reason="工作调动")
    assert "工作调动" in page(client, secretary, made.get_absolute_url())


def test_a_meeting_is_held_in_the_browser(world: World, client: Client) -> None:
    made = committee(world)
    member = in_office(world, made, name="何平", unit_name="街道城市建设办", unit=world.units["construction"])
    in_office(world, made)
    secretary = world.community_secretary
    address = reverse("committee-meeting-new", args=[made.pk])
    assert 'value="段云"' in page(client, secretary, address)
    agenda: dict[str, Any] = {"planned_at": "2026-12-02T14:30", "place": "会议室", "chair": "段云"}
    agenda |= {f"sort_{place}": "important" for place in range(1, 9)}
    assert 'name="title_4"' not in page(client, secretary, address)
    assert "至少要有一个议题" in send(client, secretary, address, status=422, **agenda)
    there = send(client, secretary, address, **(agenda | {"title_1": "停车难", "sort_1": "difficult"}))
    meeting = CommitteeMeeting.objects.get()

    def move(name: str) -> str:
        return reverse("committee-meeting-move", args=[meeting.pk, name])

    page(client, secretary, move("change"))
    page(client, secretary, move("notify"), status=404)
    send(client, secretary, move("notify"))
    assert "停车难" in page(client, world.construction_liaison, there)  # the member's unit sees it
    html = page(client, secretary, move("hold"))
    assert "何平 街道城市建设办" in html
    came: dict[str, Any] = {f"came_{one.key}": "present" for one in committee_meetings.attendees_of(made)}
    came[f"came_m{member.pk}"] = "absent"
    send(client, secretary, move("hold"), held_at="2026-11-23T10:30", **came)
    assert "应到4人，实到3人" in page(client, secretary, there)
    page(client, secretary, move("decide"))
    data: dict[str, Any] = {"text": "划定停车位30个。", "topic": meeting.topics.get().pk}
    wrong = send(client, secretary, move("decide"), status=422, **(data | {"who": "other"}))
    assert "划定停车位30个。" in wrong
    unit = f"u{world.units['construction'].pk}"
    rest = data | {"who": unit, "due_on": "2026-12-06"}
    assert "休息日" in send(client, secretary, move("decide"), status=422, **rest)
    send(client, secretary, move("decide"), **(data | {"who": unit, "due_on": "2026-12-07"}))
    send(client, secretary, move("decide"), **(data | {"text": "纪要抄送。", "who": ""}))
    assert "划定停车位30个" in page(client, secretary, made.get_absolute_url())
    draft = page(client, secretary, move("minute"))
    for words in ("缺席：何平", "1. 停车难", "2. 纪要抄送。"):
        assert words in draft
    send(client, secretary, move("minute"), minutes="议定一项。")
    assert "议定一项" in page(client, secretary, there)


# -- many at once -----------------------------------------------------------------------------------------------
def test_what_waits_for_a_signature_is_signed_at_once(world: World, client: Client) -> None:
    made = committee(world)
    first, second = recommended(world, made), recommended(world, made, name="何平")
    third = approved(world, made, name="马兰")
    address = reverse("committee-approvals")
    assert waiting(world.street_secretary) == ("兼职委员待审批或备案", address, 2)
    assert waiting(world.community_secretary) is None
    assert "没有待您审签" in page(client, world.community_secretary, address)
    html = page(client, world.street_secretary, address)
    assert "刘志强" in html
    assert "马兰" not in html
    rows = [first.pk, second.pk, third.pk]
    assert "至少勾选" in send(client, world.street_secretary, address, status=200, verb="sign")
    html = send(client, world.street_secretary, address, status=200, verb="refuse", row=[first.pk])
    assert "填写不同意的理由" in html
    html = send(
        client, world.street_secretary, address, status=200, verb="refuse", row=[first.pk], reason="已迁出"
    )
    html = send(client, world.street_secretary, address, status=200, verb="sign", row=rows)
    statuses = dict(PartTimeMember.objects.values_list("name", "status"))
    assert statuses == {"刘志强": "refused", "何平": "approved", "马兰": "approved"}
    assert "兼职委员由县区组织部门备案" in html  # the third was not the street's to sign
    assert waiting(world.county_staff) == ("兼职委员待审批或备案", address, 2)
    send(client, world.county_staff, address, status=200, verb="sign", row=[second.pk, third.pk])
    assert PartTimeMember.objects.filter(status="filed").count() == 2
    assert "不在您的范围内" in send(client, world.stranger, address, status=200, verb="sign", row=rows)


# -- lists --------------------------------------------------------------------------------------------------------
def test_communities_are_listed_with_figures_and_filters(world: World, client: Client) -> None:
    made = committee(world)
    in_office(world, made)
    recommended(world, made, name="何平", unit_name="春城小学")
    foreign_committee(world)
    address = reverse("committees")
    html = page(client, world.community_secretary, address)
    assert "在任1名，职数7名" in html
    assert "1名待审批或备案" in html
    assert "尚义社区" not in html
    city = page(client, world.city_official, address)
    assert "尚义社区" in city
    for query, found in (
        ("q=ccxx", True),
        ("q=春城 篆塘", True),
        ("q=nobody", False),
        ("division=530102", True),
        ("division=530103", False),
        ("state=open", True),
        ("state=over", False),
        ("state=without", False),
    ):
        html = page(client, world.city_official, f"{address}?{query}")
        assert (made.get_absolute_url() in html) is found, query
    BigCommittee.objects.filter(pk=made.pk).update(ends_on="2026-11-01")
    assert "已届满" in page(client, world.city_official, f"{address}?state=over")
    made.members.all().delete()
    made.delete()
    assert "登记大党委" in page(client, world.city_official, f"{address}?state=without")
    page(client, world.construction_liaison, address, status=403)


def test_members_are_listed_with_filters(world: World, client: Client) -> None:
    made = committee(world)
    in_office(world, made)
    recommended(world, made, name="何平", unit_name="春城小学")
    address = reverse("committee-members")
    for query, names in (
        ("", {"刘志强", "何平"}),
        ("status=in_office", {"刘志强"}),
        ("status=waiting", {"何平"}),
        ("q=yxwy", {"刘志强"}),
        ("q=ccxx", {"何平"}),
        ("division=530103", set()),
        ("status=left", set()),
    ):
        html = page(client, world.community_worker, f"{address}?{query}")
        assert {name for name in ("刘志强", "何平") if f">{name}</a>" in html} == names, query
    assert ">刘志强</a>" not in page(client, world.stranger, address)


@pytest.mark.parametrize("route", ["committees", "committee-members", "committee-approvals"])
def test_lists_ask_as_much_for_many_as_for_few(world: World, client: Client, route: str) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            code = f"{COMMUNITY[:9]}{100 + number}"
            Division.objects.create(
                code=code,
                name=f"社区{number}",
                short_name=f"社区{number}",
                level="community",
                kind="residents",
                parent_id=COMMUNITY[:9],
                search_text="x",
            )
            made = committee(world, by=world.street_staff, code=code)
            PartTimeMember.objects.create(
                committee=made, name="何平", unit_name="春城小学", recommended_on=NOW.date()
            )

    def count() -> int:
        client.force_login(world.street_secretary)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(route)).status_code == 200
        return len(queries)

    fill(0, 2)
    count()
    few = count()
    fill(2, 12)
    assert count() == few


def test_pages_of_one_ask_as_much_for_many_members_as_for_two(world: World, client: Client) -> None:
    made = committee(world)
    names = ["何平", "马兰", "李荫棠", "普丽", "毕学", "尹静", "沐春"]

    def fill(some: list[str]) -> None:
        for name in some:
            in_office(world, made, name=name, unit_name=f"{name}的单位")
            meeting = planned(world, made)
            committee_meetings.hold(
                meeting=meeting, held_at=NOW, came={}, by=world.community_secretary, now=NOW
            )
            for text in ("甲", "乙"):
                committee_meetings.decide(
                    meeting=meeting,
                    text=text,
                    task=committee_meetings.Task(addressee=name),
                    by=world.community_secretary,
                    now=NOW,
                )

    def count() -> int:
        client.force_login(world.community_secretary)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(made.get_absolute_url()).status_code == 200
        return len(queries)

    fill(names[:2])
    count()
    few = count()
    fill(names[2:])
    assert count() == few
