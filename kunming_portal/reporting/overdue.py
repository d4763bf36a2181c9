"""Who holds what is overdue: the units whose promises run late now. No ranking by rate."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BigIntegerField, Count, F, Min, OuterRef, QuerySet, Subquery, When
from django.db.models import Case as Choose
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import pgettext

from kunming_portal.accounts.models import Scope
from kunming_portal.organisations.models import Unit
from kunming_portal.reporting.figures import ON_TIME, counted_deadlines, within
from kunming_portal.reporting.periods import KUNMING, Period, last_months, midnight
from kunming_portal.reporting.rates import Rate
from kunming_portal.workdays.calendar import Calendar
from whistle.models import Assignment, CaseDeadline, Exclusion
from whistle.querysets import in_scope
from whistle.workflow import AssignmentStatus, Step

UNIT_MONTHS = 6


def in_a_row(words: list[str]) -> str:
    """Return the words as a list in the reader's language."""
    return pgettext("between items of a list", ", ").join(words)


@dataclass(frozen=True)
class Holder:
    """A unit that holds overdue cases: how many, since when, which promises; how it closed in the period."""

    unit: Unit
    cases: int
    oldest: dt.datetime
    days: int
    steps: tuple[str, ...]
    rate: Rate = Rate()
    months: tuple[Rate, ...] = ()

    @property
    def key(self) -> str:
        """Where a list that goes on after this row begins."""
        return f"{self.cases}-{self.oldest.timestamp():.6f}-{self.unit.pk}"

    @property
    def steps_text(self) -> str:
        """The late promises in words."""
        return in_a_row([str(Step(step).label) for step in Step.values if step in self.steps])


def held(scope: Scope, *, now: dt.datetime) -> QuerySet[Any, Any]:
    """Return the overdue promises in the scope, each with `holder_id`: the unit whose turn it is.

    A unit's own promise is the unit's; sign-off, completion and verification are the caller's, dispatch the
    receiver's, closing the lead's (while it runs some unit has not fed back).
    """
    lead = Assignment.objects.filter(whistle=OuterRef("whistle_id"), is_lead=True).exclude(
        status=AssignmentStatus.RELEASED
    )
    late: QuerySet[Any, Any] = CaseDeadline.objects.filter(in_scope(scope, case="case")).overdue(now)
    holders: QuerySet[Any, Any] = late.annotate(
        holder_id=Choose(
            When(assignment__isnull=False, then=F("assignment__unit_id")),
            When(step__in=(Step.APPROVE, Step.VERIFY, Step.COMPLETE), then=F("whistle__caller_id")),
            When(
                step=Step.CLOSE,
                then=Coalesce(
                    Subquery(lead.values("unit_id")[:1]),
                    F("whistle__receiver_id"),
                    output_field=BigIntegerField(),
                ),
            ),
            default=F("whistle__receiver_id"),
            output_field=BigIntegerField(),
        )
    )
    return holders


def get_holders(scope: Scope, *, now: dt.datetime, calendar: Calendar) -> list[Holder]:
    """Return every unit that holds overdue cases, most first, then the longest overdue. Two queries."""
    rows = list(
        held(scope, now=now)
        .values("holder_id")
        .annotate(
            cases=Count("case_id", distinct=True), oldest=Min("due_at"), steps=ArrayAgg("step", distinct=True)
        )
        .order_by("-cases", "oldest", "holder_id")
    )
    units = Unit.objects.select_related("division").in_bulk([row["holder_id"] for row in rows])
    return [
        Holder(
            unit=units[row["holder_id"]],
            cases=row["cases"],
            oldest=row["oldest"],
            days=calendar.working_days_between(row["oldest"], now),
            steps=tuple(row["steps"]),
        )
        for row in rows
    ]


def with_rates(holders: list[Holder], scope: Scope, period: Period) -> list[Holder]:
    """Return the same units with their on-time closing as lead, in the period and six months. One query."""
    months = last_months(UNIT_MONTHS, now=period.cutoff)
    since = min(midnight(months[0]), period.window.start)
    ids = [holder.unit.pk for holder in holders]
    rates: QuerySet[Any, Any] = (
        counted_deadlines(scope)
        .filter(
            step=Step.CLOSE,
            due_at__gte=since,
            due_at__lt=period.cutoff,
            whistle__assignments__is_lead=True,
            whistle__assignments__unit_id__in=ids,
        )
        .exclude(
            whistle_id__in=Exclusion.objects.granted().filter(assignment__is_lead=True).values("whistle_id")
        )
        .values("whistle__assignments__unit_id", month=TruncMonth("due_at", tzinfo=KUNMING))
        .annotate(
            total=Count("pk"),
            met=Count("pk", filter=ON_TIME),
            now_total=Count("pk", filter=within(period.window, "due_at")),
            now_met=Count("pk", filter=ON_TIME & within(period.window, "due_at")),
        )
        .order_by()
    )
    rows: list[dict[str, Any]] = list(rates)
    return [_rated(holder, rows, months) for holder in holders]


def _rated(holder: Holder, rows: list[dict[str, Any]], months: list[dt.date]) -> Holder:
    mine = [row for row in rows if row["whistle__assignments__unit_id"] == holder.unit.pk]
    by_month = {row["month"].date(): Rate(row["met"], row["total"]) for row in mine}
    return Holder(
        unit=holder.unit,
        cases=holder.cases,
        oldest=holder.oldest,
        days=holder.days,
        steps=holder.steps,
        rate=sum((Rate(row["now_met"], row["now_total"]) for row in mine), Rate()),
        months=tuple(by_month.get(month, Rate()) for month in months),
    )


def after_key(holders: list[Holder], key: str) -> list[Holder]:
    """Return what follows the row with this key in the list's order; an unreadable key: the whole list."""
    try:
        cases, oldest, pk = key.split("-")
        place = (-int(cases), float(oldest), int(pk))
    except ValueError:
        return holders
    return [h for h in holders if (-h.cases, round(h.oldest.timestamp(), 6), h.unit.pk) > place]
