"""Blowing over HTTP: six fields, one case, whatever is typed or pressed twice."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import moments
from tests.whistle.people import NOW, START, World, at, opened, whistle_of
from whistle import services
from whistle.models import Case, Kind, Reporter, Whistle

ADDRESS = "/cases/new/"
WHAT = "西坝路140号门口人行道井盖塌了半边，下面是空的。"


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def kind(code: str) -> int:
    return Kind.objects.get(code=code).pk


def form(**more: object) -> dict[str, object]:
    typed = {
        "description": WHAT,
        "kind": kind("general"),
        "place": "西坝路140号",
        "urgent": "no",
        "submission": str(uuid.uuid4()),
    }
    return typed | more


def send(client: Client, user: User, **more: object) -> HttpResponse:
    client.force_login(user)
    return client.post(ADDRESS, form(**more))  # type: ignore[return-value]


def test_a_community_worker_blows_at_once(world: World, client: Client) -> None:
    response = send(client, world.community_worker, tried=["signs", "property"], tried_more="围了绳子")
    case = Case.objects.get()
    assert response.status_code == 302
    assert response["Location"] == case.get_absolute_url()
    whistle = whistle_of(case)
    assert (whistle.tier, whistle.status, whistle.caller) == (
        1,
        "awaiting_approval",
        world.units["community"],
    )
    assert case.title
    assert case.title in WHAT
    assert "围了绳子" in case.tried
    assert Notice.objects.filter(recipient=world.community_secretary).exists()


def test_the_page_has_at_most_six_fields(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    html = client.get(ADDRESS).content.decode()
    body = html.split('id="blow"')[1].split("</form>")[0]
    # what with its kind, where, urgent, photos with their place, already tried, who reported (folded: and its number)
    assert body.count('class="kp-field') - body.count("kp-fields") <= 12
    assert body.count('type="file"') == 1
    assert body.count('name="submission"') == 1
    for never in ("reporter_name", "reporter_phone"):
        control = body.split(f'name="{never}"')[1].split(">")[0]
        assert "data-draft-field" not in control


def test_urgent_takes_the_emergency_kind_and_goes_out_without_sign_off(world: World, client: Client) -> None:
    send(client, world.community_worker, urgent="yes")
    whistle = whistle_of(Case.objects.get())
    assert (whistle.kind.code, whistle.status) == ("emergency", "awaiting_acceptance")
    client.post(ADDRESS, {"description": WHAT, "place": "门口", "urgent": "yes"})
    assert Case.objects.count() == 2  # no tile needed


def test_sending_twice_writes_one_case(world: World, client: Client) -> None:
    same = str(uuid.uuid4())
    first = send(client, world.community_worker, submission=same)
    second = send(client, world.community_worker, submission=same)
    assert first["Location"] == second["Location"]
    assert Case.objects.count() == 1
    assert AuditEvent.objects.filter(event="whistle.blown").count() == 1


def test_something_else_sent_from_a_page_gone_back_to_is_not_lost(world: World, client: Client) -> None:
    same = str(uuid.uuid4())
    send(client, world.community_worker, submission=same)
    again = send(client, world.community_worker, submission=same, description="路灯不亮，晚上看不见")
    html = again.content.decode()
    assert again.status_code == 409
    assert "路灯不亮，晚上看不见" in html
    assert Case.objects.count() == 1
    fresh = html.split('name="submission" value="')[1].split('"')[0]
    send(client, world.community_worker, submission=fresh, description="路灯不亮，晚上看不见")
    assert Case.objects.count() == 2


def test_a_form_sent_again_does_not_blow_a_draft_that_came_back(world: World, client: Client) -> None:
    same = str(uuid.uuid4())
    Kind.objects.filter(code="general").update(approval_tiers=[1])
    send(client, world.community_worker, submission=same)
    whistle = whistle_of(Case.objects.get())
    services.send_back(whistle=whistle, reason="写清楚地点", by=world.community_secretary, now=NOW)
    send(client, world.community_worker, submission=same)
    assert whistle_of(Case.objects.get()).status == "draft"


def test_a_submission_of_somebody_else_shows_nothing_of_theirs(world: World, client: Client) -> None:
    same = str(uuid.uuid4())
    send(client, world.community_worker, submission=same)
    theirs = send(client, world.stranger, submission=same)
    assert theirs["Location"] != Case.objects.order_by("id")[0].get_absolute_url()
    assert Case.objects.count() == 2


def test_the_browser_cuts_nothing_off(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    text_area = client.get(ADDRESS).content.decode().split('name="description"')[1].split(">")[0]
    assert "maxlength" not in text_area


def test_what_the_secretary_asked_stands_where_it_is_written_again(world: World, client: Client) -> None:
    case = opened(world)
    services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    services.send_back(
        whistle=whistle_of(case), reason="请说清是哪几根灯杆", by=world.community_secretary, now=NOW
    )
    client.force_login(world.community_worker)
    rewriting = reverse("case-rewrite", args=[case.pk])
    assert "请说清是哪几根灯杆" in client.get(rewriting).content.decode()
    page = client.get(case.get_absolute_url()).content.decode()
    assert "书记退回补充：请说清是哪几根灯杆" in page
    assert "不计时" in page
    assert rewriting in client.get(reverse("home")).content.decode()


def test_two_different_forms_write_two_cases(world: World, client: Client) -> None:
    send(client, world.community_worker)
    send(client, world.community_worker, looked="yes")  # it was asked whether this is the same matter
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("description", ""),
        ("description", "塌" * 501),
        ("description", "井盖塌了😱"),
        ("description", "井盖塌了，找13812345678"),
        ("description", "井盖塌了，身份证11010519491231002X"),
        ("place", ""),
        ("place", "路" * 121),
        ("place", "门口👍"),
        ("place", "门口，138 1234 5678"),
        ("tried_more", "找过13812345678"),
        ("reporter_phone", "一三八"),
        ("reporter_name", "张" * 41),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(
    world: World, client: Client, field: str, text: str
) -> None:
    response = send(
        client, world.community_worker, **{"tried": ["signs"], "reporter_name": "张桂兰", field: text}
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in html
    assert text in html and "西坝路140号" in html if field != "place" else text in html
    assert (
        'value="signs" id="id_tried_0" checked' in html
        or "checked" in html.split('value="signs"')[1].split(">")[0]
    )
    assert not Case.objects.exists()


def test_the_reporter_is_encrypted_and_nowhere_else(world: World, client: Client) -> None:
    response = send(
        client, world.community_worker, reporter_name="张桂兰", reporter_phone="+86 138 1234 1234"
    )
    case = Case.objects.get()
    row = Reporter.objects.get(case=case)
    assert "张桂兰" not in row.name_cipher
    assert "13812341234" not in row.phone_cipher
    assert services.masked_reporter(case) == ("张**", "138****1234")
    html = client.get(response["Location"]).content.decode()
    assert "张桂兰" not in html
    assert "13812341234" not in html
    with connection.cursor() as cursor:
        for table in ("whistle_case", "whistle_whistle", "audit_auditevent", "notifications_notice"):
            cursor.execute(
                f"select count(*) from {table} t where t::text like any(array['%张桂兰%', '%13812341234%'])"
            )
            assert cursor.fetchone()[0] == 0, table


def test_afterwards_tells_the_real_moments(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    ordinary = client.get(ADDRESS).content.decode()
    assert "15:00" in ordinary  # sign-off: four working hours from ten o'clock, without the lunch break
    urgent = client.get(ADDRESS + "?urgent=yes", headers={"HX-Target": "afterwards"}).content.decode()
    assert "<html" not in urgent
    assert "10:15" in urgent
    assert "10:45" in urgent


def test_afterwards_crosses_national_day(world: World, client: Client) -> None:
    with time_machine.travel(at("2026-09-30 10:00"), tick=False):
        client.force_login(world.community_secretary)
        html = client.get(ADDRESS).content.decode()
    # signs off herself; four working hours to dispatch; report-in three days later: 8, 9 and the make-up 10 October
    assert "15:00" in html
    with translation.override("zh-hans"):
        assert moments.moment(at("2026-10-10 17:00"), at("2026-09-30 10:00")) in html


def test_times_without_a_script(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    response = client.post(ADDRESS, form(urgent="yes", times="1", reporter_name="张桂兰"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "10:15" in html
    assert WHAT in html
    assert "张桂兰" in html
    assert not Case.objects.exists()


def test_a_street_and_a_county_blow_to_the_next_tier(world: World, client: Client) -> None:
    send(client, world.street_dispatcher, kind=kind("hard"))
    send(client, world.county_dispatcher, kind=kind("key"))
    found = [(w.tier, w.receiver) for w in Whistle.objects.order_by("tier")]
    assert found == [(2, world.units["county_centre"]), (3, world.units["city_centre"])]


def test_a_kind_of_another_tier_is_refused(world: World, client: Client) -> None:
    response = send(client, world.community_worker, kind=kind("key"))
    assert response.status_code == 422
    assert WHAT in response.content.decode()


@pytest.mark.parametrize("who", ["city_dispatcher", "enforcement_liaison", "inspector", "system_admin"])
def test_who_cannot_blow_gets_a_sentence(world: World, client: Client, who: str) -> None:
    user = world.people[who]
    client.force_login(user)
    response = client.get(ADDRESS)
    assert response.status_code == 403
    assert "kp-refused" in response.content.decode()
    assert send(client, user).status_code == 403
    assert not Case.objects.exists()


def test_somebody_of_two_units_chooses_the_caller(world: World, client: Client) -> None:
    worker = world.community_worker
    client.force_login(worker)
    assert "?caller=" not in client.get(ADDRESS).content.decode().replace(
        f"?caller={world.units['community'].pk}", ""
    )
    Appointment.objects.create(
        user=worker, role="dispatcher", unit=world.units["street_centre"], starts_on=START
    )
    street = world.units["street_centre"]
    html = client.get(f"{ADDRESS}?caller={street.pk}").content.decode()
    assert f'href="?caller={world.units["community"].pk}"' in html
    assert "攻坚哨" in html or "Hard matter" in html
    send(client, worker, caller=street.pk, kind=kind("hard"))
    assert Whistle.objects.get().caller == street
    # somebody else's unit is not on offer: the first own one is taken
    send(client, worker, caller=world.units["county_centre"].pk)
    assert Whistle.objects.order_by("-id")[0].caller == world.units["community"]


def test_without_a_centre_above_it_says_so_and_keeps_everything(world: World, client: Client) -> None:
    Unit.objects.filter(code="street_centre").update(valid_to=NOW.date() - timedelta(days=1))
    response = send(client, world.community_worker)
    assert response.status_code == 409
    assert WHAT in response.content.decode()
    assert not Case.objects.exists()


def test_the_page_costs_few_queries(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    client.get(ADDRESS)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(ADDRESS).status_code == 200
    # among them the compounds to choose from, and the undertakings that wait (the rail)
    assert len(seen) <= 19, [query["sql"][:120] for query in seen]


def test_a_draft_is_rewritten_then_blown(world: World, client: Client) -> None:
    case = opened(world, reporter_name="张桂兰", reporter_phone="13812341234")
    address = reverse("case-rewrite", args=[case.pk])
    client.force_login(world.community_worker)
    page = client.get(address).content.decode()
    assert case.description in page
    assert "张桂兰" not in page
    assert client.post(address, form(description="")).status_code == 422
    answer = client.post(address, form(description="井盖丢了，路口很暗。", expected=case.version))
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.description == "井盖丢了，路口很暗。"
    assert services.masked_reporter(case) == ("张**", "138****1234")
    stale = client.post(address, form(description="另一句没有丢的话", expected=case.version - 1))
    assert stale.status_code == 409
    assert "另一句没有丢的话" in stale.content.decode()
    services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    late = client.post(address, form(description="又一句没有丢的话"))
    assert late.status_code == 409
    assert "又一句没有丢的话" in late.content.decode()
    client.force_login(world.stranger)
    assert client.get(address).status_code == 404
