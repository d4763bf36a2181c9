"""Answers about who is away, who may stand in, and what stands on a roster."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import NEVER_STOOD_IN
from kunming_portal.duty.models import DutyShift
from kunming_portal.duty.querysets import ON_DUTY_ROLES, seats_in
from kunming_portal.organisations.models import Unit

WEEK = timedelta(days=7)


def arranged_units(user: User) -> list[int]:
    """Return the units whose people and roster the person arranges now. No query once rights are loaded."""
    right = Permission.UNIT_ARRANGE
    return sorted({a.unit_id for a in user.acting_appointments if right in a.role_definition.allows})


def get_colleagues(*, user: User) -> QuerySet[User]:
    """Return the people of the units that the person arranges, themselves left out, by name. One query."""
    held = (
        Appointment.objects.in_force().filter(unit__in=arranged_units(user)).exclude(role__in=NEVER_STOOD_IN)
    )
    return User.objects.filter(pk__in=held.values("user")).exclude(pk=user.pk).order_by("name", "pk")


def get_stand_ins(*, person: User) -> QuerySet[User]:
    """Return who may stand in for the person: whoever is appointed at one of the same seats. One query."""
    seats = (
        Appointment.objects.in_force()
        .filter(user=person)
        .exclude(role__in=NEVER_STOOD_IN)
        .values("unit__division")
    )
    beside = Appointment.objects.in_force().filter(unit__division__in=seats).exclude(role="integrator")
    return User.objects.filter(pk__in=beside.values("user")).exclude(pk=person.pk).order_by("name", "pk")


def get_absences(*, user: User) -> QuerySet[Absence]:
    """Return the absences the person may see: their own, those they stand in for, those of people they arrange."""
    mine = Q(user=user) | Q(stand_in=user) | Q(user__in=get_colleagues(user=user).values("pk"))
    return Absence.objects.filter(mine).select_related("user", "stand_in", "recorded_by")


def get_units(*, user: User) -> QuerySet[Unit]:
    """Return the units whose roster the person may see: those within their right to see cases."""
    return Unit.objects.filter(seats_in(user.scope(Permission.CASE_VIEW), unit="")).order_by(
        "division_id", "pk"
    )


def get_own_units(*, user: User) -> list[Unit]:
    """Return the units the person is offered: where they are appointed, and the others at these seats that keep
    a roster. One query."""
    held = [a for a in user.acting_appointments if Permission.CASE_VIEW in a.role_definition.allows]
    own = Q(pk__in=[a.unit_id for a in held])
    seats = [a.unit.division_id for a in held]
    beside = Q(division__in=seats, pk__in=DutyShift.objects.at(division_codes=seats).values("unit"))
    return list(get_units(user=user).filter(own | beside))


def get_people_for_duty(*, unit: Unit) -> QuerySet[User]:
    """Return who may stand on the unit's roster: its people, without administrators and service accounts. One query."""
    held = Appointment.objects.in_force().holding(*ON_DUTY_ROLES).filter(unit=unit)
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "pk")


def monday_of(day: date) -> date:
    """Return the first day of the week."""
    return day - timedelta(days=day.weekday())


def span_of(first: date, days: int = 7) -> tuple[datetime, datetime]:
    """Return the moments between which these days lie, in the portal's zone."""
    zone = ZoneInfo(settings.TIME_ZONE)
    begin = datetime.combine(first, time.min, tzinfo=zone)
    return begin, datetime.combine(first + timedelta(days=days), time.min, tzinfo=zone)


def get_week(*, unit: Unit, monday: date) -> list[DutyShift]:
    """Return the shifts that begin in this week at the unit, in order, with their people. One query."""
    first, last = span_of(monday)
    found = DutyShift.objects.filter(unit=unit, starts_at__gte=first, starts_at__lt=last)
    return list(found.select_related("user", "unit", "taken_over_by").order_by("starts_at", "post", "pk"))


def get_following(shift: DutyShift) -> DutyShift | None:
    """Return the shift to which this one is handed: the next of the same post within a day. One query."""
    found = DutyShift.objects.filter(
        unit_id=shift.unit_id,
        post=shift.post,
        starts_at__gte=shift.ends_at,
        starts_at__lte=shift.ends_at + timedelta(days=1),
    )
    return found.select_related("user").order_by("starts_at").first()


def get_to_hand_over(*, user: User, now: datetime) -> QuerySet[DutyShift]:
    """Return the person's shifts whose hand-over can be written: begun, and not over for more than a day."""
    found = DutyShift.objects.filter(
        user=user, starts_at__lte=now, ends_at__gt=now - timedelta(days=1), taken_over_at=None
    )
    return found.select_related("unit").order_by("-starts_at")


def get_to_take_over(*, user: User, now: datetime) -> list[DutyShift]:
    """Return what was handed to shifts of this person and not confirmed yet. One query a handed-over shift."""
    mine = DutyShift.objects.filter(user=user, ends_at__gt=now, starts_at__lte=now + timedelta(days=1))
    handed = DutyShift.objects.filter(
        unit__in=mine.values("unit"), ends_at__gt=now - timedelta(days=2), taken_over_at=None
    ).exclude(handed_over_at=None)
    rows = handed.exclude(user=user).select_related("unit", "user").order_by("ends_at")
    return [row for row in rows if (next_ := get_following(row)) is not None and next_.user_id == user.pk]
