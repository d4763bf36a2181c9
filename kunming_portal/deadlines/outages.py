"""Which outage late rungs belong to, so that people hear of each outage once."""

from datetime import datetime, timedelta

from django.db import connection

from kunming_portal.deadlines.models import Outage

# Late rungs that are further apart than this belong to two outages
LULL = timedelta(minutes=30)
REMEMBER_EVERY = timedelta(minutes=1)
LOCK = "kunming_portal.deadlines.outage"


def outage_of(*, since: datetime, now: datetime) -> Outage:
    """Return the outage that rungs late at `now` belong to; the one that goes on, else a new one since then.

    Inside the transaction that rings. Workers agree on the outage: the first one writes it under a lock until its
    transaction ends, the others find it. One query; three for the first, and one more a minute.
    """
    found = _going_on(now) or _begin(since=since, now=now)
    if now - found.last_at > REMEMBER_EVERY:
        mine = Outage.objects.select_for_update(skip_locked=True).filter(pk=found.pk).values("pk")
        Outage.objects.filter(pk__in=mine).update(last_at=now)
    return found


def _going_on(now: datetime) -> Outage | None:
    return Outage.objects.filter(last_at__gte=now - LULL).order_by("-last_at", "-pk").first()


def _begin(*, since: datetime, now: datetime) -> Outage:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
    return _going_on(now) or Outage.objects.create(since=since, noticed_at=now, last_at=now)
