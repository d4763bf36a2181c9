"""Changes to the table of divisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from kunming_portal.divisions import loading, naming
from kunming_portal.divisions.models import Division


@dataclass(frozen=True)
class Loaded:
    """How many rows a load created, changed and left as they were."""

    new: int
    changed: int
    unchanged: int


@transaction.atomic
def load(*, files: Sequence[tuple[str, bytes]]) -> Loaded:
    """Load lists of divisions (name, content): all rows or, at the first bad one, none.

    Raises `loading.RowsRefused` naming every bad line. Repeating a load changes nothing. A known code
    gets its name and kind from the list, and its zone class where the list has that column; aliases and
    validity stay with the office, and rows missing from the list stay as they are.
    """
    known = Division.objects.select_for_update().in_bulk()
    new: list[Division] = []
    changed: list[Division] = []
    rows = loading.read_rows(files, known)
    for row in rows:
        division = known.get(row.code)
        if division is None:
            new.append(_fill(Division(code=row.code, level=row.level, parent_id=row.parent), row))
        elif _differs(division, row):
            changed.append(_fill(division, row))
    # parents come before their children: read_rows sorts by the length of the code
    Division.objects.bulk_create(new, batch_size=1000)
    Division.objects.bulk_update(
        changed, ["name", "short_name", "kind", "zone_class", "search_text"], batch_size=500
    )
    return Loaded(len(new), len(changed), len(rows) - len(new) - len(changed))


def _differs(division: Division, row: loading.Row) -> bool:
    zone_class = division.zone_class if row.zone_class is None else row.zone_class
    return (division.name, division.kind, division.zone_class) != (row.name, row.kind, zone_class)


def _fill(division: Division, row: loading.Row) -> Division:
    if (division.name, division.kind) != (row.name, row.kind):
        division.short_name = naming.get_short_name(row.name, row.kind)
    division.name, division.kind = row.name, row.kind
    if row.zone_class is not None:
        division.zone_class = row.zone_class
    division.search_text = naming.get_search_text(row.name, division.short_name, division.aliases)
    return division
