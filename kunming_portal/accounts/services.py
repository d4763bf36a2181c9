"""Rules and changes of accounts and appointments. The trail is written by the caller, which lies above."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db.models import Q
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.roles import ADMINISTRATORS, ROLES
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit

# Without the characters that are mistaken for one another when a password is dictated
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PASSWORD_LENGTH = 16


class AppointmentRefused(Refused):
    """An appointment, or the end of one, that the rules of the roles do not allow."""


def generate_password() -> str:
    """Return a random password of 16 characters: over 90 bits, readable aloud."""
    return "".join(secrets.choice(_ALPHABET) for _place in range(_PASSWORD_LENGTH))


def set_generated_password(user: User) -> str:
    """Give the unsaved or stored user a new random password in memory and return it; the caller saves."""
    password = generate_password()
    validate_password(password, user)
    user.set_password(password)
    return password


def check_place(*, role: str, unit: Unit) -> None:
    """Refuse a role at a kind of unit where `accounts/roles.py` does not place it."""
    definition = ROLES[role]
    if unit.kind not in definition.at:
        kinds = "、".join(str(kind.label) for kind in definition.at)
        raise AppointmentRefused(
            _("%(role)s is held at: %(kinds)s. %(unit)s is a %(kind)s.")
            % {"role": definition.name, "kinds": kinds, "unit": unit, "kind": unit.get_kind_display()},
            code="unit",
        )


def check_granter(*, user: User, by: User) -> None:
    """Refuse that somebody appoints themselves: one person alone must not gain a right."""
    if user.pk == by.pk:
        raise AppointmentRefused(
            _("Nobody appoints themselves. Ask another security administrator."), code="user"
        )


def check_administrators_remain(*, leaving: Iterable[Appointment], on: date) -> None:
    """Refuse when, with these appointments gone, an administrator's role had no active holder on that day.

    Locks the role's appointments until the end of the transaction, so that two administrators cannot end
    each other at one moment. Two queries a role (standards.md §1.3).
    """
    gone = list(leaving)
    for role in sorted({a.role for a in gone} & ADMINISTRATORS):
        list(Appointment.objects.select_for_update().filter(role=role).order_by("pk"))
        users = [a.user_id for a in gone if a.role == role]
        remaining = Appointment.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=on), role=role, starts_on__lte=on, user__is_active=True
        ).exclude(Q(pk__in=[a.pk for a in gone]) | Q(user__in=users))
        if not remaining.exists():
            raise AppointmentRefused(
                _("%(role)s: this is the last holder. Appoint somebody else first.")
                % {"role": ROLES[role].name},
                code="last",
            )


def check_end(*, appointment: Appointment, ends_on: date | None) -> None:
    """Refuse an end after which an administrator's role would be empty. Looks at the day after the last."""
    if ends_on is not None:
        check_administrators_remain(leaving=[appointment], on=ends_on + timedelta(days=1))


def check_switch_off(*, user: User, today: date) -> None:
    """Refuse to switch an account off whose person is the last holder of an administrator's role."""
    held = Appointment.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), user=user)
    check_administrators_remain(leaving=list(held), on=today)
