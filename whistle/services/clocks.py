"""Deadlines of the whistle: started from policy and calendar, ended by moves. The only place that does either."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _

from kunming_portal.deadlines import ladder
from kunming_portal.deadlines.ladder import Rung
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import hours
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, CaseDeadline, CasePause, DeadlinePolicy, KindRule, Whistle
from whistle.selectors import get_policies, get_rule
from whistle.workflow import Step

Outcome = CaseDeadline.Outcome
# The end and the reviews of a hold do not light a case: it is on hold
TICKING = Q(ended_at=None, paused_at=None) & ~Q(step__in=(Step.REVIEW, Step.HOLD))


# A hold ends on the day that was decided; its ladder is that of its reviews
POLICY_OF = {Step.HOLD: Step.REVIEW}


def start(step: Step, *, whistle: Whistle, now: datetime, calendar: Calendar) -> CaseDeadline:
    """Start a deadline of the whistle by the policy in force: due moment and ladder are computed now and stored.

    A verification has one rung more: where it lapses (KindRule.verification_lapse_days). Refuses with a sentence
    when no policy covers the step. Two to four queries.
    """
    rules = _rules(whistle, now)
    deadline = plan(
        policy=rule_for(rules, step, whistle),
        whistle=whistle,
        assignment=None,
        now=now,
        calendar=calendar,
        lapse_days=side_paths(whistle).verification_lapse_days if step is Step.VERIFY else None,
    )
    deadline.save()
    return deadline


def start_handling(*, whistle: Whistle, duties: list[Assignment], now: datetime, calendar: Calendar) -> None:
    """Start the clocks of a dispatch: closing for the whistle; signing, reporting in, feeding back for each unit.

    Feeding back has the limit and the ladder's lights of closing. Three queries, however many units.
    """
    rules = _rules(whistle, now)
    close = plan(
        policy=rule_for(rules, Step.CLOSE, whistle),
        whistle=whistle,
        assignment=None,
        now=now,
        calendar=calendar,
    )
    CaseDeadline.objects.bulk_create([close, *_of_duties(duties, rules, whistle, now, calendar)])


def start_duties(*, whistle: Whistle, duties: list[Assignment], now: datetime, calendar: Calendar) -> None:
    """Start the clocks of units that are called later; the whistle's own run on untouched. Three queries."""
    rules = _rules(whistle, now)
    CaseDeadline.objects.bulk_create(_of_duties(duties, rules, whistle, now, calendar))


def _of_duties(
    duties: list[Assignment],
    rules: dict[str, DeadlinePolicy],
    whistle: Whistle,
    now: datetime,
    calendar: Calendar,
) -> list[CaseDeadline]:
    return [
        plan(
            policy=rule_for(rules, step, whistle),
            whistle=whistle,
            assignment=duty,
            now=now,
            calendar=calendar,
        )
        for duty in duties
        for step in (Step.SIGN, Step.REPORT_IN, Step.FEED_BACK)
    ]


def start_hold(*, whistle: Whistle, ends_at: datetime, now: datetime, calendar: Calendar) -> None:
    """Start the clocks of a hold: its next review, and its end, which rings by itself. Four queries."""
    start_review(whistle=whistle, now=now, calendar=calendar, ends_at=ends_at)
    start_end_of_hold(whistle=whistle, now=now, calendar=calendar, ends_at=ends_at)


def start_end_of_hold(*, whistle: Whistle, ends_at: datetime, now: datetime, calendar: Calendar) -> None:
    """Start the clock of a hold's end. Two or three queries."""
    rules = _rules(whistle, now)
    policy = rule_for(rules, POLICY_OF[Step.HOLD], whistle)
    _until(Step.HOLD, ends_at, policy=policy, whistle=whistle, now=now, calendar=calendar).save()


def start_review(*, whistle: Whistle, now: datetime, calendar: Calendar, ends_at: datetime) -> None:
    """Start the clock of the next review; none when the hold ends before it. Three queries."""
    rules = _rules(whistle, now)
    row = plan(
        policy=rule_for(rules, Step.REVIEW, whistle),
        whistle=whistle,
        assignment=None,
        now=now,
        calendar=calendar,
    )
    if row.due_at < ends_at:
        row.save()


def go_on_reviewing(*, whistle: Whistle, now: datetime, calendar: Calendar, ends_at: datetime) -> None:
    """Start a review where none runs: the last one of a hold that was to end before the next. One or four queries."""
    if not CaseDeadline.objects.running().filter(whistle=whistle, step=Step.REVIEW).exists():
        start_review(whistle=whistle, now=now, calendar=calendar, ends_at=ends_at)


def _until(
    step: Step,
    due: datetime,
    *,
    policy: DeadlinePolicy,
    whistle: Whistle,
    now: datetime,
    calendar: Calendar,
) -> CaseDeadline:
    """Return the unsaved deadline of a step that ends at a moment somebody decided."""
    limit = ladder.Limit(amount=max((due - now).days, 1), unit=ladder.LimitUnit.NATURAL_DAY)
    row = CaseDeadline(
        case_id=whistle.case_id,
        whistle=whistle,
        step=step,
        policy=policy,
        started_at=now,
        due_at=due,
        amount=limit.amount,
        unit=limit.unit.value,
    )
    own = hours.of_step(step, whistle=whistle, assignment=None, calendar=calendar)
    row.take(ladder.plan(start=now, due=due, limit=limit, rule=policy.ladder_rule, calendar=own))
    return row


def start_again(
    *,
    whistle: Whistle,
    duties: list[Assignment],
    now: datetime,
    calendar: Calendar,
    share_percent: int = 100,
) -> None:
    """Start the clocks of a second handling: closing for the whistle, feeding back for the units that work again.

    A rework gives them a share of the limit, a reopening the whole. Three queries.
    """
    rules = _rules(whistle, now)
    targets: list[tuple[Step, Assignment | None]] = [(Step.CLOSE, None)]
    targets += [(Step.FEED_BACK, duty) for duty in duties]
    CaseDeadline.objects.bulk_create(
        plan(
            policy=rule_for(rules, step, whistle),
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
    lapse_days: int | None = None,
) -> CaseDeadline:
    """Return the unsaved deadline that starts now under this policy. No query.

    It runs by the calendar of the unit that has to act. `share_percent` shortens the limit (rework), never below one
    unit of time; with `lapse_days` the ladder ends in the rung at which the matter lapses.
    """
    calendar = hours.of_step(policy.step, whistle=whistle, assignment=assignment, calendar=calendar)
    limit = replace(policy.limit, amount=max(policy.amount * share_percent // 100, 1))
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
        clock=limit.clock,
        provisional=not limit.unit.is_natural and calendar.is_provisional(now, due),
    )
    rule = replace(policy.ladder_rule, lapse_days=lapse_days)
    deadline.take(ladder.plan(start=now, due=due, limit=limit, rule=rule, calendar=calendar))
    return deadline


def end(
    *steps: Step,
    whistle: Whistle,
    now: datetime,
    assignment: Assignment | None = None,
    outcome: CaseDeadline.Outcome = Outcome.MET,
) -> int:
    """End the running deadlines of these steps; return how many. An ended deadline is silent. Two queries.

    Four or five where one stood.
    """
    running = CaseDeadline.objects.running().filter(whistle=whistle, step__in=steps)
    if assignment is not None:
        running = running.filter(assignment=assignment)
    return _end(running, now=now, outcome=outcome)


def end_all(*whistles: Whistle, now: datetime, outcome: CaseDeadline.Outcome) -> int:
    """End every running deadline of these whistles and of their units. Two queries, however many."""
    return _end(CaseDeadline.objects.running().filter(whistle__in=whistles), now=now, outcome=outcome)


def end_of(assignment: Assignment, *, now: datetime, outcome: CaseDeadline.Outcome) -> int:
    """End every running deadline of one unit's duty. Two queries."""
    return _end(CaseDeadline.objects.running().filter(assignment=assignment), now=now, outcome=outcome)


def pause_all(*, whistle: Whistle, now: datetime) -> int:
    """Stop every clock of the whistle that runs: silent until `resume_all`. Return how many. Three queries."""
    return _pause(CaseDeadline.objects.running().filter(whistle=whistle), now=now)


def pause_of(assignment: Assignment, *, now: datetime) -> int:
    """Stop the running clocks of one unit's duty; return how many. Three queries."""
    return _pause(CaseDeadline.objects.running().filter(assignment=assignment), now=now)


def _pause(running: QuerySet[CaseDeadline], *, now: datetime) -> int:
    rows = list(running.filter(paused_at=None))
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
    return _resume(CaseDeadline.objects.running().filter(whistle=whistle), now=now, calendar=calendar)


def resume_of(assignment: Assignment, *, now: datetime, calendar: Calendar) -> int:
    """Let the paused clocks of one unit's duty run again; return how many. Three queries."""
    return _resume(CaseDeadline.objects.running().filter(assignment=assignment), now=now, calendar=calendar)


def _resume(running: QuerySet[CaseDeadline], *, now: datetime, calendar: Calendar) -> int:
    rows = list(running.filter(paused_at__isnull=False))
    hours.load(rows, calendar)
    for row in rows:
        row.resume(now=now, calendar=hours.of_deadline(row, calendar))
    CaseDeadline.objects.bulk_update(
        rows, ["paused_at", "wake_at", "due_at", "yellow_at", "ladder", "provisional"]
    )
    CasePause.objects.filter(deadline__in=rows, ended_at=None).update(ended_at=now)
    return len(rows)


def extend(*, whistle: Whistle, days: int, now: datetime, calendar: Calendar) -> datetime:
    """Replace the running limits of closing and feeding back by ones that end `days` working days later.

    Each new promise follows the old one, begins with it and has a ladder of its own: what was climbed stays with
    the old one, what the new one plans for the past is not climbed again. Clocks that stand go on standing.
    Returns the new closing moment. About ten queries.
    """
    steps = (Step.CLOSE, Step.FEED_BACK)
    running = CaseDeadline.objects.running().filter(whistle=whistle, step__in=steps).select_related("policy")
    standing = list(running.filter(paused_at__isnull=False).values_list("assignment_id", flat=True))
    _resume(running, now=now, calendar=calendar)
    old = list(running)
    hours.load(old, calendar)
    new = [_successor(row, days=days, now=now, calendar=calendar) for row in old]
    _end(running, now=now, outcome=Outcome.SUPERSEDED)
    CaseDeadline.objects.bulk_create(new)
    _repeat_pauses(new)
    _pause(CaseDeadline.objects.running().filter(whistle=whistle, assignment_id__in=standing), now=now)
    return next(row.due_at for row in new if row.step == Step.CLOSE)


def _repeat_pauses(rows: list[CaseDeadline]) -> None:
    """Let promises that began with their predecessors know when those stood. Two queries."""
    follows = {row.predecessor_id: row for row in rows}
    CasePause.objects.bulk_create(
        CasePause(deadline=follows[pause.deadline_id], started_at=pause.started_at, ended_at=pause.ended_at)
        for pause in CasePause.objects.filter(deadline_id__in=follows)
    )


def _successor(row: CaseDeadline, *, days: int, now: datetime, calendar: Calendar) -> CaseDeadline:
    """Return the unsaved promise that follows one: the same limit, so many working days later. No query."""
    calendar = hours.of_deadline(row, calendar)
    due = calendar.add_working_days(row.due_at, days)
    follows = CaseDeadline(
        case_id=row.case_id,
        whistle_id=row.whistle_id,
        assignment_id=row.assignment_id,
        step=row.step,
        policy=row.policy,
        started_at=row.started_at,
        due_at=due,
        amount=row.amount,
        unit=row.unit,
        clock=row.clock,
        extended_days=row.extended_days + days,
        provisional=not row.limit.unit.is_natural and calendar.is_provisional(row.started_at, due),
        predecessor=row,
    )
    steps = ladder.plan(
        start=row.started_at, due=due, limit=row.limit, rule=row.policy.ladder_rule, calendar=calendar
    )
    follows.take(steps)
    follows.rungs_climbed = sum(step.at <= now for step in steps)
    left = follows.next_step
    follows.wake_at = left.at if left is not None else None
    return follows


def keep_from_lapsing(whistle: Whistle) -> None:
    """Take the lapse out of the verification that runs: what is not solved waits for a person. Two queries."""
    for row in CaseDeadline.objects.running().filter(whistle=whistle, step=Step.VERIFY):
        row.drop(Rung.LAPSE)
        row.save(update_fields=["ladder", "wake_at"])


def side_paths(whistle: Whistle) -> KindRule:
    """Return the rule of the whistle's kind that was in force when it was blown. One query."""
    return get_rule(kind=whistle.kind, tier=whistle.tier, at=whistle.blown_at or whistle.created_at)


def refresh(*cases: Case) -> None:
    """Set the cases' earliest due and yellow moments of clocks that run, by which lists sort and light. One query."""
    clocks = CaseDeadline.objects.filter(case__in=cases).values("case_id").order_by()
    found = clocks.annotate(due=Min("due_at", filter=TICKING), yellow=Min("yellow_at", filter=TICKING))
    moments = {row["case_id"]: (row["due"], row["yellow"]) for row in found}
    for case in cases:
        case.due_at, case.yellow_at = moments.get(case.pk, (None, None))


def _end(running: QuerySet[CaseDeadline], *, now: datetime, outcome: CaseDeadline.Outcome) -> int:
    """End these deadlines, and the pauses that last on them.

    What stood first moves by the time it stood: nobody is late for a time in which no clock ran.
    """
    if CasePause.objects.filter(deadline__in=running, ended_at=None).update(ended_at=now):
        _resume(running, now=now, calendar=get_calendar())
    return running.update(ended_at=now, outcome=outcome, wake_at=None, paused_at=None)


def _rules(whistle: Whistle, at: datetime) -> dict[str, DeadlinePolicy]:
    return get_policies(
        kind=whistle.kind,
        tier=whistle.tier,
        division=whistle.case.division,
        at=at,
        sub_class=whistle.sub_class,
    )


def rule_for(rules: dict[str, DeadlinePolicy], step: Step, whistle: Whistle) -> DeadlinePolicy:
    """Return of the policies in force the step's; refuse with a sentence when none covers it. No query."""
    if step not in rules:
        raise MoveRefused(
            _(
                "No deadline policy covers %(kind)s, %(tier)s, %(step)s. Ask the system administrator to add one."
            )
            % {"kind": whistle.kind.label, "tier": whistle.get_tier_display(), "step": Step(step).label},
            code="policy",
        )
    return rules[step]
