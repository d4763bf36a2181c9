"""The outbox drain, as the beat calls it."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from kunming_portal.notifications import services


@shared_task
def deliver_due(**_future: Any) -> None:
    """Send what waits in the outbox (see `services.deliver_due`)."""
    services.deliver_due(now=timezone.now())
