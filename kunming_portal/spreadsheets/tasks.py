"""Going on with imports, as the beat calls it and as an upload nudges it."""

import logging
import time
import uuid
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from kunming_portal.heartbeats.services import beating
from kunming_portal.spreadsheets import services
from kunming_portal.spreadsheets.models import Import

logger = logging.getLogger(__name__)

# one import after another, well below the worker's own limit
DRAIN_SECONDS = 45


@shared_task
def import_workbooks(**_future: Any) -> None:
    """Read and save what waits, one import after another; take up what a dead worker left; delete what is old."""
    with beating("import workbooks") as beat:
        ends = time.monotonic() + DRAIN_SECONDS
        worker = uuid.uuid4()
        beat.facts["expired"] = services.expire(now=timezone.now())
        while time.monotonic() < ends:
            job = services.claim(worker=worker, now=timezone.now())
            if job is None:
                return
            services.advance(job=job, worker=worker, now=timezone.now())
            beat.done += 1


def go_on(job: Import, *, at_once: bool) -> None:
    """Go on with an import: before the answer when it is small, else by the worker, which is told at once."""
    if not at_once:
        transaction.on_commit(nudge, robust=True)
        return
    worker = uuid.uuid4()
    mine = services.claim(worker=worker, now=timezone.now(), job=job)
    if mine is not None:
        services.advance(job=mine, worker=worker, now=timezone.now())


def nudge() -> None:
    """Tell the worker; while the broker is away nothing is lost, the next beat finds the import."""
    try:
        import_workbooks.apply_async(expires=60, retry=False)
    except OperationalError:
        logger.warning("The worker could not be told of an import; the beat will find it.")
