"""Recording that a sweep ran: around its body, outside the transactions of its body."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, transaction
from django.db.models import F
from django.db.models.functions import Now

from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.rhythms import RHYTHMS

logger = logging.getLogger(__name__)


@dataclass
class Beat:
    """What the body of a sweep tells about its run: how many it did, how many failed, and facts (JSON)."""

    done: int = 0
    failed: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def beating(name: str) -> Iterator[Beat]:
    """Record a run of the sweep: its start before the body, its end and result after it. Two or three statements.

    `name` stands in `rhythms.RHYTHMS` (else ValueError: a silent sweep would never count as late). Rows are written
    outside the body's transactions, so a body that rolls back is recorded too. The body's own error is recorded
    and raised again; a record the database refuses is logged and neither stops the body nor hides its error.
    """
    if name not in RHYTHMS:
        raise ValueError(f"{name!r} has no rhythm; add it to kunming_portal/heartbeats/rhythms.py.")
    began = time.monotonic()
    beat = Beat()
    _tell(name, lambda: _begin(name))
    try:
        yield beat
    except BaseException as error:
        reason = _in_words(error)
        _tell(name, lambda: _end(name, beat, began=began, error=reason))
        raise
    _tell(name, lambda: _end(name, beat, began=began, error=""))


def process_name() -> str:
    """Return the machine and the number of this process."""
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def _tell(name: str, write: Callable[[], None]) -> None:
    """Write one record; a refusal of the database concerns the record alone."""
    try:
        with transaction.atomic():
            write()
    except Error:
        logger.exception("The heartbeat of %s could not be written.", name)


def _begin(name: str) -> None:
    known = Heartbeat.objects.filter(pk=name).update(
        started_at=Now(), runs=F("runs") + 1, process=process_name()
    )
    if not known:
        # two workers may begin the first run at once
        row = Heartbeat(name=name, started_at=Now(), runs=1, process=process_name())
        Heartbeat.objects.bulk_create([row], ignore_conflicts=True)


def _end(name: str, beat: Beat, *, began: float, error: str) -> None:
    good: dict[str, Any] = {} if error else {"last_ok_at": Now()}
    Heartbeat.objects.filter(pk=name).update(
        finished_at=Now(),
        took_ms=int((time.monotonic() - began) * 1000),
        done=beat.done,
        failed=beat.failed,
        facts=beat.facts,
        error=error,
        **good,
    )


def _in_words(error: BaseException) -> str:
    """The kind of error and its first line: what PostgreSQL adds below may quote a row."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}".removesuffix(": ")[:300]
