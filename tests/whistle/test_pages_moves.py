"""Every move over HTTP: made, refused, made twice, made on an outdated page; what was typed is never lost."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from kunming_portal.accounts.models import User
from tests.whistle.people import NOW, World, blown, dispatched, fed_back, opened, whistle_of, worked
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, Kind, Whistle
from whistle.workflow import MOVES, Move, MoveRule

LATER = NOW + timedelta(hours=1)
TYPED = "只有我写过的一句话"


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(LATER, tick=False):
        yield


def send(client: Client, user: User, address: str, **typed: object) -> HttpResponse:
    client.force_login(user)
    return client.post(address, typed)  # type: ignore[return-value]


def of_case(case: Case, move: str) -> str:
    return reverse("case-move", args=[case.pk, move])


def of_duty(duty: Assignment, move: str) -> str:
    return reverse("assignment-move", args=[duty.pk, move])


def version(case: Case) -> int:
    return Case.objects.get(pk=case.pk).version


def made(response: HttpResponse, case: Case) -> None:
    """The move was made: back to the case, with a sentence that says what was done."""
    assert response.status_code == 302, response.content.decode()[-3000:]
    assert response["Location"] == case.get_absolute_url()
    assert list(get_messages(response.wsgi_request))  # type: ignore[attr-defined]


def refused(response: HttpResponse, *kept: str, status: int = 422) -> str:
    """The move was refused on its page, with everything that was typed."""
    html = response.content.decode()
    assert response.status_code == status
    for text in kept:
        assert text in html
    return html


# -- each move -------------------------------------------------------------------------------------------
def test_a_sent_back_draft_is_blown_again(world: World, client: Client) -> None:
    whistle = whistle_of(opened(world))
    case = whistle.case
    made(send(client, world.community_worker, of_case(case, "blow")), case)
    assert whistle_of(case).status == "awaiting_approval"
    refused(send(client, world.community_worker, of_case(case, "blow")), status=409)


def test_the_secretary_signs_off_or_sends_back(world: World, client: Client) -> None:
    whistle = whistle_of(opened(world))
    case = whistle.case
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    refused(send(client, world.community_worker, of_case(case, "approve")), status=409)
    refused(send(client, world.community_secretary, of_case(case, "send_back"), reason=""))
    made(send(client, world.community_secretary, of_case(case, "send_back"), reason="地点写清楚"), case)
    assert whistle_of(case).status == "draft"
    services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    made(send(client, world.community_secretary, of_case(case, "approve")), case)
    assert whistle_of(case).status == "awaiting_acceptance"


def test_a_whistle_is_accepted_and_dispatched(world: World, client: Client) -> None:
    case = blown(world).case
    made(send(client, world.street_dispatcher, of_case(case, "accept")), case)
    page = client.get(of_case(case, "dispatch")).content.decode()
    assert "城管执法中队" in page
    assert "街道无人办" in page
    assert "disabled" in page
    assert "五华区水务局" not in page  # another level
    lead, helper = world.units["enforcement"], world.units["market"]
    refused(send(client, world.street_dispatcher, of_case(case, "dispatch"), instruction=TYPED), TYPED)
    twice = {"lead": lead.pk, "assists": [lead.pk], "instruction": TYPED}
    refused(send(client, world.street_dispatcher, of_case(case, "dispatch"), **twice), TYPED, status=409)
    empty = {"lead": world.units["empty"].pk, "instruction": TYPED}
    html = refused(
        send(client, world.street_dispatcher, of_case(case, "dispatch"), **empty), TYPED, status=409
    )
    assert 'id="id_lead_error"' in html
    foreign = {"lead": world.units["water_bureau"].pk, "instruction": TYPED}
    refused(send(client, world.street_dispatcher, of_case(case, "dispatch"), **foreign), TYPED)
    assert not Assignment.objects.exists()
    right = {"lead": lead.pk, "assists": [helper.pk], "instruction": "先止水"}
    made(send(client, world.street_dispatcher, of_case(case, "dispatch"), **right), case)
    assert [duty.unit for duty in Assignment.objects.order_by("-is_lead")] == [lead, helper]


def test_a_unit_signs_reports_in_and_feeds_back(world: World, client: Client) -> None:
    duty = dispatched(world, assists=0)[0]
    case, liaison = duty.whistle.case, world.enforcement_liaison
    made(send(client, liaison, of_duty(duty, "sign")), case)
    refused(send(client, liaison, of_duty(duty, "sign")), status=409)
    page = client.get(of_duty(duty, "report_in")).content.decode()
    assert f'value="{liaison.name}"' in page
    refused(
        send(client, liaison, of_duty(duty, "report_in"), person="王磊", phone="不知道"), "王磊", "不知道"
    )
    refused(send(client, liaison, of_duty(duty, "report_in"), person="王磊", phone=""), "王磊")
    future = {"person": "王磊", "phone": "13800000011", "arrived_at": "2026-11-24T10:00"}
    refused(send(client, liaison, of_duty(duty, "report_in"), **future), "王磊", "2026-11-24", status=409)
    made(send(client, liaison, of_duty(duty, "report_in"), person="王磊", phone="138 0000 0011"), case)
    duty.refresh_from_db()
    assert (duty.reported_phone, duty.reported_at) == ("13800000011", LATER)
    refused(send(client, liaison, of_duty(duty, "feed_back"), measures="", met_whom=TYPED), TYPED)
    made(send(client, liaison, of_duty(duty, "feed_back"), measures="已清理。", met_whom="物业"), case)
    assert whistle_of(case).status == "awaiting_verification"


def test_reporting_in_at_the_minute_of_the_call(world: World, client: Client) -> None:
    duty = dispatched(world, now=NOW + timedelta(seconds=30), assists=0)[0]
    services.sign(assignment=duty, by=world.enforcement_liaison, now=LATER)
    typed = {"person": "王磊", "phone": "13800000011", "arrived_at": "2026-11-23T10:00"}
    made(send(client, world.enforcement_liaison, of_duty(duty, "report_in"), **typed), duty.whistle.case)


def test_the_caller_verifies_rates_and_closes(world: World, client: Client) -> None:
    whistle = fed_back(world)
    case, worker = whistle.case, world.community_worker
    page = client_page(client, worker, of_case(case, "verify"))
    assert "checked" not in page
    assert "已清理。" in page
    refused(send(client, worker, of_case(case, "verify"), comment=TYPED), TYPED)
    refused(send(client, worker, of_case(case, "verify"), verdict="perhaps", comment=TYPED), TYPED)
    typed = {"verdict": "partly", "satisfaction": "mostly", "comment": "还有一处"}
    made(send(client, worker, of_case(case, "verify"), **typed), case)
    duty = whistle.assignments.get(is_lead=True)
    assert "checked" not in client_page(client, worker, of_duty(duty, "evaluate"))
    refused(send(client, worker, of_duty(duty, "evaluate"), speed="good", comment=TYPED), TYPED)
    grades = {"speed": "good", "cooperation": "fair", "effect": "poor"}
    made(send(client, worker, of_duty(duty, "evaluate"), **grades), case)
    refused(send(client, worker, of_duty(duty, "evaluate"), **grades, comment=TYPED), TYPED, status=409)
    made(send(client, worker, of_case(case, "close")), case)
    case.refresh_from_db()
    assert case.status == "closed"


def test_a_verdict_alone_is_enough(world: World, client: Client) -> None:
    case = fed_back(world).case
    made(send(client, world.community_worker, of_case(case, "verify"), verdict="solved"), case)


def test_not_solved_cannot_be_closed_but_sent_back_for_rework(world: World, client: Client) -> None:
    whistle = fed_back(world)
    case, worker = whistle.case, world.community_worker
    made(send(client, worker, of_case(case, "verify"), verdict="not_solved"), case)
    refused(send(client, worker, of_case(case, "close")), status=409)
    assert "btn-primary" not in client_page(client, worker, of_case(case, "close"))
    refused(send(client, worker, of_case(case, "rework"), reason=TYPED), TYPED)
    lead = whistle.assignments.get(is_lead=True)
    refused(send(client, worker, of_case(case, "rework"), units=[lead.pk], reason=""))
    made(send(client, worker, of_case(case, "rework"), units=[lead.pk], reason="井盖没换"), case)
    lead.refresh_from_db()
    assert (lead.status, lead.reworks) == ("handling", 1)


def test_the_secretary_upgrades_to_the_next_tier(world: World, client: Client) -> None:
    case = dispatched(world)[0].whistle.case
    page = client_page(client, world.street_secretary, of_case(case, "upgrade"))
    assert "五华区网格指挥中心" in page
    kind = Kind.objects.get(code="hard")
    refused(send(client, world.street_secretary, of_case(case, "upgrade"), reason="", kind=kind.pk))
    wrong = Kind.objects.get(code="key")
    typed = {"reason": TYPED, "kind": wrong.pk}
    refused(send(client, world.street_secretary, of_case(case, "upgrade"), **typed), TYPED)
    typed = {"reason": "超出街道权限", "kind": kind.pk}
    made(send(client, world.street_secretary, of_case(case, "upgrade"), **typed), case)
    assert (whistle_of(case).tier, whistle_of(case).kind) == (2, kind)
    refused(
        send(client, world.street_dispatcher, of_case(case, "upgrade"), **typed), "超出街道权限", status=409
    )


def test_above_the_city_there_is_nobody(world: World, client: Client) -> None:
    second = services.upgrade(
        whistle=dispatched(world)[0].whistle, reason="x", by=world.street_secretary, now=NOW
    )
    services.accept(whistle=second, by=world.county_dispatcher, now=NOW)
    third = services.upgrade(whistle=second, reason="x", by=world.county_secretary, now=NOW)
    services.accept(whistle=third, by=world.city_dispatcher, now=NOW)
    page = client_page(client, world.county_secretary, of_case(third.case, "upgrade"))
    assert "btn-primary" not in page


# -- what goes wrong ----------------------------------------------------------------------------------------
def client_page(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_on_an_outdated_page_nothing_is_done_and_nothing_lost(world: World, client: Client) -> None:
    whistle = fed_back(world)
    case = whistle.case
    seen = version(case)
    services.verify(whistle=whistle, verdict="not_solved", by=world.community_secretary, now=LATER)
    lead = whistle.assignments.get(is_lead=True)
    typed = {"units": [lead.pk], "reason": TYPED, "expected": seen}
    html = refused(send(client, world.community_worker, of_case(case, "rework"), **typed), TYPED, status=409)
    assert "kp-clash" in html
    assert f'name="expected" value="{version(case)}"' in html
    assert world.community_secretary.name in html or "篆塘社区" in html
    lead.refresh_from_db()
    assert lead.reworks == 0
    again = typed | {"expected": version(case)}
    made(send(client, world.community_worker, of_case(case, "rework"), **again), case)


def test_when_the_move_has_become_impossible_the_text_stays_without_a_button(
    world: World, client: Client
) -> None:
    whistle = fed_back(world)
    case = whistle.case
    seen = version(case)
    services.verify(whistle=whistle, verdict="solved", by=world.community_secretary, now=LATER)
    typed = {"verdict": "partly", "comment": TYPED, "expected": seen}
    html = refused(send(client, world.community_worker, of_case(case, "verify"), **typed), TYPED, status=409)
    assert "kp-clash" in html
    assert "btn-primary" not in html
    assert Whistle.objects.get(pk=whistle.pk).verdict == "solved"


def test_a_button_of_an_outdated_page_is_refused(world: World, client: Client) -> None:
    case = blown(world).case
    seen = version(case)
    services.accept(whistle=whistle_of(case), by=world.street_dispatcher, now=LATER)
    html = refused(
        send(client, world.street_dispatcher, f"{of_case(case, 'accept')}?expected={seen}"), status=409
    )
    assert "kp-clash" in html


def test_sending_a_move_twice_makes_it_once(world: World, client: Client) -> None:
    case = fed_back(world).case
    typed = {"verdict": "solved", "expected": version(case)}
    made(send(client, world.community_worker, of_case(case, "verify"), **typed), case)
    refused(send(client, world.community_worker, of_case(case, "verify"), **typed), status=409)


def with_a_page() -> list[tuple[Move, MoveRule]]:
    """Return the moves people make; what only timers do has no page."""
    return [(move, rule) for move, rule in MOVES.items() if not rule.is_only_automatic]


def test_a_closed_case_answers_every_move_with_a_sentence(world: World, client: Client) -> None:
    whistle = fed_back(world)
    services.verify(whistle=whistle, verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=whistle, by=world.community_worker, now=NOW)
    lead = whistle.assignments.get(is_lead=True)
    full = {
        "reason": TYPED,
        "verdict": "solved",
        "comment": TYPED,
        "units": [lead.pk],
        "measures": TYPED,
        "person": "王磊",
        "phone": "13800000011",
        "speed": "good",
        "cooperation": "good",
        "effect": "good",
        "lead": world.units["enforcement"].pk,
        "kind": Kind.objects.get(code="hard").pk,
    }
    for move, rule in with_a_page():
        address = of_duty(lead, move) if rule.is_about_assignment else of_case(whistle.case, move)
        client_page(client, world.community_worker, address)
        response = send(client, world.community_worker, address, **full)
        assert response.status_code in {409, 422}, move
    assert Whistle.objects.get(pk=whistle.pk).status == "closed"


def test_a_foreign_case_has_no_moves(world: World, client: Client) -> None:
    duty = dispatched(world)[0]
    client.force_login(world.other_dispatcher)
    for move, rule in MOVES.items():
        address = of_duty(duty, move) if rule.is_about_assignment else of_case(duty.whistle.case, move)
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


def test_who_may_look_but_not_act_gets_a_sentence(world: World, client: Client) -> None:
    case = fed_back(world).case
    refused(
        send(client, world.inspector, of_case(case, "verify"), verdict="solved", comment=TYPED),
        TYPED,
        status=409,
    )
    assert whistle_of(case).status == "awaiting_verification"


def test_an_address_without_a_move_is_not_there(world: World, client: Client) -> None:
    duty = dispatched(world)[0]
    client.force_login(world.street_dispatcher)
    for address in (
        of_case(duty.whistle.case, "vanish"),
        of_case(duty.whistle.case, "sign"),
        of_duty(duty, "accept"),
    ):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("text", ["办" * 2001, "办好了👍", "电话13812345678", "证件11010519491231002X"])
def test_text_that_cannot_be_kept_is_refused_at_its_field(world: World, client: Client, text: str) -> None:
    duty = dispatched(world, assists=0)[0]
    liaison = world.enforcement_liaison
    services.sign(assignment=duty, by=liaison, now=NOW)
    services.report_in(assignment=duty, person="王磊", phone="0871-6000000", by=liaison, now=NOW)
    html = refused(send(client, liaison, of_duty(duty, "feed_back"), measures=text), text)
    assert 'id="id_measures_error"' in html
    duty.refresh_from_db()
    assert duty.status == "handling"


def test_a_move_needs_the_page_it_came_from(world: World) -> None:
    case = blown(world).case
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.street_dispatcher)
    assert strict.post(of_case(case, "accept")).status_code == 403
    assert whistle_of(case).status == "awaiting_acceptance"


def test_every_move_has_a_page_for_who_may_make_it(world: World, client: Client) -> None:
    """Each move's page opens, allowed or not; no page breaks because the case stands elsewhere."""
    duties = dispatched(world)
    worked(world, duties[0])
    for move, rule in with_a_page():
        address = (
            of_duty(duties[0], move) if rule.is_about_assignment else of_case(duties[0].whistle.case, move)
        )
        client_page(client, world.street_secretary, address)
    assert CaseDeadline.objects.running().exists()
    assert Move.SIGN in MOVES
