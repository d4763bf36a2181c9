"""Many upgrades at once do to every row what one by one does; a refused one stops no other."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kunming_portal.accounts.models import User
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.deadlines import timers
from kunming_portal.organisations.models import Unit
from tests.whistle.people import NOW, World, at, blown, fed_back, on_hold, whistle_of
from tests.whistle.upgraded import LATER, at_the_county, everything, handled, left_behind, undone
from whistle import services
from whistle.models import CaseDeadline, CaseRung, DeadlinePolicy, Kind, Whistle
from whistle.services.upgrading import Refusal


def fresh(keys: list[int]) -> list[Whistle]:
    return [Whistle.objects.get(pk=key) for key in keys]


def many(whistles: list[Whistle], by: User | None = None) -> list[Refusal | Whistle]:
    return services.upgrade_many(
        whistles=whistles, reason="逾期未办结", by=by or get_system_user(), now=LATER
    )


@pytest.mark.parametrize("who", ["the ladder", "the secretary"])
def test_many_at_once_leave_behind_what_one_by_one_does(world: World, who: str) -> None:
    keys = everything(world)
    by = get_system_user() if who == "the ladder" else world.street_secretary
    if who == "the secretary":
        keys = [whistle.pk for whistle in fresh(keys) if whistle.tier == 1]
    before = left_behind()
    with undone():
        for whistle in fresh(keys):
            services.upgrade(whistle=whistle, reason="逾期未办结", by=by, now=LATER)
        singly = left_behind()
    assert left_behind() == before
    done = many(fresh(keys), by)
    together = left_behind()
    assert not any(isinstance(one, Refusal) for one in done)
    for name, rows in singly.items():
        assert together[name] == rows, name
        assert name in ("pauses", "requests") or len(rows) >= len(keys), name
    assert {name for name in singly if singly[name] != before[name]} == set(singly)


def test_what_is_refused_stays_as_it_was_and_stops_no_other(world: World) -> None:
    good = handled(world)
    top = services.upgrade(whistle=at_the_county(world), reason="x", by=world.county_secretary, now=NOW)
    services.accept(whistle=top, by=world.city_dispatcher, now=NOW)
    too_early = blown(world)
    ended = handled(world)
    services.withdraw(whistle=ended, reason="误报", by=world.community_worker, now=NOW)
    left = [top.pk, too_early.pk, ended.pk]
    before = {name: rows for name, rows in left_behind().items() if name in ("cases", "trail", "clocks")}
    done = many(fresh([top.pk, good.pk, too_early.pk, ended.pk]))
    assert [one.error.code if isinstance(one, Refusal) else "up" for one in done] == [
        "top",
        "up",
        "status",
        "status",
    ]
    assert [one.whistle.pk for one in done if isinstance(one, Refusal)] == left
    after = left_behind()
    mine = {good.case.stream, good.case.number, good.case_id}
    for name, rows in before.items():
        others = [row for row in rows if not mine & {v for v in row if isinstance(v, int | str)}]
        assert others
        assert all(row in after[name] for row in others), name


def test_each_refuses_for_itself_without_a_centre_a_kind_or_a_policy(world: World) -> None:
    """What lies above a row decides on that row only."""
    low, high = handled(world), at_the_county(world)

    def codes() -> list[str]:
        with undone():
            done = many(fresh([low.pk, high.pk]))
            return [one.error.code if isinstance(one, Refusal) else "up" for one in done]

    assert codes() == ["up", "up"]
    with undone():
        Unit.objects.filter(code="county_centre").update(valid_to=at("2026-11-01 00:00").date())
        assert codes() == ["centre", "up"]
    with undone():
        Kind.objects.filter(tiers__contains=[3]).update(is_active=False)
        assert codes() == ["up", "kind"]
    with undone():
        Whistle.objects.all().update(kind=Kind.objects.get(code="general"))
        clocks = CaseDeadline.objects.filter(policy__tier=2, policy__step="dispatch")
        clocks.update(policy=DeadlinePolicy.objects.filter(tier=1)[0])
        DeadlinePolicy.objects.filter(tier=2, step="dispatch").delete()
        assert codes() == ["policy", "up"]


def test_a_person_is_refused_like_before_and_nothing_is_written(world: World) -> None:
    whistle = handled(world)
    seen = whistle.case.version
    before = left_behind()
    with pytest.raises(services.MoveRefused) as refused:
        services.upgrade(whistle=whistle, reason="x", by=world.street_dispatcher, now=NOW)
    assert refused.value.code == "role"
    with pytest.raises(services.Stale):
        services.upgrade(whistle=whistle, reason="x", by=world.street_secretary, now=NOW, expected=seen - 1)
    with pytest.raises(services.MoveRefused) as refused:
        services.upgrade_many(whistles=[whistle], reason=" ", by=world.street_secretary, now=NOW)
    assert refused.value.code == "reason"
    assert left_behind() == before


def test_fifty_cost_as_many_queries_as_five(world: World) -> None:
    keys = [handled(world, kind=("general", "emergency")[n % 2]).pk for n in range(50)]
    keys[3:5] = [on_hold(world).pk, on_hold(world).pk]

    def queries(number: int) -> int:
        whistles = fresh(keys[:number])
        with undone(), CaptureQueriesContext(connection) as seen:
            assert not any(isinstance(one, Refusal) for one in many(whistles))
        return len(seen)

    assert queries(5) == queries(50)


# -- in a sweep ------------------------------------------------------------------------------------------------
def sweep(now: datetime) -> timers.Sweep:
    return timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now)


def due(whistle: Whistle, rung: str, *, step: str = "close", when: datetime = LATER) -> CaseDeadline:
    """Let this be the only rung that is left on a clock of the whistle."""
    clock = CaseDeadline.objects.running().get(whistle=whistle, step=step, assignment=None)
    clock.ladder, clock.wake_at, clock.rungs_climbed = [{"rung": rung, "at": when.isoformat()}], when, 0
    clock.save()
    return clock


def test_a_sweep_upgrades_all_that_is_due_and_puts_off_what_is_refused(world: World) -> None:
    others = [handled(world, kind="sanitation") for _ in range(3)]
    nobody_above = handled(world, kind="sanitation")
    Whistle.objects.filter(pk=nobody_above.pk).update(receiver=world.units["other_centre"])
    CaseDeadline.objects.all().update(wake_at=None)
    clocks = [due(whistle, "upgrade") for whistle in (*others[:2], nobody_above, others[2])]
    done = sweep(LATER)
    assert (done.rung, done.failed) == (3, 1)
    assert [whistle_of(whistle.case).tier for whistle in (*others, nobody_above)] == [2, 2, 2, 1]
    stuck = CaseDeadline.objects.get(pk=clocks[2].pk)
    assert (stuck.failures, stuck.rungs_climbed) == (1, 0)
    assert "MoveRefused" in stuck.failure
    assert stuck.wake_at is not None
    assert stuck.wake_at > LATER
    assert set(CaseRung.objects.values_list("deadline", flat=True)) == {c.pk for c in clocks} - {stuck.pk}


def test_several_rungs_about_one_case_in_one_batch_upgrade_it_once(world: World) -> None:
    whistle = handled(world)
    CaseDeadline.objects.all().update(wake_at=None)
    late = LATER - timedelta(hours=1)
    due(whistle, "upgrade")
    feeding = CaseDeadline.objects.running().filter(whistle=whistle, step="feed_back")
    feeding.update(ladder=[{"rung": "upgrade", "at": late.isoformat()}], wake_at=late)
    assert sweep(LATER).rung == 3
    assert Whistle.objects.filter(case=whistle.case).count() == 2
    assert not CaseDeadline.objects.running().filter(whistle=whistle).exists()
    assert CaseRung.objects.filter(rung="upgrade").count() == 3


@pytest.mark.parametrize(
    ("first", "statuses"), [("lapse", ["closed"]), ("upgrade", ["upgraded", "awaiting_acceptance"])]
)
def test_of_a_lapse_and_an_upgrade_in_one_batch_the_earlier_decides(
    world: World, first: str, statuses: list[str]
) -> None:
    whistle = fed_back(world)
    CaseDeadline.objects.all().update(wake_at=None)
    due(whistle, "lapse", step="verify")
    # a second clock that a lapse ends too
    second = CaseDeadline.objects.filter(whistle=whistle, step="feed_back")[0]
    when = LATER + timedelta(minutes=1 if first == "lapse" else -1)
    second.step, second.ended_at, second.outcome, second.wake_at = "verify", None, "", when
    second.ladder, second.rungs_climbed = [{"rung": "upgrade", "at": when.isoformat()}], 0
    second.save()
    assert sweep(LATER + timedelta(minutes=2)).rung == 2
    found = Whistle.objects.filter(case=whistle.case).order_by("tier")
    assert list(found.values_list("status", flat=True)) == statuses
