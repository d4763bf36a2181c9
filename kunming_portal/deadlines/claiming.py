"""Locking what is due: owners first, their promises after them, waiting for nobody."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection, models

from kunming_portal.deadlines.models import Deadline

D = TypeVar("D", bound=Deadline)

# The database ends what a frozen worker holds (standards.md §4.3): milliseconds
FENCES = {"statement_timeout": 5000, "lock_timeout": 2000, "idle_in_transaction_session_timeout": 2000}
# What deciding needs; the act reads what else it tells
COLUMNS = ("ladder", "rungs_climbed", "wake_at", "failures", "ended_at", "paused_at")
# How many batches of due rows are looked at before it is believed that others hold them all
WINDOWS = 8


def claim(
    model: type[D], *, owner: str, now: datetime, size: int, keys: Sequence[int] | None = None
) -> list[D]:
    """Lock at most `size` rows due at `now`, in the order of their alarms, with their owners; return the rows.

    `owner` is the path to the row whose moves end or change the promise; `keys` narrows to these rows. Owners are
    locked first, as a person's move does. One statement for both would keep the lock of a promise whose owner
    somebody else holds, and two sweeps, or a sweep and a person, could wait in a circle. Locking the owner alone
    would hand a promise that has rung to a second worker: the row is judged again after its lock. What others hold is
    skipped. One query when nothing is due, else three, and one for the limits of the transaction.
    """
    _fence()
    due = model._default_manager.filter(wake_at__isnull=False, wake_at__lte=now)
    if keys is not None:
        due = due.filter(pk__in=keys)
    nearest = due.order_by("wake_at", "pk").values_list("pk", f"{owner}_id")
    for window in range(WINDOWS):
        found = list(nearest[window * size : (window + 1) * size])
        if not found:
            break
        held = _lock(_owner_of(model, owner), {owner_id for _pk, owner_id in found})
        mine = [pk for pk, owner_id in found if owner_id in held]
        rows = _lock_rows(due.filter(pk__in=mine), owner) if mine else []
        if rows:
            return rows
    return []


def _owner_of(model: type[models.Model], owner: str) -> type[models.Model]:
    for part in owner.split("__"):
        related = model._meta.get_field(part).related_model
        assert isinstance(related, type), "the owner is reached through foreign keys"
        model = related
    return model


def _lock(model: type[models.Model], keys: set[int]) -> set[int]:
    rows = model._default_manager.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=keys)
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _lock_rows(due: models.QuerySet[D], owner: str) -> list[D]:
    path = owner.split("__")
    parents = ["__".join(path[: n + 1]) for n in range(len(path))]
    locked = due.select_for_update(skip_locked=True, of=("self",)).select_related(owner)
    few = locked.only(*COLUMNS, *parents, f"{parents[-1]}__id")
    return list(few.order_by("wake_at", "pk"))


def _fence() -> None:
    """Limit the sweep's transaction. Not inside a caller's own, which the limits would outlive the sweep in."""
    if connection.savepoint_ids:
        return
    settings = ", ".join("set_config(%s, %s, true)" for _name in FENCES)
    with connection.cursor() as cursor:
        cursor.execute(f"select {settings}", [str(word) for pair in FENCES.items() for word in pair])
