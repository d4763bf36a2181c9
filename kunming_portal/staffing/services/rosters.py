"""Keeping a unit's duty roster: adding, ending, copying a week."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.duty.models import LONGEST, DutyShift
from kunming_portal.organisations.models import Unit
from kunming_portal.staffing.selectors import WEEK, get_people_for_duty, get_week
from kunming_portal.staffing.services.absences import StaffingRefused


@dataclass(frozen=True)
class Shift:
    """A shift to enter: who, as what, from when to when, reachable how."""

    user: User
    starts_at: datetime
    ends_at: datetime
    post: str = DutyShift.Post.OFFICER
    phone: str = ""


@dataclass(frozen=True)
class Copied:
    """What copying a week did: the new shifts, and a sentence for each that was left out."""

    shifts: tuple[DutyShift, ...]
    left_out: tuple[str, ...]


def check_keeps_roster(*, unit: Unit, by: User) -> Appointment:
    """Return the appointment in which `by` keeps this unit's roster; refuse with a sentence otherwise."""
    held = by.appointment_for(Permission.UNIT_ARRANGE, unit=unit)
    if held is None:
        raise StaffingRefused(
            _("The roster of %(unit)s is kept by its own leaders and dispatchers.")
            % {"unit": unit.short_name},
            code="role",
        )
    return held


@transaction.atomic
def add_shift(*, unit: Unit, shift: Shift, by: User, now: datetime) -> DutyShift:
    """Put somebody of the unit on its roster.

    Refuses strangers to the unit, absent people, what is over, more than 24 hours, and two shifts of one post at a
    time. Locks the unit, so that two cannot fill one night at one moment. About seven queries.
    """
    Unit.objects.select_for_update().get(pk=unit.pk)
    held = check_keeps_roster(unit=unit, by=by)
    return _add(unit, shift, by=by, held=held, now=now)


@transaction.atomic
def end_shift(*, shift: DutyShift, by: User, now: datetime) -> None:
    """Take a shift off the roster; one that has begun ends now and stays on record. Refuses one that is over."""
    unit = Unit.objects.select_for_update().get(pk=shift.unit_id)
    held = check_keeps_roster(unit=unit, by=by)
    shift.refresh_from_db()
    if shift.ends_at <= now:
        raise StaffingRefused(_("This shift is over; it stays on record."), code="over")
    _record("duty.shift_ended", shift, by=by, held=held, now=now)
    if shift.starts_at >= now:
        shift.delete()
    else:
        shift.ends_at = now
        shift.save(update_fields=["ends_at"])


@transaction.atomic
def copy_week(*, unit: Unit, monday: date, by: User, now: datetime) -> Copied:
    """Enter the shifts of the week before again in the week of `monday`; what cannot be entered is said.

    Refuses when the week before is empty. About six queries a shift.
    """
    Unit.objects.select_for_update().get(pk=unit.pk)
    held = check_keeps_roster(unit=unit, by=by)
    before = get_week(unit=unit, monday=monday - WEEK)
    if not before:
        raise StaffingRefused(_("The week before has no shifts that could be copied."), code="empty")
    made, left_out = [], []
    for row in before:
        again = Shift(
            user=row.user,
            starts_at=row.starts_at + WEEK,
            ends_at=row.ends_at + WEEK,
            post=row.post,
            phone=row.phone,
        )
        try:
            made.append(_add(unit, again, by=by, held=held, now=now))
        except StaffingRefused as refused:
            left_out.append(refused.sentence)
    return Copied(tuple(made), tuple(dict.fromkeys(left_out)))


def check_shift(*, unit: Unit, shift: Shift, now: datetime) -> None:
    """Refuse a shift that the roster cannot hold. Three queries."""
    if shift.ends_at <= now:
        raise StaffingRefused(_("A roster is for what comes; this shift would be over already."), code="day")
    if not shift.starts_at < shift.ends_at <= shift.starts_at + LONGEST:
        raise StaffingRefused(_("A shift ends after it begins, and lasts at most 24 hours."), code="ends")
    if not get_people_for_duty(unit=unit).filter(pk=shift.user.pk).exists():
        raise StaffingRefused(
            _("%(name)s is not appointed at %(unit)s. On its roster stand its own people.")
            % {"name": shift.user, "unit": unit.short_name},
            code="user",
        )
    first, last = (timezone.localdate(at) for at in (shift.starts_at, shift.ends_at - timedelta(seconds=1)))
    if Absence.objects.covering(first, last).filter(user=shift.user).exists():
        raise StaffingRefused(
            _("%(name)s is away on %(day)s. Choose somebody else.")
            % {"name": shift.user, "day": f"{first:%Y-%m-%d}"},
            code="user",
        )
    there = DutyShift.objects.filter(unit=unit, post=shift.post).between(shift.starts_at, shift.ends_at)
    other = there.select_related("user").order_by("starts_at").first()
    if other is not None:
        raise StaffingRefused(
            _(
                "%(name)s is %(post)s from %(first)s to %(last)s. Take that shift off first, or choose other hours."
            )
            % {
                "name": other.user,
                "post": other.get_post_display(),
                "first": f"{timezone.localtime(other.starts_at):%Y-%m-%d %H:%M}",
                "last": f"{timezone.localtime(other.ends_at):%Y-%m-%d %H:%M}",
            },
            code="starts",
        )


def _add(unit: Unit, shift: Shift, *, by: User, held: Appointment, now: datetime) -> DutyShift:
    check_shift(unit=unit, shift=shift, now=now)
    row = DutyShift.objects.create(
        unit=unit,
        user=shift.user,
        post=shift.post,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        phone=shift.phone,
        entered_by=by,
    )
    _record("duty.shift_added", row, by=by, held=held, now=now)
    return row


def _record(event: str, row: DutyShift, *, by: User, held: Appointment, now: datetime) -> None:
    trail.record(
        trail.Entry(
            stream=f"duty:{row.unit_id}",
            event=event,
            subject=row,
            label=str(row),
            at=now,
            by=by,
            unit_name=held.unit.short_name,
            data={
                "person": row.user.name,
                "post": row.post,
                "from": row.starts_at.isoformat(),
                "to": row.ends_at.isoformat(),
            },
        )
    )
