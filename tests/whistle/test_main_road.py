"""The main road, walked through the services."""

from datetime import timedelta

import pytest

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.notifications.models import Notice
from tests.whistle.people import NOW, World, at, blown, dispatched, fed_back, opened, whistle_of, worked
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import CaseDeadline, CaseRung, Whistle


def test_a_case_walks_from_the_community_to_its_end(world: World) -> None:
    whistle = fed_back(world)
    assert whistle.status == "awaiting_verification"
    services.verify(
        whistle=whistle, verdict="solved", satisfaction="satisfied", by=world.community_worker, now=NOW
    )
    for duty in whistle.assignments.all():
        services.evaluate(
            assignment=duty,
            speed="good",
            cooperation="good",
            effect="fair",
            by=world.community_worker,
            now=NOW,
        )
    services.close(whistle=whistle, by=world.community_worker, now=NOW)
    case = whistle.case
    case.refresh_from_db()
    assert (case.status, case.due_at) == ("closed", None)
    assert not CaseDeadline.objects.running().filter(case=case).exists()
    events = list(AuditEvent.objects.filter(stream=case.stream).order_by("seq").values_list("event", "seq"))
    assert [seq for _, seq in events] == list(range(1, len(events) + 1))
    assert [event for event, _ in events][:5] == [
        "case.opened",
        "whistle.blown",
        "whistle.approved",
        "whistle.accepted",
        "whistle.dispatched",
    ]


def test_upgrade_goes_through_three_tiers(world: World) -> None:
    duties = dispatched(world)
    second = services.upgrade(
        whistle=duties[0].whistle, reason="超出街道权限", by=world.street_secretary, now=NOW
    )
    assert (second.tier, second.caller, second.receiver) == (
        2,
        world.units["street_centre"],
        world.units["county_centre"],
    )
    services.accept(whistle=second, by=world.county_dispatcher, now=NOW)
    services.dispatch(whistle=second, lead=world.units["water_bureau"], by=world.county_dispatcher, now=NOW)
    third = services.upgrade(whistle=second, reason="需市级统筹", by=world.county_secretary, now=NOW)
    assert (third.tier, third.receiver) == (3, world.units["city_centre"])
    services.accept(whistle=third, by=world.city_dispatcher, now=NOW)
    duty = services.dispatch(
        whistle=third, lead=world.units["city_water"], by=world.city_dispatcher, now=NOW
    )[0]
    with pytest.raises(MoveRefused) as refused:
        services.upgrade(whistle=third, reason="x", by=world.county_secretary, now=NOW)
    assert refused.value.code == "role"
    worked(world, duty)
    services.verify(whistle=whistle_of(third.case), verdict="solved", by=world.county_dispatcher, now=NOW)
    services.close(whistle=whistle_of(third.case), by=world.county_dispatcher, now=NOW)
    assert list(
        Whistle.objects.filter(case=third.case).order_by("tier").values_list("status", flat=True)
    ) == ["upgraded", "upgraded", "closed"]


def test_the_ladder_climbs_each_rung_once_and_upgrades_by_itself(world: World) -> None:
    duties = dispatched(world)
    case = duties[0].whistle.case
    much_later = NOW + timedelta(days=45)
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=much_later)
    close = CaseDeadline.objects.get(case=case, step="close", whistle__tier=1)
    rungs = list(CaseRung.objects.filter(deadline=close).order_by("id").values_list("rung", flat=True))
    assert rungs == ["yellow", "red", "supervision", "leaders", "upgrade"]
    assert whistle_of(case).tier == 2
    before = CaseRung.objects.count()
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=much_later)
    assert CaseRung.objects.count() == before
    assert Notice.objects.filter(kind="deadline.supervision").exists()


def test_a_stranger_cannot_move_or_see(world: World) -> None:
    whistle = blown(world)
    with pytest.raises(MoveRefused):
        services.accept(whistle=whistle, by=world.other_dispatcher, now=NOW)


def test_due_moment_of_a_general_whistle(world: World) -> None:
    duties = dispatched(world, now=at("2026-09-28 10:00"))
    close = CaseDeadline.objects.get(whistle=duties[0].whistle, step="close")
    # 29, 30 September; 1-7 October off; 8, 9 and the make-up Saturday 10 October
    assert close.due_at == at("2026-10-10 17:00")


def test_opening_twice_with_one_submission_writes_one_case(world: World) -> None:
    assert opened(world).pk != opened(world).pk
