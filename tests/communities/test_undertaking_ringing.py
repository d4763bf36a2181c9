"""What rings on undertakings: each rung once, told to whom it concerns and nobody else, also late and in two sweeps."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from communities.models import UndertakingDeadline, UndertakingRung
from communities.services import undertaking_ringing, undertakings
from communities.tasks import ring_undertakings
from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.deadlines.models import NothingDue
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.notifications.models import Notice
from kunming_portal.operations.figures import get_figures
from kunming_portal.operations.presenting import show
from kunming_portal.operations.reconciling import reconcile
from tests.communities.people import Place, build_place
from tests.communities.walks import assigned, outside
from tests.whistle.people import NOW, World, at, build_world

pytestmark = pytest.mark.django_db


def sweep(moment: Any) -> timers.Sweep:
    """Ring what is due at this moment."""
    return timers.ring_due(
        model=UndertakingDeadline, owner="undertaking", act=undertaking_ringing.ringer(), now=moment
    )


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def climb(rungs: int) -> None:
    """Ring rung by rung, each at its own moment, so that nothing is late."""
    for _rung in range(rungs):
        moment = UndertakingDeadline.objects.get(ended_at=None).wake_at
        assert moment is not None
        sweep(moment)


def test_each_rung_is_told_to_those_whom_it_concerns(world: World, place: Place) -> None:
    one = assigned(world, place)
    clock = UndertakingDeadline.objects.get()
    assert [step.rung.value for step in clock.steps] == ["yellow", "red", "supervision", "leaders"]
    climb(1)
    assert told("deadline.yellow") == {"construction_liaison"}
    climb(1)
    assert told("deadline.red") == {"construction_liaison", "compound_secretary"}
    climb(1)
    assert told("deadline.supervision") == {
        "construction_liaison",
        "compound_secretary",
        "street_dispatcher",
        "street_staff",
    }
    climb(1)
    assert told("deadline.leaders") == {
        "construction_liaison",
        "compound_secretary",
        "street_dispatcher",
        "street_staff",
        "street_secretary",
        "county_secretary",
        "county_staff",
    }
    assert sweep(NOW + timedelta(days=90)).rung == 0
    events = AuditEvent.objects.filter(stream=one.stream).order_by("seq").values_list("event", flat=True)
    assert list(events) == [
        "undertaking.assigned",
        "deadline.yellow",
        "deadline.red",
        "deadline.supervision",
        "deadline.leaders",
    ]
    assert Notice.objects.filter(kind="deadline.red")[0].link == one.get_absolute_url()


def test_leaders_of_other_units_in_the_same_seat_do_not_hear(world: World, place: Place) -> None:
    """The head of a force sits in the street too: what the centre or the branch owes is not theirs."""
    assigned(world, place, unit=world.units["street_centre"])
    climb(2)
    assert told("deadline.red") == {"street_dispatcher", "street_secretary", "compound_secretary"}


def test_a_unit_with_a_leader_of_its_own_tells_that_one(world: World, place: Place) -> None:
    assigned(world, place, unit=world.units["enforcement"])
    climb(2)
    assert told("deadline.red") == {"enforcement_liaison", "enforcement_leader", "compound_secretary"}


def test_what_a_body_outside_owes_is_told_to_the_issuer(world: World, place: Place) -> None:
    outside(world, place)
    climb(1)
    assert told("deadline.yellow") == {"compound_secretary"}
    climb(1)
    # a branch has no leader of its own: the community's secretary is in charge
    assert told("deadline.red") == {"compound_secretary", "community_secretary"}


def test_reported_and_dropped_are_silent_and_what_is_sent_back_rings_anew(world: World, place: Place) -> None:
    one = assigned(world, place)
    undertakings.report(undertaking=one, text="已勘查。", by=world.construction_liaison, now=NOW)
    assert sweep(NOW + timedelta(days=60)).rung == 0
    undertakings.send_back(
        undertaking=one,
        reason="没有期限。",
        by=world.compound_secretary,
        now=NOW,
        due_on=at("2026-11-27 00:00").date(),
    )
    assert sweep(NOW + timedelta(days=4, hours=8)).rung == 2  # yellow and red in one go
    undertakings.drop(undertaking=one, reason="已另案处理。", by=world.compound_secretary, now=NOW)
    assert sweep(NOW + timedelta(days=60)).rung == 0
    assert UndertakingRung.objects.count() == 2


def test_a_stale_alarm_is_set_right_and_rings_nothing(world: World, place: Place) -> None:
    assigned(world, place)
    clock = UndertakingDeadline.objects.get()
    planned = clock.wake_at
    UndertakingDeadline.objects.update(wake_at=NOW - timedelta(days=1))
    done = sweep(NOW)
    clock.refresh_from_db()
    assert (done.rung, done.corrected, clock.wake_at) == (0, 1, planned)
    with pytest.raises(NothingDue):
        undertaking_ringing.ring([clock], NOW)


def test_a_rung_that_stands_there_is_counted_and_nobody_is_told_again(world: World, place: Place) -> None:
    assigned(world, place)
    clock = UndertakingDeadline.objects.get()
    assert clock.wake_at is not None
    UndertakingRung.objects.create(deadline=clock, rung="yellow", planned_at=clock.wake_at, climbed_at=NOW)
    climb(1)
    clock.refresh_from_db()
    assert (clock.rungs_climbed, told("deadline.yellow")) == (1, set())


def test_late_rungs_of_an_outage_become_one_digest(world: World, place: Place) -> None:
    for number in range(5):
        assigned(world, place, title=f"第{number}件")
    assert sweep(NOW + timedelta(days=60)).rung == 20
    assert set(UndertakingRung.objects.values_list("late_reason", flat=True)) == {"outage"}
    digest = Notice.objects.get(recipient=world.construction_liaison, kind="deadline.digest")
    assert digest.values["count"] == 20
    assert digest.link == "/undertakings/?light=over"


def test_a_failing_row_is_listed_and_the_others_ring(world: World, place: Place, monkeypatch: Any) -> None:
    broken, fine = assigned(world, place, title="坏的"), assigned(world, place, title="好的")
    ring = undertaking_ringing.ring

    def act(rows: list[UndertakingDeadline], now: Any) -> None:
        if any(row.undertaking_id == broken.pk for row in rows):
            raise RuntimeError("broken")
        ring(rows, now)

    moment = UndertakingDeadline.objects.get(undertaking=fine).wake_at
    assert moment is not None
    done = timers.ring_due(model=UndertakingDeadline, owner="undertaking", act=act, now=moment)
    assert (done.rung, done.failed) == (1, 1)
    figures = get_figures()
    assert figures.failing == 1
    assert [row.what for row in show(figures).failing] == ["坏的"]


def test_reconciliation_and_figures_see_what_should_have_rung(world: World, place: Place) -> None:
    assigned(world, place)
    clock = UndertakingDeadline.objects.get()
    assert clock.wake_at is not None
    found = reconcile(now=clock.wake_at + timedelta(minutes=3))["overdue"]
    assert (found.count, found.rows[0][0]) == (1, "更换北门地下管网")
    UndertakingDeadline.objects.update(wake_at=timers.database_now() - timedelta(minutes=1))
    assert get_figures().backlog == 1


def test_the_task_beats(world: World, place: Place) -> None:
    assigned(world, place, now=timers.database_now() - timedelta(days=60))
    ring_undertakings()
    beat = Heartbeat.objects.get(pk="ring undertakings")
    assert (beat.done, beat.failed) == (4, 0)
    assert not UndertakingDeadline.objects.filter(wake_at__lte=timers.database_now()).exists()


def test_the_queries_of_a_batch_do_not_grow(
    world: World, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(2):
        assigned(world, place, title=f"第{number}件")
    moment = UndertakingDeadline.objects.order_by("wake_at")[0].wake_at
    assert moment is not None
    with django_assert_max_num_queries(60) as counted:
        sweep(moment)
    few = len(counted)
    for number in range(12):
        assigned(world, place, title=f"再{number}件", now=NOW)
    with django_assert_max_num_queries(few):
        sweep(moment)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_sweeps_at_once_ring_each_rung_once() -> None:
    world = build_world()
    place = build_place(world)
    for number in range(30):
        assigned(world, place, title=f"第{number}件")
    moment, found, wrong = NOW + timedelta(days=60), [], []

    def work() -> None:
        try:
            done = timers.ring_due(
                model=UndertakingDeadline,
                owner="undertaking",
                act=undertaking_ringing.ringer(),
                now=moment,
                batch=7,
            )
            found.append(done.rung)
        except Exception as error:  # shown below: a thread has nobody who would see it
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    sweep(moment)  # what one skipped because the other held it
    assert UndertakingRung.objects.count() == 120
    assert sum(found) <= 120
    assert not UndertakingDeadline.objects.filter(wake_at__lte=moment).exists()
