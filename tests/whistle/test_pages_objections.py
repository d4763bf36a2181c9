"""The pages of objection and consultation: who sees what, what was typed is kept, where it waits."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.whistle.people import NOW, World, at, dispatched, objected
from tests.whistle.test_objections import to_consultation
from tests.whistle.test_pages_moves import made, of_case, of_duty, refused, send
from whistle.models import Assignment, Objection, Whistle

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(LATER, tick=False):
        yield


def page(client: Client, user: object, address: str) -> str:
    client.force_login(user)  # type: ignore[arg-type]
    response = client.get(address)
    assert response.status_code == 200, response
    return response.content.decode()


def test_a_unit_objects_and_the_dispatcher_upholds_it_in_the_browser(world: World, client: Client) -> None:
    lead = dispatched(world)[0]
    case = lead.whistle.case
    assert "提出派单异议" in page(client, world.enforcement_liaison, case.get_absolute_url())
    form = page(client, world.enforcement_liaison, of_duty(lead, "object_to"))
    assert "前可提一次" in form
    typed: dict[str, object] = {"reason": "不属本单位职责", "basis": ""}
    html = refused(
        send(client, world.enforcement_liaison, of_duty(lead, "object_to"), **typed), "不属本单位职责"
    )
    assert "is-wrong" in html
    typed |= {"basis": "《城市道路管理条例》第六条", "suggested": world.units["construction"].pk}
    made(send(client, world.enforcement_liaison, of_duty(lead, "object_to"), **typed), case)

    case_page = page(client, world.street_dispatcher, case.get_absolute_url())
    for words in ("城管执法中队的派单异议", "《城市道路管理条例》第六条", "派单异议中", "裁定异议"):
        assert words in case_page
    assert "裁定异议" in page(client, world.street_dispatcher, reverse("queue"))
    assert "裁定异议" in page(client, world.street_dispatcher, reverse("home"))
    assert "派单异议中" in page(client, world.enforcement_liaison, reverse("duties") + "?tab=report")

    answer = page(client, world.street_dispatcher, of_duty(lead, "decide_objection"))
    assert "不属本单位职责" in answer
    refused(
        send(client, world.street_dispatcher, of_duty(lead, "decide_objection"), decision="确属城建办"),
        "确属城建办",
    )
    typed = {"upheld": "yes", "decision": "确属城建办", "replacement": world.units["construction"].pk}
    made(send(client, world.street_dispatcher, of_duty(lead, "decide_objection"), **typed), case)
    done = page(client, world.street_dispatcher, case.get_absolute_url())
    assert "不计入本单位考核" in done
    assert "成立" in done
    assert Objection.objects.get().answer == "granted"


def test_the_tier_above_records_the_consultation(world: World, client: Client) -> None:
    whistle = to_consultation(world)
    case = whistle.case
    assert "记录会商结果" in page(client, world.county_dispatcher, reverse("queue"))
    assert "记录会商结果" in page(client, world.county_dispatcher, reverse("home"))
    assert "会商中" in page(client, world.street_dispatcher, reverse("queue") + "?turn=units")
    banner = page(client, world.street_secretary, case.get_absolute_url())
    assert "建议升级" in banner
    assert "待上一级会商" in banner
    refused(
        send(client, world.street_dispatcher, of_case(case, "consult"), decision="由中队牵头"), status=409
    )
    form = page(client, world.county_dispatcher, of_case(case, "consult"))
    assert "各方异议" in form
    assert "会商决定" in form
    typed: dict[str, object] = {
        "lead": world.units["enforcement"].pk,
        "assists": [world.units["market"].pk, world.units["enforcement"].pk],
        "participants": "区指挥中心、街道",
        "held_on": "2026-11-23",
    }
    refused(send(client, world.county_dispatcher, of_case(case, "consult"), **typed), "区指挥中心、街道")
    made(
        send(client, world.county_dispatcher, of_case(case, "consult"), decision="由中队牵头。", **typed),
        case,
    )
    after = page(client, world.street_dispatcher, case.get_absolute_url())
    assert "会商指定" in after
    assert "为最终决定" in after
    assert "/object_to/" not in page(client, world.enforcement_liaison, case.get_absolute_url())
    assert Whistle.objects.get(pk=whistle.pk).objections_open == 0


def test_a_case_page_without_side_paths_asks_nothing_for_them(
    world: World, client: Client, django_assert_max_num_queries: object
) -> None:
    plain = dispatched(world)[0]
    client.force_login(world.street_dispatcher)
    client.get(plain.whistle.case.get_absolute_url())
    with django_assert_max_num_queries(40) as counted:  # type: ignore[operator]
        client.get(plain.whistle.case.get_absolute_url())
    before = len(counted)
    objected(world, plain)
    assert Assignment.objects.get(pk=plain.pk).status == "objected"
    with django_assert_max_num_queries(before + 1):  # type: ignore[operator]
        client.get(plain.whistle.case.get_absolute_url())


@pytest.mark.parametrize(("moment", "offers"), [("2026-11-24 16:59", True), ("2026-11-25 09:00", False)])
def test_the_button_and_the_service_know_the_same_window(
    world: World, client: Client, moment: str, offers: bool
) -> None:
    lead = dispatched(world)[0]
    url = of_duty(lead, "object_to")
    with time_machine.travel(at(moment), tick=False):
        case = page(client, world.enforcement_liaison, lead.whistle.case.get_absolute_url())
        form = page(client, world.enforcement_liaison, url)
    assert (url in case) is offers
    said = "异议期限至2026-11-24 17:00"
    assert (said in case, said in form) == (not offers, not offers)
