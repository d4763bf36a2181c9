"""The list of undertakings, the page of one and its moves; what the home page says of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from communities.models import Undertaking, UndertakingDeadline
from communities.presenters.undertakings import get_record
from communities.selectors import get_undertakings, get_waiting, sees_undertaking
from communities.services import undertakings
from kunming_portal.accounts.models import User
from tests.communities.matrix import Row, wrong_answers
from tests.communities.people import Place
from tests.communities.walks import assigned, outside
from tests.whistle.people import NOW, World

pytestmark = pytest.mark.django_db

# Everybody above 篆塘社区 and in it, and the branch
FOLLOWS = {
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
    "inspector",
    "integrator",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_only_who_follows_or_owes_finds_it(world: World, place: Place) -> None:
    one = assigned(world, place)
    foreign = assigned(
        world,
        place,
        community=place.foreign.community,
        compound=place.foreign,
        issuer=world.units["other_community"],
        unit=world.units["other_centre"],
        by=world.stranger,
    )
    everywhere = {"city_dispatcher", "city_official", "inspector", "integrator"}
    rows = [
        Row(one.get_absolute_url(), FOLLOWS | {"construction_liaison"}),
        Row(reverse("undertaking-move", args=[one.pk, "report"]), FOLLOWS | {"construction_liaison"}),
        Row(reverse("undertaking-move", args=[one.pk, "explode"]), set()),
        Row(foreign.get_absolute_url(), everywhere | {"stranger", "other_dispatcher"}),
        Row(
            reverse("undertaking-move", args=[foreign.pk, "drop"]),
            everywhere | {"stranger", "other_dispatcher"},
        ),
    ]
    assert wrong_answers(world, rows) == []
    one.refresh_from_db()
    assert one.status == "open"
    assert sees_undertaking(world.construction_liaison, one.pk)
    assert not sees_undertaking(world.water_liaison, one.pk)


def test_the_way_of_an_undertaking_in_the_browser(world: World, place: Place) -> None:
    one = assigned(world, place)
    unit, branch = signed_in(world.construction_liaison), signed_in(world.compound_secretary)

    def go(client: Client, move: str, **typed: str) -> int:
        return client.post(reverse("undertaking-move", args=[one.pk, move]), typed).status_code

    assert go(unit, "report", text="") == 422
    assert go(branch, "report", text="不是我写的。") == 422
    assert go(unit, "report", text="已列入明年改造计划。") == 302
    assert go(unit, "accept") == 422
    assert go(branch, "return", reason="没有写明开工时间。", due_on="2020-01-01") == 422
    assert go(branch, "return", reason="没有写明开工时间。") == 302
    page = unit.get(one.get_absolute_url()).content.decode()
    assert "没有写明开工时间。" in page
    assert go(unit, "report", text="2027年3月开工。") == 302
    assert go(branch, "accept", words="收到。") == 302
    one.refresh_from_db()
    assert (one.status, one.closing_words, one.returns) == ("done", "收到。", 1)
    assert go(branch, "drop", reason="再撤一次。") == 422


def test_a_refused_form_keeps_what_was_typed_and_says_why(world: World, place: Place) -> None:
    one = assigned(world, place)
    undertakings.report(undertaking=one, text="已办。", by=world.construction_liaison, now=timezone.now())
    answer = signed_in(world.compound_secretary).post(
        reverse("undertaking-move", args=[one.pk, "return"]),
        {"reason": "缺少验收照片。", "due_on": "2026-02-30"},
    )
    assert answer.status_code == 422
    assert "缺少验收照片。" in answer.content.decode()
    shown = signed_in(world.county_secretary).get(reverse("undertaking-move", args=[one.pk, "accept"]))
    assert "丹桂里小区党支部" in shown.content.decode()  # who judges it instead
    assert 'id="record-form"' not in shown.content.decode()


def test_tabs_and_filters(world: World, place: Place) -> None:
    mine, theirs = assigned(world, place), outside(world, place)
    branch, unit = signed_in(world.compound_secretary), signed_in(world.construction_liaison)

    def shown(client: Client, **query: str) -> set[str]:
        page = client.get(reverse("undertakings"), query)
        assert page.status_code == 200
        return {row.undertaking.title for row in page.context["rows"]}

    assert shown(unit) == {mine.title}
    assert shown(branch, tab="issued") == {mine.title, theirs.title}
    assert shown(branch, tab="all", sort="rectification") == {theirs.title}
    assert shown(branch, tab="all", q="三季度") == {theirs.title}
    assert shown(branch, tab="all", q="dglxq 管网") == {mine.title}
    assert shown(branch, tab="all", status="reported") == set()
    UndertakingDeadline.objects.filter(undertaking=mine).update(due_at=timezone.now() - timedelta(days=1))
    UndertakingDeadline.objects.filter(undertaking=theirs).update(
        due_at=timezone.now() + timedelta(days=30), yellow_at=timezone.now() + timedelta(days=20)
    )
    assert shown(branch, tab="all", light="over") == {mine.title}
    assert shown(branch, tab="all", light="normal") == {theirs.title}
    county = signed_in(world.county_secretary)
    assert shown(county, tab="all", division="530102003") == {mine.title, theirs.title}
    assert shown(county, tab="all", division="530103") == set()
    bad = county.get(reverse("undertakings"), {"division": "x", "tab": "all"})
    assert bad.status_code == 200
    assert list(bad.context["rows"]) == []


def test_the_export_holds_what_the_filter_shows(world: World, place: Place) -> None:
    assigned(world, place)
    outside(world, place, title="=1+1")
    answer = signed_in(world.community_worker).get(
        reverse("undertakings-export"), {"tab": "all", "sort": "rectification"}
    )
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("sheet")
    assert len(b"".join(answer.streaming_content)) > 1000  # type: ignore[attr-defined]
    assert signed_in(world.inspector).get(reverse("undertakings-export")).status_code == 403


def test_the_list_costs_the_same_at_two_and_at_twelve(
    world: World, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(world.compound_secretary)

    def cost() -> int:
        client.get(reverse("undertakings"), {"tab": "all"})
        with django_assert_max_num_queries(40) as counted:
            client.get(reverse("undertakings"), {"tab": "all"})
        return len(counted)

    for number in range(2):
        assigned(world, place, title=f"第{number}件")
    few = cost()
    for number in range(10):
        assigned(world, place, title=f"再{number}件")
    assert cost() == few


def test_what_waits_counts_on_the_home_page_and_in_the_rail(world: World, place: Place) -> None:
    now = timezone.now()
    one = assigned(world, place, now=now)
    page = signed_in(world.construction_liaison).get(reverse("home"))
    assert page.context["waiting"] == 1
    assert "更换北门地下管网" in page.content.decode()
    assert not get_waiting(user=world.compound_secretary, now=now)
    undertakings.report(undertaking=one, text="已答复。", by=world.construction_liaison, now=now)
    page = signed_in(world.compound_secretary).get(reverse("home"))
    assert page.context["waiting"] == 1
    assert one.get_absolute_url() in page.content.decode()


def test_what_a_body_outside_owes_waits_for_the_issuer_from_the_yellow_light_on(
    world: World, place: Place
) -> None:
    outside(world, place)
    yellow = UndertakingDeadline.objects.get().yellow_at
    assert yellow is not None
    assert not get_waiting(user=world.compound_secretary, now=NOW)
    assert get_waiting(user=world.compound_secretary, now=yellow).count() == 1


@pytest.mark.parametrize("who", ["system_admin", "audit_admin"])
def test_who_follows_nothing_has_no_list(world: World, who: str) -> None:
    assert signed_in(world.people[who]).get(reverse("undertakings")).status_code == 403


def test_a_record_of_a_family_that_is_not_there_has_no_link(
    world: World, place: Place, monkeypatch: Any
) -> None:
    monkeypatch.setattr("communities.presenters.undertakings.RECORDS", {"reply": "no_such_relation"})
    assert get_record(assigned(world, place), world.compound_secretary) is None


def test_what_everybody_sees_is_one_condition(world: World, place: Place) -> None:
    assigned(world, place)
    assert get_undertakings(user=world.compound_secretary).count() == Undertaking.objects.count() == 1
    assert not get_undertakings(user=world.stranger)
