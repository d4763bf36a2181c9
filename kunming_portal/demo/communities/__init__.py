"""What communities hold in the demonstration: each area a module, in an order in which one may lean on the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kunming_portal.demo.communities import (
    burden,
    check_ins,
    committees,
    grids,
    places,
    powers,
    volunteers,
    workers,
)


class Area(Protocol):
    """A module that writes one family of records."""

    def create(self, *, now: datetime, small: bool) -> None:
        """Write the records as of `now`; fewer of them when `small`."""


AREAS: Sequence[Area] = (
    places,
    grids,
    powers,
    committees,
    check_ins,
    volunteers,
    burden,
    workers,
)


def create(*, now: datetime, small: bool) -> None:
    """Write everything that communities hold, all of it fictional. Deterministic."""
    for area in AREAS:
        area.create(now=now, small=small)
