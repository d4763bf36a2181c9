"""The canary: a task that is sent through broker and worker, and leaves a row in the database when it arrives."""

from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from kunming_portal.heartbeats.guard import machine
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.services import beating

CANARY = "canary"
WORKER = "worker on "


def arrive(*, sent_at: datetime, now: datetime) -> None:
    """Record that a canary arrived, how long it flew, and that a worker of this machine takes tasks. Five statements.

    Both moments are the database's.
    """
    with beating(CANARY) as beat:
        beat.done = 1
        beat.facts = {"round_trip_ms": max(0, int((now - sent_at).total_seconds() * 1000))}
        moments = {"started_at": Now(), "finished_at": Now(), "last_ok_at": Now()}
        name = WORKER + machine()
        if not Heartbeat.objects.filter(pk=name).update(**moments):
            Heartbeat.objects.bulk_create([Heartbeat(name=name, **moments)], ignore_conflicts=True)


def has_lived_since(moment: datetime) -> bool:
    """Whether a worker of this machine took or ended any task since the moment (the database's clock). One query."""
    here = Q(name=WORKER + machine()) | Q(process__startswith=machine() + ":")
    return Heartbeat.objects.filter(here, Q(started_at__gte=moment) | Q(finished_at__gte=moment)).exists()
