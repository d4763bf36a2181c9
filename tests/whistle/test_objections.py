"""Objection and consultation: in time, once, decided, nothing counted against who was right, and no kick-around."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines.timers import ring_due
from kunming_portal.notifications.models import Notice
from kunming_portal.reporting.figures import counted_deadlines
from tests.whistle.people import NOW, World, at, dispatched, objected, plan, worked
from whistle import services
from whistle.guards import MoveRefused, can_move
from whistle.models import Assignment, CaseDeadline, Consultation, Extension, Hold, Objection, Whistle
from whistle.workflow import AssignmentStatus, Move, WhistleStatus

A, W = AssignmentStatus, WhistleStatus


def clock(duty: Assignment, step: str) -> CaseDeadline:
    return CaseDeadline.objects.get(assignment=duty, step=step)


def close_of(whistle: Whistle) -> CaseDeadline:
    return CaseDeadline.objects.get(whistle=whistle, step="close")


def fresh(duty: Assignment) -> Assignment:
    return Assignment.objects.select_related("unit", "whistle").get(pk=duty.pk)


def test_objecting_counts_as_signing_and_stops_the_units_own_clocks_but_not_the_case(world: World) -> None:
    lead = dispatched(world)[0]
    later = NOW + timedelta(hours=1)
    objection = objected(world, lead, now=later)
    assert (lead.status, lead.signed_at, lead.signed_by) == (A.OBJECTED, later, world.enforcement_liaison)
    assert clock(lead, "sign").outcome == "met"
    assert clock(lead, "report_in").paused_at == clock(lead, "feed_back").paused_at == later
    assert close_of(lead.whistle).paused_at is None
    due = CaseDeadline.objects.get(whistle=lead.whistle, step="objection")
    assert (due.due_at, due.assignment) == (
        at("2026-11-23 16:00"),
        None,
    )  # four working hours over the lunch break
    assert not objection.is_second
    told = set(Notice.objects.filter(kind="whistle.object_to").values_list("recipient__username", flat=True))
    assert {"street_dispatcher", "community_worker"} <= told


def test_an_upheld_objection_calls_the_other_unit_and_is_never_counted(world: World) -> None:
    lead, assist = dispatched(world)
    whistle, before = lead.whistle, close_of(lead.whistle)
    objected(world, lead)
    later = NOW + timedelta(hours=2)
    services.decide_objection(
        assignment=lead,
        upheld=True,
        replacement=world.units["construction"],
        decision="道路养护由城建办负责。",
        by=world.street_dispatcher,
        now=later,
    )
    new = Assignment.objects.get(whistle=whistle, unit=world.units["construction"])
    assert (fresh(lead).status, new.status, new.is_lead) == (A.RELEASED, A.AWAITING_SIGNATURE, True)
    assert clock(new, "feed_back").started_at == later
    assert close_of(whistle).due_at == before.due_at
    assert close_of(whistle).pk == before.pk
    assert {d.outcome for d in CaseDeadline.objects.filter(assignment=lead)} == {"met", "cancelled"}
    counted = counted_deadlines(world.city_official.scope("figures.view")).filter(assignment=lead)
    assert not counted.exists()  # it was never asked to do anything
    assert whistle.case.called_units
    assert new.unit_id in Whistle.objects.get(pk=whistle.pk).case.called_units
    for duty in (new, assist):
        worked(world, duty, now=later)
    whistle.refresh_from_db()
    services.verify(whistle=whistle, verdict="solved", by=world.community_worker, now=later)
    services.close(whistle=whistle, by=world.community_worker, now=later)
    assert whistle.status == W.CLOSED
    events = set(AuditEvent.objects.filter(stream=whistle.case.stream).values_list("event", flat=True))
    assert {"assignment.objected", "assignment.objection_decided"} <= events


def test_a_refused_objection_lets_the_clocks_go_on_by_exactly_the_time_it_took(world: World) -> None:
    lead = dispatched(world)[0]
    due = clock(lead, "report_in").due_at
    objected(world, lead, now=NOW + timedelta(hours=1))
    services.decide_objection(
        assignment=lead,
        upheld=False,
        decision="清单第12项列明由中队承办。",
        by=world.street_dispatcher,
        now=NOW + timedelta(hours=1, minutes=40),
    )
    moved = clock(lead, "report_in")
    assert moved.paused_at is None
    assert moved.due_at > due
    assert fresh(lead).status == A.AWAITING_REPORT_IN
    with pytest.raises(MoveRefused, match="一次异议"):
        objected(world, fresh(lead), now=NOW + timedelta(hours=2))


def test_an_assisting_unit_may_go_without_another_and_the_last_feedback_hands_over(world: World) -> None:
    lead, assist = dispatched(world)
    objected(world, assist)
    worked(world, lead)
    assert Whistle.objects.get(pk=lead.whistle_id).status == W.HANDLING
    services.decide_objection(
        assignment=fresh(assist), upheld=True, decision="不需要协办。", by=world.street_dispatcher, now=NOW
    )
    assert Whistle.objects.get(pk=lead.whistle_id).status == W.AWAITING_VERIFICATION


def test_the_lead_is_replaced_also_by_a_unit_that_assists_already(world: World) -> None:
    lead, assist = dispatched(world)
    objected(world, lead, suggested="market")
    with pytest.raises(MoveRefused, match="牵头单位须改派"):
        services.decide_objection(
            assignment=lead, upheld=True, decision="成立", by=world.street_dispatcher, now=NOW
        )
    assert fresh(lead).status == A.OBJECTED
    services.decide_objection(
        assignment=fresh(lead),
        upheld=True,
        replacement=world.units["market"],
        decision="由市场所牵头。",
        by=world.street_dispatcher,
        now=NOW,
    )
    assert fresh(assist).is_lead
    assert Assignment.objects.counting().filter(whistle=lead.whistle, is_lead=True).count() == 1


@pytest.mark.parametrize(
    ("moment", "passes"),
    [("2026-11-24 17:00", True), ("2026-11-24 18:00", False), ("2026-11-25 09:00", False)],
)
def test_an_objection_comes_within_one_working_day(world: World, moment: str, passes: bool) -> None:
    lead = dispatched(world)[0]
    if passes:
        objected(world, lead, now=at(moment))
        return
    with pytest.raises(MoveRefused, match="异议期限至2026-11-24"):
        objected(world, lead, now=at(moment))
    assert fresh(lead).status == A.AWAITING_SIGNATURE


def test_refusals_say_what_would_be_allowed(world: World) -> None:
    lead = dispatched(world)[0]
    ask: dict[str, Any] = {
        "assignment": lead,
        "by": world.enforcement_liaison,
        "now": NOW,
        "reason": "不属本单位职责",
    }
    with pytest.raises(MoveRefused, match="写明所依据"):
        services.object_to(basis=" ", suggested=world.units["market"], **ask)
    with pytest.raises(MoveRefused, match="不能是本单位"):
        services.object_to(basis="条例", suggested=world.units["enforcement"], **ask)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    services.report_in(assignment=lead, person="王磊", phone="1", by=world.enforcement_liaison, now=NOW)
    with pytest.raises(MoveRefused, match="报到前可提一次"):
        objected(world, lead)


def test_the_database_keeps_one_objection_a_unit_and_whistle(world: World) -> None:
    lead = dispatched(world)[0]
    first = objected(world, lead)
    first.pk = None
    with pytest.raises(IntegrityError, match="unit_objects_once_a_whistle"), transaction.atomic():
        first.save()


def to_consultation(world: World) -> Whistle:
    """The first objection is upheld, the unit called instead objects too."""
    lead = dispatched(world)[0]
    objected(world, lead)
    services.decide_objection(
        assignment=lead,
        upheld=True,
        replacement=world.units["construction"],
        decision="由城建办负责。",
        by=world.street_dispatcher,
        now=NOW,
    )
    second = Assignment.objects.select_related("unit", "whistle").get(unit=world.units["construction"])
    objected(world, second, suggested="enforcement")
    return Whistle.objects.get(pk=lead.whistle_id)


def consult(world: World, whistle: Whistle, **more: object) -> Consultation:
    fields = {
        "lead": world.units["enforcement"],
        "assists": [world.units["market"]],
        "decision": "由城管执法中队牵头，市场监管所协办。",
        "participants": "区指挥中心、大观街道、两所",
        "held_on": date(2026, 11, 23),
    } | more
    return services.consult(whistle=whistle, by=world.county_dispatcher, now=NOW, **fields)  # type: ignore[arg-type]


def test_the_second_objection_goes_to_the_tier_above(world: World) -> None:
    whistle = to_consultation(world)
    second = Assignment.objects.get(unit=world.units["construction"])
    assert whistle.is_in_consultation
    assert not can_move(
        Move.DECIDE_OBJECTION, whistle=whistle, assignment=second, user=world.street_dispatcher
    )
    assert can_move(Move.CONSULT, whistle=whistle, user=world.county_dispatcher)
    with pytest.raises(MoveRefused, match="会商裁定"):
        services.decide_objection(
            assignment=second, upheld=False, decision="不成立", by=world.street_dispatcher, now=NOW
        )
    assert Consultation.objects.get(whistle=whistle).convener == world.units["county_centre"]
    due = CaseDeadline.objects.get(whistle=whistle, step="consultation")
    assert due.due_at == at("2026-11-25 17:00")
    assert Notice.objects.filter(kind="whistle.consultation", recipient=world.county_dispatcher).exists()


def test_nobody_objects_after_the_consultation(world: World) -> None:
    """At most one objection a unit and one consultation: then every unit on it is final."""
    whistle = to_consultation(world)
    consult(world, whistle)
    whistle.refresh_from_db()
    assert (whistle.objections_open, whistle.objection_count) == (0, 2)
    duties = list(Assignment.objects.counting().filter(whistle=whistle).select_related("unit", "whistle"))
    assert {(d.unit.code, d.is_lead, d.is_final) for d in duties} == {
        ("enforcement", True, True),  # released before, called anew: its first duty stays as history
        ("market", False, True),
    }
    for duty in duties:
        with pytest.raises(MoveRefused, match="会商已明确"):
            objected(world, duty)
    assert Objection.objects.get(unit=world.units["construction"]).answer == "granted"
    assert not CaseDeadline.objects.running().filter(step__in=("objection", "consultation")).exists()
    for duty in duties:
        worked(world, duty)
    assert Whistle.objects.get(pk=whistle.pk).status == W.AWAITING_VERIFICATION


def test_a_consultation_is_recorded_whole_and_once(world: World) -> None:
    whistle = to_consultation(world)
    with pytest.raises(MoveRefused, match="会商日期"):
        consult(world, whistle, held_on=date(2026, 11, 30))
    with pytest.raises(MoveRefused, match="会商决定"):
        consult(world, whistle, decision=" ")
    with pytest.raises(MoveRefused, match="参加人员"):
        consult(world, whistle, participants="")
    consult(world, whistle, lead=world.units["construction"], assists=[])
    again = Assignment.objects.get(unit=world.units["construction"])
    assert (again.status, again.is_lead, again.is_final) == (A.AWAITING_REPORT_IN, True, True)
    assert Assignment.objects.get(unit=world.units["market"]).status == A.RELEASED
    with pytest.raises(MoveRefused):
        consult(world, whistle)


def test_two_dispatchers_decide_at_once_and_one_wins(world: World) -> None:
    lead = dispatched(world)[0]
    objected(world, lead)
    seen = lead.whistle.case.version
    decide = {"assignment": lead, "decision": "不成立", "now": NOW, "expected": seen}
    services.decide_objection(upheld=False, by=world.street_dispatcher, **decide)  # type: ignore[arg-type]
    with pytest.raises(services.Stale):
        services.decide_objection(upheld=True, by=world.street_dispatcher, **decide)  # type: ignore[arg-type]


def test_an_upgrade_answers_what_is_asked(world: World) -> None:
    lead = dispatched(world)[0]
    objected(world, lead)
    services.upgrade(whistle=lead.whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    assert Objection.objects.get().answer == "withdrawn"
    assert Whistle.objects.get(pk=lead.whistle_id).objections_open == 0


def test_the_objections_clock_rings_for_the_dispatcher(world: World) -> None:
    objected(world, dispatched(world)[0])
    row = CaseDeadline.objects.get(step="objection")
    ring_due(model=CaseDeadline, owner="case", act=services.ring, now=row.due_at + timedelta(minutes=1))
    told = Notice.objects.filter(kind="deadline.red")
    assert world.street_dispatcher.pk in set(told.values_list("recipient_id", flat=True))


def test_what_a_lead_asked_for_goes_with_it(world: World) -> None:
    lead = dispatched(world)[0]
    whistle, liaison = lead.whistle, world.enforcement_liaison
    services.sign(assignment=lead, by=liaison, now=NOW)
    services.extend(assignment=lead, days=1, reason="等待管线单位", by=liaison, now=NOW)
    services.ask_hold(assignment=lead, plan=plan(), by=liaison, now=NOW)
    objected(world, lead)
    services.decide_objection(
        assignment=lead,
        upheld=True,
        decision="依职责清单改派",
        replacement=world.units["construction"],
        by=world.street_dispatcher,
        now=NOW,
    )
    assert (Extension.objects.get().answer, Hold.objects.get().answer) == ("withdrawn", "withdrawn")
    fresh = whistle.assignments.get(unit__code="construction")
    services.sign(assignment=fresh, by=world.construction_liaison, now=NOW)
    services.ask_hold(assignment=fresh, plan=plan(), by=world.construction_liaison, now=NOW)


def test_while_every_unit_objects_a_press_is_for_the_centre(world: World) -> None:
    objection = objected(world, dispatched(world, assists=0)[0])
    services.press(whistle=objection.whistle, by=world.community_secretary, now=NOW)
    told = set(Notice.objects.filter(kind="whistle.pressed").values_list("recipient__username", flat=True))
    assert "street_dispatcher" in told
    event = AuditEvent.objects.get(event="whistle.pressed")
    assert event.data["units"] == [world.units["street_centre"].name]


def test_a_consultation_that_was_not_held_any_more_says_so(world: World, client: Client) -> None:
    first, second = dispatched(world)
    objected(world, first)
    whistle = objected(world, second).whistle
    services.withdraw(whistle=whistle, reason="误报", by=world.community_secretary, now=NOW)
    client.force_login(world.street_dispatcher)
    asides = client.get(whistle.case.get_absolute_url()).context["page"].asides
    assert asides[0].title == "会商"
    assert (asides[0].light, str(asides[0].state)) == ("closed", "不再需要")


def test_who_is_released_by_a_consultation_hears_of_it(world: World) -> None:
    first, second = dispatched(world)
    objected(world, first)
    whistle = objected(world, second).whistle
    services.consult(
        whistle=whistle,
        lead=world.units["construction"],
        decision="由街道城市建设办牵头",
        participants="街道、三家单位",
        held_on=NOW.date(),
        by=world.county_dispatcher,
        now=NOW,
    )
    told = Notice.objects.filter(kind="whistle.consult").values_list("recipient__username", flat=True)
    assert {"enforcement_liaison", "market_liaison", "construction_liaison"} <= set(told)
    assert len(told) == len(set(told))
