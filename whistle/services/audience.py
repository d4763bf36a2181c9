"""The people of many sides of many whistles at once: asked for together, then handed out without a query."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_people, get_people_by_place
from kunming_portal.duty.selectors import get_duty_by_place

ByPlace = dict[int | str, list[User]]


@dataclass(frozen=True)
class Side:
    """Who is meant: the people with a right at these units, or at units seated in these divisions."""

    permission: Permission
    unit_ids: tuple[int, ...] = ()
    division_codes: tuple[str, ...] = ()
    # of an emergency whoever is on duty there hears too
    is_urgent: bool = False


def get_audience(sides: Iterable[Side], *, at: datetime) -> dict[Side, list[User]]:
    """Return the people of each side; of an urgent one whoever is on duty there besides.

    One query for a right that is asked for on one side only, two for one that is asked for on any number, and one
    for all that are urgent.
    """
    by_right: dict[Permission, set[Side]] = defaultdict(set)
    for side in sides:
        by_right[side.permission].add(side)
    found: dict[Side, list[User]] = {}
    for permission, alike in by_right.items():
        found |= _people(permission, alike)
    urgent = [side for side in found if side.is_urgent]
    on_duty = _on_duty(urgent, at=at)
    return {side: [*people, *on_duty.get(side, ())] for side, people in found.items()}


def _people(permission: Permission, sides: set[Side]) -> dict[Side, list[User]]:
    if len(sides) == 1:
        [side] = sides
        return {
            side: get_people(
                permission=permission, unit_ids=side.unit_ids, division_codes=side.division_codes
            )
        }
    there = get_people_by_place(permission=permission, unit_ids=_units(sides), division_codes=_seats(sides))
    return {side: _at(side, there) for side in sides}


def _on_duty(sides: Iterable[Side], *, at: datetime) -> dict[Side, list[User]]:
    sides = set(sides)
    if not sides:
        return {}
    there = get_duty_by_place(at=at, unit_ids=_units(sides), division_codes=_seats(sides))
    return {side: _at(side, there) for side in sides}


def _at(side: Side, there: ByPlace) -> list[User]:
    """Return who is at the side's places, each once."""
    places: tuple[int | str, ...] = (*side.unit_ids, *side.division_codes)
    return list({user.pk: user for place in places for user in there.get(place, ())}.values())


def _units(sides: Iterable[Side]) -> set[int]:
    return {pk for side in sides for pk in side.unit_ids}


def _seats(sides: Iterable[Side]) -> set[str]:
    return {code for side in sides for code in side.division_codes}
