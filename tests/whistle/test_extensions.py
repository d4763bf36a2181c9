"""Extensions: asked in time by the lead, decided at the right level, capped; the old promise stays whole."""

from datetime import time, timedelta

import pytest

from kunming_portal.deadlines.timers import ring_due
from kunming_portal.notifications.models import Notice
from kunming_portal.reporting.figures import counted_deadlines
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import NOW, World, at, dispatched, objected, worked
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Assignment, CaseDeadline, DeadlinePolicy, Extension, Whistle
from whistle.presenters.clocks import Watch, rule_text
from whistle.presenters.sheet import extension_text
from whistle.selectors import get_deadlines


def signed(world: World, *, kind: str = "general") -> Assignment:
    lead = dispatched(world, kind=kind)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    return lead


def asked(world: World, lead: Assignment, days: int = 3, now: object = NOW) -> Extension:
    return services.extend(
        assignment=lead,
        days=days,
        reason="管线产权单位尚未到场，需协调。",
        by=world.enforcement_liaison,
        now=now,  # type: ignore[arg-type]
    )


def granted(world: World, lead: Assignment, days: int = 3) -> Extension:
    asked(world, lead, days)
    by = world.street_dispatcher if lead.whistle.extension_by == "centre" else world.street_secretary
    return services.decide_extension(whistle=lead.whistle, is_granted=True, by=by, now=NOW)


def test_a_granted_extension_starts_successors_with_ladders_of_their_own(world: World) -> None:
    lead = signed(world)
    old = CaseDeadline.objects.get(whistle=lead.whistle, step="close")
    granted(world, lead)
    old.refresh_from_db()
    new = CaseDeadline.objects.running().get(whistle=lead.whistle, step="close")
    assert (old.outcome, new.predecessor, new.extended_days) == ("superseded", old, 3)
    assert (old.due_at, new.due_at) == (at("2026-11-30 17:00"), at("2026-12-03 17:00"))
    assert new.started_at == old.started_at
    assert new.steps[-1].at > old.steps[-1].at
    units = CaseDeadline.objects.running().filter(whistle=lead.whistle, step="feed_back")
    assert {row.due_at for row in units} == {at("2026-12-03 17:00")}
    lead.whistle.case.refresh_from_db()
    told = set(
        Notice.objects.filter(kind="whistle.decide_extension").values_list("recipient__username", flat=True)
    )
    assert {"community_worker", "enforcement_liaison"} <= told


def test_a_limit_with_a_fixed_time_is_extended_by_whole_days(world: World) -> None:
    DeadlinePolicy.objects.filter(kind__code="general", tier=1, step="close").update(
        unit="fixed_time", amount=3, clock=time(16, 30)
    )
    lead = signed(world)
    granted(world, lead)
    new = CaseDeadline.objects.running().get(whistle=lead.whistle, step="close")
    assert (new.due_at, new.clock) == (at("2026-12-01 17:00"), time(16, 30))


def test_the_worksheet_tells_by_how_much_and_when(world: World) -> None:
    lead = signed(world)
    granted(world, lead)
    rows = get_deadlines(lead.whistle.case)
    new = next(row for row in rows if row.step == "close" and row.is_running)
    watch = Watch(calendar=get_calendar(), now=NOW)
    assert "延期3个工作日" in extension_text(new, watch)
    assert "延期3个工作日" in rule_text(new)


def test_the_first_is_the_centres_the_second_the_leaders_and_there_is_no_third(world: World) -> None:
    lead = signed(world)
    assert granted(world, lead).by == "centre"
    second = asked(world, lead)
    assert second.by == "leader"
    with pytest.raises(MoveRefused):
        services.decide_extension(whistle=lead.whistle, is_granted=True, by=world.street_dispatcher, now=NOW)
    services.decide_extension(whistle=lead.whistle, is_granted=True, by=world.street_secretary, now=NOW)
    assert CaseDeadline.objects.running().get(step="close").extended_days == 6
    with pytest.raises(MoveRefused, match="最多延期2次"):
        asked(world, lead)


def test_refusals_say_what_would_be_allowed(world: World) -> None:
    lead, assist = dispatched(world)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    services.sign(assignment=assist, by=world.market_liaison, now=NOW)
    with pytest.raises(MoveRefused, match="1至3个工作日"):
        asked(world, lead, days=4)
    with pytest.raises(MoveRefused, match="由牵头单位统一申请"):
        services.extend(assignment=assist, days=1, reason="忙", by=world.market_liaison, now=NOW)
    with pytest.raises(MoveRefused, match="办结时限已过"):
        asked(world, lead, now=at("2026-12-01 09:00"))
    asked(world, lead)
    with pytest.raises(MoveRefused, match="延期申请已提交"):
        asked(world, lead)
    with pytest.raises(MoveRefused, match="理由"):
        services.decide_extension(whistle=lead.whistle, is_granted=False, by=world.street_dispatcher, now=NOW)
    services.decide_extension(
        whistle=lead.whistle, is_granted=False, decision="材料不全", by=world.street_dispatcher, now=NOW
    )
    assert CaseDeadline.objects.running().get(step="close").extended_days == 0


def test_an_emergency_gets_none(world: World) -> None:
    lead = signed(world, kind="emergency")
    with pytest.raises(MoveRefused, match="不予延期"):
        asked(world, lead, days=1)


def test_figures_count_the_last_of_the_chain_once(world: World) -> None:
    lead = signed(world)
    granted(world, lead)
    counted = counted_deadlines(world.city_official.scope("figures.view")).filter(step="close")
    assert [row.extended_days for row in counted] == [3]


def test_rungs_of_the_old_limit_do_not_come_again(world: World) -> None:
    lead = signed(world)
    asked(world, lead)
    late = at("2026-11-27 10:00")  # past the old yellow mark
    ring_due(model=CaseDeadline, owner="case", act=services.ring, now=late)
    services.decide_extension(whistle=lead.whistle, is_granted=True, by=world.street_dispatcher, now=late)
    new = CaseDeadline.objects.running().get(step="close")
    assert new.wake_at is not None
    assert new.wake_at > late
    ring_due(model=CaseDeadline, owner="case", act=services.ring, now=at("2026-12-01 09:00"))
    assert not new.rungs.filter(rung="red").exists()


def test_a_unit_whose_objection_is_pending_gets_the_new_limit_and_goes_on_standing(world: World) -> None:
    lead, assist = dispatched(world)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    objected(world, assist)
    asked(world, lead)
    services.decide_extension(
        whistle=lead.whistle, is_granted=True, by=world.street_dispatcher, now=NOW + timedelta(hours=1)
    )
    row = CaseDeadline.objects.running().get(assignment=assist, step="feed_back")
    assert row.paused_at == NOW + timedelta(hours=1)
    assert row.extended_days == 3


def test_what_is_asked_ends_when_the_units_have_fed_back(world: World) -> None:
    lead, assist = dispatched(world)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    asked(world, lead)
    services.report_in(assignment=lead, person="王磊", phone="1", by=world.enforcement_liaison, now=NOW)
    services.feed_back(assignment=lead, measures="已清理", by=world.enforcement_liaison, now=NOW)
    worked(world, assist)
    assert Extension.objects.get().answer == "withdrawn"
    assert Whistle.objects.get(pk=lead.whistle_id).extension_by == ""
