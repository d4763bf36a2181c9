"""The week of a roster as a page shows it: a row a day, who is on duty in it. No query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from kunming_portal.accounts.models import User
from kunming_portal.duty.models import DutyShift
from kunming_portal.ui import moments


@dataclass(frozen=True)
class ShiftFace:
    """One shift with what the reader may do with it."""

    shift: DutyShift
    is_now: bool
    may_end: bool
    is_mine: bool
    problem: str = ""


@dataclass(frozen=True)
class DayRow:
    """One day of the week with its officers and its leaders on duty."""

    day: date
    weekday: str
    is_today: bool
    officers: Sequence[ShiftFace]
    leaders: Sequence[ShiftFace]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is on duty on this day."""
        return not self.officers and not self.leaders


def day_rows(
    shifts: Sequence[DutyShift],
    *,
    monday: date,
    user: User,
    keeps: bool,
    now: datetime,
    problems: dict[int, str],
) -> list[DayRow]:
    """Return the seven days. `problems` says by shift why its person will not be there."""
    faces = [
        ShiftFace(
            shift=shift,
            is_now=shift.starts_at <= now < shift.ends_at,
            may_end=keeps and shift.ends_at > now,
            is_mine=shift.user_id == user.pk,
            problem=problems.get(shift.pk, ""),
        )
        for shift in shifts
    ]
    return [_row(monday + timedelta(days=number), faces, now) for number in range(7)]


def _row(day: date, faces: Sequence[ShiftFace], now: datetime) -> DayRow:
    own = [face for face in faces if timezone.localdate(face.shift.starts_at) == day]
    return DayRow(
        day=day,
        weekday=moments.weekday(day),
        is_today=day == timezone.localdate(now),
        officers=[face for face in own if face.shift.post == DutyShift.Post.OFFICER],
        leaders=[face for face in own if face.shift.post == DutyShift.Post.LEADER],
    )
