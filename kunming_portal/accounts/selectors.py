"""Answers about people: who is told, who may act for a unit."""

from collections.abc import Iterable

from django.db.models import Q

from kunming_portal.accounts.models import SYSTEM_USERNAME, Appointment, User
from kunming_portal.accounts.roles import ROLES, roles_allowing


def get_system_user() -> User:
    """Return the actor in whose name timers act. One query; the account is created by a migration."""
    return User.objects.get(username=SYSTEM_USERNAME)


def get_people(
    *, permission: str, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()
) -> list[User]:
    """Return the active people who hold the right at one of these units, or at a unit seated in these divisions.

    Seated in the division exactly, not below it. One query, ordered by account.
    """
    roles = [role.key for role in roles_allowing(permission)]
    return _people(roles, unit_ids, division_codes)


def get_leaders(*, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()) -> list[User]:
    """Return the leaders in charge of these units, or of units seated in these divisions. One query."""
    return _people([r.key for r in ROLES.values() if r.in_charge], unit_ids, division_codes)


def get_units_with_people(*, permission: str, unit_ids: Iterable[int]) -> set[int]:
    """Return which of these units have somebody who could act today. One query."""
    roles = [role.key for role in roles_allowing(permission)]
    rows = Appointment.objects.in_force().holding(*roles).filter(unit_id__in=list(unit_ids))
    return set(rows.values_list("unit_id", flat=True))


def _people(roles: list[str], unit_ids: Iterable[int], division_codes: Iterable[str]) -> list[User]:
    where = Q(unit_id__in=list(unit_ids)) | Q(unit__division_id__in=list(division_codes))
    held = Appointment.objects.in_force().holding(*roles).filter(where)
    return list(User.objects.filter(pk__in=held.values("user_id")).order_by("username"))


def get_showcase_accounts() -> list[Appointment]:
    """Return the appointments of demonstration accounts for the sign-in page, by role. One query."""
    held = Appointment.objects.in_force().filter(user__is_showcase=True)
    rows = list(held.select_related("user", "unit").order_by("unit__division_id", "user__username"))
    order = {key: place for place, key in enumerate(ROLES)}
    return sorted(rows, key=lambda a: (order[a.role], a.unit.division_id))
