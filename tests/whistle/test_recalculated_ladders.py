"""What becomes of one recalculated deadline: its walk, its pauses, its share, its ladder; no rung twice."""

from datetime import date, timedelta

from kunming_portal.notifications.models import Notice
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import NOW, World, at, blown, dispatched, whistle_of, worked
from tests.whistle.recalculated import (
    change,
    days,
    policies,
    previewed,
    recalculated,
    rest_on,
    running,
    sweep,
)
from whistle import services
from whistle.models import Case, CaseDeadline, CasePause, CaseRung
from whistle.services import clocks


def test_an_extension_keeps_its_days(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    clocks.extend(whistle=whistle, days=3, now=NOW, calendar=get_calendar())
    old = running("close", whistle)
    assert (old.due_at, old.extended_days) == (at("2026-12-03 17:00"), 3)
    change("close", world, amount=2)
    recalculated(policies(), world.system_admin)
    fresh = running("close", whistle)
    assert (fresh.due_at, fresh.extended_days) == (at("2026-11-30 17:00"), 3)
    assert previewed(policies(), world.system_admin).to_move == 0


def test_what_was_decided_beside_pauses_stays(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    clocks.pause_all(whistle=whistle, now=at("2026-11-24 09:00"))
    clocks.resume_all(whistle=whistle, now=at("2026-11-25 09:00"), calendar=get_calendar())
    clocks.extend(whistle=whistle, days=3, now=NOW, calendar=get_calendar())
    change("close", world, amount=2)
    job = previewed(policies(steps=["close"]), world.system_admin, now=at("2026-11-25 10:00"))
    assert (job.to_move, job.skipped) == (0, 1)
    assert job.results.get().reason == "granted"


def test_a_changed_day_touches_only_the_walks_that_cross_it(world: World) -> None:
    crossing = running("close", dispatched(world)[0].whistle)  # Monday to Monday
    before_it = dispatched(world, now=at("2026-11-02 10:00"))[0].whistle  # over before, rungs and all
    emergency = blown(world, kind="emergency")
    rest_on(date(2026, 11, 26))
    kept = {row.pk: row.due_at for row in CaseDeadline.objects.exclude(case_id=crossing.case_id)}
    recalculated(days(date(2026, 11, 26)), world.system_admin)
    fresh = CaseDeadline.objects.get(predecessor=crossing)
    assert (fresh.due_at, fresh.policy_id) == (at("2026-12-01 17:00"), crossing.policy_id)
    assert (
        CaseDeadline.objects.filter(predecessor__isnull=False).exclude(case_id=crossing.case_id).count() == 0
    )
    assert {row.pk: row.due_at for row in CaseDeadline.objects.filter(pk__in=kept)} == kept
    assert whistle_of(before_it.case).pk == before_it.pk
    assert emergency.case_id != crossing.case_id


def test_a_changed_day_keeps_the_version_that_was_promised(world: World) -> None:
    old = running("close", dispatched(world)[0].whistle)
    change("close", world, amount=1)
    rest_on(date(2026, 11, 26))
    recalculated(days(date(2026, 11, 26)), world.system_admin)
    fresh = CaseDeadline.objects.get(predecessor=old)
    assert (fresh.policy_id, fresh.amount) == (old.policy_id, old.amount)


def test_no_rung_is_climbed_twice_for_the_same_lateness(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    late = at("2026-12-01 09:30")  # closing was due on Monday at 17:00
    sweep(late)
    old = running("close", whistle)
    assert CaseRung.objects.filter(deadline=old).count() == 2
    Notice.objects.all().delete()
    change("close", world, amount=4)
    recalculated(policies(), world.system_admin, now=late)
    fresh = running("close", whistle)
    assert (fresh.rungs_climbed, fresh.light(late)) == (2, "over")
    sweep(late + timedelta(minutes=1))
    assert not CaseRung.objects.filter(deadline=fresh).exists()
    assert not Notice.objects.filter(kind="deadline.red").exists()
    assert fresh.next_step is not None
    assert (fresh.next_step.rung, fresh.wake_at) == ("supervision", fresh.next_step.at)


def test_overdue_by_the_change_alone_lights_but_presses_nobody(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    change("close", world, amount=1)
    later = at("2026-11-26 10:00")
    sweep(later)
    job = recalculated(policies(), world.system_admin, now=later)
    assert job.newly_overdue == 1
    fresh = running("close", whistle)
    assert fresh.light(later) == "over"
    assert Case.objects.get(pk=whistle.case_id).light(later) == "over"
    sweep(later + timedelta(minutes=1))
    assert not CaseRung.objects.filter(deadline=fresh).exists()
    assert fresh.wake_at is not None
    assert fresh.wake_at > later
    again = previewed(policies(), world.system_admin, now=later + timedelta(hours=3))
    assert again.to_move == 0


def test_a_stale_red_light_is_cleared_and_may_come_again(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    late = at("2026-12-01 09:30")
    sweep(late)
    change("close", world, amount=10)
    recalculated(policies(steps=["close"]), world.system_admin, now=late)
    fresh = running("close", whistle)
    assert fresh.light(late) == "normal"
    sweep(fresh.due_at)
    assert "red" in CaseRung.objects.filter(deadline=fresh).values_list("rung", flat=True)


def test_pauses_are_kept(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    paused, resumed = at("2026-11-24 09:00"), at("2026-11-25 09:00")
    clocks.pause_all(whistle=whistle, now=paused)
    clocks.resume_all(whistle=whistle, now=resumed, calendar=get_calendar())
    old = running("close", whistle)
    change("close", world, amount=6)
    recalculated(policies(), world.system_admin, now=resumed)
    fresh = running("close", whistle)
    assert (old.due_at, fresh.due_at) == (at("2026-12-01 17:00"), at("2026-12-02 17:00"))
    assert list(fresh.pauses.values_list("started_at", "ended_at")) == [(paused, resumed)]
    assert previewed(policies(), world.system_admin, now=resumed).to_move == 0


def test_a_paused_deadline_stays_paused_and_keeps_its_remaining_time(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    paused, resumed = at("2026-11-24 09:00"), at("2026-11-26 09:00")
    clocks.pause_all(whistle=whistle, now=paused)
    change("close", world, amount=6)
    recalculated(policies(), world.system_admin, now=at("2026-11-25 09:00"))
    fresh = running("close", whistle)
    assert (fresh.paused_at, fresh.wake_at) == (paused, None)
    sweep(at("2026-12-30 09:00"))
    assert not CaseRung.objects.filter(deadline=fresh).exists()
    clocks.resume_all(whistle=whistle, now=resumed, calendar=get_calendar())
    assert running("close", whistle).due_at == at("2026-12-03 17:00")
    assert CasePause.objects.filter(ended_at=None).count() == 0


def test_a_rework_keeps_its_share(world: World) -> None:
    duties = dispatched(world)
    for duty in duties:
        worked(world, duty)
    whistle = duties[0].whistle
    services.rework(whistle=whistle, units=[duties[0]], reason="未清完", by=world.community_worker, now=NOW)
    assert running("close", whistle).amount == 2
    change("close", world, amount=10)
    recalculated(policies(), world.system_admin)
    assert running("close", whistle).amount == 5
