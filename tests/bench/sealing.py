"""How fast the trail is written, sealed and verified: `make bench ARGS="--only sealing"`."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.db import transaction

from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import sealing, trail, verification
from kunming_portal.audit.models import AuditEvent

BATCH, TURNS = 500, 40
NOW = datetime(2026, 9, 21, tzinfo=UTC)


def report() -> None:
    """Print microseconds a row for one row, batches over one stream and over many; then seals and verification."""
    for title, size, streams in (
        ("one row a transaction", 1, 1),
        (f"batches of {BATCH}, each row a history of its own", BATCH, BATCH),
        (f"batches of {BATCH}, five rows a history", BATCH, BATCH // 5),
    ):
        taken = [seconds(partial(write, turn, size, streams)) / size for turn in range(TURNS)]
        print(f"{statistics.median(taken) * 1e6:10.1f} µs a row  {title}", flush=True)
    for title in (
        "first seal: everything",
        "second seal: compares everything again",
        f"seal over {BATCH} histories",
    ):
        print(f"{seconds(partial(sealing.seal, now=NOW)):10.2f} s  {title}", flush=True)
        write(0, BATCH, BATCH)
    checked = verification.verify()
    assert checked.first is None, checked.first
    print(
        f"{checked.rows / checked.took:10,.0f} rows/s  verified, {checked.rows:,} of {AuditEvent.objects.count():,}"
    )


def write(turn: int, size: int, streams: int) -> None:
    """Record events as moves do, in a transaction."""
    by = get_system_user()
    entries = [
        trail.Entry(
            stream=f"bench:{turn % 7}:{number % streams}",
            event="deadline.red",
            subject=by,
            label="大观2026-00017 丹桂里北门路面渗水",
            at=NOW,
            by=by,
            unit_name="大观街道综合治理中心",
            data={
                "tier": 1,
                "step": "dispatch",
                "planned": "2026-09-21T01:00:00+00:00",
                "unit": "城管执法中队",
            },
        )
        for number in range(size)
    ]
    with transaction.atomic():
        trail.record_many(entries)


def seconds(body: Callable[[], object]) -> float:
    """Return how long it took."""
    began = time.monotonic()
    body()
    return time.monotonic() - began
