"""The canary, as the beat and the worker call it."""

from datetime import datetime
from typing import Any

from celery import shared_task

from kunming_portal.heartbeats import canary
from kunming_portal.heartbeats.guard import read
from kunming_portal.heartbeats.services import beating


@shared_task
def send_canary(**_future: Any) -> None:
    """Send a canary through the broker: beat, broker, worker, broker, worker, database."""
    with beating("send the canary") as beat:
        land_canary.apply_async(kwargs={"sent_at": read().database.isoformat()}, expires=60)
        beat.done = 1


@shared_task
def land_canary(*, sent_at: str, **_future: Any) -> None:
    """Record that the canary arrived (see `canary.arrive`)."""
    canary.arrive(sent_at=datetime.fromisoformat(sent_at), now=read().database)
