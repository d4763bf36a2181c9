"""Answers about people: who is told, who may act for a unit."""

from collections.abc import Iterable

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from kunming_portal.accounts.models import SYSTEM_USERNAME, Appointment, User
from kunming_portal.accounts.roles import ROLES, roles_allowing
from kunming_portal.organisations.models import Unit


def get_system_user() -> User:
    """Return the actor in whose name timers act. One query; the account is created by a migration."""
    return User.objects.get(username=SYSTEM_USERNAME)


def get_people(
    *, permission: str, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()
) -> list[User]:
    """Return the active people who hold the right at one of these units, or at a unit seated in these divisions.

    Seated in the division exactly, not below it. Who is absent is left out; the stand-in is there instead. One
    query, ordered by account.
    """
    roles = [role.key for role in roles_allowing(permission)]
    return _people(roles, unit_ids, division_codes)


def get_holders(*, permission: str) -> list[User]:
    """Return the active people who hold the right anywhere today, by account. One query."""
    roles = [role.key for role in roles_allowing(permission)]
    held = Appointment.objects.in_force().holding(*roles)
    return list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("username"))


def get_leaders(*, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()) -> list[User]:
    """Return the leaders in charge of these units, or of units seated in these divisions. One query.

    For a leader who is absent: the stand-in.
    """
    return _people([r.key for r in ROLES.values() if r.in_charge], unit_ids, division_codes)


def get_people_by_place(
    *, permission: str | None, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()
) -> dict[int | str, list[User]]:
    """Return for each of these units and divisions whom `get_people` names there; without a permission, the leaders.

    Places where nobody is are missing. Two queries, however many places.
    """
    units, seats = set(unit_ids), set(division_codes)
    roles = (
        [role.key for role in roles_allowing(permission)]
        if permission is not None
        else [role.key for role in ROLES.values() if role.in_charge]
    )
    where = Q(unit_id__in=units) | Q(unit__division_id__in=seats)
    held = Appointment.objects.in_force().holding(*roles).filter(where).with_stand_in()
    acting = Coalesce("stand_in_id", "user_id")
    rows = list(held.values_list("unit_id", "unit__division_id", acting))
    people = list(User.objects.filter(pk__in={pk for _unit, _seat, pk in rows}).order_by("username"))
    rank = {user.pk: place for place, user in enumerate(people)}
    found: dict[int | str, set[int]] = {}
    for unit, seat, pk in rows:
        for place in ({unit} & units) | ({seat} & seats):
            found.setdefault(place, set()).add(rank[pk])
    return {place: [people[n] for n in sorted(there)] for place, there in found.items()}


def get_present(*, permission: str, unit: Unit) -> QuerySet[User]:
    """Return who is appointed with this right at exactly this unit and not absent today, by name. One query."""
    roles = [role.key for role in roles_allowing(permission)]
    held = Appointment.objects.in_force().holding(*roles).filter(unit=unit).with_stand_in()
    there = held.filter(Q(stand_in_id=None)).values("user_id")
    return User.objects.filter(pk__in=there).order_by("name", "pk")


def get_places(*, permission: str, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bool]:
    """Return for these (person, unit) pairs who still holds the right there today; the value: absent, stood in for.

    Pairs that are missing have left. One query, none for no pairs.
    """
    wanted = set(pairs)
    if not wanted:
        return {}
    roles = [role.key for role in roles_allowing(permission)]
    held = Appointment.objects.in_force().holding(*roles).with_stand_in()
    rows = held.filter(
        user_id__in={user for user, _unit in wanted}, unit_id__in={unit for _user, unit in wanted}
    )
    found = rows.values_list("user_id", "unit_id", F("stand_in_id"))
    return {(user, unit): away is not None for user, unit, away in found if (user, unit) in wanted}


def get_units_with_people(*, permission: str, unit_ids: Iterable[int]) -> set[int]:
    """Return which of these units have somebody who could act today. One query."""
    roles = [role.key for role in roles_allowing(permission)]
    rows = Appointment.objects.in_force().holding(*roles).filter(unit_id__in=list(unit_ids))
    return set(rows.values_list("unit_id", flat=True))


def _people(roles: list[str], unit_ids: Iterable[int], division_codes: Iterable[str]) -> list[User]:
    where = Q(unit_id__in=list(unit_ids)) | Q(unit__division_id__in=list(division_codes))
    held = Appointment.objects.in_force().holding(*roles).filter(where).with_stand_in()
    return list(
        User.objects.filter(pk__in=held.values(acts=Coalesce("stand_in_id", "user_id"))).order_by("username")
    )


def get_showcase_accounts() -> list[Appointment]:
    """Return the appointments of demonstration accounts for the sign-in page, by role. One query."""
    held = Appointment.objects.in_force().filter(user__is_showcase=True)
    rows = list(held.select_related("user", "unit").order_by("unit__division_id", "user__username"))
    order = {key: place for place, key in enumerate(ROLES)}
    return sorted(rows, key=lambda a: (order[a.role], a.unit.division_id))
