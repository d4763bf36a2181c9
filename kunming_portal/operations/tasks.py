"""The reconciliation, as the beat calls it."""

import dataclasses
from typing import Any

from celery import shared_task

from kunming_portal.heartbeats.guard import read
from kunming_portal.heartbeats.services import beating
from kunming_portal.operations.figures import RECONCILIATION
from kunming_portal.operations.reconciling import reconcile as find


@shared_task
def reconcile(**_future: Any) -> None:
    """Look for rows that do not fit each other; the operators' page shows what was found (see `reconciling`)."""
    with beating(RECONCILIATION) as beat:
        found = find(now=read().database)
        beat.done = len(found)
        beat.failed = sum(one.count for one in found.values())
        beat.facts = {name: dataclasses.asdict(one) for name, one in found.items()}
