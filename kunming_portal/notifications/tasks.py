"""The outbox drain, as the beat calls it."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from kunming_portal.heartbeats.services import beating
from kunming_portal.notifications import services


@shared_task
def deliver_due(**_future: Any) -> None:
    """Send what waits in the outbox (see `services.deliver_due`)."""
    with beating("deliver notices") as beat:
        beat.done = services.deliver_due(now=timezone.now())
