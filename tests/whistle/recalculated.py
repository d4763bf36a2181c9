"""Walking through deadline changes: changing a rule, previewing, confirming, draining."""

import uuid
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from kunming_portal.accounts.models import User
from kunming_portal.deadlines import timers
from kunming_portal.workdays.models import CalendarDay
from tests.whistle.people import NOW, World
from whistle import services
from whistle.models import CaseDeadline, DeadlinePolicy, RecalculatedDeadline, Recalculation
from whistle.selectors import get_newest_policies
from whistle.services import configuring, previewing, recalculating


def change(
    step: str, world: World, *, kind: str = "general", now: datetime = NOW, **terms: Any
) -> DeadlinePolicy:
    """Write the next version of a community whistle's policy."""
    policy = (
        get_newest_policies().select_related("kind").get(kind__code=kind, tier=1, step=step, zone_class="")
    )
    wanted = replace(configuring.terms_of(policy), **terms)
    return services.change_policy(policy=policy, terms=wanted, by=world.system_admin, now=now)


def rest_on(day: date) -> None:
    """Make a working day a day of rest."""
    CalendarDay.objects.create(date=day, is_working=False, name="临时放假", source="office")


def policies(**more: Any) -> services.Extent:
    """Return the extent of a change of policies."""
    return services.Extent(cause="policy", **more)


def days(first: date, last: date | None = None, **more: Any) -> services.Extent:
    """Return the extent of a change of days."""
    return services.Extent(cause="calendar", first_day=first, last_day=last or first, **more)


def drain(job: Recalculation, *, now: datetime = NOW, size: int = 500, most: int = 100) -> Recalculation:
    """Let one worker go on with the job for at most so many batches, and come back after a while."""
    worker = uuid.uuid4()
    if recalculating.claim(worker=worker, now=now, job=job) is not None:
        for _ in range(most):
            if not recalculating.advance(job=job, worker=worker, now=now, size=size):
                break
        recalculating.release(job=job, worker=worker)
    job.refresh_from_db()
    return job


def previewed(extent: services.Extent, by: User, *, now: datetime = NOW, size: int = 500) -> Recalculation:
    """Walk to a complete preview."""
    job = previewing.ask(extent=extent, reason="市里调整了时限", by=by, now=now)
    return drain(job, now=now, size=size)


def recalculated(extent: services.Extent, by: User, *, now: datetime = NOW, size: int = 500) -> Recalculation:
    """Walk to the end of a confirmed change."""
    job = previewed(extent, by, now=now)
    recalculating.confirm(job=job, by=by, now=now)
    return drain(job, now=now, size=size)


def outcomes(job: Recalculation) -> dict[str, int]:
    """Return how many results have each outcome."""
    found: dict[str, int] = {}
    for outcome in RecalculatedDeadline.objects.filter(recalculation=job).values_list("outcome", flat=True):
        found[outcome] = found.get(outcome, 0) + 1
    return found


def sweep(now: datetime) -> None:
    """Ring what is due."""
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now)


def running(step: str, whistle: Any) -> CaseDeadline:
    """Return the whistle's own running deadline of a step."""
    return CaseDeadline.objects.get(whistle=whistle, step=step, assignment=None, ended_at=None)
