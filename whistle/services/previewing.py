"""What a change of policy or calendar would do to running deadlines: asked for, counted, and nothing touched."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.deadlines.ladder import LimitUnit
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.errors import Refused
from kunming_portal.workdays.calendar import Calendar
from whistle import hours
from whistle.models import CaseDeadline, CasePause, DeadlinePolicy, RecalculatedDeadline, Recalculation
from whistle.services import replanning
from whistle.services.replanning import Finding, RuleBook

EVENT = "config.recalculation"
BATCH = 500
COUNTED = 10_000  # beyond this a page says "more than"
FORESEEN = 2_000  # how many deadlines a page computes before it answers
WORKING_UNITS = [unit.value for unit in LimitUnit if not unit.is_natural]

State = Recalculation.State
Outcome = RecalculatedDeadline.Outcome


class RecalculationRefused(Refused):
    """A change of running deadlines that cannot be asked for, confirmed or cancelled now."""


@dataclass(frozen=True)
class Extent:
    """Which running deadlines are looked at. Empty lists mean all; days only for a change of the calendar."""

    cause: str
    kinds: list[int] = field(default_factory=list)
    tiers: list[int] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    first_day: date | None = None
    last_day: date | None = None


def ask(*, extent: Extent, reason: str, by: User, now: datetime) -> Recalculation:
    """Begin the preview of a change; a worker counts it in batches (`advance`). Nothing of any case is touched.

    Refuses without a reason, a calendar change without its first day, days out of order. Recorded as
    `config.recalculation.asked`. Who may do this is asked by the edge (Permission.CONFIGURE).
    """
    if not reason.strip():
        raise RecalculationRefused(_("Say why running deadlines are to change."), code="reason")
    check_extent(extent)
    with transaction.atomic():
        job = Recalculation(
            **vars(extent),
            reason=reason.strip(),
            rules=replanning.get_rule_book(at=now).stamp,
            asked_by=by,
            asked_at=now,
        )
        job.total = get_candidates(job).count()
        job.save()
        record(job, "asked", by=by, now=now, reason=job.reason, **describe(job))
    return job


def check_extent(extent: Extent) -> None:
    """Refuse, at the field, days that are missing or out of order."""
    if extent.cause == Recalculation.Cause.CALENDAR and extent.first_day is None:
        raise RecalculationRefused(_("Name the first day that changed."), code="first_day")
    if extent.first_day and extent.last_day and extent.last_day < extent.first_day:
        raise RecalculationRefused(_("The last day lies before the first."), code="last_day")


def get_candidates(job: Recalculation) -> QuerySet[CaseDeadline]:
    """Return the running deadlines a job looks at: of its kinds, tiers and steps, crossing the changed days."""
    found = CaseDeadline.objects.running()
    if job.kinds:
        found = found.filter(whistle__kind_id__in=job.kinds)
    if job.tiers:
        found = found.filter(whistle__tier__in=job.tiers)
    if job.steps:
        found = found.filter(step__in=job.steps)
    if job.cause == Recalculation.Cause.CALENDAR:
        assert job.first_day is not None
        first = _midnight(job.first_day)
        # what is overdue may have rungs that are still to come
        last_rung = Cast(KeyTextTransform("at", KeyTransform("-1", "ladder")), DateTimeField())
        found = found.filter(unit__in=WORKING_UNITS).annotate(last_rung=last_rung)
        found = found.filter(Q(due_at__gte=first) | Q(last_rung__gte=first))
        if job.last_day is not None:
            found = found.filter(started_at__lt=_midnight(job.last_day + timedelta(days=1)))
    return found


def count_followers(policy: DeadlinePolicy) -> int:
    """Return how many running deadlines would follow this version and follow another, at most `COUNTED` + 1.

    Those of its kind, tier and step; a rule for one sub-class concerns its whistles, one for a class of zones its
    counties. Two queries.
    """
    found = CaseDeadline.objects.running().filter(
        whistle__kind_id=policy.kind_id, whistle__tier=policy.tier, step=policy.step
    )
    if policy.sub_class_id is not None:
        found = found.filter(whistle__sub_class_id=policy.sub_class_id)
    else:
        found = found.filter(policy__sub_class=None)
    if policy.zone_class:
        counties = Division.objects.filter(level="county", zone_class=policy.zone_class)
        codes = counties.values_list("code", flat=True)
        found = found.filter(starts_with_any(codes, field="case__division__code"))
    elif policy.sub_class_id is not None:  # wins over a zone's rule, but not over the zone's rule for it
        found = found.exclude(~Q(policy__zone_class=""), policy__sub_class_id=policy.sub_class_id)
    else:
        found = found.filter(policy__zone_class="")
    return found.exclude(policy=policy)[: COUNTED + 1].count()


def count_crossing(*, first: date, last: date | None) -> int:
    """Return how many running deadlines count working time over one of these days, at most `COUNTED` + 1. One query."""
    extent = Extent(cause=Recalculation.Cause.CALENDAR, first_day=first, last_day=last)
    return get_candidates(Recalculation(**vars(extent)))[: COUNTED + 1].count()


@dataclass(frozen=True)
class Moving:
    """How many of the deadlines looked at would change; `is_all` is false when there are more than were looked at."""

    number: int
    looked_at: int
    is_all: bool


def count_moving(*, calendar: Calendar, first: date, last: date, now: datetime) -> Moving:
    """Return how many running deadlines would change under a calendar that is not stored yet.

    Looks at no more than `FORESEEN` of those that cross the days: a page waits for it. About ten queries.
    """
    job = Recalculation(**vars(Extent(cause=Recalculation.Cause.CALENDAR, first_day=first, last_day=last)))
    book = replace(replanning.get_rule_book(at=now), calendar=calendar)
    rows = list(with_rules(get_candidates(job)).order_by("pk")[: FORESEEN + 1])
    found = find_all(job, rows[:FORESEEN], book=book, now=now)
    return Moving(
        number=sum(finding.fresh is not None for _row, finding in found),
        looked_at=len(found),
        is_all=len(rows) <= FORESEEN,
    )


def with_rules(rows: QuerySet[CaseDeadline]) -> QuerySet[CaseDeadline]:
    """Return the deadlines joined with all that computing them again reads."""
    return rows.select_related("case", "whistle", "policy", *hours.RELATIONS[CaseDeadline])


def count_batch(job: Recalculation, *, book: RuleBook, now: datetime, size: int) -> bool:
    """Preview the next deadlines of a locked job; return whether there may be more. A constant number of queries."""
    rows = list(with_rules(get_candidates(job)).filter(pk__gt=job.cursor).order_by("pk")[:size])
    found = [(row, finding) for row, finding in find_all(job, rows, book=book, now=now)]
    results = [_result(job, row, finding, now=now) for row, finding in found]
    kept = [result for result in results if result is not None]
    RecalculatedDeadline.objects.bulk_create(kept)
    planned = [result for result in kept if result.outcome == Outcome.PLANNED]
    for name in ("earlier", "later", "same"):
        setattr(job, name, getattr(job, name) + sum(result.shift == name for result in planned))
    job.newly_overdue += sum(result.newly_overdue for result in planned)
    job.skipped += len(kept) - len(planned)
    job.unchanged += len(results) - len(kept)
    job.seen += len(rows)
    job.cursor = rows[-1].pk if rows else job.cursor
    return len(rows) == size


def find_all(
    job: Recalculation, rows: Sequence[CaseDeadline], *, book: RuleBook, now: datetime
) -> list[tuple[CaseDeadline, Finding]]:
    """Return what becomes of each of these deadlines. One query."""
    pauses: dict[int, list[CasePause]] = {}
    for pause in CasePause.objects.filter(deadline__in=rows).order_by("started_at", "id"):
        pauses.setdefault(pause.deadline_id, []).append(pause)
    return [
        (
            row,
            replanning.find(
                row,
                cause=job.cause,
                book=book,
                pauses=pauses.get(row.pk, []),
                now=now,
            ),
        )
        for row in rows
    ]


def record(
    job: Recalculation, what: str, *, by: User, now: datetime, reason: str = "", **data: object
) -> None:
    """Write an event of the job itself into its own history."""
    trail.record(
        trail.Entry(
            stream=job.stream,
            event=f"{EVENT}.{what}",
            subject=job,
            label=str(job),
            at=now,
            by=by,
            reason=reason,
            data=dict(data),
        )
    )


def describe(job: Recalculation) -> dict[str, object]:
    """Return what a job looks at, as the trail keeps it."""
    return {
        "cause": job.cause,
        "kinds": job.kinds,
        "tiers": job.tiers,
        "steps": job.steps,
        "first_day": job.first_day.isoformat() if job.first_day else None,
        "last_day": job.last_day.isoformat() if job.last_day else None,
    }


def _result(
    job: Recalculation, row: CaseDeadline, finding: Finding, *, now: datetime
) -> RecalculatedDeadline | None:
    """Return the result row of one deadline; none for one that stays as it is."""
    if finding.reason:
        return RecalculatedDeadline(
            recalculation=job,
            deadline=row,
            old_due=row.due_at,
            outcome=Outcome.SKIPPED,
            reason=finding.reason,
        )
    if finding.fresh is None:
        return None
    due = finding.fresh.due_at
    return RecalculatedDeadline(
        recalculation=job,
        deadline=row,
        old_due=row.due_at,
        new_due=due,
        shift=replanning.shift_of(row.due_at, due),
        newly_overdue=row.paused_at is None and due < now <= row.due_at,
        outcome=Outcome.PLANNED,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(settings.TIME_ZONE))
