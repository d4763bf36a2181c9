"""The hand that rings: claims due deadlines in batches and hands them to the app that owns them.

Celery is only the heartbeat; any number of workers may run this at once (docs/architecture.md, "One timer").
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction

from kunming_portal.deadlines.models import Deadline

logger = logging.getLogger(__name__)

D = TypeVar("D", bound=Deadline)
Act = Callable[[list[D], datetime], None]

BATCH = 200
RETRY_AFTER = timedelta(minutes=10)
# The database ends what a frozen worker holds (standards.md §4.3): milliseconds
FENCES = {"statement_timeout": 5000, "lock_timeout": 2000, "idle_in_transaction_session_timeout": 2000}


@dataclass
class Sweep:
    """What one sweep did: rungs climbed, rows pushed ahead because they failed alone."""

    rung: int = 0
    failed: int = 0


def database_now() -> datetime:
    """Return the database's clock: the only one a due decision is made by. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def ring_due(*, model: type[D], owner: str, act: Act[D], now: datetime, batch: int = BATCH) -> Sweep:
    """Climb one rung of every deadline due at `now` (database time, read once at the edge), until none is due.

    `owner` names the foreign key whose row is locked with the deadline; `act(rows, now)` records rungs,
    trail, notices and sets the next alarm, all in the same transaction. A batch that fails is retried row
    by row; a row that fails alone is pushed ahead by ten minutes and reported, so it cannot stop the queue.
    Rows another worker holds are skipped, so the sweep never waits.
    """
    sweep = Sweep()
    seen_failing: set[int] = set()
    while True:
        rows: list[D] = []
        try:
            with transaction.atomic():
                rows = _claim(model, owner, now=now, size=batch)
                if not rows:
                    return sweep
                act(rows, now)
                sweep.rung += len(rows)
        except Exception:  # whatever it is: the rows are tried alone, and only the guilty one waits
            ids = [row.pk for row in rows if row.pk not in seen_failing]
            if not ids:  # the claim itself failed, or a row failed again: nothing to isolate
                raise
            logger.exception("A batch of due deadlines failed; its rows are tried one by one.")
            for pk in ids:
                if _ring_one(model, owner, pk, act=act, now=now):
                    sweep.rung += 1
                else:
                    sweep.failed += 1
                    seen_failing.add(pk)


def _ring_one(model: type[D], owner: str, pk: int, *, act: Act[D], now: datetime) -> bool:
    try:
        with transaction.atomic():
            rows = _claim(model, owner, now=now, size=1, pk=pk)
            if rows:
                act(rows, now)
            return True
    except Exception as error:  # whatever it is, one row must not stop the others; it is recorded and logged
        logger.exception("Deadline %s cannot ring; pushed ahead.", pk)
        _push_ahead(model, pk, now=now, reason=f"{type(error).__name__}: {error}")
        return False


def _claim(model: type[D], owner: str, *, now: datetime, size: int, pk: int | None = None) -> list[D]:
    """Lock due rows together with their owners. Locking only the owner would hand a rung row to a second worker."""
    _fence()
    due = model._default_manager.filter(wake_at__isnull=False, wake_at__lte=now)
    if pk is not None:
        due = due.filter(pk=pk)
    locked = due.select_for_update(skip_locked=True, of=("self", owner)).select_related(owner)
    return list(locked.order_by("wake_at", "pk")[:size])


def _fence() -> None:
    """Limit the sweep's transaction. Not inside a caller's own, which the limits would outlive the sweep in."""
    if connection.savepoint_ids:
        return
    with connection.cursor() as cursor:
        for name, milliseconds in FENCES.items():
            cursor.execute("select set_config(%s, %s, true)", [name, str(milliseconds)])


def _push_ahead(model: type[D], pk: int, *, now: datetime, reason: str) -> None:
    """Give a failing row a later alarm. Whoever holds the row now is moving it: then it is left to them."""
    with transaction.atomic():
        row = model._default_manager.select_for_update(skip_locked=True).filter(pk=pk).first()
        if row is None or row.ended_at is not None:
            return
        row.failures = min(row.failures + 1, 32_000)
        row.failure = reason[:300]
        row.wake_at = now + RETRY_AFTER * min(row.failures, 36)
        row.save(update_fields=["failures", "failure", "wake_at"])
