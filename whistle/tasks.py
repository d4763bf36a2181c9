"""The sweep, as the beat calls it."""

from typing import Any

from celery import shared_task

from kunming_portal.deadlines import timers
from whistle import services
from whistle.models import CaseDeadline


@shared_task
def ring_due_deadlines(**_future: Any) -> None:
    """Ring every due deadline by the database's clock (see `timers.ring_due`)."""
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=timers.database_now())
