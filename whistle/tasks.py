"""The sweep, as the beat calls it."""

import time
import uuid
from typing import Any

from celery import shared_task

from kunming_portal.deadlines import timers
from kunming_portal.heartbeats.services import beating
from kunming_portal.notifications.alarms import clocks_agree
from whistle import services
from whistle.models import CaseDeadline, TaskDeadline
from whistle.services import recalculating, rechecking

# a job goes on at the next beat: well below the worker's own limit
DRAIN_SECONDS = 45


@shared_task
def ring_due_deadlines(**_future: Any) -> None:
    """Ring every due deadline by the database's clock (see `timers.ring_due`); none while the clocks differ."""
    with beating("ring due deadlines") as beat:
        if not clocks_agree(beat):
            return
        now = timers.database_now()
        sweeps = [
            timers.ring_due(model=CaseDeadline, owner="case", act=services.ringer(), now=now),
            timers.ring_due(model=TaskDeadline, owner="task__case", act=services.task_ringer(), now=now),
        ]
        beat.done = sum(sweep.rung for sweep in sweeps)
        beat.failed = sum(sweep.failed for sweep in sweeps)
        beat.facts["more"] = any(sweep.more for sweep in sweeps)


@shared_task
def recalculate_deadlines(**_future: Any) -> None:
    """Go on with deadline changes that were asked for or confirmed, one batch after another (`recalculating`)."""
    with beating("recalculate deadlines") as beat:
        if not clocks_agree(beat):
            return
        worker = uuid.uuid4()
        ends = time.monotonic() + DRAIN_SECONDS
        job = recalculating.claim(worker=worker, now=timers.database_now())
        if job is None:
            return
        while time.monotonic() < ends and recalculating.advance(
            job=job, worker=worker, now=timers.database_now()
        ):
            beat.done += 1
        recalculating.release(job=job, worker=worker)


@shared_task
def recheck_deadlines(**_future: Any) -> None:
    """Go on with the nightly check of running deadlines, or begin it when its hour has come (`rechecking`)."""
    with beating("check running deadlines") as beat:
        ends = time.monotonic() + DRAIN_SECONDS
        now = timers.database_now()
        if not rechecking.has_work(now=now):
            return
        run, timeline = rechecking.begin(now=now), rechecking.get_timeline(now=now)
        before = run.seen
        while time.monotonic() < ends and rechecking.advance(
            run=run, timeline=timeline, now=timers.database_now()
        ):
            pass
        run.refresh_from_db()
        beat.done = run.seen - before
        beat.facts = {"wrong": run.wrong, "outdated": run.outdated}
