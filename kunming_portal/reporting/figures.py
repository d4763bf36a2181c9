"""Figures of the city page: tiers, the five rates, months. Set-based; each function states its cost.

Scope is the caller's `FIGURES_VIEW` scope, through `in_scope`, the one choke point of who sees what.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import TruncMonth

from kunming_portal.accounts.models import Scope
from kunming_portal.reporting.periods import KUNMING, Period, Window, last_months, midnight, months_before
from kunming_portal.reporting.rates import Rate, change
from whistle.models import CaseDeadline, Exclusion, Objection, Whistle
from whistle.querysets import in_scope
from whistle.workflow import OPEN_WHISTLE, CaseStatus, Step, Tier, WhistleStatus

MONTHS = 13
SPARK_MONTHS = 12
Outcome = CaseDeadline.Outcome


class Measure(StrEnum):
    """The five rates; the values stand in addresses."""

    SIGNING = "signing"
    REPORT_IN = "report-in"
    CLOSING = "closing"
    RESOLUTION = "resolution"
    SATISFACTION = "satisfaction"


STEP_OF = {Measure.SIGNING: Step.SIGN, Measure.REPORT_IN: Step.REPORT_IN, Measure.CLOSING: Step.CLOSE}
# Kept, and not after its moment
ON_TIME = Q(outcome=Outcome.MET, ended_at__lte=F("due_at"))
SOLVED = Q(verdict=Whistle.Verdict.SOLVED)
CONTENT = Q(satisfaction__in=(Whistle.Satisfaction.SATISFIED, Whistle.Satisfaction.MOSTLY))
RATED = ~Q(satisfaction="")


@dataclass(frozen=True)
class TierFigures:
    """One step of the staircase. Lights: of the whistles in handling; `risen`: upgraded to this tier."""

    tier: Tier
    total: int = 0
    open: int = 0
    over: int = 0
    soon: int = 0
    upgraded: int = 0
    risen: Rate = Rate()
    first_blown: dt.datetime | None = None


@dataclass(frozen=True)
class MeasureFigures:
    """One rate in the period, in the one before, and month by month."""

    measure: Measure
    rate: Rate
    before: Rate
    months: tuple[Rate, ...]

    @property
    def change(self) -> Decimal | None:
        """Percentage points against the period before."""
        return change(self.rate, self.before)


@dataclass(frozen=True)
class MonthVolume:
    """Whistles blown in a month and in the same month a year earlier."""

    month: dt.date
    count: int
    year_before: int


def within(window: Window, field: str) -> Q:
    """Return the condition that a moment lies in the window."""
    return Q(**{f"{field}__gte": window.start, f"{field}__lt": window.until})


def counted_deadlines(scope: Scope) -> QuerySet[CaseDeadline]:
    """Return promises that count in a rate: not those taken back in time or replaced (domain.md §1.6, "Excluded").

    What was past due when it was taken back counts as not kept: an upgrade must not wipe a delay away. What a leader
    excluded is left out, the whole whistle's or one unit's; and what stands that was not late when it was stopped.
    A unit whose objection was upheld was never asked to do anything: none of its promises counts, kept, late or taken
    back (§10, S68).
    """
    rows = CaseDeadline.objects.filter(in_scope(scope, case="case")).exclude(outcome=Outcome.SUPERSEDED)
    rows = rows.exclude(case__status=CaseStatus.MERGED)
    rows = rows.exclude(outcome=Outcome.CANCELLED, ended_at__lte=F("due_at"))
    rows = rows.exclude(paused_at__lte=F("due_at"))
    rows = rows.exclude(whistle_id__in=excluded_whistles()).exclude(assignment_id__in=excluded_duties())
    return rows.exclude(assignment_id__in=upheld_duties())


def upheld_duties() -> QuerySet[Objection, Any]:
    """Return the ids of duties whose unit objected and was right, as a query."""
    return Objection.objects.filter(answer=Objection.Answer.GRANTED).values("assignment_id")


def excluded_whistles() -> QuerySet[Exclusion, Any]:
    """Return the ids of whistles a leader left out of the figures, as a query."""
    return Exclusion.objects.granted().filter(assignment=None).values("whistle_id")


def excluded_duties() -> QuerySet[Exclusion, Any]:
    """Return the ids of single duties a leader left out of the figures, as a query."""
    return Exclusion.objects.granted().filter(assignment__isnull=False).values("assignment_id")


def evaluated_whistles(scope: Scope) -> QuerySet[Whistle]:
    """Return whistles on which the caller's verdict counts: none that got a final answer or was excluded."""
    rows = Whistle.objects.filter(in_scope(scope, case="case"), verified_at__isnull=False)
    return rows.exclude(status=WhistleStatus.ANSWERED).exclude(pk__in=excluded_whistles())


def get_tiers(scope: Scope, *, now: dt.datetime) -> list[TierFigures]:
    """Return the three tiers from the community up: whistles blown since the first one. One query."""
    is_open = Q(status__in=OPEN_WHISTLE)
    over = is_open & Q(case__due_at__lt=now)
    found = {
        row["tier"]: row
        for row in Whistle.objects.filter(in_scope(scope, case="case"))
        .blown()
        .exclude(status=WhistleStatus.MERGED)
        .values("tier")
        .annotate(
            total=Count("pk"),
            open=Count("pk", filter=is_open),
            over=Count("pk", filter=over),
            soon=Count("pk", filter=is_open & Q(case__due_at__gte=now, case__yellow_at__lte=now)),
            upgraded=Count("pk", filter=Q(status=WhistleStatus.UPGRADED)),
            first_blown=Min("blown_at"),
        )
        .order_by("tier")
    }
    rows: list[TierFigures] = []
    for tier in Tier:
        below = rows[-1] if rows else None
        risen = Rate(below.upgraded, below.total) if below else Rate()
        rows.append(TierFigures(**({"tier": tier} | found.get(tier.value, {}) | {"tier": tier}), risen=risen))
    return rows


def get_measures(scope: Scope, period: Period) -> list[MeasureFigures]:
    """Return the five rates with the period before and the last 13 months. Two queries.

    A promise belongs to the period in which it fell due, and counts once that moment has passed; one
    that still runs past it counts as not kept. A verdict belongs to the period in which it was given.
    """
    months = last_months(MONTHS, now=period.cutoff)
    since = min(midnight(months[0]), period.window.start, period.before.start)
    seen = Q(due_at__gte=since, due_at__lt=period.cutoff)
    promises = counted_deadlines(scope).filter(seen, step__in=STEP_OF.values())
    by_step = _by_month(promises.values("step"), "due_at", period, {"": (Q(), ON_TIME)})
    verdicts = evaluated_whistles(scope).filter(verified_at__gte=since, verified_at__lt=period.cutoff)
    shares = {"resolution": (Q(), SOLVED), "satisfaction": (RATED, CONTENT)}
    judged = list(_by_month(verdicts.values(), "verified_at", period, shares))
    found = []
    step_rows = list(by_step)
    for measure in Measure:
        step = STEP_OF.get(measure)
        rows = [r for r in step_rows if r["step"] == step] if step else judged
        found.append(_measure(measure, rows, "" if step else measure.value, months))
    return found


def get_volume(scope: Scope, *, now: dt.datetime) -> list[MonthVolume]:
    """Return the whistles blown in each of the last 13 months and a year earlier. One query."""
    months = last_months(MONTHS, now=now)
    since = midnight(months_before(months[0], 12))
    rows = (
        Whistle.objects.filter(in_scope(scope, case="case"), blown_at__gte=since, blown_at__lt=now)
        .exclude(status=WhistleStatus.MERGED)
        .values(month=TruncMonth("blown_at", tzinfo=KUNMING))
        .annotate(count=Count("pk"))
        .order_by("month")
    )
    counts = {row["month"].date(): row["count"] for row in rows}
    return [MonthVolume(m, counts.get(m, 0), counts.get(months_before(m, 12), 0)) for m in months]


def count_unrated(scope: Scope, period: Period) -> int:
    """Return the whistles closed in the period with a verdict and without a degree of satisfaction. One query."""
    closed = (
        Q(status=WhistleStatus.CLOSED, satisfaction="") & ~Q(verdict="") & within(period.window, "ended_at")
    )
    return Whistle.objects.filter(in_scope(scope, case="case")).filter(closed).count()


@dataclass(frozen=True)
class Outside:
    """What ended in the period outside every rate: no answer, a final answer, withdrawn; and what was excluded."""

    lapsed: int = 0
    answered: int = 0
    withdrawn: int = 0
    excluded: int = 0


def count_outside(scope: Scope, period: Period) -> Outside:
    """Return the numbers that stand beside the rates because no rate holds them. Two queries.

    An exclusion belongs to the period in which it was granted.
    """
    ended = Whistle.objects.filter(in_scope(scope, case="case")).filter(within(period.window, "ended_at"))
    found = ended.aggregate(
        lapsed=Count("pk", filter=Q(status=WhistleStatus.CLOSED, verdict="")),
        answered=Count("pk", filter=Q(status=WhistleStatus.ANSWERED)),
        withdrawn=Count("pk", filter=Q(status=WhistleStatus.WITHDRAWN)),
    )
    granted = Exclusion.objects.granted().filter(in_scope(scope, case="whistle__case"))
    return Outside(**found, excluded=granted.filter(within(period.window, "decided_at")).count())


def count_due(scope: Scope, window: Window) -> list[tuple[str, int]]:
    """Return the counties with cases whose closing falls due in the window, most first. One query."""
    rows = (
        due_cases(scope, window)
        .values(county=F("case__division__code"))
        .annotate(count=Count("case_id", distinct=True))
        .order_by()
    )
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["county"][:6]] = counts.get(row["county"][:6], 0) + row["count"]
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def due_cases(scope: Scope, window: Window) -> QuerySet[CaseDeadline]:
    """Return the running promises to close that fall due in the window."""
    running = CaseDeadline.objects.running().filter(in_scope(scope, case="case"), step=Step.CLOSE)
    return running.exclude(case__status=CaseStatus.MERGED).filter(within(window, "due_at"))


def _by_month(
    rows: QuerySet[Any, Any], field: str, period: Period, shares: dict[str, tuple[Q, Q]]
) -> QuerySet[Any, Any]:
    """Group by month of `field`; count each share in the month, in the period, and before it."""
    columns: dict[str, Count] = {}
    for name, (base, met) in shares.items():
        for part, where in (
            ("month", Q()),
            ("now", within(period.window, field)),
            ("before", within(period.before, field)),
        ):
            columns[f"{name}_{part}_total"] = Count("pk", filter=(base & where) or None)
            columns[f"{name}_{part}_met"] = Count("pk", filter=base & met & where)
    fields = [name for name in ("step",) if rows.model is CaseDeadline]
    by_month: QuerySet[Any, Any] = rows.values(*fields, month=TruncMonth(field, tzinfo=KUNMING))
    counted: QuerySet[Any, Any] = by_month.annotate(**columns).order_by()
    return counted


def _measure(
    measure: Measure, rows: list[dict[str, Any]], name: str, months: list[dt.date]
) -> MeasureFigures:
    by_month = {r["month"].date(): _rate(r, name, "month") for r in rows}
    return MeasureFigures(
        measure=measure,
        rate=sum((_rate(r, name, "now") for r in rows), Rate()),
        before=sum((_rate(r, name, "before") for r in rows), Rate()),
        months=tuple(by_month.get(month, Rate()) for month in months),
    )


def _rate(row: dict[str, Any], name: str, part: str) -> Rate:
    return Rate(row[f"{name}_{part}_met"], row[f"{name}_{part}_total"])
