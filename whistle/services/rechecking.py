"""The nightly audit of itself: every running deadline is computed again from its own events and compared.

In batches by id, one transaction each, constant memory; a run that was interrupted goes on where it stopped. What
differs becomes a row that people look at, and is closed when it is in order again. Nothing of any case is touched.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from kunming_portal.workdays import services as workdays
from kunming_portal.workdays.selectors import get_versions
from whistle.models import (
    CaseDeadline,
    CasePause,
    DeadlineDifference,
    Hold,
    RecalculatedDeadline,
    Recheck,
    TaskDeadline,
)
from whistle.services import recounting, replanning
from whistle.services.previewing import with_rules
from whistle.services.recounting import Events, Standing, Timeline
from whistle.workflow import Step

logger = logging.getLogger(__name__)

BATCH = 500
AT_NIGHT = time(2, 10)
ZONE = ZoneInfo(settings.TIME_ZONE)
EVENT = "deadlines.recheck.finished"
Sort = DeadlineDifference.Sort
Row = CaseDeadline | TaskDeadline
Found = tuple[Row, str, Standing, Standing | None]


def has_work(*, now: datetime) -> bool:
    """Say whether a run is under way, or tonight's has not begun though its hour has come. One query.

    A night that was missed is caught up at the next call, at whatever hour.
    """
    last = Recheck.objects.order_by("-id").first()
    if last is None or last.finished_at is None:
        return True
    return last.started_at < _last_night(now)


def _last_night(now: datetime) -> datetime:
    """Return the newest moment at which a run was to begin."""
    today = datetime.combine(now.astimezone(ZONE).date(), AT_NIGHT, tzinfo=ZONE)
    return today if today <= now else today - timedelta(days=1)


def begin(*, now: datetime) -> Recheck:
    """Return the run that is under way, or begin one. Keeps the calendar's version, should nobody have. Six queries."""
    with transaction.atomic():
        workdays.keep_version(now=now)
        found = Recheck.objects.select_for_update().filter(finished_at=None).first()
        return found or Recheck.objects.create(started_at=now)


def get_timeline(*, now: datetime) -> Timeline:
    """Return the rules and every version of the calendar. Load it once a run. Seven queries."""
    versions = get_versions()
    book = replanning.get_rule_book(at=now)
    since = [began for began, _calendar in versions]
    calendars = [calendar for _began, calendar in versions[:-1]]
    return Timeline(book=book, since=since, calendars=[*calendars, book.calendar])


def advance(*, run: Recheck, timeline: Timeline, now: datetime, size: int = BATCH) -> bool:
    """Check the next deadlines of a run; return whether there may be more. A constant number of queries.

    A run that another worker holds right now is left to it.
    """
    with transaction.atomic():
        held = Recheck.objects.select_for_update(skip_locked=True).filter(pk=run.pk, finished_at=None).first()
        if held is None:
            return False
        if held.tasks_cursor is None:
            _check_cases(held, timeline=timeline, now=now, size=size)
        elif not _check_tasks(held, timeline=timeline, now=now, size=size):
            _finish(held, now=now)
        held.save()
        return held.finished_at is None


def _check_cases(run: Recheck, *, timeline: Timeline, now: datetime, size: int) -> None:
    """Check the next deadlines of cases; after the last ones the tasks' turn comes."""
    rows = list(
        with_rules(CaseDeadline.objects.running())
        .select_related("predecessor__policy")
        .filter(pk__gt=run.cursor)
        .order_by("pk")[:size]
    )
    _count(run, rows, check(rows, timeline=timeline, now=now), now=now)
    run.cursor = rows[-1].pk if rows else run.cursor
    if len(rows) < size:
        run.tasks_cursor = 0


def _check_tasks(run: Recheck, *, timeline: Timeline, now: datetime, size: int) -> bool:
    """Check the next deadlines of supervision tasks; return whether there may be more.

    No deadline change reaches them, so one that was right when it began is in order.
    """
    running = TaskDeadline.objects.filter(ended_at=None, pk__gt=run.tasks_cursor).select_related("task__unit")
    rows = list(running.order_by("pk")[:size])
    found: list[Found] = []
    for row in rows:
        stored, computed = recounting.stored(row), recounting.of_task(row, timeline.at(row.started_at))
        if stored not in (computed, recounting.of_task(row, timeline.book.calendar)):
            found.append((row, Sort.WRONG, stored, computed))
    _count(run, rows, found, now=now)
    run.tasks_cursor = rows[-1].pk if rows else run.tasks_cursor
    return len(rows) == size


def _count(run: Recheck, rows: Sequence[Row], found: Sequence[Found], *, now: datetime) -> None:
    """Keep what was found in a batch, and add it up, in memory."""
    run.resolved += _keep(rows, found, now=now)
    run.seen += len(rows)
    outdated = sum(sort == Sort.OUTDATED for _row, sort, _stored, _computed in found)
    run.outdated += outdated
    run.wrong += len(found) - outdated


def check(rows: Sequence[CaseDeadline], *, timeline: Timeline, now: datetime) -> list[Found]:
    """Return those of these deadlines that are not what their events make them. Three queries."""
    events = _events_of(rows)
    found = []
    for row in rows:
        judged = _judge(row, events[row.pk], timeline=timeline, now=now)
        if judged is not None:
            found.append(judged)
    return found


def _judge(row: CaseDeadline, events: Events, *, timeline: Timeline, now: datetime) -> Found | None:
    """Compare one deadline: in order by the present rules, or outdated because by its events, or wrong."""
    stored = recounting.stored(row)
    try:
        present = recounting.by_present_rules(row, events, timeline=timeline, now=now)
        if present == stored:
            return None
        by_events = recounting.by_events(row, events, timeline=timeline)
    except (Refused, ValueError, ArithmeticError) as error:
        logger.warning("Deadline %s cannot be computed again: %s", row.pk, error)
        return row, Sort.BROKEN, stored, None
    if by_events != stored:
        return row, Sort.WRONG, stored, by_events
    if present is None or events.is_recalculated and present.due_at == stored.due_at:
        return None  # decided, or spread out by the change itself
    return row, Sort.OUTDATED, stored, present


def _events_of(rows: Sequence[CaseDeadline]) -> dict[int, Events]:
    pauses: dict[int, list[CasePause]] = {}
    for pause in CasePause.objects.filter(deadline__in=rows).order_by("started_at", "id"):
        pauses.setdefault(pause.deadline_id, []).append(pause)
    with_predecessors = [row.pk for row in rows if row.predecessor_id is not None]
    moved = set(
        RecalculatedDeadline.objects.filter(successor__in=with_predecessors).values_list(
            "successor_id", flat=True
        )
    )
    held = [row.whistle_id for row in rows if row.step == Step.HOLD]
    holds = {hold.whistle_id: hold.ends_at for hold in Hold.objects.lasting().filter(whistle__in=held)}
    return {
        row.pk: Events(
            pauses=pauses.get(row.pk, ()),
            is_recalculated=row.pk in moved,
            held_until=holds.get(row.whistle_id),
        )
        for row in rows
    }


def _keep(rows: Sequence[Row], found: Sequence[Found], *, now: datetime) -> int:
    """Write what differs and close what is in order again; return how many were closed. Two to four queries."""
    if not rows:
        return 0
    field = "deadline" if isinstance(rows[0], CaseDeadline) else "task_deadline"
    open_ = DeadlineDifference.objects.filter(resolved_at=None, **{f"{field}__in": rows})
    wrong = [row.pk for row, *_rest in found]
    closed = open_.exclude(**{f"{field}__in": wrong}).update(resolved_at=now)
    known = {getattr(difference, f"{field}_id"): difference for difference in open_}
    fresh = []
    for row, sort, stored, computed in found:
        difference = known.get(row.pk) or DeadlineDifference(found_at=now, **{field: row})
        difference.sort, difference.seen_at = sort, now
        difference.parts = computed.differs_in(stored) if computed is not None else []
        difference.stored = stored.as_json()
        difference.computed = computed.as_json() if computed is not None else {}
        fresh.append(difference)
    DeadlineDifference.objects.bulk_create([row for row in fresh if row.pk is None])
    fields = ["sort", "seen_at", "parts", "stored", "computed"]
    DeadlineDifference.objects.bulk_update([row for row in fresh if row.pk is not None], fields)
    return closed


def _finish(run: Recheck, *, now: datetime) -> None:
    """End a run: what belongs to deadlines that ended is closed, and the sums are on the trail."""
    ended = Q(deadline__ended_at__isnull=False) | Q(task_deadline__ended_at__isnull=False)
    gone = DeadlineDifference.objects.filter(ended, resolved_at=None)
    run.resolved += gone.update(resolved_at=now)
    run.finished_at = now
    sums: dict[str, Any] = {name: getattr(run, name) for name in ("seen", "wrong", "outdated", "resolved")}
    trail.record(
        trail.Entry(
            stream=run.stream, event=EVENT, subject=run, label=str(run.pk), at=now, by=None, data=sums
        )
    )
