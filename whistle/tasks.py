"""The sweep, as the beat calls it."""

import time
import uuid
from typing import Any

from celery import shared_task

from kunming_portal.deadlines import timers
from whistle import services
from whistle.models import CaseDeadline, TaskDeadline
from whistle.services import recalculating

# a job goes on at the next beat: well below the worker's own limit
DRAIN_SECONDS = 45


@shared_task
def ring_due_deadlines(**_future: Any) -> None:
    """Ring every due deadline by the database's clock (see `timers.ring_due`)."""
    now = timers.database_now()
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now)
    timers.ring_due(model=TaskDeadline, owner="task__case", act=services.ring_tasks, now=now)


@shared_task
def recalculate_deadlines(**_future: Any) -> None:
    """Go on with deadline changes that were asked for or confirmed, one batch after another (`recalculating`)."""
    worker = uuid.uuid4()
    ends = time.monotonic() + DRAIN_SECONDS
    job = recalculating.claim(worker=worker, now=timers.database_now())
    if job is None:
        return
    while time.monotonic() < ends and recalculating.advance(
        job=job, worker=worker, now=timers.database_now()
    ):
        pass
    recalculating.release(job=job, worker=worker)
