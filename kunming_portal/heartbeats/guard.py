"""The clock guard at work: looks at the clocks of this machine and the database, remembers, and says so once."""

import logging
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection, transaction

from kunming_portal.heartbeats import clocks
from kunming_portal.heartbeats.clocks import Judgement, Reading, Trust
from kunming_portal.heartbeats.models import Heartbeat

logger = logging.getLogger(__name__)

PREFIX = "clocks of "
BOOT = Path("/proc/sys/kernel/random/boot_id")
# counts the time a sleeping machine slept, where the system has it
RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class Watch:
    """The answer of one look: what the clocks are good for, and whether a halt or warning begins with it."""

    judgement: Judgement
    database_now: datetime
    begins: bool

    @property
    def may_ring(self) -> bool:
        """Whether moments may be decided by the database's clock now."""
        return self.judgement.trust is not Trust.HALT


def look() -> Watch:
    """Compare the clocks and keep the result in this machine's row. Three statements in a transaction of their own.

    The wall clock is read before and after the database's, so that a slow answer is no difference. Two workers of a
    machine look one after the other; a change for the worse or the better is logged once.
    """
    with transaction.atomic():
        row = _row_of_this_machine()
        reading = read()
        judgement = clocks.judge(reading, clocks.Anchor.from_facts(row.facts.get("anchor")))
        before = row.facts.get("trust", Trust.OK.value)
        _keep(row, judgement, reading)
    if before != judgement.trust.value:
        logger.log(
            logging.INFO if judgement.trust is Trust.OK else logging.ERROR,
            "Clocks of %s: %s; database ahead of this machine by %.1f s, jumped by %.1f s.",
            machine(),
            judgement.trust.value,
            judgement.apart.total_seconds(),
            judgement.jumped.total_seconds(),
        )
    begins = judgement.trust is Trust.HALT and before != Trust.HALT.value
    return Watch(judgement=judgement, database_now=reading.database, begins=begins)


def read() -> Reading:
    """Read all clocks. One query."""
    wall, began = time.time(), time.clock_gettime(RUNNING)
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        database: datetime = cursor.fetchone()[0]
    ended = time.clock_gettime(RUNNING)
    half = (ended - began) / 2
    return Reading(
        database=database,
        wall=datetime.fromtimestamp(wall + half, UTC),
        elapsed=began + half,
        boot=boot(),
        slack=timedelta(seconds=half),
    )


def machine() -> str:
    """Return the name of this machine, cut to what a row's name takes."""
    return socket.gethostname()[:40]


def boot() -> str:
    """Return what names the last start of this machine, nothing where the system does not tell."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


def _row_of_this_machine() -> Heartbeat:
    name = PREFIX + machine()
    rows = Heartbeat.objects.select_for_update().filter(pk=name)
    row = rows.first()
    if row is None:
        new = Heartbeat(name=name, started_at=datetime.fromtimestamp(time.time(), UTC))
        Heartbeat.objects.bulk_create([new], ignore_conflicts=True)
        row = rows.get()
    return row


def _keep(row: Heartbeat, judgement: Judgement, reading: Reading) -> None:
    """Write what was found. The times are the database's, right or wrong: they tell how old the row is."""
    row.facts = {
        "trust": judgement.trust.value,
        "apart": round(judgement.apart.total_seconds(), 3),
        "jumped": round(judgement.jumped.total_seconds(), 3),
        "anchor": judgement.anchor.as_facts() if judgement.anchor is not None else None,
    }
    row.started_at = row.finished_at = row.last_ok_at = reading.database
    row.runs += 1
    row.save(update_fields=["facts", "started_at", "finished_at", "last_ok_at", "runs"])
