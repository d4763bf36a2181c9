"""Moving running deadlines after a confirmed preview: in batches, resumable, beside people and timers.

Each batch is one transaction: it locks the job, then cases, then deadlines, in the order of moves and timers,
and waits for nobody: what somebody else holds is tried again at the end. A killed worker leaves whole batches
behind; the row of each deadline says whether it is done, so another worker goes on where it stopped.
"""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from whistle import hours
from whistle.models import Case, CaseDeadline, CasePause, RecalculatedDeadline, Recalculation
from whistle.services import replanning
from whistle.services.clocks import TICKING
from whistle.services.previewing import BATCH, RecalculationRefused, count_batch, find_all, record
from whistle.services.replanning import RuleBook
from whistle.services.summarising import tell_people

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
RULES_CHANGED = gettext_noop(
    "The rules were changed while it ran. What has moved stays; preview the rest again."
)

State = Recalculation.State
Outcome = RecalculatedDeadline.Outcome
Reason = RecalculatedDeadline.Reason
Moved = list[tuple[RecalculatedDeadline, CaseDeadline, CaseDeadline]]


def confirm(*, job: Recalculation, by: User, now: datetime) -> Recalculation:
    """Let the previewed deadlines move; a worker begins at once.

    Refuses before the preview is complete, twice, when nothing would move, and when policy or calendar are no
    longer those of the preview. Recorded as `config.recalculation.confirmed`.
    """
    with transaction.atomic():
        job = _lock(job.pk)
        check_confirmable(job, now=now)
        job.state, job.confirmed_by, job.confirmed_at, job.cursor = State.CONFIRMED, by, now, 0
        job.save()
        record(job, "confirmed", by=by, now=now, reason=job.reason, to_move=job.to_move)
    return job


def check_confirmable(job: Recalculation, *, now: datetime) -> None:
    """Refuse a job that is not previewed, moves nothing, or was previewed under other rules. Six queries."""
    if job.state == State.COUNTING:
        raise RecalculationRefused(_("The preview is not complete yet. Wait until it is."), code="state")
    if job.state != State.PREVIEWED:
        raise RecalculationRefused(
            _("This change was decided already: %(state)s.") % {"state": job.get_state_display()},
            code="state",
        )
    if not job.to_move:
        raise RecalculationRefused(_("No deadline would move; there is nothing to confirm."), code="empty")
    if replanning.get_rule_book(at=now).stamp != job.rules:
        raise RecalculationRefused(
            _("Policies or the calendar were changed since this preview. Preview again, then confirm."),
            code="rules",
        )


def cancel(*, job: Recalculation, by: User, now: datetime) -> Recalculation:
    """Stop a preview or a running job between two batches. What has moved stays moved, and its people are told.

    Refuses one that has ended. Recorded as `config.recalculation.cancelled`.
    """
    with transaction.atomic():
        job = _lock(job.pk)
        if job.has_ended:
            raise RecalculationRefused(
                _("This change has ended already: %(state)s.") % {"state": job.get_state_display()},
                code="state",
            )
        _finish(job, State.CANCELLED, by=by, now=now)
    return job


def claim(*, worker: uuid.UUID, now: datetime, job: Recalculation | None = None) -> Recalculation | None:
    """Lease the oldest job that has work and no worker, or the given one; None when there is none.

    The lease of a worker that died runs out after two minutes. Two queries.
    """
    with transaction.atomic():
        free = Recalculation.objects.select_for_update(skip_locked=True).filter(
            state__in=Recalculation.AT_WORK
        )
        free = free.exclude(leased_until__gt=now)
        if job is not None:
            free = free.filter(pk=job.pk)
        found = free.order_by("pk").first()
        if found is not None:
            found.worker, found.leased_until = worker, now + LEASE
            found.save(update_fields=["worker", "leased_until"])
        return found


def release(*, job: Recalculation, worker: uuid.UUID) -> None:
    """Give a lease back, so that the next worker need not wait for its end. One query."""
    Recalculation.objects.filter(pk=job.pk, worker=worker).update(worker=None, leased_until=None)


def advance(*, job: Recalculation, worker: uuid.UUID, now: datetime, size: int = BATCH) -> bool:
    """Do the next batch of a leased job in one transaction; return whether to go on at once.

    Does nothing for a worker that lost its lease, and for a job that ended. False also when only deadlines are
    left that somebody holds right now: then it is tried again later. A constant number of queries a batch.
    """
    with transaction.atomic():
        job = _lock(job.pk)
        if job.worker != worker or not job.is_at_work:
            return False
        job.leased_until = now + LEASE
        book = replanning.get_rule_book(at=now)
        if book.stamp != job.rules:
            return _rules_changed(job, now=now)
        if job.state == State.COUNTING:
            more = count_batch(job, book=book, now=now, size=size)
            if not more:
                job.state, job.worker, job.leased_until = State.PREVIEWED, None, None
        else:
            if job.state == State.CONFIRMED:
                job.state, job.started_at = State.RUNNING, now
            more = _move_batch(job, book=book, now=now, size=size)
        job.save()
    return more


def _rules_changed(job: Recalculation, *, now: datetime) -> bool:
    """Begin a preview anew under the new rules; stop a job that was confirmed under the old ones."""
    if job.state == State.COUNTING:
        job.results.all().delete()
        job.earlier = job.later = job.same = job.newly_overdue = job.unchanged = job.skipped = 0
        job.seen = job.cursor = 0
        job.rules = replanning.get_rule_book(at=now).stamp
        job.save()
        return True
    job.failure = RULES_CHANGED
    assert job.confirmed_by is not None
    _finish(job, State.FAILED, by=job.confirmed_by, now=now)
    return False


def _move_batch(job: Recalculation, *, book: RuleBook, now: datetime, size: int) -> bool:
    planned = job.results.filter(outcome=Outcome.PLANNED)
    results = list(planned.filter(pk__gt=job.cursor).order_by("pk")[:size])
    if not results:
        if planned.exists():  # somebody holds them: from the start again, later
            job.cursor = 0
        else:
            assert job.confirmed_by is not None
            _finish(job, State.DONE, by=job.confirmed_by, now=now)
        return False
    job.cursor = results[-1].pk
    rows = _lock_rows([result.deadline_id for result in results])
    locked = [result for result in results if result.deadline_id in rows]
    moved = _replace(job, locked, rows, book=book, now=now)
    job.moved += len(moved)
    job.skipped += sum(result.outcome == Outcome.SKIPPED for result in locked)
    return True


def _lock_rows(ids: list[int]) -> dict[int, CaseDeadline]:
    """Lock the cases of these deadlines, then the deadlines; leave out what somebody holds. Three queries."""
    owners = dict(CaseDeadline.objects.filter(pk__in=ids).values_list("pk", "case_id"))
    cases = Case.objects.select_for_update(skip_locked=True).filter(pk__in=set(owners.values()))
    held = set(cases.order_by("pk").values_list("pk", flat=True))
    rows = CaseDeadline.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk__in=[pk for pk, case in owners.items() if case in held]
    )
    return {
        row.pk: row
        for row in rows.select_related("case", "whistle", "policy", *hours.RELATIONS[CaseDeadline]).order_by(
            "pk"
        )
    }


def _replace(
    job: Recalculation,
    results: list[RecalculatedDeadline],
    rows: dict[int, CaseDeadline],
    *,
    book: RuleBook,
    now: datetime,
) -> Moved:
    """Supersede the locked deadlines; one that cannot be written is left alone and does not stop the others."""
    running = [row for row in rows.values() if row.is_running]
    found = {row.pk: finding for row, finding in find_all(job, running, book=book, now=now)}
    moving: Moved = []
    for result in results:
        row = rows[result.deadline_id]
        finding = found.get(row.pk)
        if finding is None:
            result.outcome, result.reason = Outcome.SKIPPED, Reason.ENDED
        elif row.due_at != result.old_due or finding.fresh is None:
            result.outcome, result.reason = Outcome.SKIPPED, finding.reason or Reason.TOUCHED
        else:
            moving.append((result, row, finding.fresh))
    try:
        with transaction.atomic():
            _write(job, moving, now=now)
    except Exception:  # whatever it is: the rows are tried alone, and only the guilty one is left out
        logger.exception("A batch of recalculated deadlines failed; its rows are tried one by one.")
        moving = [move for move in moving if _write_alone(job, move, now=now)]
    fields = ["outcome", "reason", "successor", "new_due", "shift", "newly_overdue"]
    RecalculatedDeadline.objects.bulk_update(results, fields)
    return moving


def _write_alone(
    job: Recalculation, move: tuple[RecalculatedDeadline, CaseDeadline, CaseDeadline], *, now: datetime
) -> bool:
    result, row, fresh = move
    fresh.pk = None
    try:
        with transaction.atomic():
            _write(job, [move], now=now)
    except Exception:  # one row must not stop the others; it is logged and says so on the job's page
        logger.exception("Deadline %s cannot be recalculated; left alone.", row.pk)
        result.outcome, result.reason, result.successor = Outcome.SKIPPED, Reason.FAILED, None
        return False
    return True


def _write(job: Recalculation, moving: Moved, *, now: datetime) -> None:
    """End the old deadlines, start their successors, refresh the cases' moments, write the trail. Seven queries."""
    old = [row for _result, row, _fresh in moving]
    CasePause.objects.filter(deadline__in=old, ended_at=None).update(ended_at=now)
    CaseDeadline.objects.filter(pk__in=[row.pk for row in old]).update(
        ended_at=now, outcome=CaseDeadline.Outcome.SUPERSEDED, wake_at=None, paused_at=None
    )
    CaseDeadline.objects.bulk_create([fresh for _result, _row, fresh in moving])
    _carry_pauses(moving, now=now)
    _refresh({row.case_id for row in old})
    trail.record_many([_entry(job, row, fresh, now=now) for _result, row, fresh in moving])
    for result, row, fresh in moving:
        result.outcome, result.successor, result.new_due = Outcome.MOVED, fresh, fresh.due_at
        result.shift = replanning.shift_of(row.due_at, fresh.due_at)
        result.newly_overdue = row.paused_at is None and fresh.due_at < now <= row.due_at


def _carry_pauses(moving: Moved, *, now: datetime) -> None:
    """Give each successor the pauses of its predecessor; one that lasts goes on."""
    heirs = {row.pk: (row, fresh) for _result, row, fresh in moving}
    copies = []
    for pause in CasePause.objects.filter(deadline__in=heirs).order_by("id"):
        row, fresh = heirs[pause.deadline_id]
        lasts = row.paused_at == pause.started_at and pause.ended_at == now
        copies.append(
            CasePause(deadline=fresh, started_at=pause.started_at, ended_at=None if lasts else pause.ended_at)
        )
    CasePause.objects.bulk_create(copies)


def _refresh(case_ids: set[int]) -> None:
    """Set the earliest due and yellow moments of these cases; nothing else of them changes. One query."""
    running = CaseDeadline.objects.filter(TICKING, case=OuterRef("pk")).order_by().values("case")
    Case.objects.filter(pk__in=case_ids).update(
        due_at=Subquery(running.annotate(first=Min("due_at")).values("first")),
        yellow_at=Subquery(running.annotate(first=Min("yellow_at")).values("first")),
    )


def _entry(job: Recalculation, row: CaseDeadline, fresh: CaseDeadline, *, now: datetime) -> trail.Entry:
    data = {
        "tier": row.whistle.tier,
        "step": row.step,
        "before": row.due_at.isoformat(),
        "after": fresh.due_at.isoformat(),
        "job": job.pk,
    }
    if row.assignment is not None:
        data["unit"] = row.assignment.unit.name
    return trail.Entry(
        stream=row.case.stream,
        event="deadline.recalculated",
        subject=fresh,
        label=str(row.case),
        at=now,
        by=job.confirmed_by,
        reason=job.reason,
        data=data,
    )


def _finish(job: Recalculation, state: str, *, by: User, now: datetime) -> None:
    """End a job: nobody drains it any more, the people of moved deadlines are told, the trail has the sums."""
    job.state, job.finished_at, job.worker, job.leased_until = state, now, None, None
    job.save()
    counts = {name: getattr(job, name) for name in ("moved", "skipped", "unchanged")}
    record(job, state, by=by, now=now, reason=job.failure, **counts)
    tell_people(job, now=now)


def _lock(pk: int) -> Recalculation:
    found: Recalculation = (
        Recalculation.objects.select_for_update(of=("self",))
        .select_related("asked_by", "confirmed_by")
        .get(pk=pk)
    )
    return found
