"""Reading heartbeats."""

from datetime import datetime
from typing import Any

from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.rhythms import RHYTHMS
from kunming_portal.heartbeats.states import Pulse, state_of


def get_pulses(*, now: datetime) -> list[Pulse]:
    """Return every sweep that should beat, in the order of `RHYTHMS`, with its state at `now` (the database's clock).

    One query.
    """
    beats = Heartbeat.objects.in_bulk(list(RHYTHMS))
    return [Pulse(name=name, beat=beats.get(name), state=state_of(beats.get(name), now)) for name in RHYTHMS]


def get_facts(name: str) -> dict[str, Any]:
    """Return what the last run of a sweep told; nothing when it never ran. One query."""
    facts: dict[str, Any] = Heartbeat.objects.filter(pk=name).values_list("facts", flat=True).first() or {}
    return facts
