"""The clock guard with clocks that can be set: what halts, what warns, and how it ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest import mock

import pytest

from kunming_portal.heartbeats import guard
from kunming_portal.heartbeats.clocks import SETTLE, Anchor, Judgement, Reading, Trust, judge
from kunming_portal.heartbeats.models import Heartbeat
from tests.whistle.people import NOW

TICK = 5.0
HOUR, DAY = 3600.0, 86400.0


@dataclass
class Clocks:
    """A machine and a database that begin in agreement."""

    database: datetime = NOW
    wall: datetime = NOW
    elapsed: float = 100.0
    anchor: Anchor | None = None

    def tick(self, *, database: float = 0, wall: float = 0, seconds: float = TICK) -> Judgement:
        """Let time pass, set the clocks by so many seconds, and judge."""
        self.elapsed += seconds
        self.database += timedelta(seconds=seconds + database)
        self.wall += timedelta(seconds=seconds + wall)
        found = judge(self.reading(), self.anchor)
        self.anchor = found.anchor
        return found

    def reading(self) -> Reading:
        return Reading(database=self.database, wall=self.wall, elapsed=self.elapsed, boot="one")


@pytest.fixture
def clocks() -> Clocks:
    made = Clocks()
    assert made.tick().trust is Trust.OK
    return made


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, 11, -11])
@pytest.mark.parametrize("both", [False, True], ids=["database", "both"])
def test_a_jump_of_the_databases_clock_halts_until_it_jumps_back(
    clocks: Clocks, jump: float, both: bool
) -> None:
    assert clocks.tick(database=jump, wall=jump if both else 0).trust is Trust.HALT
    assert clocks.tick().trust is Trust.HALT, "it is not forgotten with the next tick"
    assert clocks.tick(database=-jump, wall=-jump if both else 0).trust is Trust.OK
    assert clocks.tick().trust is Trust.OK


@pytest.mark.parametrize("jump", [HOUR, -DAY, 11])
def test_a_wrong_wall_clock_halts_this_machine_and_is_known_as_such(clocks: Clocks, jump: float) -> None:
    found = clocks.tick(wall=jump)
    assert (found.trust, found.jumped) == (Trust.HALT, timedelta(0))
    assert clocks.tick(wall=-jump).trust is Trust.OK


@pytest.mark.parametrize("jump", [3, -3, 10])
def test_a_few_seconds_warn_and_let_ring(clocks: Clocks, jump: float) -> None:
    assert clocks.tick(database=jump).trust is Trust.ALARM


def test_two_seconds_are_within_the_bound(clocks: Clocks) -> None:
    assert clocks.tick(database=2).trust is Trust.OK


def test_a_step_both_clocks_agree_on_for_long_is_a_correction(clocks: Clocks) -> None:
    clocks.tick(database=HOUR, wall=HOUR)
    assert clocks.tick(seconds=SETTLE.total_seconds() - 1).trust is Trust.HALT
    clocks.tick(seconds=1)
    assert clocks.tick().trust is Trust.OK


def test_nothing_settles_while_the_two_disagree(clocks: Clocks) -> None:
    clocks.tick(database=HOUR)
    clocks.tick(seconds=SETTLE.total_seconds())
    clocks.tick(seconds=SETTLE.total_seconds())
    assert clocks.tick().trust is Trust.HALT


def test_a_slow_drift_is_no_jump_and_ticks_may_be_missed(clocks: Clocks) -> None:
    for _ in range(20):
        assert clocks.tick(database=1, wall=1).trust is Trust.OK
    assert clocks.tick(seconds=7 * DAY).trust is Trust.OK


def test_a_machine_that_started_again_has_no_memory_and_compares_the_two_clocks(clocks: Clocks) -> None:
    clocks.anchor = Anchor(database=NOW - timedelta(days=3), elapsed=9.0e6, boot="another")
    assert clocks.tick().trust is Trust.OK
    clocks.anchor = None
    assert clocks.tick(database=60).trust is Trust.HALT
    assert clocks.tick(database=-60).trust is Trust.OK, "a wrong clock was not taken for the measure"


def test_a_slow_answer_is_no_difference() -> None:
    slow = Reading(NOW + timedelta(seconds=12), NOW, 1.0, "one", slack=timedelta(seconds=12))
    assert judge(slow, None).trust is Trust.OK


@pytest.mark.parametrize("facts", [None, {}, {"database": "never"}, {"database": 1, "elapsed": "x"}])
def test_an_anchor_nobody_can_read_is_none(facts: dict[str, object] | None) -> None:
    assert Anchor.from_facts(facts) is None


@pytest.mark.django_db
def test_the_guard_remembers_across_ticks_and_says_once_that_a_halt_begins(clocks: Clocks) -> None:
    with mock.patch.object(guard, "read", side_effect=clocks.reading):
        assert guard.look().may_ring
        clocks.database += timedelta(hours=1)
        clocks.wall += timedelta(hours=1)
        first, second = guard.look(), guard.look()
        assert (first.may_ring, first.begins, second.begins) == (False, True, False)
        assert Heartbeat.objects.get().facts["jumped"] == 3600.0
        clocks.database -= timedelta(hours=1)
        clocks.wall -= timedelta(hours=1)
        assert guard.look().may_ring


@pytest.mark.django_db
def test_the_clocks_of_this_machine_agree() -> None:
    assert guard.look().judgement.trust is Trust.OK
    assert guard.look().may_ring
