"""Deadlines of the whistle: started from policy and calendar, ended by moves. The only place that does either."""

from datetime import datetime

from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _

from kunming_portal.deadlines import ladder
from kunming_portal.workdays.calendar import Calendar
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, CaseDeadline, CasePause, DeadlinePolicy, Whistle
from whistle.selectors import get_policies
from whistle.workflow import Step

Outcome = CaseDeadline.Outcome
TICKING = Q(ended_at=None, paused_at=None)


def start(step: Step, *, whistle: Whistle, now: datetime, calendar: Calendar) -> CaseDeadline:
    """Start a deadline of the whistle by the policy in force: due moment and ladder are computed now and stored.

    Refuses with a sentence when no policy covers the step. Two or three queries.
    """
    rules = get_policies(kind=whistle.kind, tier=whistle.tier, division=whistle.case.division, at=now)
    deadline = plan(
        policy=_rule(rules, step, whistle), whistle=whistle, assignment=None, now=now, calendar=calendar
    )
    deadline.save()
    return deadline


def start_handling(*, whistle: Whistle, duties: list[Assignment], now: datetime, calendar: Calendar) -> None:
    """Start the clocks of a dispatch: closing for the whistle; signing, reporting in, feeding back for each unit.

    Feeding back has the limit and the ladder's lights of closing. Three queries, however many units.
    """
    rules = get_policies(kind=whistle.kind, tier=whistle.tier, division=whistle.case.division, at=now)
    rows = [
        plan(
            policy=_rule(rules, Step.CLOSE, whistle),
            whistle=whistle,
            assignment=None,
            now=now,
            calendar=calendar,
        )
    ]
    for duty in duties:
        for step in (Step.SIGN, Step.REPORT_IN, Step.FEED_BACK):
            policy = _rule(rules, step, whistle)
            rows.append(plan(policy=policy, whistle=whistle, assignment=duty, now=now, calendar=calendar))
    CaseDeadline.objects.bulk_create(rows)


def start_rework(
    *, whistle: Whistle, duties: list[Assignment], now: datetime, calendar: Calendar, share_percent: int
) -> None:
    """Start the shortened clocks of a rework: closing for the whistle, feeding back for the units sent back."""
    rules = get_policies(kind=whistle.kind, tier=whistle.tier, division=whistle.case.division, at=now)
    targets: list[tuple[Step, Assignment | None]] = [(Step.CLOSE, None)]
    targets += [(Step.FEED_BACK, duty) for duty in duties]
    CaseDeadline.objects.bulk_create(
        plan(
            policy=_rule(rules, step, whistle),
            whistle=whistle,
            assignment=duty,
            now=now,
            calendar=calendar,
            share_percent=share_percent,
        )
        for step, duty in targets
    )


def plan(
    *,
    policy: DeadlinePolicy,
    whistle: Whistle,
    assignment: Assignment | None,
    now: datetime,
    calendar: Calendar,
    share_percent: int = 100,
) -> CaseDeadline:
    """Return the unsaved deadline that starts now under this policy. No query.

    `share_percent` shortens the limit (rework: 50 %), never below one unit of time.
    """
    limit = ladder.Limit(amount=max(policy.amount * share_percent // 100, 1), unit=policy.limit.unit)
    due = ladder.due_after(start=now, limit=limit, calendar=calendar)
    deadline = CaseDeadline(
        case_id=whistle.case_id,
        whistle=whistle,
        assignment=assignment,
        step=policy.step,
        policy=policy,
        started_at=now,
        due_at=due,
        amount=limit.amount,
        unit=limit.unit.value,
        provisional=not limit.unit.is_natural and calendar.is_provisional(now, due),
    )
    deadline.take(ladder.plan(start=now, due=due, limit=limit, rule=policy.ladder_rule, calendar=calendar))
    return deadline


def end(
    *steps: Step,
    whistle: Whistle,
    now: datetime,
    assignment: Assignment | None = None,
    outcome: CaseDeadline.Outcome = Outcome.MET,
) -> int:
    """End the running deadlines of these steps; return how many. An ended deadline is silent. Two queries."""
    running = CaseDeadline.objects.running().filter(whistle=whistle, step__in=steps)
    if assignment is not None:
        running = running.filter(assignment=assignment)
    return _end(running, now=now, outcome=outcome)


def end_all(*, whistle: Whistle, now: datetime, outcome: CaseDeadline.Outcome) -> int:
    """End every running deadline of the whistle and of its units. Two queries."""
    return _end(CaseDeadline.objects.running().filter(whistle=whistle), now=now, outcome=outcome)


def end_of(assignment: Assignment, *, now: datetime, outcome: CaseDeadline.Outcome) -> int:
    """End every running deadline of one unit's duty. Two queries."""
    return _end(CaseDeadline.objects.running().filter(assignment=assignment), now=now, outcome=outcome)


def pause_all(*, whistle: Whistle, now: datetime) -> int:
    """Stop every clock of the whistle that runs: silent until `resume_all`. Return how many. Three queries."""
    rows = list(CaseDeadline.objects.running().filter(whistle=whistle, paused_at=None))
    for row in rows:
        row.pause(now=now)
    CaseDeadline.objects.bulk_update(rows, ["paused_at", "wake_at"])
    CasePause.objects.bulk_create(CasePause(deadline=row, started_at=now) for row in rows)
    return len(rows)


def resume_all(*, whistle: Whistle, now: datetime, calendar: Calendar) -> int:
    """Let every paused clock of the whistle run again; return how many. Three queries.

    Due moments and open rungs move by exactly the working time of the pause, by the clock on the wall where the
    limit is natural. What was overdue stays as late as it was.
    """
    rows = list(CaseDeadline.objects.running().filter(whistle=whistle, paused_at__isnull=False))
    for row in rows:
        row.resume(now=now, calendar=calendar)
    CaseDeadline.objects.bulk_update(rows, ["paused_at", "wake_at", "due_at", "yellow_at", "ladder"])
    CasePause.objects.filter(deadline__in=rows, ended_at=None).update(ended_at=now)
    return len(rows)


def refresh(case: Case) -> None:
    """Set the case's earliest due and yellow moments of clocks that run, by which lists sort and light. One query."""
    found = CaseDeadline.objects.filter(case=case).aggregate(
        due=Min("due_at", filter=TICKING), yellow=Min("yellow_at", filter=TICKING)
    )
    case.due_at, case.yellow_at = found["due"], found["yellow"]


def _end(running: QuerySet[CaseDeadline], *, now: datetime, outcome: CaseDeadline.Outcome) -> int:
    """End these deadlines, and the pauses that last on them."""
    CasePause.objects.filter(deadline__in=running, ended_at=None).update(ended_at=now)
    return running.update(ended_at=now, outcome=outcome, wake_at=None, paused_at=None)


def _rule(rules: dict[str, DeadlinePolicy], step: Step, whistle: Whistle) -> DeadlinePolicy:
    if step not in rules:
        raise MoveRefused(
            _(
                "No deadline policy covers %(kind)s, %(tier)s, %(step)s. Ask the system administrator to add one."
            )
            % {"kind": whistle.kind.label, "tier": whistle.get_tier_display(), "step": Step(step).label},
            code="policy",
        )
    return rules[step]
