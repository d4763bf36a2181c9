"""The rows behind the numbers of the reporting pages: the same conditions, one row a promise or a whistle."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from kunming_portal.accounts.models import Scope
from kunming_portal.reporting import figures, overdue
from kunming_portal.reporting.figures import CONTENT, ON_TIME, RATED, SOLVED, STEP_OF, Measure, within
from kunming_portal.reporting.periods import Period, Window, local_day, midnight
from whistle.models import CaseDeadline, Whistle
from whistle.querysets import in_scope
from whistle.workflow import Tier, WhistleStatus

PAGE = 50
MISSED, ALL, OPEN = "missed", "all", "open"


@dataclass(frozen=True)
class Row:
    """One row: the case, who and which promise or verdict, when it was due and ended."""

    case_id: int
    number: str
    title: str
    tier: int
    tier_name: str
    who: str
    what: str
    due_at: dt.datetime | None
    ended_at: dt.datetime | None
    light: str


@dataclass(frozen=True)
class Page:
    """Some rows, how many there are in all, and where the next page begins."""

    rows: tuple[Row, ...]
    count: int
    next_key: str = ""


def of_measure(scope: Scope, measure: Measure, period: Period, *, part: str) -> QuerySet[Any]:
    """Return the rows of a rate's denominator (`all`), or those of them that missed it (`missed`)."""
    if measure in STEP_OF:
        rows: QuerySet[Any] = figures.counted_deadlines(scope).filter(
            within(period.window, "due_at"), step=STEP_OF[measure]
        )
        return rows if part == ALL else rows.exclude(ON_TIME)
    rows = figures.evaluated_whistles(scope).filter(within(period.window, "verified_at"))
    if measure is Measure.RESOLUTION:
        return rows if part == ALL else rows.exclude(SOLVED)
    rated = rows.filter(RATED)
    return rated if part == ALL else rated.exclude(CONTENT)


def overdue_of(scope: Scope, *, now: dt.datetime, unit_id: int | None) -> QuerySet[CaseDeadline]:
    """Return the overdue promises, of one unit where it is named."""
    rows = overdue.held(scope, now=now)
    return rows if unit_id is None else rows.filter(holder_id=unit_id)


def due_tomorrow(scope: Scope, *, now: dt.datetime) -> QuerySet[CaseDeadline]:
    """Return the promises to close that fall due tomorrow in Kunming."""
    return figures.due_cases(scope, tomorrow(now))


def of_tier(scope: Scope, *, tier: Tier, part: str) -> QuerySet[Whistle]:
    """Return the whistles blown at a tier: `all` since the first, or those still in handling (`open`)."""
    rows = (
        Whistle.objects.filter(in_scope(scope, case="case"), tier=tier)
        .blown()
        .exclude(status=WhistleStatus.MERGED)
    )
    return rows if part == ALL else rows.open()


def tomorrow(now: dt.datetime) -> Window:
    """Return the day after today in Kunming."""
    day = local_day(now) + dt.timedelta(days=1)
    return Window(midnight(day), midnight(day + dt.timedelta(days=1)))


def page_of(found: QuerySet[Any], *, field: str, now: dt.datetime, after: str = "") -> Page:
    """Return one page by key in the order of the moment `field`, oldest first. Two queries."""
    relations = ["case", "whistle__caller", "whistle__receiver", "assignment__unit"]
    if found.model is Whistle:
        relations = ["case", "receiver"]
    rows = list(
        found.filter(_after(after, field)).select_related(*relations).order_by(field, "pk")[: PAGE + 1]
    )
    shown: Sequence[Any] = rows[:PAGE]
    made = tuple(_of_deadline(r, now) if isinstance(r, CaseDeadline) else _of_whistle(r, now) for r in shown)
    key = ""
    if len(rows) > PAGE:
        key = f"{getattr(shown[-1], field).astimezone(dt.UTC).isoformat()}_{shown[-1].pk}"
    return Page(rows=made, count=found.count(), next_key=key)


def _after(key: str, field: str) -> Q:
    at, _, pk = key.rpartition("_")
    try:
        moment, number = dt.datetime.fromisoformat(at), int(pk)
    except ValueError:
        return Q()
    if moment.tzinfo is None:
        return Q()
    return Q(**{f"{field}__gt": moment}) | Q(**{field: moment, "pk__gt": number})


def _of_deadline(row: CaseDeadline, now: dt.datetime) -> Row:
    whistle = row.whistle
    default = whistle.caller if row.step in ("approve", "verify") else whistle.receiver
    return Row(
        case_id=row.case_id,
        number=row.case.number,
        title=row.case.title,
        tier=whistle.tier,
        tier_name=str(whistle.get_tier_display()),
        who=(row.assignment.unit if row.assignment else default).name,
        what=str(row.get_step_display()),
        due_at=row.due_at,
        ended_at=row.ended_at,
        light="over" if (row.ended_at or now) > row.due_at else row.light(now),
    )


def _of_whistle(row: Whistle, now: dt.datetime) -> Row:
    words = [str(row.get_verdict_display()), str(row.get_satisfaction_display())]
    return Row(
        case_id=row.case_id,
        number=row.case.number,
        title=row.case.title,
        tier=row.tier,
        tier_name=str(row.get_tier_display()),
        who=row.receiver.name,
        what=overdue.in_a_row([word for word in words if word]) or str(row.get_status_display()),
        due_at=row.case.due_at if row.is_open else None,
        ended_at=row.verified_at or row.ended_at,
        light=row.case.light(now) if row.is_open else "closed",
    )
