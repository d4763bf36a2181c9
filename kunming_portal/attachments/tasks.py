"""The cleaning, as the beat calls it."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from kunming_portal.attachments import services
from kunming_portal.heartbeats.services import beating


@shared_task
def clean_up(**_future: Any) -> None:
    """Delete what was never sent and the bytes of what was withdrawn (see `services.clean_up`)."""
    with beating("clean up files") as beat:
        beat.done = sum(services.clean_up(now=timezone.now()))
