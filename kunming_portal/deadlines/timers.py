"""The hand that rings: claims due deadlines in batches and hands them to the app that owns them.

Celery is only the heartbeat; any number of workers may run this at once (docs/architecture.md, "One timer").
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

from kunming_portal import setwise
from kunming_portal.deadlines.claiming import claim
from kunming_portal.deadlines.models import Deadline

logger = logging.getLogger(__name__)

D = TypeVar("D", bound=Deadline)
Act = Callable[[list[D], datetime], None]

# The more, the less a rung costs (a thousand: a quarter less than five hundred); but what lies between two statements
# of a batch must stay below the fence on a busy machine too, and people wait for a case as long as its batch takes
BATCH = 800
# A sweep ends by itself, well below the worker's limit: the next beat goes on
SWEEP_SECONDS = 35.0
# After a row's first failure, its second, ...: a lock that somebody kept too long is free again soon
RETRY_AFTER = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
RETRY_LATER = timedelta(minutes=10)
SELDOM = timedelta(hours=6)
# PostgreSQL's classes of errors by which a connection or the server goes away: no row is to blame
GONE = ("08", "57P")


@dataclass
class Sweep:
    """What one sweep did: rungs climbed, rows pushed ahead because they failed alone, stale alarms set right.

    `more` says that its time was over before the work was.
    """

    rung: int = 0
    failed: int = 0
    corrected: int = 0
    more: bool = False


def database_now() -> datetime:
    """Return the database's clock: the only one a due decision is made by. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def ring_due(
    *,
    model: type[D],
    owner: str,
    act: Act[D],
    now: datetime,
    batch: int = BATCH,
    seconds: float = SWEEP_SECONDS,
) -> Sweep:
    """Climb one rung of every deadline due at `now` (database time, read once at the edge), until none is due.

    `owner` names the foreign key whose row is locked with the deadline; `act(rows, now)` records rungs,
    trail, notices and sets the next alarm, all in the same transaction. A batch that fails is halved until the row
    that fails alone is found; that one is pushed ahead and reported, so it cannot stop the queue, and rings alone
    from then on. Whether a row rings is decided from its ladder: an alarm before the next rung's moment is only
    corrected. Rows another worker holds are skipped, so the sweep never waits; after `seconds` it ends with `more`.
    Idle it costs one query on a partial index.
    """
    hand = _Hand(model=model, owner=owner, act=act, now=now)
    ends = time.monotonic() + seconds
    while hand.ring_batch(batch):
        if time.monotonic() > ends:
            hand.sweep.more = True
            break
    return hand.sweep


def set_alarms(model: type[Deadline], deadlines: Sequence[Deadline]) -> None:
    """Count the rungs that were climbed and set the next alarms. One query."""
    for deadline in deadlines:
        deadline.climb()
        deadline.failures, deadline.failure = 0, ""
    setwise.update(
        model,
        [deadline.pk for deadline in deadlines],
        {
            "rungs_climbed": [deadline.rungs_climbed for deadline in deadlines],
            "wake_at": [deadline.wake_at for deadline in deadlines],
            "failures": [deadline.failures for deadline in deadlines],
            "failure": [deadline.failure for deadline in deadlines],
        },
    )


class _Hand(Generic[D]):
    """One sweep over one table."""

    def __init__(self, *, model: type[D], owner: str, act: Act[D], now: datetime) -> None:
        self.model, self.owner, self.act, self.now = model, owner, act, now
        self.sweep = Sweep()
        self.failed: set[int] = set()

    def ring_batch(self, size: int) -> bool:
        """Ring the next due rows, in a transaction; return whether there were any."""
        rows: list[D] = []
        try:
            with transaction.atomic():
                rows = self._claim(size)
                before = [row for row in rows if row.failures]
                rung = self._ring([row for row in rows if not row.failures])
        except Exception as error:  # whatever it is: only the guilty row waits
            if not rows or _is_gone(error):  # the claim failed, or the database left: nothing to isolate
                raise
            logger.exception("A batch of due deadlines failed; it is halved until the guilty row is found.")
            self._halve([row.pk for row in rows])
        else:
            self.sweep.rung += rung
            for row in before:  # they failed before: the others do not ring with them
                self._ring_some([row.pk])
        return bool(rows)

    def _halve(self, keys: Sequence[int]) -> None:
        if len(keys) == 1:
            self._ring_some(keys)
            return
        middle = len(keys) // 2
        for half in (keys[:middle], keys[middle:]):
            if not self._ring_some(half, alone=len(half) == 1):
                self._halve(half)

    def _ring_some(self, keys: Sequence[int], *, alone: bool = True) -> bool:
        """Ring these rows as far as they are still due; return False when they must be halved."""
        try:
            with transaction.atomic():
                rung = self._ring(self._claim(len(keys), keys))
        except Exception as error:  # whatever it is, one row must not stop the others; it is recorded, logged
            if _is_gone(error):
                raise
            if not alone:
                return False
            self._give_up(keys[0], error)
        else:
            self.sweep.rung += rung
        return True

    def _give_up(self, pk: int, error: Exception) -> None:
        if pk in self.failed:  # it was not pushed ahead: somebody holds it, and this sweep would not end
            raise error
        self.failed.add(pk)
        self.sweep.failed += 1
        logger.error("Deadline %s cannot ring; pushed ahead.", pk, exc_info=error)
        _push_ahead(self.model, pk, now=self.now, reason=f"{type(error).__name__}: {error}")

    def _ring(self, rows: list[D]) -> int:
        """Climb what is due and set the alarms right that came too early; return how many rungs were climbed."""
        due = []
        stale: dict[int, datetime | None] = {}
        for row in rows:
            silent = row.ended_at is not None or row.paused_at is not None
            step = None if silent else row.next_step
            if step is not None and step.at <= self.now:
                due.append(row)
            else:
                stale[row.pk] = step.at if step is not None else None
        setwise.update(self.model, list(stale), {"wake_at": list(stale.values())})
        if due:
            self.act(due, self.now)
        self.sweep.corrected += len(stale)
        return len(due)

    def _claim(self, size: int, keys: Sequence[int] | None = None) -> list[D]:
        return claim(self.model, owner=self.owner, now=self.now, size=size, keys=keys)


def _push_ahead(model: type[D], pk: int, *, now: datetime, reason: str) -> None:
    """Give a failing row a later alarm. Whoever holds the row now is moving it: then it is left to them.

    Later and later, and seldom from the moment on at which a person must look; never not at all.
    """
    with transaction.atomic():
        row = model._default_manager.select_for_update(skip_locked=True).filter(pk=pk).first()
        if row is None or row.wake_at is None or row.wake_at > now:  # somebody has moved it meanwhile
            return
        row.failures = min(row.failures + 1, 32_000)
        row.failure = reason[:300]
        row.wake_at = now + (SELDOM if row.is_given_up else _delay(row.failures))
        row.save(update_fields=["failures", "failure", "wake_at"])


def _delay(failures: int) -> timedelta:
    """Return how long a row waits after so many failures."""
    return RETRY_AFTER[failures - 1] if failures <= len(RETRY_AFTER) else RETRY_LATER * failures


def _is_gone(error: Exception) -> bool:
    """Whether the connection was cut or the server is away: the sweep ends, and the next one tries everything again."""
    if isinstance(error, InterfaceError):
        return True
    code = getattr(error.__cause__, "pgcode", None)
    return isinstance(error, OperationalError) and (code is None or code.startswith(GONE))
