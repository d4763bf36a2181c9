"""The moves beside the main road over HTTP: made, refused with everything typed, shown to whom they concern."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.whistle.people import NOW, World, blown, dispatched, fed_back
from whistle import services
from whistle.models import Assignment, Case, Whistle

LATER = NOW + timedelta(hours=1)
TYPED = "只有我写过的一句话"


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(LATER, tick=False):
        yield


def address(case: Case, move: str) -> str:
    return reverse("case-move", args=[case.pk, move])


def returned(world: World) -> Whistle:
    return services.return_whistle(
        whistle=blown(world), reason="缺门牌号", by=world.street_dispatcher, now=NOW
    )


def closed(world: World) -> Whistle:
    whistle = services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)
    return services.close(whistle=whistle, by=world.community_worker, now=NOW)


Walk = Callable[[World], Whistle]
MOVES: list[tuple[str, Walk, str, dict[str, str], dict[str, str], str]] = [
    ("return", blown, "street_dispatcher", {"reason": ""}, {"reason": TYPED}, "returned"),
    (
        "complete",
        returned,
        "community_worker",
        {"text": "", "place": TYPED},
        {"text": TYPED},
        "awaiting_acceptance",
    ),
    ("withdraw", blown, "community_worker", {"reason": ""}, {"reason": TYPED}, "withdrawn"),
    (
        "answer",
        fed_back,
        "street_secretary",
        {"text": TYPED, "legal_basis": ""},
        {"text": TYPED, "legal_basis": "条例"},
        "answered",
    ),
    ("reopen", closed, "community_worker", {"reason": ""}, {"reason": TYPED}, "handling"),
    (
        "assess",
        fed_back,
        "street_dispatcher",
        {"opinion": "partly", "comment": TYPED},
        {"opinion": "partly", "cause": "information", "comment": TYPED},
        "awaiting_verification",
    ),
]


@pytest.mark.parametrize(("move", "walk", "name", "wrong", "right", "status"), MOVES)
def test_each_move_has_a_page_that_refuses_and_makes(
    world: World,
    client: Client,
    move: str,
    walk: Walk,
    name: str,
    wrong: dict[str, str],
    right: dict[str, str],
    status: str,
) -> None:
    case = walk(world).case
    url = address(case, move)
    client.force_login(world.people[name])
    assert url in client.get(case.get_absolute_url()).content.decode()
    page = client.get(url)
    assert page.status_code == 200
    assert page.content.decode().count("btn-primary") <= 2  # the same button on desk and phone
    refused = client.post(url, wrong)
    assert refused.status_code == 422
    assert all(text in refused.content.decode() for text in wrong.values() if text)
    filled = {"description": case.description, "place": case.place} | right if move == "complete" else right
    made = client.post(url, filled)
    assert (made.status_code, made["Location"]) == (302, case.get_absolute_url())
    assert Whistle.objects.get(case=case).status == status
    shown = client.get(case.get_absolute_url()).content.decode()
    assert TYPED in shown


def test_the_timers_move_has_no_page(world: World, client: Client) -> None:
    case = fed_back(world).case
    client.force_login(world.community_worker)
    assert client.get(address(case, "lapse")).status_code == 404
    assert client.post(address(case, "lapse")).status_code == 404


def test_after_the_window_the_page_says_what_else_there_is(world: World, client: Client) -> None:
    case = closed(world).case
    client.force_login(world.community_worker)
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        client.force_login(world.community_worker)
        assert address(case, "reopen") not in client.get(case.get_absolute_url()).content.decode()
        late = client.post(address(case, "reopen"), {"reason": TYPED})
    assert late.status_code == 409
    assert TYPED in late.content.decode()


def test_a_second_rework_suggests_an_upgrade_to_the_secretary_alone(world: World, client: Client) -> None:
    whistle = fed_back(world)
    lead = Assignment.objects.select_related("whistle").get(whistle=whistle, is_lead=True)
    for _time in range(2):
        whistle.refresh_from_db()
        services.rework(whistle=whistle, units=[lead], reason="还漏水", by=world.community_worker, now=NOW)
        lead.refresh_from_db()
        services.feed_back(assignment=lead, measures="再修。", by=world.enforcement_liaison, now=NOW)
    upgrade = address(whistle.case, "upgrade")
    client.force_login(world.street_secretary)
    assert upgrade in client.get(reverse("home")).content.decode()
    assert 'id="suggested"' in client.get(whistle.case.get_absolute_url()).content.decode()
    client.force_login(world.community_worker)
    assert 'id="suggested"' not in client.get(whistle.case.get_absolute_url()).content.decode()


@pytest.mark.parametrize("ending", ["final_answer", "withdrawn"])
def test_lists_find_cases_by_their_ending(world: World, client: Client, ending: str) -> None:
    gone = dispatched(world)[0].whistle
    services.withdraw(whistle=gone, reason="已解决", by=world.community_worker, now=NOW)
    final = dispatched(world)[0].whistle
    services.answer(whistle=final, text="无法办理", legal_basis="条例", by=world.street_secretary, now=NOW)
    wanted, other = (final, gone) if ending == "final_answer" else (gone, final)
    client.force_login(world.street_secretary)
    html = client.get(reverse("cases"), {"ending": ending}).content.decode()
    assert wanted.case.get_absolute_url() in html
    assert other.case.get_absolute_url() not in html
