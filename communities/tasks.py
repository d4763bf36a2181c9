"""The sweep of undertakings, as the beat calls it."""

from typing import Any

from celery import shared_task

from communities.models import UndertakingDeadline
from communities.services import undertaking_ringing
from kunming_portal.deadlines import timers
from kunming_portal.heartbeats.services import beating
from kunming_portal.notifications.alarms import clocks_agree


@shared_task
def ring_undertakings(**_future: Any) -> None:
    """Ring every due undertaking by the database's clock (see `timers.ring_due`); none while the clocks differ."""
    with beating("ring undertakings") as beat:
        if not clocks_agree(beat):
            return
        sweep = timers.ring_due(
            model=UndertakingDeadline,
            owner="undertaking",
            act=undertaking_ringing.ringer(),
            now=timers.database_now(),
        )
        beat.done, beat.failed = sweep.rung, sweep.failed
        beat.facts["more"] = sweep.more
