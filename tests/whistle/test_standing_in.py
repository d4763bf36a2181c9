"""In the whistle: a stand-in acts for the absent, and the record says so; whoever is on duty hears at any hour."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kunming_portal.accounts.models import Absence, User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.duty.models import DutyShift
from kunming_portal.notifications.models import Delivery, Notice
from tests.whistle.people import NOW, World, at, blown, dispatched, objected, opened, plan, whistle_of
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import CaseDeadline


def away(user: User, stand_in: User) -> None:
    today = timezone.localdate()
    Absence.objects.create(
        user=user,
        stand_in=stand_in,
        starts_on=today,
        ends_on=today,
        reason="leave",
        recorded_by=user,
        recorded_at=NOW,
    )


def on_duty(world: World, user: User, unit: str, start: datetime = NOW) -> DutyShift:
    return DutyShift.objects.create(
        unit=world.units[unit],
        user=user,
        starts_at=start,
        ends_at=start + timedelta(hours=20),
        entered_by=user,
    )


def test_the_stand_in_signs_and_the_record_says_for_whom(world: World, client: Client) -> None:
    lead = dispatched(world)[0]
    away(world.enforcement_liaison, world.market_liaison)
    services.sign(assignment=lead, by=world.market_liaison, now=NOW)
    event = AuditEvent.objects.get(event="assignment.signed")
    assert (event.actor_name, event.data["for"], event.unit_name) == (
        "market_liaison",
        "enforcement_liaison",
        "城管执法中队",
    )
    client.force_login(world.enforcement_leader)
    client.cookies["django_language"] = "en"
    html = client.get(lead.whistle.case.get_absolute_url()).content.decode()
    assert "market_liaison for enforcement_liaison" in html


def test_a_note_says_for_whom_too(world: World) -> None:
    case = dispatched(world, assists=0)[0].whistle.case
    away(world.enforcement_liaison, world.market_liaison)
    services.note(case=case, text="已到场。", by=world.market_liaison, now=NOW)
    assert AuditEvent.objects.get(event="case.noted").data["for"] == "enforcement_liaison"


def test_pressing_supervising_and_excluding_say_for_whom_too(world: World) -> None:
    lead, _assist = dispatched(world)
    away(world.street_secretary, world.enforcement_liaison)
    me = world.market_liaison
    away(world.street_dispatcher, me)
    services.press(whistle=lead.whistle, by=me, now=NOW)
    services.issue_notice(whistle=lead.whistle, unit=lead.unit, text="限期办结", by=me, now=NOW)
    asked = services.ask_exclusion(
        whistle=lead.whistle, ground="force", reason="暴雨", by=world.community_secretary, now=NOW
    )
    services.decide_exclusion(
        exclusion=asked, granted=True, decision="属实", by=world.enforcement_liaison, now=NOW
    )
    said = dict(AuditEvent.objects.filter(data__has_key="for").values_list("event", "data__for"))
    assert said == {
        "whistle.pressed": "street_dispatcher",
        "supervision.issued": "street_dispatcher",
        "exclusion.granted": "street_secretary",
    }


def test_ones_own_appointment_needs_no_such_words(world: World) -> None:
    lead = dispatched(world)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    assert "for" not in AuditEvent.objects.get(event="assignment.signed").data


def test_the_role_switch_shows_for_whom(world: World, client: Client) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    client.force_login(world.market_liaison)
    client.cookies["django_language"] = "en"
    assert "standing in for enforcement_liaison" in client.get(reverse("duties")).content.decode()


def test_a_stand_in_does_not_sign_off_what_they_blew(world: World) -> None:
    away(world.community_secretary, world.community_worker)
    whistle = whistle_of(opened(world, kind="general"))
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    assert whistle.status == "awaiting_approval"
    with pytest.raises(MoveRefused) as refused:
        services.approve(whistle=whistle, by=world.community_worker, now=NOW)
    assert refused.value.code == "four_eyes"
    services.approve(whistle=whistle, by=world.community_secretary, now=NOW)


def test_a_stand_in_does_not_decide_what_they_asked_for(world: World) -> None:
    """The liaison stands in for the dispatcher and for the secretary of the same seat."""
    me = world.enforcement_liaison
    away(world.street_dispatcher, me)
    away(world.street_secretary, me)
    lead, assist = dispatched(world)
    whistle = lead.whistle
    services.sign(assignment=lead, by=me, now=NOW)
    services.extend(assignment=lead, days=1, reason="等待管线单位", by=me, now=NOW)
    services.ask_hold(assignment=lead, plan=plan(), by=me, now=NOW)
    asked = services.ask_exclusion(
        whistle=whistle, assignment=lead, ground="force", reason="暴雨", by=me, now=NOW
    )
    decided = {"is_granted": True, "by": me, "now": NOW}
    for decide in (
        lambda: services.decide_extension(whistle=whistle, **decided),  # type: ignore[arg-type]
        lambda: services.decide_hold(whistle=whistle, **decided),  # type: ignore[arg-type]
        lambda: services.decide_exclusion(exclusion=asked, granted=True, decision="属实", by=me, now=NOW),
    ):
        with pytest.raises(MoveRefused) as refused:
            decide()
        assert refused.value.code == "four_eyes"
    services.decide_hold(
        whistle=whistle, is_granted=False, decision="不符", by=world.street_secretary, now=NOW
    )
    objected(world, lead)
    with pytest.raises(MoveRefused) as refused:
        services.decide_objection(assignment=lead, upheld=False, decision="应办", by=me, now=NOW)
    assert refused.value.code == "four_eyes"
    objected(world, assist)
    services.consult(
        whistle=whistle,
        lead=world.units["enforcement"],
        decision="由执法中队牵头",
        participants="街道、执法中队",
        held_on=NOW.date(),
        by=world.county_dispatcher,
        now=NOW,
    )


def test_a_call_is_told_to_the_stand_in_instead(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    dispatched(world, assists=0)
    told = set(Notice.objects.filter(kind="whistle.dispatch").values_list("recipient__username", flat=True))
    assert "enforcement_liaison" not in told
    assert {"market_liaison", "enforcement_leader"} <= told


def test_red_lights_reach_the_person_on_duty_at_night(world: World) -> None:
    """The secretary of the office seat is on duty at the office; the centre's dispatch clock turns red."""
    on_duty(world, world.street_secretary, "street_office")
    blown(world)
    deadline = CaseDeadline.objects.get(step="dispatch")
    DutyShift.objects.update(starts_at=deadline.due_at, ends_at=deadline.due_at + timedelta(hours=12))

    def sweep(moment: datetime | None) -> set[str]:
        assert moment is not None
        Notice.objects.all().delete()
        timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=moment)
        return set(Notice.objects.values_list("recipient__username", flat=True))

    assert "street_secretary" not in sweep(deadline.yellow_at)
    assert {"street_secretary", "street_dispatcher"} <= sweep(deadline.due_at)


def test_an_emergency_wakes_the_person_on_duty_and_everybody_else(world: World) -> None:
    night = at("2026-11-24 23:30")
    on_duty(world, world.street_secretary, "street_office", at("2026-11-24 17:30"))
    blown(world, kind="emergency", now=night)
    moments = dict(Delivery.objects.values_list("notice__recipient__username", "due_at"))
    assert moments["street_secretary"] == night
    assert moments["street_dispatcher"] == night


def test_other_whistles_wait_for_the_morning_but_not_for_the_person_on_duty(world: World) -> None:
    night = at("2026-11-24 23:30")
    on_duty(world, world.street_dispatcher, "street_centre", at("2026-11-24 17:30"))
    whistle = whistle_of(opened(world, now=night))
    services.blow(whistle=whistle, by=world.community_worker, now=night)
    assert Delivery.objects.get(notice__recipient=world.community_secretary).due_at == at("2026-11-25 07:00")
    services.approve(whistle=whistle, by=world.community_secretary, now=night)
    assert Delivery.objects.get(notice__recipient=world.street_dispatcher).due_at == night


def test_the_rail_says_who_is_on_duty(world: World, client: Client) -> None:
    now = timezone.now()
    on_duty(world, world.street_secretary, "street_office", now - timedelta(hours=1))
    on_duty(world, world.county_dispatcher, "county_centre", now - timedelta(hours=1))
    client.force_login(world.street_dispatcher)
    foot = client.get(reverse("home")).context["shell"].foot
    assert len(foot) == 1
    assert "street_secretary" in foot[0]
