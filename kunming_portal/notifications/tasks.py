"""The outbox drain, as the beat calls it: a task a channel, so that a dead one holds nothing but itself."""

from typing import Any

from celery import shared_task

from kunming_portal.deadlines.timers import database_now
from kunming_portal.heartbeats.selectors import get_facts
from kunming_portal.heartbeats.services import beating
from kunming_portal.notifications import delivering

NAME = "deliver notices"


# a server that dawdles over its greeting is left by the soft limit; the hard one frees the channel in any case
@shared_task(soft_time_limit=60, time_limit=75)
def deliver_due(*, channel: str = delivering.EMAIL, **_future: Any) -> None:
    """Send what waits for the channel (see `delivering.deliver_due`); one that was dead rests for a while."""
    remembered = get_facts(NAME).get(channel, {})
    with beating(NAME) as beat:
        now = database_now()
        beat.facts = {channel: remembered} if remembered else {}
        if delivering.rests(remembered, now=now):
            return
        done = delivering.deliver_due(channel=channel, now=now)
        beat.done, beat.failed = done.sent, done.failed + done.given_up
        rest = delivering.rest_after(done, before=remembered, now=now)
        beat.facts = {channel: rest} if rest else {}
