"""Recording an absence with its stand-in, and ending it early."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import NEVER_STOOD_IN
from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.staffing.selectors import get_stand_ins

# Longer than any leave of the civil service; who is away for longer is replaced by an appointment
LONGEST = timedelta(days=180)
RECORDED = gettext_noop("You stand in for %(person)s from %(first)s to %(last)s.")
ENDED = gettext_noop("You no longer stand in for %(person)s.")
FOR_YOU = gettext_noop("%(by)s recorded your absence from %(first)s to %(last)s; %(stand_in)s stands in.")


class StaffingRefused(Refused):
    """An absence or a shift that the rules do not allow."""


def arranging(*, person: User, by: User) -> Appointment | None:
    """Return the appointment in which `by` arranges for this person, or None. At most two queries."""
    held = [a for a in by.acting_appointments if Permission.UNIT_ARRANGE in a.role_definition.allows]
    units = Appointment.objects.in_force().filter(user=person, unit__in=[a.unit_id for a in held])
    at = set(units.values_list("unit", flat=True))
    return next((a for a in held if a.unit_id in at), None)


def check_arranges(*, person: User, by: User) -> Appointment | None:
    """Refuse whoever is neither the person nor arranges the unit the person is appointed at."""
    held = arranging(person=person, by=by) if person.pk != by.pk else None
    if person.pk != by.pk and held is None:
        raise StaffingRefused(
            _("Absences are recorded by the person, or by whoever arranges their unit."), code="role"
        )
    return held


@transaction.atomic
def record_absence(
    *, person: User, stand_in: User, starts_on: date, ends_on: date, reason: str, by: User, now: datetime
) -> Absence:
    """Record that the person is away from the first to the last day, and who stands in; tell both.

    Refuses days gone by and more than 180 of them, a stand-in who is not appointed at one of the person's seats,
    two absences at a time, a chain of stand-ins, and a stand-in who collects the rights of further people.
    Locks both people, so that two cannot record halves of a chain at one moment. About ten queries.
    """
    list(User.objects.select_for_update().filter(pk__in=[person.pk, stand_in.pk]).order_by("pk"))
    held = check_arranges(person=person, by=by)
    check_not_oneself(stand_in=stand_in, held=held, by=by)
    check_days(starts_on=starts_on, ends_on=ends_on, today=timezone.localdate(now))
    check_stand_in(person=person, stand_in=stand_in)
    check_apart(person=person, stand_in=stand_in, first=starts_on, last=ends_on)
    absence = Absence.objects.create(
        user=person,
        stand_in=stand_in,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        recorded_by=by,
        recorded_at=now,
    )
    _record("absence.recorded", absence, by=by, held=held, now=now)
    pairs = [(stand_in, _message(RECORDED, absence)), (person, _message(FOR_YOU, absence))]
    notifications.write([(user, words) for user, words in pairs if user.pk != by.pk], now=now)
    return absence


@transaction.atomic
def end_absence(*, absence: Absence, by: User, now: datetime) -> Absence:
    """End an absence early, or call it off; the stand-in's rights end at once. Tells the stand-in.

    Refuses one that is over already.
    """
    list(
        User.objects.select_for_update().filter(pk__in=[absence.user_id, absence.stand_in_id]).order_by("pk")
    )
    absence.refresh_from_db()
    held = check_arranges(person=absence.user, by=by)
    if absence.ended_at is not None or absence.ends_on < timezone.localdate(now):
        raise StaffingRefused(_("This absence is over already."), code="over")
    absence.ended_at, absence.ended_by = now, by
    absence.save(update_fields=["ended_at", "ended_by"])
    _record("absence.ended", absence, by=by, held=held, now=now)
    if absence.stand_in_id != by.pk:
        notifications.write([(absence.stand_in, _message(ENDED, absence))], now=now)
    return absence


def check_not_oneself(*, stand_in: User, held: Appointment | None, by: User) -> None:
    """Refuse that a stand-in, arranging in the absent person's place, makes themselves stand in for more. No query."""
    if held is not None and held.user_id != by.pk and stand_in.pk == by.pk:
        raise StaffingRefused(
            _("You arrange this in %(name)s's place; choose somebody else than yourself.")
            % {"name": held.user},
            code="stand_in",
        )


def check_days(*, starts_on: date, ends_on: date, today: date) -> None:
    """Refuse days gone by, the wrong order, and more than 180 days."""
    if starts_on < today:
        raise StaffingRefused(_("An absence begins today at the earliest."), code="starts_on")
    if ends_on < starts_on:
        raise StaffingRefused(_("The last day must not be before the first day."), code="ends_on")
    if ends_on - starts_on >= LONGEST:
        raise StaffingRefused(
            _("At most %(days)d days; for longer the security administrator appoints somebody else.")
            % {"days": LONGEST.days},
            code="ends_on",
        )


def check_stand_in(*, person: User, stand_in: User) -> None:
    """Refuse a stand-in who is not appointed today at a seat where the person is."""
    held = Appointment.objects.in_force().filter(user=person).exclude(role__in=NEVER_STOOD_IN)
    if not held.exists():
        raise StaffingRefused(
            _("Nobody stands in for an administrator or a service account; another holder of the role acts."),
            code="person",
        )
    if not get_stand_ins(person=person).filter(pk=stand_in.pk).exists():
        raise StaffingRefused(
            _("%(name)s is not appointed where %(person)s is. Choose somebody of the same place.")
            % {"name": stand_in, "person": person},
            code="stand_in",
        )


def check_apart(*, person: User, stand_in: User, first: date, last: date) -> None:
    """Refuse a second absence at the same time, an absent stand-in, and leaving those one stands in for."""
    there = list(
        Absence.objects.covering(first, last)
        .filter(user__in=[person, stand_in])
        .union(Absence.objects.covering(first, last).filter(stand_in=person))
    )
    for other in there:
        days = {"first": f"{other.starts_on:%Y-%m-%d}", "last": f"{other.ends_on:%Y-%m-%d}"}
        if other.user_id == person.pk:
            sentence = _("An absence from %(first)s to %(last)s is recorded already. End that one first.")
            raise StaffingRefused(sentence % days, code="starts_on")
        if other.user_id == stand_in.pk:
            sentence = _("%(name)s is away too, from %(first)s to %(last)s. Choose somebody else.")
            raise StaffingRefused(sentence % {"name": stand_in, **days}, code="stand_in")
        sentence = _(
            "%(name)s stands in for somebody from %(first)s to %(last)s. Another stand-in must be found there first."
        )
        raise StaffingRefused(sentence % {"name": person, **days}, code="starts_on")


def _message(sentence: str, absence: Absence) -> Message:
    return Message(
        kind="absence",
        sentence=sentence,
        values={
            "person": absence.user.name,
            "stand_in": absence.stand_in.name,
            "by": absence.recorded_by.name,
            "first": f"{absence.starts_on:%Y-%m-%d}",
            "last": f"{absence.ends_on:%Y-%m-%d}",
        },
        link=reverse("absences"),
    )


def _record(event: str, absence: Absence, *, by: User, held: Appointment | None, now: datetime) -> None:
    trail.record(
        trail.Entry(
            stream=f"account:{absence.user_id}",
            event=event,
            subject=absence,
            label=str(absence),
            at=now,
            by=by,
            unit_name=held.unit.short_name if held is not None else "",
            data={
                "person": absence.user.name,
                "stand_in": absence.stand_in.name,
                "from": absence.starts_on.isoformat(),
                "to": absence.ends_on.isoformat(),
                "class": absence.reason,
            },
        )
    )
