"""Answers about who is on duty."""

from collections.abc import Iterable
from datetime import datetime

from kunming_portal.accounts.models import User
from kunming_portal.duty.models import DutyShift


def get_shifts_now(
    *, at: datetime, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()
) -> list[DutyShift]:
    """Return the shifts that cover the moment at these units or seats with their people, leaders last. One query."""
    found = DutyShift.objects.at(unit_ids=unit_ids, division_codes=division_codes).on_duty(at)
    return list(found.select_related("unit", "user").order_by("unit__division_id", "-post", "unit_id"))


def get_people_on_duty(
    *, at: datetime, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()
) -> list[User]:
    """Return who is on duty at these units or seats, each once. One query."""
    shifts = get_shifts_now(at=at, unit_ids=unit_ids, division_codes=division_codes)
    return list({shift.user_id: shift.user for shift in shifts}.values())


def get_duty_by_place(
    *, at: datetime, unit_ids: Iterable[int] = (), division_codes: Iterable[str] = ()
) -> dict[int | str, list[User]]:
    """Return for each of these units and seats whom `get_people_on_duty` names there. One query.

    Places where nobody is on duty are missing.
    """
    units, seats = set(unit_ids), set(division_codes)
    found: dict[int | str, dict[int, User]] = {}
    for shift in get_shifts_now(at=at, unit_ids=units, division_codes=seats):
        for place in ({shift.unit_id} & units) | ({shift.unit.division_id} & seats):
            found.setdefault(place, {})[shift.user_id] = shift.user
    return {place: list(people.values()) for place, people in found.items()}


def get_ids_on_duty(*, user_ids: Iterable[int], at: datetime) -> set[int]:
    """Return which of these people are on duty anywhere at the moment. One query."""
    found = DutyShift.objects.on_duty(at).filter(user_id__in=list(user_ids))
    return set(found.values_list("user_id", flat=True))
