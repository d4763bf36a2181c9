"""Handing a shift over: what is open, in words, and that it was taken. Offered, never demanded (domain.md §9)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.duty.models import DutyShift
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.staffing.selectors import get_following
from kunming_portal.staffing.services.absences import StaffingRefused

# How long after a shift its hand-over may still be written
AFTERWARDS = timedelta(days=1)
HANDED = gettext_noop("%(person)s handed the duty of %(unit)s over to you.")


@transaction.atomic
def hand_over(*, shift: DutyShift, left_open: str, by: User, now: datetime) -> DutyShift:
    """Write what is open at the end of one's shift; the next on duty is told. May be rewritten until it is taken.

    Refuses others, empty words, a shift that has not begun or is over for more than a day, and one that was taken.
    """
    shift = _locked(shift)
    if shift.user_id != by.pk:
        raise StaffingRefused(_("A shift is handed over by whoever stands on it."), code="role")
    if not left_open.strip():
        raise StaffingRefused(_("Say what is open, or that nothing is."), code="left_open")
    if not shift.starts_at <= now < shift.ends_at + AFTERWARDS:
        raise StaffingRefused(
            _("A hand-over is written from the beginning of the shift until a day after its end."),
            code="time",
        )
    if shift.taken_over_at is not None:
        raise StaffingRefused(
            _("%(name)s has taken it over already; tell them directly.") % {"name": shift.taken_over_by},
            code="time",
        )
    shift.left_open, shift.handed_over_at = left_open.strip(), now
    shift.save(update_fields=["left_open", "handed_over_at"])
    _record("duty.handed_over", shift, by=by, now=now)
    following = get_following(shift)
    if following is not None and following.user_id != by.pk:
        words = Message(
            kind="duty.handed_over",
            sentence=HANDED,
            values={"person": by.name, "unit": shift.unit.short_name},
            link=reverse("roster"),
        )
        notifications.write([(following.user, words)], now=now)
    return shift


@transaction.atomic
def take_over(*, shift: DutyShift, by: User, now: datetime) -> DutyShift:
    """Confirm that what was handed over was read. Refuses others than the next on duty, and what was not handed over.

    Confirming twice changes nothing.
    """
    shift = _locked(shift)
    following = get_following(shift)
    if following is None or following.user_id != by.pk:
        raise StaffingRefused(_("It is taken over by whoever is on duty next."), code="role")
    if shift.handed_over_at is None:
        raise StaffingRefused(_("Nothing has been handed over yet."), code="time")
    if shift.taken_over_at is None:
        shift.taken_over_at, shift.taken_over_by = now, by
        shift.save(update_fields=["taken_over_at", "taken_over_by"])
        _record("duty.taken_over", shift, by=by, now=now)
    return shift


def _locked(shift: DutyShift) -> DutyShift:
    rows = DutyShift.objects.select_for_update(of=("self",)).select_related("unit", "user", "taken_over_by")
    return rows.get(pk=shift.pk)


def _record(event: str, shift: DutyShift, *, by: User, now: datetime) -> None:
    trail.record(
        trail.Entry(
            stream=f"duty:{shift.unit_id}",
            event=event,
            subject=shift,
            label=str(shift),
            at=now,
            by=by,
            unit_name=shift.unit.short_name,
            reason=shift.left_open if event == "duty.handed_over" else "",
        )
    )
