"""The pages of double report: scope of every address, forms that lose nothing, constant queries, the paper."""

import io
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document

from communities.models import CheckIn, CommunityNeed, ServiceRecord, YearlyOpinion
from communities.services import needs, opinions
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.communities.checked_in import OUTSIDE, drafted, member_in, needed, served, unit_in
from tests.communities.matrix import Row, wrong_answers
from tests.whistle.people import NOW, OTHER_COMMUNITY, World

pytestmark = pytest.mark.django_db
# who sees a record of the world's community at all
TERRITORY = {
    "community_worker",
    "community_secretary",
    "street_dispatcher",
    "street_secretary",
    "street_staff",
    "county_dispatcher",
    "county_secretary",
    "county_staff",
    "city_dispatcher",
    "city_official",
    "inspector",
    "integrator",
}
UNIT = {"enforcement_liaison", "enforcement_leader"}


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, who: User, url: str) -> str:
    client.force_login(who)
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def send(client: Client, who: User, url: str, **data: Any) -> Any:
    client.force_login(who)
    return client.post(url, data)


def test_every_address_answers_those_who_see_the_object_only(world: World) -> None:
    unit, outside = unit_in(world), unit_in(world, name=OUTSIDE)
    record = served(world, member_in(world))
    need = needed(world)
    opinion = drafted(world, unit)
    rows = []
    more: list[Any]
    for row, finds in ((unit, TERRITORY | UNIT), (outside, TERRITORY)):
        for name, more in (
            ("check-in", []),
            ("check-in-change", []),
            ("check-in-end", []),
            ("service-record-new", []),
            ("opinion-draft", [1999]),
        ):
            rows.append(Row(reverse(name, args=[row.pk, *more]), finds))
    rows += [Row(reverse(name, args=[record.pk]), TERRITORY | UNIT) for name in ("service-record-change",)]
    for name, more in (("need", []), ("need-change", []), ("need-claim", []), ("need-end", ["withdraw"])):
        rows.append(Row(reverse(name, args=[need.pk, *more]), TERRITORY | UNIT))
    for name, more in (("opinion", []), ("opinion-reword", []), ("opinion-paper", ["docx"])):
        rows.append(Row(reverse(name, args=[opinion.pk, *more]), TERRITORY))
    assert wrong_answers(world, rows) == []
    unit.refresh_from_db()
    assert unit.ends_on is not None  # one of those who may has ended it: the button works


def test_those_who_see_may_not_all_write(world: World, client: Client) -> None:
    who, need, opinion = member_in(world), needed(world), None
    record = served(world, who)
    opinion = drafted(world, unit_in(world))
    for url in (
        reverse("check-in-end", args=[who.pk]),
        reverse("service-record-remove", args=[record.pk]),
        reverse("opinion-issue", args=[opinion.pk]),
        reverse("need-release", args=[need.pk, who.pk]),
    ):
        assert send(client, world.inspector, url).status_code == 302
    who.refresh_from_db()
    opinion.refresh_from_db()
    assert (who.ends_on, opinion.status, ServiceRecord.objects.count()) == (None, "drafted", 1)


def test_an_issued_opinion_is_there_for_the_unit(world: World, client: Client) -> None:
    unit = unit_in(world)
    served(world, unit, "整治占道经营")
    opinion = drafted(world, unit)
    opinions.issue(opinion=opinion, by=world.community_secretary, now=NOW)
    assert wrong_answers(world, [Row(reverse("opinion", args=[opinion.pk]), TERRITORY | UNIT)]) == []
    assert "2026" in page(client, world.enforcement_liaison, unit.get_absolute_url())
    answer = client.get(reverse("opinion-paper", args=[opinion.pk, "docx"]))
    text = "\n".join(p.text for p in Document(io.BytesIO(answer.content)).paragraphs)
    assert "城管执法中队" in text
    assert AuditEvent.objects.get(event="opinion.taken").actor_id == world.enforcement_liaison.pk
    assert client.get(reverse("opinion-paper", args=[opinion.pk, "pdf"])).content.startswith(b"%PDF")
    assert client.get(reverse("opinion-paper", args=[opinion.pk, "xml"])).status_code == 404


def test_a_liaison_checks_the_unit_in(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communities.forms.community_names.MOST_IN_A_SELECT", 1)  # a city has too many
    liaison = world.enforcement_liaison
    html = page(client, liaison, reverse("check-in-new", args=["unit"]))
    assert "城管执法中队" in html
    assert 'name="unit_name"' not in html
    answer = send(
        client,
        liaison,
        reverse("check-in-new", args=["unit"]),
        community="没有的社区",
        liaison="何健",
        plan="每月整治。",
    )
    assert answer.status_code == 422
    assert "每月整治。" in answer.content.decode()
    answer = send(
        client,
        liaison,
        reverse("check-in-new", args=["unit"]),
        community="大观 篆塘",
        liaison="何健",
        plan="每月整治。",
    )
    unit = CheckIn.objects.get()
    assert answer.url == unit.get_absolute_url()
    assert (unit.unit, unit.plan_year) == (world.units["enforcement"], 2027)


def test_a_liaison_checks_a_member_in_elsewhere_and_records_a_service(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("communities.forms.community_names.MOST_IN_A_SELECT", 1)
    liaison, unit = world.enforcement_liaison, unit_in(world)
    send(
        client,
        liaison,
        reverse("check-in-new", args=["member"]),
        community="尚义社区",
        name="段文静",
        phone="13888888888",
    )
    member = CheckIn.objects.get(kind="member")
    assert (member.community_id, member.unit) == (OTHER_COMMUNITY, world.units["enforcement"])
    url = reverse("service-record-new", args=[unit.pk])
    assert 'value="2026-11-23"' in page(client, liaison, url)
    bad = send(client, liaison, url, on="2026-11-30", item="整治占道经营")
    assert bad.status_code == 422
    assert "整治占道经营" in bad.content.decode()
    send(client, liaison, url, on="2026-11-20", item="整治占道经营", outcome="清理12处。")
    assert "清理12处。" in page(client, liaison, unit.get_absolute_url())
    assert "清理12处。" in page(client, world.community_worker, reverse("service-records"))


def test_the_community_keeps_its_check_ins_in_the_browser(world: World, client: Client) -> None:
    worker = world.community_worker
    html = page(client, worker, reverse("check-in-new", args=["member"]))
    assert 'name="community"' not in html  # there is one only
    made = send(
        client,
        worker,
        reverse("check-in-new", args=["member"]),
        unit_name=OUTSIDE,
        name="沐晨",
        skills="急救",
    )
    member = CheckIn.objects.get()
    assert made.url == member.get_absolute_url()
    twice = send(
        client,
        worker,
        reverse("check-in-new", args=["member"]),
        unit_name=OUTSIDE,
        name="沐晨",
        skills="急救",
    )
    assert twice.status_code == 422
    number = send(
        client,
        worker,
        reverse("check-in-new", args=["member"]),
        unit_name=OUTSIDE,
        name="沐阳",
        skills="11010519491231002X",
    )
    assert "身份证" in number.content.decode()
    change = reverse("check-in-change", args=[member.pk])
    assert "急救" in page(client, worker, change)
    send(client, worker, change, name="沐晨", skills="急救、水电", phone="13888888888")
    member.refresh_from_db()
    assert (member.skills, member.phone) == ("急救、水电", "13888888888")
    assert "13888888888" in page(client, worker, member.get_absolute_url())
    assert "138****8888" in page(client, world.street_staff, member.get_absolute_url())
    send(client, world.street_staff, change, name="沐晨", skills="水电")
    member.refresh_from_db()
    assert (member.skills, member.phone) == ("水电", "13888888888")  # who does not see the number leaves it
    send(client, worker, reverse("check-in-end", args=[member.pk]))
    assert "已结束" in page(client, worker, member.get_absolute_url())


def test_a_need_is_published_claimed_and_met_in_the_browser(world: World, client: Client) -> None:
    worker, liaison = world.community_worker, world.enforcement_liaison
    unit_in(world)
    send(client, worker, reverse("need-new"), title="辅导作业", wanted="2", starts_on="2026-11-28")
    need = CommunityNeed.objects.get()
    assert "辅导作业" in page(client, liaison, reverse("needs"))
    assert "辅导作业" not in page(client, world.market_liaison, reverse("needs"))
    assert send(client, worker, reverse("need-new"), title="没有日期", wanted="0").status_code == 422
    send(
        client,
        worker,
        reverse("need-change", args=[need.pk]),
        title="辅导作业",
        wanted="3",
        starts_on="2026-11-28",
    )
    who = CheckIn.objects.get()
    send(client, liaison, reverse("need-claim", args=[need.pk]), check_in=who.pk)
    need.refresh_from_db()
    assert (need.state, need.wanted) == ("claimed", 3)
    html = page(client, worker, need.get_absolute_url())
    assert reverse("need-release", args=[need.pk, who.pk]) in html
    send(client, liaison, reverse("need-release", args=[need.pk, who.pk]))
    needs.claim(need=need, check_in=who, by=liaison, now=NOW)
    send(client, worker, reverse("need-end", args=[need.pk, "finish"]), outcome="辅导了4次。")
    assert "辅导了4次。" in page(client, worker, need.get_absolute_url())
    assert client.get(reverse("need-end", args=[need.pk, "explode"])).status_code == 404


def test_an_opinion_is_drafted_with_one_click_and_issued_in_the_browser(world: World, client: Client) -> None:
    unit = unit_in(world)
    served(world, unit, "整治占道经营")
    answer = send(client, world.community_worker, reverse("opinion-draft", args=[unit.pk, 2026]))
    opinion = YearlyOpinion.objects.get()
    assert answer.url == opinion.get_absolute_url()
    html = page(client, world.community_worker, opinion.get_absolute_url())
    assert "整治占道经营" in html
    assert reverse("opinion-issue", args=[opinion.pk]) not in html  # the secretary's
    send(client, world.community_secretary, reverse("opinion-reword", args=[opinion.pk]), text="感谢贵单位。")
    send(client, world.community_secretary, reverse("opinion-issue", args=[opinion.pk]))
    assert "感谢贵单位。" in page(client, world.enforcement_liaison, opinion.get_absolute_url())


@pytest.mark.parametrize("name", ["check-ins", "member-check-ins", "service-records", "needs"])
def test_a_list_costs_the_same_for_two_and_for_twelve(world: World, client: Client, name: str) -> None:
    client.force_login(world.community_worker)

    def more(first: int, last: int) -> None:
        for n in range(first, last):
            unit_in(world, name=f"{OUTSIDE}{n}")
            served(world, member_in(world, f"段{n}号", unit=f"{OUTSIDE}{n}"))
            needed(world, f"需求{n}")

    def count() -> int:
        client.get(reverse(name))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    more(0, 2)
    two = count()
    more(2, 12)
    assert count() == two


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("q=duanwenjing", "段文静", "沐晨"),
        ("q=段文", "段文静", "沐晨"),
        ("state=ended", "", "段文静"),
        ("unit=云南某设计院", "沐晨", "段文静"),
        ("division=530103", "", "段文静"),
    ],
)
def test_members_are_filtered(world: World, client: Client, query: str, there: str, gone: str) -> None:
    member_in(world)
    member_in(world, "沐晨", unit=OUTSIDE)
    html = page(client, world.county_staff, f"{reverse('member-check-ins')}?{query}")
    assert there in html
    assert gone not in html


def test_a_search_for_one_character_says_why_not(world: World, client: Client) -> None:
    member_in(world)
    assert "至少" in page(client, world.community_worker, f"{reverse('member-check-ins')}?q=段")


def test_records_are_filtered_by_year_and_person(world: World, client: Client) -> None:
    who = member_in(world)
    served(world, who, "今年的事")
    served(world, who, "去年的事", on=date(2025, 6, 1))
    served(world, member_in(world, "沐晨"), "别人的事")
    html = page(client, world.community_worker, f"{reverse('service-records')}?year=2025")
    assert ("去年的事" in html, "今年的事" in html) == (True, False)
    html = page(client, world.community_worker, f"{reverse('service-records')}?check_in={who.pk}")
    assert ("去年的事" in html, "别人的事" in html) == (True, False)


def test_the_page_says_what_double_report_is_not(world: World, client: Client) -> None:
    html = page(client, world.community_worker, reverse("check-ins"))
    assert "不积分" in html
    assert "不排名" in html
