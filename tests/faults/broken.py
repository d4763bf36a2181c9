"""The engine broken on purpose, one mistake each, to see that the harness catches it. Never part of the product.

Chosen by FAULTS_BROKEN in the harness's worker; `loosen` takes away the constraint that would hide the mistake.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.deadlines import timers
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from whistle import services
from whistle.models import CaseDeadline, CaseRung

Rows = list[Any]
Claim = Callable[..., Rows]
NO_UNIQUE_KEY = "alter table whistle_caserung drop constraint rung_is_climbed_once"
NO_SILENCE = "alter table whistle_casedeadline drop constraint whistle_casedeadline_ended_is_silent," + (
    " drop constraint whistle_casedeadline_paused_is_silent"
)
MOMENT = 0.2


@dataclass(frozen=True)
class Variant:
    """A mistake: what it is called, how it is made, which invariants it must break."""

    title: str
    apply: Callable[[], None]
    breaks: frozenset[str]
    loosen: str = ""
    kills: bool = False  # whether it shows only when a worker is killed


def _due(hand: Any, size: int, keys: Sequence[int] | None) -> Any:
    rows = hand.model._default_manager.filter(wake_at__isnull=False, wake_at__lte=hand.now)
    rows = rows if keys is None else rows.filter(pk__in=keys)
    return rows.select_related(hand.owner).order_by("wake_at", "pk")[:size]


def _dawdle(keys: Sequence[int] | None) -> None:
    """Leave others time between reading and locking, as a busy machine does."""
    if keys is None:
        time.sleep(random.uniform(0, 3 * MOMENT))


def _claim_by(claim: Claim) -> None:
    """Let the engine claim in another way."""
    timers._Hand._claim = claim  # type: ignore[method-assign]


def _without_key() -> None:
    """Insert rungs as if nothing said that there is one of each."""
    insert = setwise.insert

    def insert_all(model: Any, columns: Any, *, unless: Sequence[str] = (), **more: Any) -> Any:
        return insert(model, columns, unless=() if model is CaseRung else unless, **more)

    setwise.insert = insert_all


def no_lock() -> None:
    """Claim without a lock, as a plain list."""

    def claim(hand: Any, size: int, keys: Sequence[int] | None = None) -> Rows:
        rows = list(_due(hand, size, keys))
        _dawdle(keys)
        return rows

    _claim_by(claim)


def no_lock_and_no_key() -> None:
    """Claim without a lock, and let nothing stop a second rung."""
    _without_key()
    no_lock()


def only_the_case() -> None:
    """Lock the owner and not the promise, after reading both: who waited has a row that was rung already."""

    def claim(hand: Any, size: int, keys: Sequence[int] | None = None) -> Rows:
        rows = list(_due(hand, size, keys))
        _dawdle(keys)
        owned = hand.model._default_manager.filter(pk__in=[row.pk for row in rows]).select_related(hand.owner)
        held = {row.pk for row in owned.select_for_update(skip_locked=True, of=(hand.owner,))}
        return [row for row in rows if row.pk in held]

    _without_key()
    _claim_by(claim)


def three_commits() -> None:
    """Commit the claim, the rungs and the rest each for itself."""
    record_many = trail.record_many

    def record(entries: Sequence[trail.Entry]) -> Any:
        time.sleep(MOMENT)
        with transaction.atomic():
            return record_many(entries)

    def ring_due(*, model: Any, owner: str, act: Any, now: datetime, **_more: Any) -> timers.Sweep:
        hand = timers._Hand(model=model, owner=owner, act=act, now=now)
        with transaction.atomic():
            rows = hand._claim(20)
        return timers.Sweep(rung=hand._ring(rows) if rows else 0)

    trail.record_many = record
    timers.ring_due = ring_due


def early() -> None:
    """Compare wrong: what is due in the next second is due."""
    ring_due = timers.ring_due

    def sooner(*, now: datetime, **more: Any) -> timers.Sweep:
        return ring_due(now=now + timedelta(seconds=1), **more)

    timers.ring_due = sooner


def outbox_after_commit() -> None:
    """Write what people are told once the rungs are committed."""
    write = notifications.write

    def later(
        pairs: Iterable[tuple[User, Message]], *, now: datetime, leave: datetime | None = None
    ) -> list[int]:
        kept = list(pairs)

        def tell() -> None:
            time.sleep(MOMENT)
            write(kept, now=now, leave=leave)

        transaction.on_commit(tell)
        return []

    notifications.write = later


def worker_clock() -> None:
    """Decide by the worker's own clock."""
    timers.database_now = timezone.now


def skipped() -> None:
    """Count a rung as climbed and write none, now and then."""
    ringer = services.ringer

    def forgetful() -> Callable[[list[CaseDeadline], datetime], None]:
        ring = ringer()

        def act(deadlines: list[CaseDeadline], now: datetime) -> None:
            kept = [row for row in deadlines if row.pk % 7]
            timers.set_alarms(CaseDeadline, [row for row in deadlines if not row.pk % 7])
            if kept:
                ring(kept, now)

        return act

    services.ringer = forgetful


def no_closing_check() -> None:
    """Ring by the planned ladder alone, whether the promise still runs or not."""

    def claim(hand: Any, size: int, keys: Sequence[int] | None = None) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select id from {hand.model._meta.db_table} where rungs_climbed < jsonb_array_length(ladder)"
                " and (ladder -> rungs_climbed ->> 'at')::timestamptz <= %s order by id limit %s",
                [hand.now, size],
            )
            found = [row[0] for row in cursor.fetchall() if keys is None or row[0] in keys]
        rows = hand.model._default_manager.filter(pk__in=found)
        locked = rows.select_for_update(skip_locked=True, of=("self", hand.owner))
        running = list(locked.select_related(hand.owner).order_by("pk"))
        for row in running:
            row.ended_at = row.paused_at = None
        return running

    _claim_by(claim)


VARIANTS = {
    "no-lock": Variant("no lock in the claim", no_lock, frozenset({"I1", "I2", "I4"}), NO_SILENCE),
    "three-commits": Variant(
        "three commits instead of one",
        three_commits,
        frozenset({"I1", "I3", "I4", "I6", "I7"}),
        kills=True,
    ),
    "case-only": Variant(
        "the claim locks only the case",
        only_the_case,
        frozenset({"I1", "I2", "I4"}),
        f"{NO_UNIQUE_KEY}; {NO_SILENCE}",
    ),
    "early": Variant("compares wrong: a second early", early, frozenset({"I2"})),
    "no-key": Variant("no unique key and no lock", no_lock_and_no_key, frozenset({"I1"}), NO_UNIQUE_KEY),
    "outbox-after": Variant("outbox after the commit", outbox_after_commit, frozenset({"I7"}), kills=True),
    "worker-clock": Variant("worker clock instead of the database's", worker_clock, frozenset({"I2"})),
    "skipped": Variant("a rung is skipped", skipped, frozenset({"I3"})),
    "no-closing-check": Variant(
        "rings whether the promise runs or not", no_closing_check, frozenset({"I4"}), NO_SILENCE
    ),
}
