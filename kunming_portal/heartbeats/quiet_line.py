"""What everybody may know: whether timers run. Asked of one row, once in a while in each process."""

import time

from django.conf import settings
from django.db import Error
from django.db.models.functions import Now

from kunming_portal.heartbeats.clocks import Trust
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.states import State, state_of

RING = "ring due deadlines"
_remembered: dict[str, tuple[float, bool]] = {}


def timers_run() -> bool:
    """Whether due deadlines ring. One query every TIMERS_ASKED_EVERY seconds a process; without that setting none."""
    every = settings.TIMERS_ASKED_EVERY
    if every is None:
        return True
    asked, answer = _remembered.get(RING, (0.0, True))
    if not asked or time.monotonic() - asked > every:
        answer = ask()
        _remembered[RING] = (time.monotonic(), answer)
    return answer


def ask() -> bool:
    """Ask the row. A database that does not answer has worse to say than this line."""
    try:
        row = Heartbeat.objects.filter(pk=RING).annotate(read_at=Now()).first()
    except Error:
        return True
    if row is None:
        return False
    return state_of(row, vars(row)["read_at"]) is State.OK and row.facts.get("clocks") != Trust.HALT.value
