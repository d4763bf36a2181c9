"""Answers about units. Each states its cost."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.querysets import UnitQuerySet

# A unit's territory: where it sits, and where every unit sits that it supervises, at any depth.
_TERRITORY = """
with recursive below(id, division_id) as (
    select id, division_id from organisations_unit where id = any(%s)
    union
    select u.id, u.division_id from organisations_unit u join below b on u.supervised_by_id = b.id
)
select distinct division_id from below
"""


def get_centre(*, division_code: str, on: date) -> Unit | None:
    """Return the governance centre seated at this division, if it has one. One query."""
    return get_centres(division_codes=[division_code], on=on).get(division_code)


def get_centres(*, division_codes: Iterable[str], on: date) -> dict[str, Unit]:
    """Return the governance centre of each of these divisions that has one, with its division. One query."""
    centres = Unit.objects.active(on).centres().filter(division_id__in=set(division_codes))
    found: dict[str, Unit] = {}
    for unit in centres.select_related("division").order_by("id"):
        found.setdefault(unit.division_id, unit)
    return found


def get_callable_units(*, division_code: str, on: date) -> UnitQuerySet:
    """Return the units a centre of this division may dispatch to: departments, forces, companies at its own level."""
    return Unit.objects.active(on).at(division_code).can_be_called().order_by("kind", "name", "id")


def get_territory(unit_ids: list[int]) -> list[str]:
    """Return the code prefixes these units are responsible for, none inside another. One query."""
    if not unit_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TERRITORY, [unit_ids])
        codes = sorted(row[0] for row in cursor.fetchall())
    kept: list[str] = []
    for code in codes:
        if not kept or not code.startswith(kept[-1]):
            kept.append(code)
    return kept
