"""Whether a sweep is well, from its last beat and the moment alone: no query, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.rhythms import RHYTHMS

# A run that has not ended yet is not late for as long as the worker would let it live (CELERY_TASK_TIME_LIMIT)
LONGEST_RUN = timedelta(seconds=150)


class State(StrEnum):
    """How a sweep is; everything but OK is worth a look."""

    OK = "ok"
    LATE = "late"
    FAILING = "failing"
    NEVER = "never"


@dataclass(frozen=True)
class Pulse:
    """A sweep's name with its last beat, if it ever beat, and what that means."""

    name: str
    beat: Heartbeat | None
    state: State


def state_of(beat: Heartbeat | None, now: datetime) -> State:
    """Return how the sweep is at `now`, the database's clock. A name without a rhythm is never late.

    FAILING: it runs, and the last run ended with an error. LATE: no good end for longer than its rhythm allows,
    whatever the last run did. A run under way is given until `LONGEST_RUN`, so that a long drain is not an alarm.
    """
    if beat is None:
        return State.NEVER
    rhythm = RHYTHMS.get(beat.name)
    if rhythm is None:
        return State.FAILING if beat.error else State.OK
    running = beat.finished_at is None or beat.started_at > beat.finished_at
    patience = max(rhythm.late_after, LONGEST_RUN) if running else rhythm.late_after
    if beat.error and beat.finished_at is not None and now - beat.finished_at <= patience:
        return State.FAILING
    if beat.last_ok_at is None:
        return State.OK if running and now - beat.started_at <= patience else State.NEVER
    return State.LATE if now - beat.last_ok_at > patience else State.OK
