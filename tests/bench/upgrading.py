"""How many cases a second one worker upgrades: due rungs of a filled city, rung by the sweep with all effects.

Everybody gets an address first, so that deliveries are written too. Runs inside the portal of a database
(`tests.bench.city upgrade N`) and leaves the cases upgraded.
"""

import cProfile
import pstats
import time

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.urls import reverse

from kunming_portal.accounts.models import User
from kunming_portal.deadlines import timers
from whistle import services
from whistle.models import CaseDeadline, Whistle
from whistle.workflow import Step, Tier, WhistleStatus

# Closing promises get a ladder of one rung, which is due
DUE = """
update whistle_casedeadline set wake_at = %(now)s, rungs_climbed = 0,
    ladder = jsonb_build_array(jsonb_build_object('rung', 'upgrade', 'at', %(now)s::timestamptz))
where id = any(%(ids)s)
"""


def report(number: int, *, profile: bool = False) -> None:
    """Let so many handled cases fall due for their upgrade, ring them, and print how many a second."""
    User.objects.filter(email="").update(email=Concat(F("username"), Value("@kunming.example")))
    fall_due(number)
    reverse("home")  # the first address loads every page of the portal
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    began, worked = time.monotonic(), time.process_time()
    done = timers.ring_due(model=CaseDeadline, owner="case", act=services.ringer(), now=timers.database_now())
    taken, worked = time.monotonic() - began, time.process_time() - worked
    profiler.disable()
    upgraded = Whistle.objects.filter(status=WhistleStatus.UPGRADED).count()
    if done.failed or upgraded < number:
        raise RuntimeError(f"{done.failed} failed, {upgraded} upgraded.")
    print(
        f"{number:,} upgrades: {taken:.1f} s, {number / taken:,.0f} a second; {worked:.1f} s of them in Python",
        flush=True,
    )
    if profile:
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)


def fall_due(number: int) -> None:
    """Let the ladder's last rung be due on the closing of so many cases at the lowest tier."""
    closing = CaseDeadline.objects.running().filter(
        step=Step.CLOSE,
        wake_at=None,
        whistle__tier=Tier.COMMUNITY,
        whistle__status=WhistleStatus.HANDLING,
    )
    ids = list(closing.order_by("-pk").values_list("pk", flat=True)[:number])
    if len(ids) < number:
        raise RuntimeError(f"Only {len(ids)} cases can fall due.")
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": timers.database_now(), "ids": ids})
        cursor.execute("analyze whistle_casedeadline")
