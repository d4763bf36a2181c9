"""What happened beside the main road in a period: extended, on hold, sent back, objected (domain.md §1.6)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from kunming_portal.accounts.models import Scope
from kunming_portal.audit.models import AuditEvent
from kunming_portal.reporting.figures import excluded_duties, excluded_whistles, within
from kunming_portal.reporting.periods import Period
from kunming_portal.reporting.rates import Rate
from whistle.models import CaseDeadline, Extension, Hold, Objection, Whistle
from whistle.querysets import in_scope
from whistle.workflow import MOVES, CaseStatus, Move, Step, WhistleStatus

GRANTED = Objection.Answer.GRANTED


@dataclass(frozen=True)
class Beside:
    """Extended and on hold, of the whistles open in the period; feedbacks sent back, of those given in it."""

    extended: Rate
    held: Rate
    returned: Rate
    objections: int
    upheld: int


def get_beside(scope: Scope, period: Period) -> Beside:
    """Return the numbers of the side paths in the period. Three queries.

    What was merged or excluded by a leader is in no denominator; a withdrawn or finally answered whistle was open
    until it ended, and counts as that.
    """
    whistles = open_whistles(scope, period).aggregate(
        total=Count("pk"),
        extended=Count("pk", filter=Q(Exists(_extensions(period)))),
        held=Count("pk", filter=Q(Exists(_holds(period)))),
    )
    given = feedbacks(scope, period).aggregate(
        total=Count("pk"), returned=Count("pk", filter=Q(Exists(_reworks())))
    )
    asked = Objection.objects.filter(in_scope(scope, case="whistle__case"))
    told = asked.filter(within(period.window, "asked_at")).aggregate(
        objections=Count("pk"), upheld=Count("pk", filter=Q(answer=GRANTED))
    )
    return Beside(
        extended=Rate(whistles["extended"], whistles["total"]),
        held=Rate(whistles["held"], whistles["total"]),
        returned=Rate(given["returned"], given["total"]),
        **told,
    )


def open_whistles(scope: Scope, period: Period) -> QuerySet[Whistle]:
    """Return the whistles that were open at some time of the period: blown before its end, not ended before it."""
    rows = Whistle.objects.filter(in_scope(scope, case="case"), blown_at__lt=period.window.until)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=period.window.start))
    return rows.exclude(status=WhistleStatus.MERGED).exclude(pk__in=excluded_whistles())


def feedbacks(scope: Scope, period: Period) -> QuerySet[CaseDeadline]:
    """Return the promises to feed back that the units kept in the period, late or not: one a feedback."""
    rows = CaseDeadline.objects.filter(in_scope(scope, case="case"), within(period.window, "ended_at"))
    rows = rows.filter(step=Step.FEED_BACK, outcome=CaseDeadline.Outcome.MET)
    rows = rows.exclude(case__status=CaseStatus.MERGED).exclude(whistle_id__in=excluded_whistles())
    return rows.exclude(assignment_id__in=excluded_duties())


def _extensions(period: Period) -> QuerySet[Extension, Any]:
    granted = Extension.objects.filter(whistle=OuterRef("pk"), answer=GRANTED)
    return granted.filter(within(period.window, "decided_at"))


def _holds(period: Period) -> QuerySet[Hold, Any]:
    granted = Hold.objects.filter(whistle=OuterRef("pk"), answer=GRANTED)
    lasted = Q(ended_at=None) | Q(ended_at__gte=period.window.start)
    return granted.filter(lasted, started_at__lt=period.window.until)


def _reworks() -> QuerySet[CaseDeadline, Any]:
    """Return the promises that began with a rework of the same duty after its feedback; a reopening is none."""
    sent = AuditEvent.objects.filter(
        stream=Concat(Value("case:"), Cast(OuterRef("case_id"), CharField())),
        event=MOVES[Move.REWORK].audit,
        at=OuterRef("started_at"),
    )
    return CaseDeadline.objects.filter(
        Exists(sent),
        assignment=OuterRef("assignment"),
        step=Step.FEED_BACK,
        started_at__gte=OuterRef("ended_at"),
    )
