"""Whether the clocks can be trusted to ring by. Pure: readings go in, a judgement comes out.

Due is decided by the database's clock alone, so a wrong one would ring early, or late, everywhere at once. Each tick
compares it with this machine's wall clock, and with the time that really went by since an anchor, counted by a clock
nobody can set: that shows a jump of the database even where both stand on one machine and jump together.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

ALARM = timedelta(seconds=2)
HALT = timedelta(seconds=10)
# A step both clocks agree on for so long is a correction: otherwise a repaired clock would halt for ever
SETTLE = timedelta(minutes=10)


class Trust(StrEnum):
    """What the clocks are good for: everything, everything with a warning, or no ringing at all."""

    OK = "ok"
    ALARM = "alarm"
    HALT = "halt"


@dataclass(frozen=True)
class Reading:
    """One look at all clocks. `elapsed`: seconds of a clock that only runs; `boot` names its beginning."""

    database: datetime
    wall: datetime
    elapsed: float
    boot: str
    slack: timedelta = timedelta(0)  # how long the look itself took: nothing can be known more exactly


@dataclass(frozen=True)
class Anchor:
    """A moment of the past at which the database's clock was believed, and since when it is doubted."""

    database: datetime
    elapsed: float
    boot: str
    doubted_at: float | None = None  # on the clock that only runs

    def as_facts(self) -> dict[str, Any]:
        """Return the anchor as JSON."""
        return {
            "database": self.database.isoformat(),
            "elapsed": self.elapsed,
            "boot": self.boot,
            "doubted_at": self.doubted_at,
        }

    @staticmethod
    def from_facts(facts: dict[str, Any] | None) -> "Anchor | None":
        """Return the anchor that `as_facts` wrote, None when there is none to be read."""
        try:
            return (
                Anchor(
                    database=datetime.fromisoformat(facts["database"]),
                    elapsed=float(facts["elapsed"]),
                    boot=str(facts["boot"]),
                    doubted_at=facts["doubted_at"],
                )
                if facts
                else None
            )
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True)
class Judgement:
    """What a reading means. `apart`: database minus wall clock; `jumped`: database minus what really went by."""

    trust: Trust
    apart: timedelta
    jumped: timedelta
    anchor: Anchor | None


def judge(reading: Reading, anchor: Anchor | None) -> Judgement:
    """Judge a reading against the anchor of earlier ticks (None: the first tick since the machine started).

    Apart or jumped by more than `ALARM` is a warning, by more than `HALT` nothing may ring. It is over as soon as the
    clocks agree again. A jump that both clocks made stays a halt until they jump back, or have agreed for `SETTLE`.
    """
    apart = reading.database - reading.wall
    by_wall = trust_in(apart, reading.slack)
    if anchor is None or anchor.boot != reading.boot or reading.elapsed < anchor.elapsed:
        # nothing to go by yet: only clocks that agree are worth remembering
        return Judgement(by_wall, apart, timedelta(0), fresh(reading) if by_wall is Trust.OK else None)
    passed = timedelta(seconds=reading.elapsed - anchor.elapsed)
    jumped = reading.database - anchor.database - passed
    by_course = trust_in(jumped, reading.slack)
    worse = max(by_wall, by_course, key=list(Trust).index)
    return Judgement(worse, apart, jumped, _next(reading, anchor, by_wall=by_wall, by_course=by_course))


def trust_in(difference: timedelta, slack: timedelta) -> Trust:
    """Return what a difference means; what the look itself may have taken counts in its favour."""
    surely = abs(difference) - slack
    return Trust.HALT if surely > HALT else Trust.ALARM if surely > ALARM else Trust.OK


def fresh(reading: Reading) -> Anchor:
    """Return the reading as a new anchor."""
    return Anchor(database=reading.database, elapsed=reading.elapsed, boot=reading.boot)


def _next(reading: Reading, anchor: Anchor, *, by_wall: Trust, by_course: Trust) -> Anchor:
    """Return the anchor for the next tick: it follows while all agree, and stands still while there is doubt.

    Following keeps a slow drift of a healthy clock from adding up to a jump.
    """
    if by_course is Trust.OK:
        return fresh(reading) if by_wall is Trust.OK else replace(anchor, doubted_at=None)
    if by_wall is Trust.HALT or anchor.doubted_at is None:
        return replace(anchor, doubted_at=reading.elapsed)
    settled = reading.elapsed - anchor.doubted_at >= SETTLE.total_seconds()
    return fresh(reading) if settled else anchor
