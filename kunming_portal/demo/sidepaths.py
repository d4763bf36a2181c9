"""Lets some open histories of the showcase county take a side path, through the services like people would.

Objections, a consultation, extensions, holds with a review: each picks a matter that waits in the right place, so
it is found again by whoever looks at their desk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people, get_units_with_people
from kunming_portal.audit.models import AuditEvent
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_callable_units
from kunming_portal.workdays.calendar import Calendar
from whistle import services
from whistle.models import Assignment, Hold, Whistle
from whistle.workflow import AssignmentStatus, Party, WhistleStatus

COUNTY = "530102"
PAUSE = 25  # working minutes between two things that happen
BASIS = "《昆明市城市管理综合行政执法事项目录》第三部分，部门权责清单（2025年版）"
REASONS = {
    "works": ("地下管线迁改由轨道施工单位统一组织，工程节点前无法开挖。", "完成管线迁改", "恢复路面并验收"),
    "season": ("雨季水位高，清淤和护岸须待枯水期施工。", "枯水期进场清淤", "护岸完工"),
    "funds": ("维修资金需业主大会表决后划拨，表决程序已启动。", "业主大会表决", "资金到位并进场"),
    "litigation": ("产权归属正在诉讼，判决生效前不能拆改。", "一审判决", "按生效判决处置"),
}


@dataclass
class Clock:
    """The moments of one matter: each a little later in working time than the last, and never after now."""

    at: datetime
    now: datetime
    calendar: Calendar

    def next(self, minutes: int = PAUSE) -> datetime:
        """Return the next moment."""
        self.at = min(self.calendar.add_working_minutes(self.at, minutes), self.now)
        return self.at


def walk(*, now: datetime, calendar: Calendar) -> int:
    """Let about a dozen matters take their side paths; return how many did. About two seconds."""
    done = 0
    waiting = _duties(AssignmentStatus.AWAITING_SIGNATURE)
    handled = _duties(AssignmentStatus.HANDLING)
    plots: list[tuple[Callable[[Assignment, Clock], object], Iterator[Assignment], int]] = [
        (objection, waiting, 2),
        (upheld, waiting, 2),
        (consultation, waiting, 1),
        (consulted, waiting, 1),
        (asked_for_time, handled, 1),
        (extended, handled, 3),
        *((_held(reason), handled, 1) for reason in REASONS),
        (asked_for_hold, handled, 1),
    ]
    for plot, duties, wanted in plots:
        done += _told(plot, duties, wanted, now=now, calendar=calendar)
    return done


def _told(
    plot: Callable[[Assignment, Clock], object],
    duties: Iterator[Assignment],
    wanted: int,
    *,
    now: datetime,
    calendar: Calendar,
) -> int:
    """Try a plot on one matter after the other until it was told as often as wanted."""
    found = 0
    while found < wanted and (duty := next(duties, None)) is not None:
        last = AuditEvent.objects.filter(stream=duty.whistle.case.stream).aggregate(at=Max("at"))["at"]
        try:
            plot(duty, Clock(at=last, now=now, calendar=calendar))
        except Refused:  # too late for it, or nobody there to decide
            continue
        found += 1
    return found


def _duties(status: AssignmentStatus) -> Iterator[Assignment]:
    """Yield leads in this status, the showcase street first, the newest first."""
    rows = Assignment.objects.filter(
        status=status,
        is_lead=True,
        whistle__status=WhistleStatus.HANDLING,
        whistle__kind__is_emergency=False,
        whistle__tier=1,
        whistle__receiver__division__code__startswith=COUNTY,
    ).select_related("unit", "whistle__case__division", "whistle__kind", "whistle__receiver__division")
    yield from rows.order_by("-created_at", "-id").iterator(chunk_size=100)


def _someone(permission: P, *, unit: Unit | None = None, seat: str = "") -> User:
    """Return somebody who holds the right; refuses when nobody does."""
    units, seats = [unit.pk] if unit is not None else [], [seat] if seat else []
    people = get_people(permission=permission, unit_ids=units, division_codes=seats)
    if not people:
        raise Refused("nobody", code="nobody")
    return people[0]


def _dispatcher(whistle: Whistle) -> User:
    return _someone(P.WHISTLE_DISPATCH, seat=whistle.seat_of(Party.RECEIVER))


def _other(duty: Assignment, now: datetime) -> Unit:
    """Return another unit that could be called and is not on the whistle."""
    called = Assignment.objects.filter(whistle=duty.whistle).values("unit_id")
    units = get_callable_units(
        division_code=duty.whistle.receiver.division_id, on=timezone.localdate(now)
    ).exclude(pk__in=called)
    staffed = get_units_with_people(
        permission=P.ASSIGNMENT_HANDLE, unit_ids=list(units.values_list("pk", flat=True))
    )
    found = units.filter(pk__in=staffed).first()
    if found is None:
        raise Refused("nobody", code="nobody")
    return found


def objection(duty: Assignment, clock: Clock) -> Unit:
    """The unit objects; the dispatcher has not decided yet."""
    other = _other(duty, clock.now)
    services.object_to(
        assignment=duty,
        reason=f"该事项属{other.short_name}职责范围，本单位无相应执法和处置权限。",
        basis=BASIS,
        suggested=other,
        by=_someone(P.ASSIGNMENT_HANDLE, unit=duty.unit),
        now=clock.next(),
    )
    return other


def upheld(duty: Assignment, clock: Clock) -> Assignment:
    """The objection is upheld, another unit is called."""
    other = objection(duty, clock)
    services.decide_objection(
        assignment=duty,
        upheld=True,
        replacement=other,
        decision=f"经核对权责清单，由{other.short_name}承办。",
        by=_dispatcher(duty.whistle),
        now=clock.next(),
    )
    return Assignment.objects.select_related("unit", "whistle__receiver__division", "whistle__kind").get(
        whistle=duty.whistle, unit=other
    )


def consultation(duty: Assignment, clock: Clock) -> None:
    """The unit called instead objects too: the tier above has to hold a consultation."""
    objection(upheld(duty, clock), clock)


def consulted(duty: Assignment, clock: Clock) -> None:
    """The consultation was held: the first unit leads after all, the second assists."""
    second = upheld(duty, clock)
    objection(second, clock)
    whistle = second.whistle
    at = clock.next()
    services.consult(
        whistle=whistle,
        lead=duty.unit,
        assists=[second.unit],
        decision=f"事项涉及两家职责，由{duty.unit.short_name}牵头，{second.unit.short_name}协办。",
        participants=f"区网格指挥中心、{whistle.receiver.short_name}、{duty.unit.short_name}、{second.unit.short_name}",
        held_on=timezone.localdate(at),
        by=_someone(P.WHISTLE_DISPATCH, seat=whistle.seat_of(Party.ABOVE)),
        now=at,
    )


def asked_for_time(duty: Assignment, clock: Clock) -> None:
    """The lead asks for working days; the centre has not decided yet."""
    services.extend(
        assignment=duty,
        days=2,
        reason="已完成现场勘查，配件需从厂家调运，预计两日内到货。",
        by=_someone(P.ASSIGNMENT_HANDLE, unit=duty.unit),
        now=clock.next(),
    )


def extended(duty: Assignment, clock: Clock) -> None:
    """The extension is granted."""
    asked_for_time(duty, clock)
    services.decide_extension(
        whistle=duty.whistle, is_granted=True, by=_dispatcher(duty.whistle), now=clock.next()
    )


def asked_for_hold(duty: Assignment, clock: Clock, reason_class: str = "works") -> None:
    """The lead asks for a hold with a plan."""
    reason, first, last = REASONS[reason_class]
    at = clock.next()
    day = timezone.localdate(at)
    plan = services.Plan(
        reason_class=reason_class,
        reason=reason,
        until=day + timedelta(days=120),
        milestones=[(first, day + timedelta(days=45)), (last, day + timedelta(days=115))],
    )
    services.ask_hold(assignment=duty, plan=plan, by=_someone(P.ASSIGNMENT_HANDLE, unit=duty.unit), now=at)


def _held(reason_class: str) -> Callable[[Assignment, Clock], None]:
    def held(duty: Assignment, clock: Clock) -> None:
        """The hold is granted and has been reviewed once."""
        asked_for_hold(duty, clock, reason_class)
        whistle = duty.whistle
        services.decide_hold(
            whistle=whistle,
            is_granted=True,
            decision="同意，按计划推进，每30天复核。",
            by=_someone(P.CASE_DECIDE, seat=whistle.seat_of(Party.RECEIVER)),
            now=clock.next(),
        )
        reached = list(Hold.objects.get(whistle=whistle).milestones.order_by("due_on")[:1])
        services.review_hold(
            whistle=whistle,
            progress="施工单位已进场，首个节点提前完成，现场已设围挡和警示标志。",
            reached=reached if reason_class == "works" else [],
            by=_dispatcher(whistle),
            now=clock.next(),
        )

    return held
