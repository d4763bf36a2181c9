"""Keeping a worker that takes tasks: one that lives and takes none is ended, so that it is started again.

Celery workers are known to stay alive without taking tasks after the broker was away (celery #8091, #9054, #10205).
No supervisor sees that. So a worker is started by a watcher, which sends it canaries through the broker, into a queue
that only workers of this machine read, and looks for any sign of life in the database.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

from django.db import Error, connection

from kunming_portal.embedded.processes import dying_with
from kunming_portal.heartbeats.canary import has_lived_since
from kunming_portal.heartbeats.guard import machine, read
from kunming_portal.heartbeats.tasks import land_canary

logger = logging.getLogger(__name__)

EVERY = 30.0
MISSES = 3
# what a task may take, before a worker that was asked to stop is killed
PATIENCE = 100.0
# whoever started us starts us again
STUCK = 75


class Missing:
    """Counts canaries that did not arrive in a row. What cannot be known counts neither way."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, arrived: bool | None) -> bool:
        """Take the answer of one round; return whether the worker is to be ended."""
        if arrived is not None:
            self.count = 0 if arrived else self.count + 1
        return self.count >= MISSES


def canary_queue() -> str:
    """Return the queue that workers of this machine read beside the common one."""
    return f"canary.{machine()}"


def send() -> datetime | None:
    """Send a canary to workers here; return when, by the database. None while broker or database are away."""
    try:
        now = read().database
        land_canary.apply_async(
            kwargs={"sent_at": now.isoformat()},
            queue=canary_queue(),
            expires=MISSES * EVERY,
            retry=False,
        )
    except Exception as error:  # broker or database, whatever they raise: not the worker's fault
        logger.warning("No canary could be sent: %s", type(error).__name__)
        _let_go()
        return None
    return now


def arrived(sent: datetime | None) -> bool | None:
    """Whether a worker here showed any sign of life since then; None when nobody can know."""
    if sent is None:
        return None
    try:
        return has_lived_since(sent)
    except Error:
        _let_go()
        return None


def watch(arguments: Sequence[str]) -> int:
    """Run a Celery worker with these arguments until it ends or is asked to; return its exit code.

    TERM and INT are passed on, and the worker gets `PATIENCE` to finish its tasks. A worker that missed `MISSES`
    canaries is killed, and the answer is `STUCK`: whoever started this (embedded supervisor, compose, systemd) starts
    both again. The worker dies with its watcher.
    """
    command = [sys.executable, "-m", "celery", "-A", "kunming_portal", "worker"]
    command += ["-Q", f"celery,{canary_queue()}", *arguments]
    child = subprocess.Popen(command, preexec_fn=dying_with(os.getpid(), signal.SIGTERM))
    stops = Stops()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stops.take)
    missing = Missing()
    while (code := _rest(child, stops, seconds=EVERY)) is None:
        if stops.asked:
            return _end(child)
        if missing.note(arrived(stops.sent)):
            logger.error("The worker took no task for %d canaries; it is ended to be started again.", MISSES)
            child.kill()
            child.wait()
            return STUCK
        stops.sent = send()
    return code


def _let_go() -> None:
    """Drop a connection that may be broken; the next question opens another."""
    if not connection.in_atomic_block:
        connection.close()


class Stops:
    """Whether somebody asked to stop, and the canary under way."""

    def __init__(self) -> None:
        self.asked = False
        self.sent: datetime | None = None

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Remember the request; the loop acts on it."""
        self.asked = True


def _rest(child: "subprocess.Popen[bytes]", stops: Stops, *, seconds: float) -> int | None:
    """Wait for the next round; return at once when the worker ended (its code) or somebody asked to stop."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not stops.asked:
        if (code := child.poll()) is not None:
            return code
        time.sleep(0.5)
    return child.poll()


def _end(child: "subprocess.Popen[bytes]") -> int:
    child.terminate()
    try:
        return child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
