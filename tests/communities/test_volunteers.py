"""Volunteers: activities from plan to outcome, sign-ups up to the last place, service points."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.guards import CommunityRefused
from communities.models import Activity, SignUp, VolunteerBrand, VolunteerPlace
from communities.models.volunteers import MOVES
from communities.services import volunteering
from communities.services.volunteering import ActivityWords
from tests.communities.checked_in import community, planned
from tests.communities.matrix import Row, wrong_answers
from tests.communities.people import Place
from tests.communities.test_check_in_pages import TERRITORY, page, send
from tests.whistle.people import NOW, OTHER_COMMUNITY, World, at

pytestmark = pytest.mark.django_db
AFTER = at("2026-11-28 12:00")


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def refused(run: Any) -> str:
    with pytest.raises(CommunityRefused) as caught:
        run()
    return caught.value.code


def test_the_brands_are_data() -> None:
    assert set(VolunteerBrand.objects.values_list("name", flat=True)) == {
        "万名党员进社区",
        "关爱滇池，春城志愿者在行动",
    }


def test_nothing_ranks_volunteers() -> None:
    names = [f.name for model in (Activity, SignUp) for f in model._meta.get_fields()]
    assert [n for n in names if any(word in n for word in ("point", "score", "rank", "hours"))] == []


def test_the_last_place_is_given_once(world: World) -> None:
    by = world.community_worker
    activity = planned(world, wanted=2, opened=True)
    first = volunteering.sign_up(activity=activity, name="段文静", phone="13888888888", by=by, now=NOW)
    assert (first.masked_phone, "1388888" in first.phone_cipher) == ("138****8888", False)
    assert refused(lambda: volunteering.sign_up(activity=activity, name="段文静", by=by, now=NOW)) == "name"
    volunteering.sign_up(activity=activity, name="沐晨", by=by, now=NOW)
    assert refused(lambda: volunteering.sign_up(activity=activity, name="杨一", by=by, now=NOW)) == "name"
    volunteering.take_back(sign_up=first, by=by, now=NOW)
    volunteering.sign_up(activity=activity, name="杨一", by=by, now=NOW)
    assert refused(lambda: volunteering.sign_up(activity=activity, name=" ", by=by, now=NOW)) == "name"
    assert (
        refused(lambda: volunteering.sign_up(activity=planned(world, "未开放"), name="杨一", by=by, now=NOW))
        == "state"
    )


def test_every_move_of_an_activity_in_every_state(world: World) -> None:
    by = world.community_worker
    runs: dict[str, Any] = {
        "open": lambda a: volunteering.move_activity(activity=a, move="open", by=by, now=NOW),
        "close": lambda a: volunteering.move_activity(activity=a, move="close", by=by, now=NOW),
        "finish": lambda a: volunteering.finish_activity(
            activity=a, came=3, outcome="清理200米。", by=by, now=AFTER
        ),
        "cancel": lambda a: volunteering.cancel_activity(activity=a, outcome="暴雨。", by=by, now=NOW),
    }
    ways: dict[str, list[str]] = {
        "planned": [],
        "open": ["open"],
        "closed": ["open", "close"],
        "done": ["open", "finish"],
        "cancelled": ["cancel"],
    }
    assert (set(runs), set(ways)) == (set(MOVES), set(Activity.State.values))
    for move, run in runs.items():
        for state, way in ways.items():
            activity = planned(world, f"{move}{state}")
            for step in way:
                activity = runs[step](activity)
            assert activity.state == state
            if state in MOVES[move][0]:
                assert run(activity).state == MOVES[move][1]
            else:
                assert refused(lambda run=run, activity=activity: run(activity)) == "state"


def test_bad_activities_are_refused(world: World, place: Place) -> None:
    by = world.community_worker
    activity = planned(world, opened=True)
    assert refused(lambda: planned(world)) == "title"
    assert (
        refused(lambda: volunteering.finish_activity(activity=activity, came=1, outcome="好", by=by, now=NOW))
        == "came"
    )
    assert (
        refused(
            lambda: volunteering.finish_activity(activity=activity, came=1, outcome=" ", by=by, now=AFTER)
        )
        == "outcome"
    )
    assert (
        refused(lambda: volunteering.cancel_activity(activity=activity, outcome="", by=by, now=NOW))
        == "outcome"
    )
    for name in ("段文静", "沐晨"):
        volunteering.sign_up(activity=activity, name=name, by=by, now=NOW)
    words: dict[str, Any] = {
        "title": "巡护",
        "organiser": "社区",
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=1),
    }

    def change(more: dict[str, Any]) -> Activity:
        made = ActivityWords(**{**words, **more})
        return volunteering.change_activity(activity=activity, words=made, by=by, now=NOW)

    assert refused(lambda: change({"wanted": 1})) == "wanted"
    assert refused(lambda: change({"compound": place.foreign})) == "compound"
    words["ends_at"] = NOW - timedelta(hours=1)
    assert refused(lambda: change({})) == "ends_at"
    for who in ("stranger", "inspector", "enforcement_liaison", "compound_secretary"):
        who_by = world.people[who]
        run = partial(volunteering.sign_up, activity=activity, name="杨", by=who_by, now=NOW)
        assert refused(run) == "role"


def test_every_address_answers_those_who_see_the_object_only(world: World) -> None:
    activity = planned(world, opened=True)
    signed = volunteering.sign_up(activity=activity, name="段文静", by=world.community_worker, now=NOW)
    point = volunteering.keep_place(
        community=community(), name="大观服务点", address="西坝路", by=world.community_worker, now=NOW
    )
    rows = [
        Row(reverse(name, args=[activity.pk, *more]), TERRITORY)
        for name, more in (
            ("activity", []),
            ("activity-change", []),
            ("activity-move", ["close"]),
            ("activity-end", ["cancel"]),
            ("sign-up-new", []),
        )
    ]
    rows.append(Row(reverse("volunteer-place-change", args=[point.pk]), TERRITORY))
    assert wrong_answers(world, rows) == []
    activity.refresh_from_db()
    assert activity.state == "closed"
    assert wrong_answers(world, [Row(reverse("sign-up-take-back", args=[activity.pk, 99]), set())]) == []
    assert SignUp.objects.filter(pk=signed.pk).exists()


def test_an_activity_goes_its_way_in_the_browser(world: World, client: Client) -> None:
    worker = world.community_worker
    send(client, worker, reverse("volunteer-place-new"), name="大观服务点", address="西坝路", is_active="on")
    point = VolunteerPlace.objects.get()
    assert "大观服务点" in page(client, worker, reverse("volunteer-places"))
    new = reverse("activity-new")
    assert "大观服务点" in page(client, worker, new)
    words = {"title": "河道巡护", "organiser": "篆塘社区", "wanted": "1", "place": str(point.pk)}
    times = {"starts_at": "2026-11-28T09:00", "ends_at": "2026-11-28T08:00"}
    bad = send(client, worker, new, **words, **times)
    assert bad.status_code == 422
    assert "河道巡护" in bad.content.decode()
    send(client, worker, new, **words, **(times | {"ends_at": "2026-11-28T11:00"}))
    assert Activity.objects.get().place == point
    again = page(client, worker, new)  # the next copies it, a week later
    assert 'value="河道巡护"' in again
    assert "2026-12-05T09:00" in again
    send(
        client,
        worker,
        reverse("volunteer-place-change", args=[point.pk]),
        name="大观服务点",
        address="西坝路8号",
    )
    point.refresh_from_db()
    assert (point.is_active, point.address) == (False, "西坝路8号")


def test_volunteers_sign_up_and_the_outcome_is_told_in_the_browser(world: World, client: Client) -> None:
    worker, activity = world.community_worker, planned(world, wanted=1)
    send(client, worker, reverse("activity-move", args=[activity.pk, "open"]))
    url = reverse("sign-up-new", args=[activity.pk])
    assert send(client, worker, url, name="段文静", phone="13888888888").status_code == 302
    full = send(client, worker, reverse("sign-up-new", args=[activity.pk]), name="沐晨")
    assert "名额已满" in full.content.decode()
    html = page(client, worker, activity.get_absolute_url())
    assert "138****8888" in html
    assert "段文静" not in page(
        client, world.inspector, activity.get_absolute_url()
    )  # who only reads sees the number
    signed = SignUp.objects.get()
    send(client, worker, reverse("sign-up-take-back", args=[activity.pk, signed.pk]))
    with time_machine.travel(AFTER, tick=False):
        send(
            client,
            worker,
            reverse("activity-end", args=[activity.pk, "finish"]),
            came="5",
            outcome="清理200米河道。",
        )
    assert "清理200米河道。" in page(client, worker, reverse("volunteers"))


def test_the_list_costs_the_same_for_two_and_for_twelve(world: World, client: Client) -> None:
    client.force_login(world.community_worker)

    def count() -> int:
        client.get(reverse("volunteers"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("volunteers"))
        return len(queries)

    for n in range(2):
        planned(world, f"活动{n}", opened=True)
    two = count()
    for n in range(2, 12):
        planned(world, f"活动{n}", opened=True)
    assert count() == two


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("when=coming", True),
        ("when=past", False),
        ("q=hedao", True),
        ("state=done", False),
        (f"division={OTHER_COMMUNITY}", False),
    ],
)
def test_activities_are_filtered(world: World, client: Client, query: str, found: bool) -> None:
    planned(world)
    assert (
        "滇池入湖河道巡护" in page(client, world.county_staff, f"{reverse('volunteers')}?{query}")
    ) == found
