"""What a running deadline would be under the rules in force now: one row at a time, in memory."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kunming_portal.deadlines import ladder
from kunming_portal.deadlines.ladder import LimitUnit, Rung
from kunming_portal.divisions.models import Division
from kunming_portal.workdays.calendar import Calendar, NoOpenTime
from kunming_portal.workdays.selectors import build, get_rows, stamp_of
from whistle import hours
from whistle.models import (
    CaseDeadline,
    CasePause,
    DeadlinePolicy,
    KindRule,
    RecalculatedDeadline,
    Recalculation,
)
from whistle.selectors import places_of
from whistle.services import clocks
from whistle.workflow import Step

Reason = RecalculatedDeadline.Reason
Shift = RecalculatedDeadline.Shift

DEFAULT_SHARE = 50
DEFAULT_LAPSE = 5
LIGHTS = (Rung.YELLOW, Rung.RED)


@dataclass(frozen=True)
class RuleBook:
    """All rules in force at one moment, so that any number of deadlines are computed without a query.

    `stamp` changes whenever one of them does.
    """

    calendar: Calendar
    policies: dict[tuple[int, int, str, int | None, str], DeadlinePolicy]
    zones: dict[str, str]
    shares: dict[tuple[int, int], list[tuple[datetime, int]]]
    lapses: dict[tuple[int, int], list[tuple[datetime, int]]]
    stamp: str

    def policy_of(self, deadline: CaseDeadline) -> DeadlinePolicy | None:
        """Return the policy that a deadline like this would begin under now."""
        whistle = deadline.whistle
        zone = self.zones.get(deadline.case.division_id[:6], "")
        step = (whistle.kind_id, whistle.tier, deadline.step)
        places = places_of(sub_class_id=whistle.sub_class_id, zone_class=zone)
        return next(
            (self.policies[*step, *place] for place in places if (*step, *place) in self.policies), None
        )

    def share_of(self, deadline: CaseDeadline) -> int:
        """Return how many percent of its policy's limit the deadline was given: less after a rework."""
        if deadline.amount == deadline.policy.amount:
            return 100
        whistle = deadline.whistle
        known = self.shares.get((whistle.kind_id, whistle.tier), [])
        blown = whistle.blown_at or deadline.started_at
        share = next((percent for since, percent in reversed(known) if since <= blown), DEFAULT_SHARE)
        if max(deadline.policy.amount * share // 100, 1) == deadline.amount:
            return share
        return max(deadline.amount * 100 // deadline.policy.amount, 1)

    def lapse_of(self, deadline: CaseDeadline) -> int | None:
        """Return after how many working days the deadline lapses, by the rule it began under; None if never."""
        if Rung.LAPSE not in {step.rung for step in deadline.steps}:
            return None
        whistle = deadline.whistle
        known = self.lapses.get((whistle.kind_id, whistle.tier), [])
        blown = whistle.blown_at or deadline.started_at
        return next((days for since, days in reversed(known) if since <= blown), DEFAULT_LAPSE)


@dataclass(frozen=True)
class Finding:
    """What the rules say of one deadline: the successor that would replace it, or why it is left alone.

    Without either it stays as it is.
    """

    fresh: CaseDeadline | None = None
    reason: str = ""


def get_rule_book(*, at: datetime) -> RuleBook:
    """Return the rules in force at `at`. Six queries."""
    rows = get_rows()
    found = DeadlinePolicy.objects.filter(valid_from__lte=at).order_by("version", "id")
    policies = {(row.kind_id, row.tier, row.step, row.sub_class_id, row.zone_class): row for row in found}
    zones = dict(Division.objects.filter(level="county").order_by("code").values_list("code", "zone_class"))
    shares: dict[tuple[int, int], list[tuple[datetime, int]]] = {}
    lapses: dict[tuple[int, int], list[tuple[datetime, int]]] = {}
    for rule in KindRule.objects.filter(valid_from__lte=at).order_by("version"):
        lapses.setdefault((rule.kind_id, rule.tier), []).append(
            (rule.valid_from, rule.verification_lapse_days)
        )
        shares.setdefault((rule.kind_id, rule.tier), []).append((rule.valid_from, rule.rework_share_percent))
    stamp = _stamp(
        sorted(policy.pk for policy in policies.values()),
        zones,
        stamp_of(rows),
    )
    return RuleBook(
        calendar=build(rows), policies=policies, zones=zones, shares=shares, lapses=lapses, stamp=stamp
    )


def find(
    deadline: CaseDeadline,
    *,
    cause: str,
    book: RuleBook,
    pauses: Sequence[CasePause],
    now: datetime,
) -> Finding:
    """Return what becomes of one running deadline. No query when whistle, case and policy are loaded.

    After a change of policy those that follow another version are computed anew; after a change of the
    calendar all, with the version they began with. Natural time does not know the calendar. An extension keeps its
    days; the end of a hold, and an extension beside pauses, stay as they were decided.
    """
    if deadline.step == Step.HOLD or (deadline.extended_days and pauses):
        return Finding(reason=Reason.GRANTED)
    by_policy = cause == Recalculation.Cause.POLICY
    policy = book.policy_of(deadline) if by_policy else deadline.policy
    if policy is None:
        return Finding(reason=Reason.UNCOVERED)
    if policy.pk == deadline.policy_id if by_policy else LimitUnit(deadline.unit).is_natural:
        return Finding()
    try:
        fresh = replan(deadline, policy=policy, book=book, pauses=pauses, now=now)
    except NoOpenTime:
        return Finding(reason=Reason.BROKEN)
    return Finding(fresh=fresh) if _differs(deadline, fresh) else Finding()


def replan(
    deadline: CaseDeadline,
    *,
    policy: DeadlinePolicy,
    book: RuleBook,
    pauses: Sequence[CasePause],
    now: datetime,
) -> CaseDeadline:
    """Return the unsaved successor: same start, limit and ladder by these rules, pauses kept, no rung twice."""
    fresh = clocks.plan(
        policy=policy,
        whistle=deadline.whistle,
        assignment=deadline.assignment,
        now=deadline.started_at,
        calendar=book.calendar,
        share_percent=book.share_of(deadline),
        lapse_days=book.lapse_of(deadline),
    )
    fresh.predecessor = deadline
    natural = fresh.limit.unit.is_natural
    calendar = hours.of_deadline(deadline, book.calendar)
    steps = fresh.steps
    steps = _after_pauses(fresh, steps, pauses, calendar=calendar)
    if deadline.extended_days:
        fresh.extended_days = deadline.extended_days
        fresh.due_at = calendar.add_working_days(fresh.due_at, deadline.extended_days)
        steps = ladder.plan(
            start=fresh.started_at,
            due=fresh.due_at,
            limit=fresh.limit,
            rule=policy.ladder_rule,
            calendar=calendar,
        )
    fresh.provisional = not natural and calendar.is_provisional(fresh.started_at, fresh.due_at)
    moment = deadline.paused_at or now  # a paused clock stands still: nothing has passed since
    _take(fresh, deadline, steps, calendar=calendar, now=moment)
    if deadline.paused_at is not None:
        fresh.paused_at, fresh.wake_at = deadline.paused_at, None
    return fresh


def _after_pauses(
    fresh: CaseDeadline, steps: list[ladder.Step], pauses: Sequence[CasePause], *, calendar: Calendar
) -> list[ladder.Step]:
    """Move due, in memory, and the rungs by the pauses that are over; return the rungs."""
    natural = fresh.limit.unit.is_natural
    for pause in pauses:
        if pause.ended_at is None:
            continue
        length = ladder.length_of_pause(
            start=pause.started_at, end=pause.ended_at, natural=natural, calendar=calendar
        )
        fresh.due_at = ladder.moved(fresh.due_at, length, natural=natural, calendar=calendar)
        steps = ladder.moved_steps(steps, climbed=0, by=length, natural=natural, calendar=calendar)
    return steps


def shift_of(old_due: datetime, new_due: datetime) -> Shift:
    """Return the direction in which a deadline moves."""
    if new_due == old_due:
        return Shift.SAME
    return Shift.EARLIER if new_due < old_due else Shift.LATER


def _take(
    fresh: CaseDeadline, old: CaseDeadline, steps: list[ladder.Step], *, calendar: Calendar, now: datetime
) -> None:
    """Give the successor its ladder: what was climbed and still lies behind is not climbed again.

    A light that passes by the change itself lights without ringing: nobody could have known, and the summary
    notice says so. Later rungs that pass by it are counted from now instead of from due.
    """
    passed = {step.rung for step in old.steps[: old.rungs_climbed]}
    waiting = {step.rung: step.at for step in old.steps[old.rungs_climbed :]}
    same = fresh.due_at == old.due_at
    taken: list[ladder.Step] = []
    climbed = 0
    for step in steps:
        if step.rung in passed and (same or step.at <= now):
            climbed = len(taken) + 1
        elif step.at <= now and step.rung in LIGHTS:
            announced = waiting.get(step.rung)
            if announced is None or announced > now:
                climbed = len(taken) + 1
        elif step.at <= now:
            step = _from_now(step, old=waiting.get(step.rung), fresh=fresh, calendar=calendar, now=now)
        at = max(step.at, taken[-1].at) if taken else step.at
        taken.append(ladder.Step(step.rung, at))
    fresh.take(taken)
    fresh.rungs_climbed = climbed
    fresh.wake_at = taken[climbed].at if climbed < len(taken) else None


def _from_now(
    step: ladder.Step, *, old: datetime | None, fresh: CaseDeadline, calendar: Calendar, now: datetime
) -> ladder.Step:
    """Return a rung beyond due that the change would have put into the past, at its distance from now."""
    distances = {
        Rung.SUPERVISION: fresh.policy.supervision_after,
        Rung.LEADERS: fresh.policy.leaders_after,
        Rung.UPGRADE: fresh.policy.upgrade_after,
    }
    at = calendar.add_working_days(now, max(distances.get(step.rung) or 1, 1))
    return ladder.Step(step.rung, min(old, at) if old is not None else at)


def _differs(old: CaseDeadline, fresh: CaseDeadline) -> bool:
    """Whether the successor would do anything else: another due moment, another open rung, another mark."""
    open_now = old.steps[old.rungs_climbed :]
    open_then = fresh.steps[fresh.rungs_climbed :]
    return (old.due_at, old.provisional, open_now) != (fresh.due_at, fresh.provisional, open_then)


def _stamp(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
