"""While the clocks differ nothing rings, the administrators hear of it once, and it goes on by itself."""

from datetime import timedelta
from unittest import mock

import pytest

from kunming_portal.deadlines import timers
from kunming_portal.heartbeats import guard
from kunming_portal.heartbeats.clocks import Reading
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.notifications.models import Notice
from tests.whistle.people import World, dispatched
from whistle.models import CaseDeadline
from whistle.tasks import recalculate_deadlines, ring_due_deadlines


def reading(*, ahead: float) -> Reading:
    """Read the clocks with a database that is ahead."""
    real = guard.read()
    return Reading(real.database + timedelta(seconds=ahead), real.wall, real.elapsed, real.boot, real.slack)


def due(world: World) -> CaseDeadline:
    """Walk to a deadline whose next rung is due by the database's clock."""
    row = CaseDeadline.objects.filter(assignment=dispatched(world)[0], wake_at__isnull=False).earliest("pk")
    assert row.wake_at is not None
    assert row.wake_at < timers.database_now()
    return row


@pytest.mark.parametrize("ahead", [3600, -3600, 86400, -86400, 11])
def test_nothing_rings_while_the_clocks_differ_and_all_afterwards(world: World, ahead: float) -> None:
    row = due(world)
    wrong, right = reading(ahead=ahead), reading(ahead=0)
    with mock.patch.object(guard, "read", return_value=wrong):
        for _ in range(3):
            ring_due_deadlines()
            recalculate_deadlines()
    row.refresh_from_db()
    assert row.rungs_climbed == 0
    assert Heartbeat.objects.get(pk="ring due deadlines").facts == {"clocks": "halt"}
    told = Notice.objects.filter(kind="operations.clocks")
    assert [notice.recipient for notice in told] == [world.people["system_admin"]]
    with mock.patch.object(guard, "read", return_value=right):
        ring_due_deadlines()
    row.refresh_from_db()
    assert row.rungs_climbed > 0


def test_three_seconds_are_an_alarm_and_ring(world: World) -> None:
    row = due(world)
    with mock.patch.object(guard, "read", return_value=reading(ahead=3)):
        ring_due_deadlines()
    row.refresh_from_db()
    assert row.rungs_climbed > 0
    assert Heartbeat.objects.get(pk="ring due deadlines").facts["clocks"] == "alarm"
