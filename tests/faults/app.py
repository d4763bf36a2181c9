"""The portal's Celery app as the harness runs it: quicker ticks, clocks that can be wrong, broken on request.

Nothing of the product is changed but what the environment asks for; the tasks, services and tables are the portal's.
"""

import os
import time
from dataclasses import replace
from datetime import datetime, timedelta

import django
from celery import Celery
from django.utils import timezone

django.setup()

from kunming_portal.celery import app as portal  # noqa: E402 - needs the settings
from kunming_portal.deadlines import timers  # noqa: E402
from kunming_portal.heartbeats import guard  # noqa: E402
from kunming_portal.heartbeats.clocks import Reading  # noqa: E402
from kunming_portal.notifications import delivering  # noqa: E402
from tests.faults import broken  # noqa: E402
from tests.faults.control import Control, Dial, given  # noqa: E402

app: Celery = portal
RING = "whistle.tasks.ring_due_deadlines"
DELIVER = "kunming_portal.notifications.tasks.deliver_due"

SOONER = {DELIVER: 2.0, "kunming_portal.audit.tasks.seal_trail": 5.0}


def hurry() -> None:
    """Tick often, and wait seconds instead of minutes before something is tried again."""
    for entry in app.conf.beat_schedule.values():
        if entry["task"] == RING:
            entry["schedule"] = float(os.environ.get("FAULTS_TICK", "0.5"))
        elif entry["task"] in SOONER:
            entry["schedule"] = SOONER[entry["task"]]
    timers.RETRY_AFTER = (timedelta(seconds=2),) * 3
    timers.RETRY_LATER, timers.SELDOM = timedelta(seconds=1), timedelta(seconds=10)
    delivering.LEASE, delivering.ROUND_SECONDS = timedelta(seconds=6), 4.0
    delivering.FIRST_RETRY = timedelta(milliseconds=100)
    delivering.FIRST_REST, delivering.LONGEST_REST = timedelta(seconds=1), timedelta(seconds=3)


def bend_clocks(control: Control, *, worker: Dial) -> None:
    """Let the dials shift what this process reads as its own time and as the database's."""
    own, stamp, base, look = timezone.now, time.time, timers.database_now, guard.read

    def now() -> datetime:
        return own() + timedelta(seconds=control[worker])

    def seconds() -> float:
        return stamp() + control[worker]

    def database_now() -> datetime:
        return base() + timedelta(seconds=control[Dial.DATABASE])

    def read() -> Reading:
        reading = look()
        return replace(reading, database=reading.database + timedelta(seconds=control[Dial.DATABASE]))

    timezone.now, time.time = now, seconds
    timers.database_now, guard.read = database_now, read


hurry()
if "FAULTS_WORKER" in os.environ:  # beat keeps its own time
    bend_clocks(given(), worker=Dial[f"WORKER_{os.environ['FAULTS_WORKER']}"])
if variant := os.environ.get("FAULTS_BROKEN"):
    broken.VARIANTS[variant].apply()
