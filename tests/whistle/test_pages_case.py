"""The case page over HTTP: who sees it, what it says, how much it asks the database."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.organisations.models import Unit
from tests.whistle.people import (
    COUNTY,
    NOW,
    STREET,
    World,
    blown,
    dispatched,
    fed_back,
    opened,
    person,
    unit,
    whistle_of,
    worked,
)
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, Whistle


def page_of(client: Client, user: User, pk: int, query: str = "") -> str:
    client.force_login(user)
    response = client.get(reverse("case", args=[pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def crowd(world: World, whistle: Whistle, number: int) -> list[Assignment]:
    """Dispatch a street whistle to so many units."""
    units: list[Unit] = [world.units["enforcement"]]
    for at in range(number - 1):
        extra = unit(f"extra{at}", f"协办{at}队", "force", STREET)
        person(f"liaison{at}", "liaison", extra)
        units.append(extra)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    return services.dispatch(
        whistle=whistle, lead=units[0], assists=units[1:], by=world.street_dispatcher, now=NOW
    )


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_the_page_says_whose_turn_how_long_and_what_now(world: World, client: Client) -> None:
    duties = dispatched(world)
    case = duties[0].whistle.case
    html = page_of(client, world.enforcement_liaison, case.pk)
    assert case.title in html
    assert "城管执法中队" in html
    assert "市场监督管理所" in html
    assert reverse("assignment-move", args=[duties[0].pk, "sign"]) in html
    assert reverse("assignment-move", args=[duties[1].pk, "sign"]) not in html
    assert html.count("btn-primary") == 2  # the same move at the desk and in the hand
    for deadline in CaseDeadline.objects.running().filter(case=case):
        assert reverse("deadline", args=[deadline.pk]) in html or deadline.step == "close"


@time_machine.travel(NOW, tick=False)
def test_a_foreign_case_is_not_there(world: World, client: Client) -> None:
    whistle = blown(world)
    deadline = CaseDeadline.objects.filter(case=whistle.case).first()
    assert deadline is not None
    client.force_login(world.stranger)
    for address in (
        reverse("case", args=[whistle.case_id]),
        reverse("deadline", args=[deadline.pk]),
        reverse("case-note", args=[whistle.case_id]),
        reverse("case-reporter", args=[whistle.case_id]),
        reverse("case-move", args=[whistle.case_id, "accept"]),
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address).status_code in {404, 405}, address


@time_machine.travel(NOW, tick=False)
def test_a_unit_sees_a_case_only_after_it_was_called(world: World, client: Client) -> None:
    whistle = blown(world)
    client.force_login(world.enforcement_liaison)
    assert client.get(reverse("case", args=[whistle.case_id])).status_code == 404
    crowd(world, whistle, 1)
    assert client.get(reverse("case", args=[whistle.case_id])).status_code == 200


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_the_page_asks_as_much_for_six_units_and_three_tiers_as_for_one(world: World, client: Client) -> None:
    small = crowd(world, blown(world), 1)[0].whistle.case
    large = crowd_of_three_tiers(world)
    client.force_login(world.city_official)
    counts = []
    for case in (small, large):
        client.get(reverse("case", args=[case.pk]))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            response = client.get(reverse("case", args=[case.pk]))
        assert response.status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 30


def crowd_of_three_tiers(world: World) -> Case:
    whistle = blown(world)
    Unit.objects.filter(code__startswith="extra").delete()
    duties = crowd(world, whistle, 6)
    second = services.upgrade(
        whistle=duties[0].whistle, reason="超出权限", by=world.street_secretary, now=NOW
    )
    services.accept(whistle=second, by=world.county_dispatcher, now=NOW)
    more = [unit(f"bureau{at}", f"第{at}局", "department", COUNTY) for at in range(2)]
    for at, bureau in enumerate(more):
        person(f"bureau{at}", "liaison", bureau)
    services.dispatch(
        whistle=second, lead=world.units["water_bureau"], assists=more, by=world.county_dispatcher, now=NOW
    )
    third = services.upgrade(whistle=second, reason="需市级统筹", by=world.county_secretary, now=NOW)
    services.accept(whistle=third, by=world.city_dispatcher, now=NOW)
    services.dispatch(whistle=third, lead=world.units["city_water"], by=world.city_dispatcher, now=NOW)
    return whistle.case


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_ended_tiers_are_folded_and_the_present_one_stands_first(world: World, client: Client) -> None:
    case = crowd_of_three_tiers(world)
    html = page_of(client, world.city_official, case.pk)
    assert html.count('<details class="kp-ended">') == 2
    assert html.index("昆明市水务局") < html.index('<details class="kp-ended">')
    assert "超出权限" in html
    assert "需市级统筹" in html


@time_machine.travel(NOW + timedelta(days=45), tick=False)
def test_timers_stand_in_the_history_with_planned_and_actual_moment(world: World, client: Client) -> None:
    case = dispatched(world)[0].whistle.case
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=NOW + timedelta(days=45))
    everything = page_of(client, world.street_dispatcher, case.pk)
    assert "because the timers stood still" in everything or "计时停过" in everything
    timed = page_of(client, world.street_dispatcher, case.pk, "?log=time")
    assert 'class="is-move' not in timed
    moved = page_of(client, world.street_dispatcher, case.pk, "?log=moves")
    assert "kp-shape is-over" not in moved.split('id="log"')[1].split("</section>")[0]


@time_machine.travel(NOW + timedelta(days=45), tick=False)
def test_an_upgrade_by_the_timer_names_the_system_once(world: World, client: Client) -> None:
    case = dispatched(world)[0].whistle.case
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=NOW + timedelta(days=45))
    history = page_of(client, world.street_dispatcher, case.pk).split('id="log"')[1]
    event = AuditEvent.objects.filter(event="case.upgraded").first()
    assert event is not None
    entry = history.split(f"<b>{event.actor_name}</b>")[1].split("<p>")[0]
    assert event.actor_name not in entry


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_the_history_pages_by_key(world: World, client: Client) -> None:
    case = dispatched(world)[0].whistle.case
    for at in range(30):
        services.note(
            case=case, text=f"第{at}次回访", by=world.street_dispatcher, now=NOW + timedelta(minutes=at)
        )
    first = page_of(client, world.street_dispatcher, case.pk)
    key = AuditEvent.objects.filter(stream=case.stream).order_by("-seq")[19].seq
    assert f"before={key}" in first
    assert "第29次回访" in first
    assert "第5次回访" not in first
    second = page_of(client, world.street_dispatcher, case.pk, f"?log=all&before={key}")
    assert "第5次回访" in second
    assert "第5次回访" in page_of(client, world.street_dispatcher, case.pk, f"?log=moves&before={key}")
    page_of(client, world.street_dispatcher, case.pk, "?log=nonsense&before=-1")


@time_machine.travel(NOW, tick=False)
def test_a_fragment_answers_htmx(world: World, client: Client) -> None:
    whistle = blown(world)
    client.force_login(world.street_dispatcher)
    response = client.get(reverse("case", args=[whistle.case_id]) + "?log=time", headers={"HX-Target": "log"})
    assert b"<html" not in response.content
    assert b'id="log"' in response.content


@time_machine.travel(NOW, tick=False)
def test_the_reporter_is_masked_and_revealed_for_a_reason_only(world: World, client: Client) -> None:
    case = opened(world, reporter_name="张桂兰", reporter_phone="13812341234")
    html = page_of(client, world.community_worker, case.pk)
    assert "张**" in html
    assert "138****1234" in html
    assert "张桂兰" not in html
    assert "13812341234" not in html
    address = reverse("case-reporter", args=[case.pk])
    assert "张桂兰" not in client.get(address).content.decode()
    refused = client.post(address, {"reason": " "})
    assert refused.status_code == 422
    assert "张桂兰" not in refused.content.decode()
    assert not AuditEvent.objects.filter(event="reporter.revealed").exists()
    shown = client.post(address, {"reason": "回访"})
    assert "张桂兰" in shown.content.decode()
    assert "13812341234" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    event = AuditEvent.objects.get(event="reporter.revealed")
    assert event.reason == "回访"
    assert event.actor_name == world.community_worker.name
    again = page_of(client, world.community_worker, case.pk)
    assert "张桂兰" not in again
    assert "13812341234" not in again


@time_machine.travel(NOW, tick=False)
def test_who_may_not_reveal_gets_a_sentence(world: World, client: Client) -> None:
    case = opened(world, reporter_name="张桂兰", reporter_phone="13812341234")
    client.force_login(world.street_dispatcher)
    assert reverse("case-reporter", args=[case.pk]) not in page_of(client, world.street_dispatcher, case.pk)
    answer = client.post(reverse("case-reporter", args=[case.pk]), {"reason": "想知道"})
    assert answer.status_code == 422
    assert "张桂兰" not in answer.content.decode()
    assert not AuditEvent.objects.filter(event="reporter.revealed").exists()


@time_machine.travel(NOW, tick=False)
def test_a_case_without_a_reporter_says_so(world: World, client: Client) -> None:
    case = opened(world)
    client.force_login(world.community_worker)
    answer = client.post(reverse("case-reporter", args=[case.pk]), {"reason": "回访"})
    assert answer.status_code == 422


@time_machine.travel(NOW, tick=False)
def test_a_note_is_added_and_refused(world: World, client: Client) -> None:
    case = dispatched(world)[0].whistle.case
    address = reverse("case-note", args=[case.pk])
    client.force_login(world.market_liaison)
    assert client.get(address).status_code == 200
    assert client.post(address, {"text": "明早断水。"}).status_code == 302
    html = page_of(client, world.market_liaison, case.pk)
    assert "明早断水。" in html
    short_name = world.market_liaison.appointments_in_force[0].unit.short_name
    assert f"<b>{short_name}</b> 补充情况" in html
    for text in ("", "好的👍", "水" * 1001, "找13812345678"):
        answer = client.post(address, {"text": text})
        assert answer.status_code == 422
        assert text in answer.content.decode()
    assert case.notes.count() == 1
    client.force_login(world.inspector)
    answer = client.post(address, {"text": "看看"})
    assert answer.status_code == 422
    assert "看看" in answer.content.decode()


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_a_closed_case_shows_no_clock_and_takes_no_note(world: World, client: Client) -> None:
    whistle = fed_back(world)
    services.verify(whistle=whistle, verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=whistle, by=world.community_worker, now=NOW)
    html = page_of(client, world.community_worker, whistle.case_id)
    assert "kp-light is-closed is-pill" in html
    assert reverse("case-note", args=[whistle.case_id]) not in html
    assert reverse("case-move", args=[whistle.case_id, "reopen"]) in html
    assert "kp-movebar" not in page_of(client, world.inspector, whistle.case_id)
    for name in ("case-note", "case-rewrite"):
        opened = client.get(reverse(name, args=[whistle.case_id]))
        assert opened["Location"] == reverse("case", args=[whistle.case_id])
    answer = client.post(reverse("case-note", args=[whistle.case_id]), {"text": "还有一句"})
    assert answer.status_code == 422
    assert "还有一句" in answer.content.decode()


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_not_solved_shows_the_two_ways_on(world: World, client: Client) -> None:
    whistle = fed_back(world)
    services.verify(whistle=whistle, verdict="not_solved", by=world.community_worker, now=NOW)
    html = page_of(client, world.community_worker, whistle.case_id)
    assert reverse("case-move", args=[whistle.case_id, "rework"]) in html
    assert reverse("case-move", args=[whistle.case_id, "close"]) not in html
    assert "kp-unsolved" in html


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_the_worksheet_of_every_deadline_explains_it(world: World, client: Client) -> None:
    duties = dispatched(world)
    worked(world, duties[1])
    client.force_login(world.street_dispatcher)
    for deadline in CaseDeadline.objects.filter(case=duties[0].whistle.case):
        response = client.get(reverse("deadline", args=[deadline.pk]))
        assert response.status_code == 200
        assert b"kp-sheet" in response.content
        assert b"kp-ruler" in response.content


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("kind", ["emergency", "enforcement", "general"])
def test_every_kind_of_clock_has_a_page(world: World, client: Client, kind: str) -> None:
    case = dispatched(world, kind=kind)[0].whistle.case
    page_of(client, world.street_dispatcher, case.pk)
    for deadline in CaseDeadline.objects.filter(case=case):
        assert client.get(reverse("deadline", args=[deadline.pk])).status_code == 200


@time_machine.travel(NOW, tick=False)
def test_a_provisional_limit_says_so(world: World, client: Client) -> None:
    case = dispatched(world)[0].whistle.case
    CaseDeadline.objects.filter(case=case).update(provisional=True)
    assert "kp-provisional" in page_of(client, world.street_dispatcher, case.pk)


@time_machine.travel(NOW, tick=False)
def test_what_was_typed_is_shown_as_text_never_as_markup(world: World, client: Client) -> None:
    case = opened(world, description="<script>alert(1)</script>路面塌陷", place="<b>门口</b>")
    assert whistle_of(case).status == "draft"
    html = page_of(client, world.community_worker, case.pk)
    assert "<script>alert(1)" not in html
    assert "<b>门口</b>" not in html
