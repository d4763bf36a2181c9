"""Who is there: duty rosters of the showcase street and county, one absence with its stand-in, some handlers."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.duty.models import DutyShift
from kunming_portal.organisations.models import Unit
from kunming_portal.staffing import services as staffing
from kunming_portal.staffing.selectors import get_people_for_duty, monday_of
from kunming_portal.staffing.services import Shift
from whistle import services
from whistle.models import Assignment
from whistle.selectors import get_open_matters
from whistle.workflow import WORKING_ASSIGNMENT

CENTRE, OFFICE, COUNTY_CENTRE = "530102003-centre", "530102003-office", "530102-centre"
ENFORCEMENT = "530102003-enforcement"
MORNING, EVENING = time(8, 30), time(17, 30)
DAYS = 14
HANDLED = 4
Span = tuple[datetime, datetime]


def create(*, now: datetime) -> None:
    """Walk through the services: rosters of this week and the next, a hand-over, an absence, handlers. A second."""
    units = {
        unit.code: unit for unit in Unit.objects.filter(code__in=[CENTRE, OFFICE, COUNTY_CENTRE, ENFORCEMENT])
    }
    day = timezone.localdate(now)
    away = _absence(units[CENTRE], day=day, now=now)
    first = monday_of(day)
    for code, keeper in ((CENTRE, "street.dispatcher"), (COUNTY_CENTRE, "county.dispatcher")):
        people = [user for user in get_people_for_duty(unit=units[code]) if user.pk != away.pk]
        spans = list(_shifts(first))
        _fill(units[code], _turns(people, spans, keeper, now), spans, by=_named(keeper))
    leaders = list(get_people_for_duty(unit=units[OFFICE]))
    _fill(
        units[OFFICE], leaders, list(_days(first)), by=_named("street.secretary"), post=DutyShift.Post.LEADER
    )
    _hand_over(units[CENTRE], now=now)
    _name_handlers(units[ENFORCEMENT], now=now)


def _named(username: str) -> User:
    return User.objects.get(username=username)


def _shifts(first: date) -> Iterator[Span]:
    """Yield a day's shift and a night's for each day of two weeks."""
    for number in range(DAYS):
        day = first + timedelta(days=number)
        yield _at(day, MORNING), _at(day, EVENING)
        yield _at(day, EVENING), _at(day + timedelta(days=1), MORNING)


def _days(first: date) -> Iterator[Span]:
    for number in range(DAYS):
        day = first + timedelta(days=number)
        yield _at(day, MORNING), _at(day + timedelta(days=1), MORNING)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(settings.TIME_ZONE))


def _turns(people: Sequence[User], spans: Sequence[Span], keeper: str, now: datetime) -> list[User]:
    """Return the people in turn, shifted so that the showcase account is on duty now."""
    place = next((n for n, (begin, end) in enumerate(spans) if begin <= now < end), 0)
    own = next(n for n, user in enumerate(people) if user.username == keeper)
    shift = (own - place) % len(people)
    return [*people[shift:], *people[:shift]]


def _fill(
    unit: Unit, people: Sequence[User], spans: Sequence[Span], *, by: User, post: str = DutyShift.Post.OFFICER
) -> None:
    """Enter the shifts as on the Friday before, each for the next of the people in turn."""
    entered = spans[0][0] - timedelta(days=2)
    for number, (begin, end) in enumerate(spans):
        user = people[number % len(people)]
        shift = Shift(user=user, starts_at=begin, ends_at=end, post=post, phone=user.duty_phone)
        staffing.add_shift(unit=unit, shift=shift, by=by, now=entered)


def _absence(unit: Unit, *, day: date, now: datetime) -> User:
    """Send a dispatcher on leave for five days; the deputy stands in. Return who is away."""
    showcase = Appointment.objects.filter(user__is_showcase=True).values("user")
    away = get_people_for_duty(unit=unit).exclude(pk__in=showcase)[0]
    staffing.record_absence(
        person=away,
        stand_in=_named("street.deputy"),
        starts_on=day,
        ends_on=day + timedelta(days=4),
        reason="leave",
        by=_named("street.dispatcher"),
        now=now,
    )
    return away


def _hand_over(unit: Unit, *, now: datetime) -> None:
    """Let the shift before the present one be handed over, and be waiting for its confirmation."""
    over = DutyShift.objects.filter(unit=unit, ends_at__lte=now).select_related("user", "unit")
    shift = over.order_by("-ends_at").first()
    if shift is None:  # the first shift of the week is still running
        return
    words = ["电话值守正常，夜间无新增应急哨。", *get_open_matters(unit=unit, now=shift.ends_at)[:4]]
    staffing.hand_over(
        shift=shift, left_open="\n".join(words), by=shift.user, now=shift.ends_at - timedelta(minutes=5)
    )


def _name_handlers(unit: Unit, *, now: datetime) -> None:
    """Let the unit's leader put some of its duties into named hands."""
    people = list(get_people_for_duty(unit=unit))
    leader = (
        Appointment.objects.in_force().filter(unit=unit, role="unit_leader").select_related("user")[0].user
    )
    working = Assignment.objects.filter(unit=unit, status__in=WORKING_ASSIGNMENT, whistle__status="handling")
    for number, duty in enumerate(working.select_related("whistle", "unit").order_by("-id")[:HANDLED]):
        services.delegate(assignment=duty, to=people[number % len(people)], by=leader, now=now)
