"""Holds: asked with a plan, decided by the leader, reviewed, ended by themselves; clocks to the minute."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines.timers import ring_due
from kunming_portal.reporting.figures import counted_deadlines
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import NOW, World, at, dispatched, objected, on_hold, plan
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Case, CaseDeadline, CasePause, Hold, Whistle
from whistle.workflow import WhistleStatus

W = WhistleStatus


def sweep(now: object) -> None:
    ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now)  # type: ignore[arg-type]


def test_a_hold_stands_every_clock_and_lights_the_case_as_on_hold(world: World) -> None:
    whistle = on_hold(world)
    case = Case.objects.get(pk=whistle.case_id)
    assert whistle.status == W.ON_HOLD
    assert case.hold_until == at("2027-02-01 00:00")
    assert case.light(NOW) == "hold"
    assert case.light(at("2026-12-31 09:00")) == "hold"
    assert not Case.objects.overdue(at("2026-12-31 09:00")).exists()
    assert not Case.objects.on_time(NOW).exists()
    assert Case.objects.on_hold().count() == 1
    standing = CaseDeadline.objects.running().exclude(step__in=("review", "hold"))
    assert {row.paused_at for row in standing} == {NOW}
    assert CaseDeadline.objects.get(step="review").due_at == NOW + timedelta(days=30)
    assert CaseDeadline.objects.get(step="hold").due_at == case.hold_until


def test_resuming_moves_every_limit_by_exactly_the_working_time_it_stood(world: World) -> None:
    lead = dispatched(world)[0]
    before = {row.pk: row.due_at for row in CaseDeadline.objects.running().exclude(step="sign")}
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    services.ask_hold(assignment=lead, plan=plan(), by=world.enforcement_liaison, now=NOW)
    services.decide_hold(whistle=lead.whistle, is_granted=True, by=world.street_secretary, now=NOW)
    later = at("2026-12-08 15:17")
    services.resume(whistle=lead.whistle, reason="管线已迁改", by=world.community_worker, now=later)
    calendar = get_calendar()
    stood = calendar.working_time_between(NOW, later)
    for pk, due in before.items():
        assert CaseDeadline.objects.get(pk=pk).due_at == calendar.add_working_time(due, stood)
    case = Case.objects.get(pk=lead.whistle.case_id)
    assert case.hold_until is None
    assert case.due_at is not None
    assert Hold.objects.get().ended_at == later
    assert not CaseDeadline.objects.running().filter(step__in=("review", "hold")).exists()


def test_a_hold_ends_by_itself_after_its_last_day(world: World) -> None:
    whistle = on_hold(world, until=date(2026, 12, 18))
    sweep(at("2026-12-18 17:00"))
    assert Whistle.objects.get(pk=whistle.pk).status == W.ON_HOLD
    sweep(at("2026-12-19 00:01"))
    assert Whistle.objects.get(pk=whistle.pk).status == W.HANDLING
    event = AuditEvent.objects.get(stream=whistle.case.stream, event="hold.ended")
    assert event.data["automatic"] is True
    assert not CasePause.objects.filter(ended_at=None).exists()


def test_reviews_follow_each_other_and_tick_milestones(world: World) -> None:
    whistle = on_hold(world)
    hold = Hold.objects.get()
    later = at("2026-12-21 10:00")
    services.review_hold(
        whistle=whistle,
        progress="管线迁改完成六成。",
        reached=list(hold.milestones.all()),
        by=world.street_dispatcher,
        now=later,
    )
    assert CaseDeadline.objects.running().get(step="review").due_at == later + timedelta(days=30)
    assert hold.milestones.get().reached_at == later
    with pytest.raises(MoveRefused):
        services.review_hold(whistle=whistle, progress=" ", by=world.street_dispatcher, now=later)


def test_a_late_review_rings_while_the_case_stands(world: World) -> None:
    on_hold(world)
    sweep(at("2026-12-24 09:00"))
    row = CaseDeadline.objects.get(step="review")
    assert set(row.rungs.values_list("rung", flat=True)) == {"yellow", "red"}
    others = CaseDeadline.objects.running().exclude(step__in=("review", "hold"))
    assert not any(other.rungs.exists() for other in others)


def test_only_the_tier_above_renews_and_at_most_half_a_year_more(world: World) -> None:
    whistle = on_hold(world)
    renew = {"whistle": whistle, "reason": "工期顺延", "now": at("2027-01-20 09:00")}
    with pytest.raises(MoveRefused):
        services.renew_hold(until=date(2027, 3, 1), by=world.street_dispatcher, **renew)  # type: ignore[arg-type]
    with pytest.raises(MoveRefused, match="最长至2027-07-19"):
        services.renew_hold(until=date(2027, 8, 1), by=world.county_dispatcher, **renew)  # type: ignore[arg-type]
    with pytest.raises(MoveRefused, match="更晚的日期"):
        services.renew_hold(until=date(2027, 1, 31), by=world.county_dispatcher, **renew)  # type: ignore[arg-type]
    services.renew_hold(until=date(2027, 3, 1), by=world.county_dispatcher, **renew)  # type: ignore[arg-type]
    assert Case.objects.get(pk=whistle.case_id).hold_until == at("2027-03-02 00:00")
    sweep(at("2027-02-01 00:01"))
    assert Whistle.objects.get(pk=whistle.pk).status == W.ON_HOLD


def test_nobody_is_late_while_a_matter_is_on_hold_nor_when_it_ends_there(world: World) -> None:
    whistle = on_hold(world)
    close = CaseDeadline.objects.get(whistle=whistle, step="close")
    counted = counted_deadlines(world.city_official.scope("figures.view")).filter(
        step__in=["close", "feed_back"]
    )
    assert close.due_at < at("2026-12-20 09:00"), "long past by the calendar"
    assert not counted.exists()
    services.answer(
        whistle=whistle,
        text="管线迁改期间以临时铺装代替。",
        legal_basis="《城市道路管理条例》",
        by=world.street_secretary,
        now=at("2026-12-20 09:00"),
    )
    close.refresh_from_db()
    assert not close.was_late()
    assert not counted.exists()


def test_a_renewed_hold_is_reviewed_again(world: World) -> None:
    whistle = on_hold(world, until=date(2026, 12, 31))
    services.review_hold(
        whistle=whistle, progress="按计划推进", by=world.street_dispatcher, now=at("2026-12-20 09:00")
    )
    reviews = CaseDeadline.objects.running().filter(whistle=whistle, step="review")
    assert not reviews.exists(), "the hold was to end before the next one"
    services.renew_hold(
        whistle=whistle,
        until=date(2027, 3, 31),
        reason="工期顺延",
        by=world.county_dispatcher,
        now=at("2026-12-28 09:00"),
    )
    assert reviews.get().due_at == at("2027-01-27 09:00")


def test_refusals_say_what_would_be_allowed(world: World) -> None:
    lead, assist = dispatched(world)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    ask = {"assignment": lead, "by": world.enforcement_liaison, "now": NOW}
    with pytest.raises(MoveRefused, match="最长至2027-05-22"):
        services.ask_hold(plan=plan(until=date(2027, 6, 1)), **ask)  # type: ignore[arg-type]
    with pytest.raises(MoveRefused, match="须附计划"):
        services.ask_hold(plan=services.Plan("works", "工程未完", date(2027, 1, 31), []), **ask)  # type: ignore[arg-type]
    with pytest.raises(MoveRefused, match="选一类"):
        services.ask_hold(plan=services.Plan("", "工程未完", date(2027, 1, 31), []), **ask)  # type: ignore[arg-type]
    objected(world, assist)
    with pytest.raises(MoveRefused, match="派单异议尚未裁定"):
        services.propose_hold(whistle=lead.whistle, plan=plan(), by=world.street_dispatcher, now=NOW)


def test_a_refused_hold_leaves_the_clocks_alone(world: World) -> None:
    lead = dispatched(world)[0]
    services.propose_hold(whistle=lead.whistle, plan=plan(), by=world.street_dispatcher, now=NOW)
    with pytest.raises(MoveRefused, match="理由"):
        services.decide_hold(whistle=lead.whistle, is_granted=False, by=world.street_secretary, now=NOW)
    services.decide_hold(
        whistle=lead.whistle, is_granted=False, decision="可先做围挡", by=world.street_secretary, now=NOW
    )
    assert not CaseDeadline.objects.filter(paused_at__isnull=False).exists()
    assert Whistle.objects.get(pk=lead.whistle_id).hold_asked_at is None


def test_two_leaders_decide_at_once_and_one_wins(world: World) -> None:
    lead = dispatched(world)[0]
    services.propose_hold(whistle=lead.whistle, plan=plan(), by=world.street_dispatcher, now=NOW)
    seen = lead.whistle.case.version
    decide = {"whistle": lead.whistle, "by": world.street_secretary, "now": NOW, "expected": seen}
    services.decide_hold(is_granted=True, **decide)  # type: ignore[arg-type]
    with pytest.raises(services.Stale):
        services.decide_hold(is_granted=False, decision="不同意", **decide)  # type: ignore[arg-type]


def test_an_upgrade_ends_hold_and_pauses(world: World) -> None:
    whistle = on_hold(world)
    services.upgrade(whistle=whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    assert Hold.objects.get().ended_at == NOW
    assert Case.objects.get(pk=whistle.case_id).hold_until is None
    assert not CasePause.objects.filter(ended_at=None).exists()


def test_the_database_keeps_one_hold_at_a_time(world: World) -> None:
    on_hold(world)
    hold = Hold.objects.get()
    hold.pk = None
    with pytest.raises(IntegrityError, match="whistle_has_one_hold_at_a_time"), transaction.atomic():
        hold.save()
