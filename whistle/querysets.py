"""Scope and the questions lists ask. `visible_to` is the one choke point of who sees what."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from kunming_portal.accounts.models import Scope, User
from kunming_portal.divisions.querysets import starts_with_any
from whistle.workflow import AssignmentStatus, CaseStatus, WhistleStatus

if TYPE_CHECKING:
    # named in strings
    from whistle.models import (  # noqa: F401
        Assignment,
        Case,
        CaseDeadline,
        Evidence,
        Exclusion,
        Hold,
        SupervisionTask,
        Whistle,
    )


def in_scope(scope: Scope, *, case: str = "") -> Q:
    """Return the condition that a case lies in this scope; `case` is the path from the row to its case.

    Territory is a prefix of the code on the case (one b-tree range each); units see what they were called on.
    """
    path = f"{case}__" if case else ""
    where = starts_with_any(scope.prefixes, field=f"{path}division__code")
    if scope.unit_ids:
        where |= Q(**{f"{path}called_units__overlap": list(scope.unit_ids)})
    return where


class CaseQuerySet(models.QuerySet["Case"]):
    """Filters over cases."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Cases this right of the user reaches. Not yours is not there."""
        return self.filter(in_scope(user.scope(permission)))

    def open(self) -> Self:
        """Cases that are being handled."""
        return self.filter(status=CaseStatus.OPEN)

    def overdue(self, now: datetime) -> Self:
        """Open cases with a running deadline in the past."""
        return self.open().filter(due_at__lt=now)

    def due_soon(self, now: datetime) -> Self:
        """Open cases whose yellow mark is passed and whose deadlines are not."""
        return self.open().filter(due_at__gte=now, yellow_at__lte=now)

    def on_time(self, now: datetime) -> Self:
        """Open cases without a yellow or red light that are not on hold."""
        return (
            self.open()
            .filter(Q(due_at=None) | Q(due_at__gte=now), hold_until=None)
            .exclude(yellow_at__lte=now)
        )

    def on_hold(self) -> Self:
        """Open cases whose clocks stand by a leader's decision."""
        return self.open().filter(hold_until__isnull=False)


class WhistleQuerySet(models.QuerySet["Whistle"]):
    """Filters over whistles."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Whistles of cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="case"))

    def open(self) -> Self:
        """Whistles that have not ended and are worked on by themselves, not merged into another case."""
        return self.filter(ended_at=None).exclude(status=WhistleStatus.MERGED)

    def blown(self) -> Self:
        """Whistles that left the draft: what figures per tier count."""
        return self.filter(blown_at__isnull=False)

    def awaiting(self, *statuses: WhistleStatus) -> Self:
        """Whistles in one of these statuses."""
        return self.filter(status__in=statuses)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Filters over assignments."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Assignments of cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="whistle__case"))

    def counting(self) -> Self:
        """Duties that were not taken away."""
        return self.exclude(status=AssignmentStatus.RELEASED)

    def of_units(self, unit_ids: list[int]) -> Self:
        """Duties of these units."""
        return self.filter(unit_id__in=unit_ids)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Filters over holds."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Holds of cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="whistle__case"))

    def lasting(self) -> Self:
        """Holds that were granted and have not ended."""
        return self.filter(answer="granted", ended_at=None)


class DeadlineQuerySet(models.QuerySet["CaseDeadline"]):
    """Filters over deadlines."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Deadlines of cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="case"))

    def running(self) -> Self:
        """Promises that are still open."""
        return self.filter(ended_at=None)

    def overdue(self, now: datetime) -> Self:
        """Open promises in the past whose clock is not paused."""
        return self.running().filter(paused_at=None, due_at__lt=now)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Filters over pictures and papers."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Evidence of cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="case"))

    def standing(self) -> Self:
        """What was not withdrawn."""
        return self.filter(removed_at=None)

    def photos(self) -> Self:
        """Pictures only."""
        return self.filter(attachment__width__isnull=False)

    def for_pairing(self) -> list[tuple[int, str, datetime, bool]]:
        """Return key, caption, moment, and whether a later picture stands beside it; the oldest first. One query."""
        later = self.model.objects.filter(pair=OuterRef("pk"), removed_at=None)
        rows = self.order_by("id").values_list("pk", "caption", "added_at", Exists(later))
        return [(pk, caption, at, beside) for pk, caption, at, beside in rows]


class TaskQuerySet(models.QuerySet["SupervisionTask"]):
    """Filters over supervision notices and instructions."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Tasks of cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="case"))

    def running(self) -> Self:
        """Tasks that wait for a reply or for a judgement of it."""
        return self.filter(ended_at=None)

    def owed_by(self, unit_ids: Iterable[int]) -> Self:
        """Tasks to which one of these units owes the reply."""
        return self.filter(unit_id__in=list(unit_ids), status="awaiting_reply")

    def to_judge(self, division_codes: Iterable[str]) -> Self:
        """Replies that a side of these divisions, which issued the task, closes or sends back."""
        return self.filter(division_id__in=list(division_codes), status="replied")


class ExclusionQuerySet(models.QuerySet["Exclusion"]):
    """Filters over requests to leave something out of the figures."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Requests about cases this right of the user reaches."""
        return self.filter(in_scope(user.scope(permission), case="whistle__case"))

    def pending(self) -> Self:
        """Requests nobody has decided."""
        return self.filter(answer="pending")

    def granted(self) -> Self:
        """What is left out of the figures."""
        return self.filter(answer="granted")
