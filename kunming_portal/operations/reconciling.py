"""Every five minutes: rows that do not fit each other. A healthy portal finds none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from communities.models import UndertakingDeadline
from kunming_portal.accounts.models import Appointment
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.roles import roles_allowing
from kunming_portal.notifications.models import Delivery, Notice
from whistle.models import Case, CaseDeadline, CaseRung, TaskDeadline, Whistle
from whistle.workflow import CaseStatus, Step, WhistleStatus

OVERDUE, UNSENT, GRACE = timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=5)
LOOKED_BACK = timedelta(minutes=20)  # longer than the time between two runs, so that none is missed
SHOWN = 50
# Open without a promise of anybody: a draft belongs to its writer
WITHOUT_CLOCK = (WhistleStatus.DRAFT, WhistleStatus.MERGED)


@dataclass(frozen=True)
class Finding:
    """How many rows a check found, and the first of them as (what, since)."""

    count: int
    rows: list[tuple[str, str]]


def reconcile(*, now: datetime) -> dict[str, Finding]:
    """Run every check by the database's clock. Ten queries; at a big city's size they take seconds."""
    return {name: check(now) for name, check in CHECKS.items()}


def overdue(now: datetime) -> Finding:
    """Alarms that should have rung two minutes ago."""
    before = now - OVERDUE
    cases = CaseDeadline.objects.filter(wake_at__isnull=False, wake_at__lte=before, failures=0)
    tasks = TaskDeadline.objects.filter(wake_at__isnull=False, wake_at__lte=before, failures=0)
    undertakings = UndertakingDeadline.objects.filter(wake_at__isnull=False, wake_at__lte=before, failures=0)
    found = [
        *_first(cases.select_related("case"), _deadline),
        *_first(tasks.select_related("task__case"), _task),
        *_first(undertakings.select_related("undertaking"), _undertaking),
    ]
    return Finding(cases.count() + tasks.count() + undertakings.count(), found[:SHOWN])


def rung_in_silence(now: datetime) -> Finding:
    """Rungs of the last minutes at whose moment nobody was told anything, where somebody had to act.

    Looks at what units and centres promised: there it is plain who hears.
    """
    told = Notice.objects.filter(created_at=OuterRef("climbed_at"))
    units = _holding(P.ASSIGNMENT_HANDLE).filter(unit_id=OuterRef("deadline__assignment__unit_id"))
    centres = _holding(P.WHISTLE_DISPATCH).filter(
        unit__division_id=OuterRef("deadline__whistle__receiver__division_id")
    )
    rungs = CaseRung.objects.filter(
        ~Exists(told),
        Q(Exists(units), deadline__assignment__isnull=False)
        | Q(Exists(centres), deadline__assignment=None, deadline__step__in=[Step.DISPATCH, Step.CLOSE]),
        climbed_at__gte=now - LOOKED_BACK,
        climbed_at__lte=now - GRACE,
    )
    return Finding(rungs.count(), _first(rungs.select_related("deadline__case"), _rung))


def _holding(permission: P) -> "QuerySet[Appointment]":
    """Return today's appointments of people who can be told."""
    roles = [role.key for role in roles_allowing(permission)]
    return Appointment.objects.in_force().holding(*roles).filter(user__is_active=True)


def unsent(now: datetime) -> Finding:
    """Messages that could have left ten minutes ago and did not."""
    before = now - UNSENT
    waiting = Delivery.objects.filter(due_at__isnull=False).filter(
        Q(due_at__lte=before) | Q(attempts__gt=0, notice__created_at__lte=before)
    )
    return Finding(waiting.count(), _first(waiting.select_related("notice__recipient"), _letter))


def without_clock(now: datetime) -> Finding:
    """Open cases on which nobody has promised anything, although their state asks for it."""
    running = CaseDeadline.objects.filter(case=OuterRef("pk"), ended_at=None)
    asks = Whistle.objects.filter(case=OuterRef("pk"), ended_at=None).exclude(status__in=WITHOUT_CLOCK)
    cases = Case.objects.filter(~Exists(running), Exists(asks), status=CaseStatus.OPEN)
    return Finding(cases.count(), _first(cases, _case))


CHECKS: dict[str, Callable[[datetime], Finding]] = {
    "overdue": overdue,
    "silent": rung_in_silence,
    "unsent": unsent,
    "clockless": without_clock,
}


def _first(rows: "QuerySet[Any]", say: Callable[[Any], tuple[str, str]]) -> list[tuple[str, str]]:
    return [say(row) for row in rows.order_by("pk")[:SHOWN]]


def _deadline(row: CaseDeadline) -> tuple[str, str]:
    return f"{row.case.number} {row.get_step_display()}", row.wake_at.isoformat() if row.wake_at else ""


def _task(row: TaskDeadline) -> tuple[str, str]:
    return row.task.number, row.wake_at.isoformat() if row.wake_at else ""


def _undertaking(row: UndertakingDeadline) -> tuple[str, str]:
    return row.undertaking.title, row.wake_at.isoformat() if row.wake_at else ""


def _rung(row: CaseRung) -> tuple[str, str]:
    return f"{row.deadline.case.number} {row.get_rung_display()}", row.climbed_at.isoformat()


def _letter(row: Delivery) -> tuple[str, str]:
    return row.notice.recipient.name, row.notice.created_at.isoformat()


def _case(row: Case) -> tuple[str, str]:
    return row.number, ""
