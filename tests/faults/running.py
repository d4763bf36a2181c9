"""One run: the city under load, phase after phase, until it is quiet; everything a fault may take hold of."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError, connection

from kunming_portal.deadlines import timers
from tests.faults import checks, city
from tests.faults.checks import Violation
from tests.faults.city import Cases
from tests.faults.control import Control, Dial
from tests.faults.stage import Stage
from tests.faults.users import Passerby

if TYPE_CHECKING:
    from tests.faults.injections import Fault

AHEAD = timedelta(seconds=1)
STEP = 0.05
# The share of the cases that people act on; the others climb their whole ladder
TOUCHED = 0.6
LONGEST_PAUSE = 30.0
# Without any progress for so long, what is due is taken for lost
STUCK = 90.0


@dataclass
class Phase:
    """What one fault met, and how late the rungs were that were planned meanwhile."""

    fault: "Fault"
    first: datetime
    last: datetime
    strikes: int
    rungs: int = 0
    late: list[float] = field(default_factory=list)
    found: list[Violation] = field(default_factory=list)


@dataclass
class Run:
    """The state of a run. `dice` decide everything that is random in it, by the seed."""

    stage: Stage
    control: Control
    environment: Mapping[str, str]
    dice: random.Random
    rate: float  # cases that fall due a second
    burst: int  # promises that fall due in one second
    cases: Cases = Cases(0, 0)
    pause: float = 0.0  # seconds a worker is stopped and the broker away, in this phase
    strikes: int = 0
    held: Any = None
    ledgers: list[Path] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)

    def rest(self, seconds: float) -> None:
        """Wait, and start again what died."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, STEP))
            self.stage.revive()

    def start_users(self, number: int, *, pause: float) -> None:
        """Start so many processes of users."""
        connection.close()
        for _one in range(number):
            ledger = self.stage.here.root / f"users-{len(self.ledgers)}"
            ledger.touch()
            self.ledgers.append(ledger)
            one = Passerby(seed=self.dice.randrange(2**32), control=self.control, ledger=ledger, pause=pause)
            self.stage.fork(one.live, log=self.stage.here.logs / "users.log")

    def play(self, fault: "Fault", seconds: float) -> Phase:
        """Let cases fall due for so long while the fault strikes, then heal it."""
        first = timers.database_now() + AHEAD
        if fault.number == "F24":
            number = max(self.burst // 4, 1)
            red = {step: ("red",) for step in city.LADDERS if step != "task"}
            self.cases = city.fill(number, first=first, seconds=1, gap=1, ladders=red)
        else:
            number = max(int(self.rate * seconds), 5)
            self.cases = city.fill(number, first=first, seconds=seconds * 0.6, gap=seconds * 0.1)
        connection.close()
        self.control[Dial.AT_DUE] = 0.4
        touched = self.cases.first + int((self.cases.last - self.cases.first) * TOUCHED)
        self.control[Dial.FIRST], self.control[Dial.LAST] = self.cases.first, touched
        self.strikes, self.pause = 0, min(LONGEST_PAUSE, seconds * 0.7)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.strikes += self._strike(fault)
            self.rest(min(self.dice.uniform(0.6, 1.4) * fault.every, max(ends - time.monotonic(), 0)))
        self._heal(fault)
        phase = Phase(fault, first, self._now(), self.strikes)
        self.phases.append(phase)
        return phase

    def _strike(self, fault: "Fault") -> int:
        try:
            return fault.strike(self)
        except (DatabaseError, InterfaceError):  # the conductor's own connection was hit as well
            connection.close()
            return 0

    def _heal(self, fault: "Fault") -> None:
        for dial in (Dial.WORKER_1, Dial.WORKER_2, Dial.DATABASE, Dial.RECEIVER):
            self.control[dial] = 0
        connection.close()
        if fault.heal is not None:
            fault.heal(self)
        self.stage.revive()

    def _now(self) -> datetime:
        connection.close()
        return timers.database_now()

    def come_to_rest(self) -> datetime | None:
        """Let users rest and wait until nothing is due; return the moment up to which, none when it got stuck.

        Waits as long as there is progress, so that a slow machine is no violation.
        """
        self.control[Dial.LAST] = 0
        self.rest(1.0)  # moves that were begun
        quiet = self._now() + timedelta(seconds=2)
        self.rest(2.0)
        least, since = checks.still_due(quiet) + 1, time.monotonic()
        while (left := checks.still_due(quiet)) > 0:
            if left < least:
                least, since = left, time.monotonic()
            if time.monotonic() - since > STUCK:
                break
            self.rest(0.5)
        return quiet

    def judge(self, quiet: datetime | None, receiver: Path) -> list[Violation]:
        """Check everything, and give each phase its rungs, lateness and violations; return all violations."""
        connection.close()
        found = checks.check(quiet=quiet)
        at = timers.database_now()
        found += (
            checks.check_trail(at=at)
            + checks.check_receiver(receiver, at=at)
            + checks.check_users(self.ledgers, at=at)
        )
        for number, phase in enumerate(self.phases):
            last = self.phases[number + 1].first if number + 1 < len(self.phases) else at
            phase.rungs, phase.late = checks.lateness(phase.first, phase.last)
            phase.found = [
                v for v in found if phase.first <= v.at < last or (not number and v.at < phase.first)
            ]
        if self.phases:
            self.phases[-1].found += [v for v in found if v.at >= at]
        return found

    def moves(self) -> tuple[int, int, int]:
        """Return how many moves users made, how many were refused, how many were cut off by a fault."""
        lines = [line for ledger in self.ledgers for line in ledger.read_text().splitlines()]
        refused = sum(line.startswith("0 refused") for line in lines)
        cut = sum(line.startswith("0 cut") for line in lines)
        return len(lines) - refused - cut, refused, cut
