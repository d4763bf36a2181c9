"""Rungs that are climbed now, written for many deadlines at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from kunming_portal import setwise
from kunming_portal.deadlines.ladder import Step
from kunming_portal.deadlines.models import ClimbedRung, Deadline


class DueRung(Protocol):
    """A due deadline, the rung that is climbed now, and the reason (`LateReason`) when it comes late."""

    @property
    def deadline(self) -> Deadline: ...

    @property
    def step(self) -> Step: ...

    @property
    def late(self) -> str: ...


R = TypeVar("R", bound=DueRung)


def write_rungs(model: type[ClimbedRung], found: Sequence[R], *, now: datetime) -> list[R]:
    """Write the rungs; return those that did not stand there before: only of these anybody is told. One query."""
    keys = setwise.insert(
        model,
        {
            "deadline": [due.deadline.pk for due in found],
            "rung": [due.step.rung.value for due in found],
            "planned_at": [due.step.at for due in found],
            "late_reason": [due.late for due in found],
        },
        same={"climbed_at": now},
        unless=("deadline", "rung"),
    )
    return [due for due, key in zip(found, keys, strict=True) if key is not None]
