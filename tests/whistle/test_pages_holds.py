"""The pages of extension and hold, and the open list of matters on hold."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.whistle.people import NOW, World, at, dispatched, on_hold
from tests.whistle.test_exports import cells
from tests.whistle.test_pages_moves import made, of_case, of_duty, refused, send
from tests.whistle.test_pages_objections import page
from whistle import services
from whistle.models import Assignment, CaseDeadline, Whistle

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(LATER, tick=False):
        yield


def signed(world: World) -> Assignment:
    lead = dispatched(world)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    return lead


def test_more_time_is_asked_for_and_granted_in_the_browser(world: World, client: Client) -> None:
    lead = signed(world)
    case = lead.whistle.case
    assert "最多3个工作日" in page(client, world.enforcement_liaison, of_duty(lead, "extend"))
    html = refused(
        send(client, world.enforcement_liaison, of_duty(lead, "extend"), days="9", reason="等管线单位"),
        "等管线单位",
        status=409,
    )
    assert "可申请1至3个工作日" in html
    made(
        send(client, world.enforcement_liaison, of_duty(lead, "extend"), days="3", reason="等管线单位"), case
    )
    assert "延期审批中" in page(client, world.street_dispatcher, reverse("queue"))
    assert "等管线单位" in page(client, world.street_dispatcher, of_case(case, "decide_extension"))
    refused(send(client, world.street_dispatcher, of_case(case, "decide_extension"), is_granted="no"))
    made(send(client, world.street_dispatcher, of_case(case, "decide_extension"), is_granted="yes"), case)
    row = CaseDeadline.objects.running().get(step="close")
    assert "延期3个工作日" in page(client, world.community_worker, reverse("deadline", args=[row.pk]))
    assert "第1次延期" in page(client, world.community_worker, case.get_absolute_url())


HOLD: dict[str, object] = {
    "reason_class": "works",
    "reason": "等管线迁改，年内无法进场",
    "until": "2027-01-31",
    "milestone_1": "完成管线迁改",
    "day_1": "2027-01-15",
}


def test_a_hold_is_asked_for_granted_reviewed_and_ended_in_the_browser(world: World, client: Client) -> None:
    lead = signed(world)
    case = lead.whistle.case
    address = of_duty(lead, "hold")
    page(client, world.enforcement_liaison, address)
    bad = HOLD | {"day_1": "2027-02-10", "milestone_2": "恢复路面"}
    html = refused(send(client, world.enforcement_liaison, address, **bad), "完成管线迁改", "恢复路面")
    assert "不能晚于挂账期满日" in html
    assert "选择该节点的完成日期" in html
    made(send(client, world.enforcement_liaison, address, **HOLD), case)
    assert "审批挂账" in page(client, world.street_secretary, reverse("home"))
    assert "2027-01-15 完成管线迁改" in page(client, world.street_secretary, of_case(case, "decide_hold"))
    made(send(client, world.street_secretary, of_case(case, "decide_hold"), is_granted="yes"), case)
    case_page = page(client, world.community_worker, case.get_absolute_url())
    for words in ("挂账事项，公开列示", "完成管线迁改", "挂账至", "恢复办理"):
        assert words in case_page
    assert "挂账至" in page(client, world.community_worker, reverse("cases"))
    assert "挂账至" in page(client, world.street_dispatcher, reverse("queue") + "?turn=units")
    made(send(client, world.street_dispatcher, of_case(case, "review_hold"), progress="完成六成"), case)
    refused(send(client, world.community_worker, of_case(case, "resume"), reason=""))
    made(send(client, world.community_worker, of_case(case, "resume"), reason="已具备进场条件"), case)
    assert Whistle.objects.get(pk=lead.whistle_id).status == "handling"


def test_matters_on_hold_are_listed_openly(world: World, client: Client) -> None:
    whistle = on_hold(world)
    address = reverse("holds")
    for user in (world.community_worker, world.inspector, world.market_liaison, world.county_secretary):
        html = page(client, user, address)
        assert whistle.case.title in html
        assert "工程" in html
        assert "节点0/1" in html
    assert whistle.case.title not in page(client, world.stranger, address)
    assert whistle.case.title not in page(client, world.inspector, address + "?class=funds")
    assert whistle.case.title in page(client, world.inspector, address + "?class=works&q=西坝路")
    assert whistle.case.title not in page(client, world.inspector, address + "?state=late")
    client.force_login(world.inspector)
    assert client.get(address + "?class=nonsense").status_code == 200


def test_the_open_list_is_exported(world: World, client: Client) -> None:
    whistle = on_hold(world)
    client.force_login(world.street_dispatcher)
    answer: Any = client.get(reverse("holds-export"))
    rows = cells(b"".join(answer))
    assert rows[1][0] == whistle.case.number
    assert "完成管线迁改" in rows[1][-1]


def test_the_open_list_asks_as_much_for_two_as_for_one(world: World, client: Client) -> None:
    on_hold(world)
    client.force_login(world.street_dispatcher)
    client.get(reverse("holds"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("holds"))
    on_hold(world)
    with CaptureQueriesContext(connection) as two:
        client.get(reverse("holds"))
    assert len(two) == len(one)


@pytest.mark.parametrize(("day", "waits"), [("2026-12-21 09:00", False), ("2027-01-25 09:00", True)])
def test_the_last_stretch_of_a_hold_waits_for_the_tier_above(
    world: World, client: Client, day: str, waits: bool
) -> None:
    case = on_hold(world).case
    url = of_case(case, "renew_hold")
    with time_machine.travel(at(day), tick=False):
        home = page(client, world.county_dispatcher, reverse("home"))
        assert ("续挂" in home and url in home) is waits
        assert (url in page(client, world.county_dispatcher, reverse("queue"))) is waits
        assert url not in page(client, world.street_dispatcher, reverse("home"))
        if not waits:
            return
        send(client, world.county_dispatcher, url, until="2027-03-31", reason="地铁施工延后")
        assert url not in page(client, world.county_dispatcher, reverse("home"))
