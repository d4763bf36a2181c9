"""Changes of accounts that write the trail: opened from the command line, new password, unlocked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.utils import reset
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts import services
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.roles import ROLES
from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit


class AccountRefused(Refused):
    """An account that cannot be opened as asked."""


@dataclass(frozen=True)
class NewAccount:
    """Who the account is for, and the first appointment: role and code of the unit."""

    username: str
    name: str
    role: str
    unit_code: str


@transaction.atomic
def open_account(*, new: NewAccount, by: User, now: datetime) -> tuple[User, str]:
    """Create account and first appointment, both recorded; return the account and its generated password.

    Refuses, with one sentence, an account that exists, an unknown role or unit, a role that is not held
    there. Nothing is kept of the password but its hash.
    """
    unit = Unit.objects.filter(code=new.unit_code).first()
    if new.role not in ROLES:
        raise AccountRefused(_("There is no role %(role)s. Roles: %(roles)s") % _roles(new.role))
    if unit is None:
        raise AccountRefused(_("There is no unit with the code %(code)s.") % {"code": new.unit_code})
    services.check_place(role=new.role, unit=unit)
    user = User(username=new.username, name=new.name)
    password = services.set_generated_password(user)
    try:
        user.full_clean()
        user.save()
        appointment = Appointment(user=user, role=new.role, unit=unit, starts_on=timezone.localdate(now))
        appointment.full_clean()
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from error
    appointment.save()
    _record("account.user.added", about=user, row=user, by=by, now=now)
    held = {"role": new.role, "unit": unit.code}
    _record("account.appointment.added", about=user, row=appointment, by=by, now=now, data=held)
    return user, password


@transaction.atomic
def give_password(*, user: User, by: User, now: datetime) -> str:
    """Give a new random password, end the account's sessions with the old one, record it; return it."""
    password = services.set_generated_password(user)
    user.save(update_fields=["password"])
    _record("account.user.password_given", about=user, row=user, by=by, now=now)
    return password


@transaction.atomic
def unlock(*, user: User, by: User, now: datetime) -> None:
    """Forget the failed sign-ins of the account, so that it is not locked; recorded."""
    attempts = reset(username=user.username)
    _record("account.user.unlocked", about=user, row=user, by=by, now=now, data={"attempts": attempts})


def _record(
    event: str,
    *,
    about: User,
    row: User | Appointment,
    by: User,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    kind = "account.user" if row is about else "account.appointment"
    trail.record(
        trail.Entry(
            stream=f"{kind}:{row.pk}",
            event=event,
            subject=row,
            label=str(row),
            at=now,
            by=by,
            data=data or {},
        )
    )


def _roles(wrong: str) -> dict[str, str]:
    return {"role": wrong, "roles": ", ".join(ROLES)}
