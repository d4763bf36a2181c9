"""Matters on hold as their list shows them: why, since, until, the next review, the plan. Five queries a page."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Prefetch, QuerySet

from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar
from whistle import clock_faces, hours
from whistle.models import Assignment, CaseDeadline, Hold, HoldMilestone
from whistle.workflow import Step


@dataclass(frozen=True)
class HoldRow:
    """One matter on hold."""

    hold: Hold
    lead: Assignment | None
    review: parts.Due | None
    reached: int
    planned: int
    next_mile: HoldMilestone | None
    is_late: bool


def with_all(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    """Return the holds with what their rows print, and the moment each ends, by which the list is ordered."""
    leads = Assignment.objects.counting().filter(is_lead=True).select_related("unit")
    reviews = CaseDeadline.objects.running().filter(step=Step.REVIEW)
    return (
        holds.select_related("unit", "whistle__case__division", "whistle__kind", "whistle__receiver")
        .prefetch_related(
            "milestones",
            Prefetch("whistle__assignments", queryset=leads),
            Prefetch("whistle__deadlines", queryset=reviews),
        )
        .annotate(ends=F("whistle__case__hold_until"))
    )


def get_rows(holds: Sequence[Hold], *, now: dt.datetime, calendar: Calendar) -> list[HoldRow]:
    """Return the rows of holds that were read by `with_all`. No query while no place has days of its own."""
    hours.load([review for hold in holds for review in hold.whistle.deadlines.all()], calendar)
    return [_row(hold, now=now, calendar=calendar) for hold in holds]


def _row(hold: Hold, *, now: dt.datetime, calendar: Calendar) -> HoldRow:
    whistle = hold.whistle
    miles = sorted(hold.milestones.all(), key=lambda mile: (mile.due_on, mile.pk))
    open_miles = [mile for mile in miles if mile.reached_at is None]
    review = next(iter(whistle.deadlines.all()), None)
    today = calendar.local_day(now)
    return HoldRow(
        hold=hold,
        lead=next(iter(whistle.assignments.all()), None),
        review=clock_faces.running(review, now=now, calendar=calendar) if review is not None else None,
        reached=len(miles) - len(open_miles),
        planned=len(miles),
        next_mile=open_miles[0] if open_miles else None,
        is_late=bool(open_miles) and open_miles[0].due_on < today,
    )
