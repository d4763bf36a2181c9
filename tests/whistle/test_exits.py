"""Every way out of every state: nothing asked, running or standing is left behind on a whistle that has ended."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F, Q

from kunming_portal.deadlines.timers import ring_due
from tests.whistle.people import (
    LIAISONS,
    NOW,
    World,
    blown,
    dispatched,
    fed_back,
    objected,
    on_hold,
    opened,
    plan,
    whistle_of,
    worked,
)
from whistle import services
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CasePause,
    CaseRung,
    Extension,
    Hold,
    Objection,
    SupervisionTask,
    TaskDeadline,
    TaskRung,
    Whistle,
)
from whistle.selectors import get_open_whistle

LATER = NOW + timedelta(hours=1)
FAR = NOW + timedelta(days=400)
SECRETARY = {1: "street_secretary", 2: "county_secretary"}
DISPATCHER = {1: "street_dispatcher", 2: "county_dispatcher"}
State = Callable[[World], Whistle]


def signed(world: World, duties: list[Assignment]) -> Assignment:
    lead = duties[0]
    services.sign(assignment=lead, by=world.people[LIAISONS[lead.unit.code]], now=NOW)
    return lead


def written(world: World) -> Whistle:
    whistle = whistle_of(opened(world))
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    return whistle


def returned(world: World) -> Whistle:
    whistle = blown(world)
    return services.return_whistle(whistle=whistle, reason="缺位置", by=world.street_dispatcher, now=NOW)


def accepted(world: World) -> Whistle:
    return services.accept(whistle=blown(world), by=world.street_dispatcher, now=NOW)


def handled(world: World) -> Whistle:
    return signed(world, dispatched(world)).whistle


def one_objection(world: World) -> Whistle:
    return objected(world, dispatched(world)[0]).whistle


def consultation(world: World) -> Whistle:
    first, second = dispatched(world)
    objected(world, first)
    return objected(world, second).whistle


def extension_asked(world: World) -> Whistle:
    lead = signed(world, dispatched(world))
    liaison = world.people[LIAISONS[lead.unit.code]]
    services.extend(assignment=lead, days=3, reason="等待管线单位。", by=liaison, now=NOW)
    return lead.whistle


def extended(world: World) -> Whistle:
    whistle = extension_asked(world)
    services.decide_extension(whistle=whistle, is_granted=True, by=world.street_dispatcher, now=NOW)
    return whistle


def hold_asked(world: World) -> Whistle:
    whistle = extension_asked(world)
    services.propose_hold(whistle=whistle, plan=plan(), by=world.street_dispatcher, now=NOW)
    return whistle


def extended_beside_an_objection(world: World) -> Whistle:
    whistle = extension_asked(world)
    objected(world, whistle.assignments.get(unit__code="market"))
    services.decide_extension(whistle=whistle, is_granted=True, by=world.street_dispatcher, now=NOW)
    return whistle


def resumed(world: World) -> Whistle:
    return services.resume(whistle=on_hold(world), reason="可以进场", by=world.street_dispatcher, now=NOW)


def verified(world: World, verdict: str = "solved") -> Whistle:
    return services.verify(whistle=fed_back(world), verdict=verdict, by=world.community_worker, now=NOW)


def reworked(world: World) -> Whistle:
    whistle = fed_back(world)
    units = list(whistle.assignments.all())
    return services.rework(whistle=whistle, units=units, reason="又渗水", by=world.community_worker, now=NOW)


def reopened(world: World) -> Whistle:
    whistle = services.close(whistle=verified(world), by=world.community_worker, now=NOW)
    return services.reopen(whistle=whistle, reason="又渗水", by=world.community_secretary, now=NOW)


def root_of_another(world: World) -> Whistle:
    whistle = handled(world)
    services.merge(
        whistle=blown(world), into=whistle.case, reason="同一处", by=world.street_dispatcher, now=NOW
    )
    return whistle


def child_of_another(world: World) -> Whistle:
    root, child = handled(world), accepted(world)
    services.merge(whistle=child, into=root.case, reason="同一处", by=world.street_dispatcher, now=NOW)
    return child


def child_of_an_answered_one(world: World) -> Whistle:
    child = child_of_another(world)
    root = Whistle.objects.get(status="handling")
    answer(world, root)
    return child


def child_of_an_upgraded_one(world: World) -> Whistle:
    child = child_of_another(world)
    root = Whistle.objects.get(status="handling")
    upgrade(world, root)
    return child


def taken_out(world: World) -> Whistle:
    child = child_of_another(world)
    return services.unmerge(whistle=child, reason="不是一处", by=world.street_dispatcher, now=NOW)


def supervised(world: World) -> Whistle:
    whistle = handled(world)
    unit = whistle.assignments.get(is_lead=True).unit
    services.issue_notice(whistle=whistle, unit=unit, text="限期办结", by=world.county_dispatcher, now=NOW)
    services.instruct(
        whistle=whistle,
        unit=unit,
        text="当日到场",
        due_at=FAR - timedelta(days=300),
        by=world.street_secretary,
        now=NOW,
    )
    return whistle


def at_the_county(world: World) -> Whistle:
    """A street whistle on which both called departments object: the same side paths one tier up."""
    whistle = services.upgrade(
        whistle=handled(world), reason="需区级统筹", by=world.street_secretary, now=NOW
    )
    services.accept(whistle=whistle, by=world.county_dispatcher, now=NOW)
    services.dispatch(whistle=whistle, lead=world.units["water_bureau"], by=world.county_dispatcher, now=NOW)
    return whistle


def on_hold_at_the_county(world: World) -> Whistle:
    whistle = at_the_county(world)
    services.propose_hold(whistle=whistle, plan=plan(), by=world.county_dispatcher, now=NOW)
    services.decide_hold(whistle=whistle, is_granted=True, by=world.county_secretary, now=NOW)
    return whistle


STATES: list[State] = [
    written,
    blown,
    returned,
    accepted,
    handled,
    one_objection,
    consultation,
    extension_asked,
    extended,
    hold_asked,
    extended_beside_an_objection,
    on_hold,
    resumed,
    fed_back,
    verified,
    partial(verified, verdict="not_solved"),
    reworked,
    reopened,
    root_of_another,
    child_of_another,
    child_of_an_answered_one,
    child_of_an_upgraded_one,
    taken_out,
    supervised,
    at_the_county,
    on_hold_at_the_county,
]


def withdraw(world: World, whistle: Whistle) -> None:
    services.withdraw(whistle=whistle, reason="误报", by=world.community_secretary, now=LATER)


def answer(world: World, whistle: Whistle) -> None:
    by = world.people[SECRETARY[whistle.tier]]
    services.answer(whistle=whistle, text="已依规答复", legal_basis="信访工作条例", by=by, now=LATER)


def upgrade(world: World, whistle: Whistle) -> None:
    by = world.people[SECRETARY[whistle.tier]]
    services.upgrade(whistle=whistle, reason="本级无力解决", by=by, now=LATER)


def merge(world: World, whistle: Whistle) -> None:
    other = dispatched(world)[0].whistle.case
    by = world.people[DISPATCHER[whistle.tier]]
    services.merge(whistle=whistle, into=other, reason="同一处", by=by, now=LATER)


def unmerge(world: World, whistle: Whistle) -> None:
    by = world.people[DISPATCHER[whistle.tier]]
    services.unmerge(whistle=whistle, reason="不是一处", by=by, now=LATER)


def feed_back(world: World, whistle: Whistle) -> None:
    for duty in whistle.assignments.select_related("unit").exclude(status="fed_back"):
        if duty.status == "handling":
            liaison = world.people[LIAISONS[duty.unit.code]]
            services.feed_back(assignment=duty, measures="已修复", by=liaison, now=LATER)
        else:
            worked(world, duty, now=LATER)


def close(world: World, whistle: Whistle) -> None:
    services.close(whistle=whistle, by=world.community_worker, now=LATER)


def by_the_timers(world: World, whistle: Whistle) -> None:
    """Whatever the ladder does by itself in a year: upgrade, lapse, end of a hold."""
    sweep()


EXITS = [withdraw, answer, upgrade, merge, unmerge, feed_back, close, by_the_timers]


def sweep() -> int:
    cases = ring_due(model=CaseDeadline, owner="case", act=services.ring, now=FAR)
    tasks = ring_due(model=TaskDeadline, owner="task__case", act=services.ring_tasks, now=FAR)
    assert (cases.failed, tasks.failed) == (0, 0)
    return cases.rung + tasks.rung


def check(where: str) -> None:
    """What holds of every whistle and case in the database, whatever was done to it."""
    over = Q(whistle__ended_at__isnull=False)
    assert not CaseDeadline.objects.running().filter(over).exists(), f"{where}: a clock runs on after the end"
    assert (
        not CaseDeadline.objects.running().filter(Q(whistle__status="merged"), wake_at__isnull=False).exists()
    ), f"{where}: a merged whistle rings"
    lasting = CasePause.objects.filter(ended_at=None)
    assert not lasting.exclude(deadline__paused_at=F("started_at")).exists(), f"{where}: a pause of no clock"
    standing = CaseDeadline.objects.filter(paused_at__isnull=False)
    assert lasting.count() == standing.count(), f"{where}: pauses and standing clocks differ"
    because = Q(whistle__status__in=["on_hold", "merged"]) | Q(assignment__status="objected")
    assert not standing.exclude(because).exists(), f"{where}: a clock stands without a reason"
    for requests in (Objection, Extension, Hold):
        asked = requests.objects.filter(answer="pending").exclude(whistle__status="handling")
        assert not asked.exists(), f"{where}: a {requests.__name__} waits for nobody"
    holds = Hold.objects.filter(answer="granted", ended_at=None).exclude(whistle__status="on_hold")
    assert not holds.exists(), f"{where}: a hold lasts"
    tasks = SupervisionTask.objects.running().exclude(case__status="open")
    assert not tasks.exists(), f"{where}: a task waits on a case that is over"
    assert not TaskDeadline.objects.filter(ended_at=None).exclude(task__case__status="open").exists(), where
    working = Assignment.objects.filter(whistle__ended_at__isnull=False).exclude(
        status__in=["fed_back", "released"]
    )
    assert not working.exists(), f"{where}: a unit works on what is over"
    for case in Case.objects.all():
        kept = (case.due_at, case.yellow_at)
        services.clocks.refresh(case)
        assert kept == (case.due_at, case.yellow_at), f"{where}: the light is not right"
        open_one = get_open_whistle(case)
        held = open_one is not None and open_one.status == "on_hold"
        assert (case.hold_until is not None) is held, f"{where}: on hold or not"


def rungs_of(whistle: Whistle) -> tuple[int, int]:
    """Count what was climbed on a whistle, and on the tasks of cases that are over (an upgraded one is not)."""
    tasks = TaskRung.objects.exclude(deadline__task__case__status="open")
    return CaseRung.objects.filter(deadline__whistle=whistle).count(), tasks.count()


@pytest.mark.parametrize("state", STATES, ids=lambda s: getattr(s, "__name__", "not_solved"))
def test_nothing_is_left_behind(world: World, state: State) -> None:
    whistle = state(world)
    check(f"{whistle.status}")
    done = []
    for leave in EXITS:
        with transaction.atomic():
            one = Whistle.objects.select_related("case", "caller", "receiver", "kind").get(pk=whistle.pk)
            where = f"{one.status} -> {leave.__name__}"
            try:
                with transaction.atomic():
                    leave(world, one)
            except services.MoveRefused:
                pass
            else:
                done.append(leave.__name__)
                check(where)
                one.refresh_from_db()
                if one.ended_at is not None:
                    before = rungs_of(one)
                    sweep()
                    assert rungs_of(one) == before, f"{where}: what is over rings"
                    check(f"{where}, later")
            transaction.set_rollback(True)
    assert done
