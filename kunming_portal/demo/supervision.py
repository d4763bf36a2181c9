"""Supervises some open matters of the showcase street and county, through the services, each at its moment.

A matter is only chosen where nothing happened after the moment, so that its trail stays in order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Assignment, SupervisionTask, TaskDeadline
from whistle.workflow import WORKING_ASSIGNMENT

HOUR = 60
DAY = 7 * HOUR
ENFORCEMENT, CONSTRUCTION, WATER = "530102003-enforcement", "530102003-construction", "530102-water"


@dataclass(frozen=True)
class Plan:
    """One notice or instruction: who issues it to which unit, how many working minutes ago, and what came of it."""

    by: str
    unit: str
    ago: int
    text: str
    days: int = 3
    due_in: int = 0  # an instruction: due so many working minutes from now
    reply: tuple[str, str] = ("", "")
    sent_back: str = ""
    closed: bool = False


PLANS = (
    Plan("street.dispatcher", ENFORCEMENT, 4 * DAY, "本件已严重超期。请查明原因，明确责任人，限期办结。", days=2),
    Plan("street.dispatcher", ENFORCEMENT, HOUR, "请现场核查，当日回复处置措施和完成时间。", days=1),
    Plan(
        "street.dispatcher",
        CONSTRUCTION,
        2 * DAY,
        "请说明未按时反馈的原因，并补报现场照片。",
        reply=("street.construction", "因连日降雨停工，已协调施工队进场，预计两日内完成并补报照片。"),
    ),
    Plan(
        "street.dispatcher",
        CONSTRUCTION,
        3 * DAY,
        "请三日内完成整改并回复。",
        reply=("street.construction", "已安排。"),
        sent_back="没有说明整改措施和完成时间。",
    ),
    Plan(
        "county.dispatcher",
        WATER,
        2 * DAY,
        "请牵头会同街道和供水公司现场会办，回复处置方案。",
        reply=("county.water", "已现场会办：更换DN200管段，夜间施工，周五前恢复供水。"),
        closed=True,
    ),
    Plan("street.secretary", CONSTRUCTION, DAY, "群众反映集中，请到现场研究，按期报处置方案。", due_in=DAY),
    Plan(
        "county.secretary",
        WATER,
        DAY,
        "请水务局抓紧抢修，注意保障周边居民临时用水。",
        due_in=2 * DAY,
        reply=("county.water", "已启用临时供水点两处，抢修队24小时值守。"),
    ),
)  # fmt: skip


def supervise(*, now: datetime) -> int:
    """Issue what is planned, let it be answered and rung; return how many tasks there are. A second or two."""
    calendar = get_calendar()
    people = {user.username: user for user in User.objects.filter(is_showcase=True)}
    used: set[int] = set()
    for plan in PLANS:
        at = calendar.subtract_working_minutes(now, plan.ago)
        duty = next((d for d in _candidates(plan.unit, before=at) if d.whistle.case_id not in used), None)
        if duty is None:
            continue
        used.add(duty.whistle.case_id)
        try:
            _play(plan, duty, people, at=at, now=now, calendar=calendar)
        except MoveRefused:  # at this hour the matter does not allow it; the others still come
            continue
    return SupervisionTask.objects.count()


def _candidates(unit: str, *, before: datetime) -> Iterator[Assignment]:
    """Yield the unit's open duties on whose case nothing happened after the moment, the most urgent first."""
    found = (
        Assignment.objects.filter(unit__code=unit, status__in=WORKING_ASSIGNMENT, created_at__lt=before)
        .select_related("unit", "whistle__case__division", "whistle__caller", "whistle__receiver__division")
        .order_by("whistle__case__due_at", "id")
    )
    duties = list(found[:60])
    streams = [duty.whistle.case.stream for duty in duties]
    last = dict(
        AuditEvent.objects.filter(stream__in=streams)
        .values("stream")
        .annotate(last=Max("at"))
        .values_list("stream", "last")
    )
    yield from (duty for duty in duties if last[duty.whistle.case.stream] <= before)


def _play(
    plan: Plan, duty: Assignment, people: dict[str, User], *, at: datetime, now: datetime, calendar: Calendar
) -> None:
    by = people[plan.by]
    if plan.due_in:
        due = calendar.add_working_minutes(now, plan.due_in)
        task = services.instruct(
            whistle=duty.whistle, unit=duty.unit, text=plan.text, due_at=due, by=by, now=at
        )
    else:
        task = services.issue_notice(
            whistle=duty.whistle, unit=duty.unit, text=plan.text, days=plan.days, by=by, now=at
        )
    who, text = plan.reply
    if who:
        at = _later(task, at, now)
        services.reply(task=task, text=text, by=people[who], now=at)
    if plan.sent_back:
        at = _later(task, at, now)
        services.send_back_reply(task=task, reason=plan.sent_back, days=2, by=by, now=at)
    if plan.closed:
        services.close_task(task=task, by=by, now=_later(task, at, now))
    _ring(task, until=now)


def _later(task: SupervisionTask, at: datetime, now: datetime) -> datetime:
    """Return a moment between this one and now, when the rungs before it have been climbed."""
    later = at + (now - at) / 3
    _ring(task, until=later)
    return later


def _ring(task: SupervisionTask, *, until: datetime) -> None:
    """Climb the rungs whose moments lie in the past, each at its own."""
    while True:
        due = TaskDeadline.objects.filter(task=task, wake_at__lte=until).first()
        if due is None or due.wake_at is None:
            return
        services.ring_tasks([due], due.wake_at)
