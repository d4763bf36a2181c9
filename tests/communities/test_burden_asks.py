"""What communities are asked for: recorded in one go, refused with one click, asked again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communities.models import Ask
from communities.selectors import get_asks
from communities.services import asks
from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from kunming_portal.notifications.models import Notice
from tests.communities.burden import TODAY, item, recorded, refused
from tests.whistle.people import COMMUNITY, COUNTY, NOW, OTHER_COMMUNITY, World

pytestmark = pytest.mark.django_db


def told(kind: str = "ask") -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def test_refused_with_one_click_both_sides_are_told(world: World) -> None:
    ask = recorded(world)
    assert ask.state == Ask.State.RECORDED
    assert told() == set()
    client = Client()
    client.force_login(world.community_secretary)
    answer = client.post(reverse("ask-refuse", args=[ask.pk]))
    assert answer.status_code == 302
    ask = Ask.objects.get(pk=ask.pk)
    assert ask.state == Ask.State.REFUSED
    assert ask.refused_by == world.community_secretary
    assert told() == {"construction_liaison", "county_staff"}
    events = AuditEvent.objects.filter(stream=ask.stream).order_by("seq").values_list("event", flat=True)
    assert list(events) == ["ask.recorded", "ask.refused"]
    with refused("status"):
        asks.refuse(ask=ask, by=world.community_worker, now=NOW)


def test_recorded_and_refused_in_one_breath(world: World) -> None:
    assert recorded(world, at_once=True).state == Ask.State.REFUSED
    assert "construction_liaison" in told()


def test_what_is_on_the_list_and_in_force_is_not_refused(world: World) -> None:
    listed = item("市12", title="低保入户核查")
    ask = recorded(world, title="入户", item=listed)
    with refused("item"):
        asks.refuse(ask=ask, by=world.community_worker, now=NOW)
    # named or not: the same title is the same work
    with refused("item"):
        recorded(world, title="低保入户核查", at_once=True)
    assert not Ask.objects.filter(title="低保入户核查").exists()  # neither recorded nor refused by half


@pytest.mark.parametrize(
    "where",
    [
        {"valid_to": TODAY - timedelta(days=1)},
        {"valid_from": TODAY + timedelta(days=1)},
        {"scope_id": "530103"},
        {"scope_id": "530103001"},
    ],
)
def test_what_lapsed_or_holds_elsewhere_is_refused(world: World, where: dict[str, Any]) -> None:
    listed = item("别12", title="低保入户核查", **where)
    assert recorded(world, title="低保入户核查", item=listed, at_once=True).refused_at is not None


def test_a_county_item_binds_its_communities(world: World) -> None:
    item("县3", title="文明劝导值守", scope_id=COUNTY)
    ask = recorded(world, title="文明劝导值守")
    assert ask.item is not None
    assert ask.item.number == "县3"
    assert not asks.can_refuse(ask, by=world.community_worker)


@pytest.mark.parametrize("name", ["stranger", "construction_liaison", "inspector", "compound_secretary"])
def test_who_does_not_refuse(world: World, name: str) -> None:
    with refused("role"):
        asks.refuse(ask=recorded(world), by=world.people[name], now=NOW)


def test_asked_again_it_is_shown_to_both_sides(world: World) -> None:
    first = recorded(world, at_once=True)
    Notice.objects.all().delete()
    again = recorded(world, now=NOW + timedelta(minutes=5))
    assert again.repeats == first
    assert told() == {"construction_liaison", "county_staff"}
    assert recorded(world, unit=world.units["market"]).repeats is None  # somebody else asks
    for name in ("community_worker", "construction_liaison"):
        client = Client()
        client.force_login(world.people[name])
        page = client.get(reverse("ask", args=[again.pk])).content.decode()
        assert reverse("ask", args=[first.pk]) in page
        assert reverse("ask", args=[again.pk]) in client.get(reverse("ask", args=[first.pk])).content.decode()


def test_a_refusal_is_taken_back(world: World) -> None:
    ask = recorded(world, at_once=True)
    with refused("role"):
        asks.take_back(ask=ask, by=world.construction_liaison, now=NOW)
    asks.take_back(ask=ask, by=world.community_worker, now=NOW)
    ask = Ask.objects.get(pk=ask.pk)
    assert ask.state == Ask.State.RECORDED
    with refused("status"):
        asks.take_back(ask=ask, by=world.community_worker, now=NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": None, "asker": " "}, "asker"),
        ({"title": ""}, "title"),
        ({"asked_on": TODAY + timedelta(days=1)}, "asked_on"),
        ({"asked_on": TODAY - timedelta(days=400)}, "asked_on"),
    ],
)
def test_what_cannot_be_recorded(world: World, change: dict[str, Any], code: str) -> None:
    with refused(code):
        recorded(world, **change)


def test_a_community_records_for_itself_alone(world: World) -> None:
    with refused("role"):
        asks.record_ask(
            asked=asks.Asked(title="报表", means="form", asked_on=TODAY, asker="某公司"),
            community=Division.objects.get(code=OTHER_COMMUNITY),
            by=world.community_worker,
            now=NOW,
        )


def test_a_refusal_stands_where_nobody_could_be_told(world: World) -> None:
    for name in ("county_staff", "city_official"):
        world.people[name].appointments.update(ends_on=TODAY - timedelta(days=900))
    ask = recorded(world, unit=None, asker="某调查公司", at_once=True)
    assert ask.refused_at is not None
    assert told() == set()


def test_an_ask_is_seen_by_its_two_sides_and_above(world: World) -> None:
    ask = recorded(world)
    seen = {name for name in world.people if get_asks(user=world.people[name]).filter(pk=ask.pk).exists()}
    assert {
        "community_worker",
        "street_staff",
        "county_staff",
        "city_official",
        "construction_liaison",
    } <= seen
    assert not {"stranger", "water_liaison", "compound_secretary", "system_admin"} & seen


def test_the_form_is_prefilled_and_loses_nothing(world: World) -> None:
    listed = item("市12", title="低保入户核查", unit=world.units["city_water"])
    client = Client()
    client.force_login(world.community_worker)
    page = client.get(reverse("ask-new") + f"?item={listed.pk}").content.decode()
    assert "低保入户核查" in page
    assert timezone.localdate().isoformat() in page
    typed = {
        "unit": world.units["construction"].pk,
        "asker": "",
        "title": "周报表",
        "means": "form",
        "asked_on": timezone.localdate().isoformat(),
        "hours": "abc",
        "item": "",
        "at_once": "on",
    }
    wrong = client.post(reverse("ask-new"), typed)
    assert wrong.status_code == 422
    assert "周报表" in wrong.content.decode()
    nobody = client.post(reverse("ask-new"), typed | {"hours": "2", "unit": ""})
    assert nobody.status_code == 422
    right = client.post(reverse("ask-new"), typed | {"hours": "2"})
    assert right.status_code == 302
    assert Ask.objects.get().refused_at is not None


def test_the_button_stands_only_where_it_works(world: World) -> None:
    listed = item("市12", title="低保入户核查")
    bound, free = recorded(world, item=listed, title="入户"), recorded(world)
    client = Client()
    client.force_login(world.community_worker)
    page = client.get(reverse("asks")).content.decode()
    assert reverse("ask-refuse", args=[free.pk]) in page
    assert reverse("ask-refuse", args=[bound.pk]) not in page
    client.force_login(world.street_dispatcher)
    assert reverse("ask-refuse", args=[free.pk]) not in client.get(reverse("asks")).content.decode()


def test_filters_find_what_was_asked_again_and_beside_the_list(world: World) -> None:
    recorded(world, at_once=True)
    recorded(world)
    recorded(world, title="入户", item=item("市12"))
    client = Client()
    client.force_login(world.street_staff)

    def rows(query: str) -> int:
        return client.get(reverse("asks") + query).content.decode().count("c-item")

    assert [rows(q) for q in ("", "?state=again", "?state=beside", "?state=refused", "?q=入户")] == [
        3,
        1,
        2,
        1,
        1,
    ]
    assert rows(f"?q={COMMUNITY[:2]}不存在") == 0


def test_the_list_takes_the_same_queries_at_two_and_twelve_rows(world: World) -> None:
    def count() -> int:
        client = Client()
        client.force_login(world.community_worker)
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("asks")).status_code == 200
        return len(found)

    for n in range(2):
        recorded(world, title=f"报表{n}", item=item(f"数{n}"))
    few = count()
    for n in range(2, 12):
        recorded(world, title=f"报表{n}", item=item(f"数{n}"))
    assert count() == few
