"""Checks the deadlines of one case: due moments from policy and calendar, rungs in order, silence after the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from kunming_portal.deadlines import ladder
from kunming_portal.demo.replay import RUNGS, File
from kunming_portal.workdays.calendar import Calendar
from whistle.models import CaseDeadline, CaseRung, DeadlinePolicy, KindRule, Whistle
from whistle.workflow import CaseStatus, Step

# A beat that was away longer than this before the end of a promise left a rung unclimbed
GRACE = timedelta(minutes=15)


def problems(
    file: File,
    *,
    calendar: Calendar,
    policies: dict[int, DeadlinePolicy],
    side_paths: dict[tuple[int, int], KindRule],
) -> Iterator[str]:
    """Yield what is wrong with the promises of a case, as sentences. No query."""
    whistles = {whistle.pk: whistle for whistle in file.whistles}
    rungs: dict[int, list[CaseRung]] = defaultdict(list)
    for rung in file.rungs:
        rungs[rung.deadline_id].append(rung)
    for deadline in file.deadlines:
        label = f"{deadline.step} from {deadline.started_at:%Y-%m-%d %H:%M}"
        policy, whistle = policies[deadline.policy_id], whistles[deadline.whistle_id]
        for problem in (
            *_limit(deadline, policy, whistle, calendar, side_paths[whistle.kind_id, whistle.tier]),
            *_climbed(deadline, rungs[deadline.pk]),
            *_end(deadline, whistle),
        ):
            yield f"{label}: {problem}"
    yield from _case(file)
    yield from _trail(file)


def _limit(
    deadline: CaseDeadline,
    policy: DeadlinePolicy,
    whistle: Whistle,
    calendar: Calendar,
    side_paths: KindRule,
) -> Iterator[str]:
    if (policy.kind_id, policy.tier, policy.step) != (whistle.kind_id, whistle.tier, deadline.step):
        yield "its policy belongs to another kind, tier or step"
    shortened = max(policy.amount * side_paths.rework_share_percent // 100, 1)
    if deadline.unit != policy.unit or deadline.amount not in (policy.amount, shortened):
        yield "its limit is not the policy's"
    due = ladder.due_after(start=deadline.started_at, limit=deadline.limit, calendar=calendar)
    if due != deadline.due_at:
        yield f"due {deadline.due_at:%Y-%m-%d %H:%M}, the calendar says {due:%Y-%m-%d %H:%M}"
        return
    lapses = side_paths.verification_lapse_days if deadline.step == Step.VERIFY else None
    rule = replace(policy.ladder_rule, lapse_days=lapses)
    planned = ladder.plan(
        start=deadline.started_at, due=due, limit=deadline.limit, rule=rule, calendar=calendar
    )
    if lapses is not None and planned[:-1] == deadline.steps:
        return  # verified as not solved: it waits for a person
    if planned != deadline.steps:
        yield "its ladder is not the policy's"


def _climbed(deadline: CaseDeadline, rungs: list[CaseRung]) -> Iterator[str]:
    steps = deadline.steps
    if [(r.rung, r.planned_at) for r in rungs] != [
        (s.rung.value, s.at) for s in steps[: deadline.rungs_climbed]
    ]:
        yield "the rungs climbed are not the first of its ladder, in order"
    if any(rung.climbed_at < rung.planned_at for rung in rungs):
        yield "a rung was climbed before its moment"
    end = deadline.ended_at
    if end is None:
        following = deadline.next_step
        if (
            deadline.paused_at is None
            and not deadline.failures
            and deadline.wake_at != (following.at if following else None)
        ):
            yield "the alarm is not set to the next rung"
        return
    if deadline.wake_at is not None:
        yield "it ended and is not silent"
    if any(rung.climbed_at > end for rung in rungs):
        yield "a rung was climbed after its end"
    missed = steps[deadline.rungs_climbed :]
    if missed and missed[0].at + GRACE < end:
        yield f"{missed[0].rung} was never climbed"


def _end(deadline: CaseDeadline, whistle: Whistle) -> Iterator[str]:
    if (deadline.ended_at is None) != (deadline.outcome == ""):
        yield "end and outcome do not agree"
    if deadline.ended_at is not None and deadline.ended_at < deadline.started_at:
        yield "it ended before it began"
    if deadline.ended_at is None and not whistle.is_open:
        yield "it runs on a whistle that has ended"


def _case(file: File) -> Iterator[str]:
    case = file.case
    running = [d for d in file.deadlines if d.ended_at is None and d.paused_at is None]
    if case.due_at != min((d.due_at for d in running), default=None):
        yield "the case's due moment is not the earliest of its running deadlines"
    if case.yellow_at != min((d.yellow_at for d in running if d.yellow_at), default=None):
        yield "the case's yellow moment is not the earliest of its running deadlines"
    opened = sum(whistle.is_open for whistle in file.whistles)
    if opened != (0 if case.status == CaseStatus.CLOSED else 1):
        yield f"{case.status} with {opened} open whistles"
    if case.called_units != sorted({duty.unit_id for duty in file.assignments}):
        yield "the units called are not those of its duties"


def _trail(file: File) -> Iterator[str]:
    climbed = Counter((str(rung.deadline_id), rung.rung) for rung in file.rungs)
    told = Counter(
        (event.object_id, event.event.removeprefix(RUNGS))
        for event in file.events
        if event.event.startswith(RUNGS) and "task" not in event.data
        if event.event.startswith(RUNGS) and event.event != f"{RUNGS}recalculated"
    )
    if climbed != told:
        yield "the rungs climbed and those on the trail differ"
