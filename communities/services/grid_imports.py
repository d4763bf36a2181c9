"""Whole files of grids, their people and their buildings: written in sets, one line on the trail an import.

The registers have checked every row before; what the database refuses all the same keeps everything out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Building, Grid, GridPost
from communities.services import phones
from communities.services.grid_words import words_of_grid, words_of_person
from communities.services.grids import count_households
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail

Values = Mapping[str, Any]
BATCH = 1000
STREAM = "grids:imports"
NAMED = 50  # codes that the trail names


def save_grids(*, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime) -> None:
    """Add new grids and change those that are there, by code. About six statements a thousand rows.

    Refuses who keeps no community, and a code out of the person's reach.
    """
    check_reach([row["code"][:12] for row in (*new, *changed)], by=by)
    with transaction.atomic():
        Grid.objects.bulk_create([_grid(Grid(code=row["code"]), row) for row in new], batch_size=BATCH)
        there = (
            Grid.objects.select_for_update()
            .filter(ended_on=None)
            .in_bulk([row["code"] for row in changed], field_name="code")
        )
        built = set(Building.objects.filter(grid__in=there.values()).values_list("grid__code", flat=True))
        for row in changed:
            kept = there[row["code"]].households
            grid = _grid(there[row["code"]], row)
            if row["code"] in built or row["households"] is None:
                grid.households = kept
        Grid.objects.bulk_update(
            there.values(),
            ["name", "kind", "area", "households", "party_group", "search_text"],
            batch_size=BATCH,
        )
        record(
            "grid.imported",
            Grid(),
            {
                "new": len(new),
                "changed": len(changed),
                "codes": [row["code"] for row in (*new, *changed)][:NAMED],
            },
            by=by,
            now=now,
        )


def save_people(
    *,
    new: Sequence[tuple[GridPost, Values]],
    changed: Sequence[tuple[GridPost, Values]],
    by: User,
    now: datetime,
) -> None:
    """Write people: pairs of the row (new: with its grid, post, name and building) and what the file says.

    About four statements a thousand rows. Refuses as `save_grids`.
    """
    check_reach([row.grid.community_id for row, _values in (*new, *changed)], by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        for row, values in (*new, *changed):
            row.unit_name, row.full_time = values["unit_name"], bool(values["full_time"])
            row.phone_cipher = phones.seal(values["phone"])
            row.started_on = values["started_on"] or row.started_on or today
            row.search_text = words_of_person(name=row.name, unit_name=row.unit_name)
        GridPost.objects.bulk_create([row for row, _values in new], batch_size=BATCH)
        GridPost.objects.bulk_update(
            [row for row, _values in changed],
            ["unit_name", "full_time", "phone_cipher", "started_on", "search_text"],
            batch_size=BATCH,
        )
        codes = sorted({row.grid.code for row, _values in (*new, *changed)})
        counts = {"new": len(new), "changed": len(changed), "codes": codes[:NAMED]}
        record("grid.people_imported", GridPost(), counts, by=by, now=now)


def place_buildings(*, pairs: Sequence[tuple[Building, Grid | None]], by: User, now: datetime) -> None:
    """Put each building into its grid, or into none; building heads move along. Refuses as `save_grids`.

    About six statements a thousand rows.
    """
    check_reach([building.compound.community_id for building, _grid in pairs], by=by)
    with transaction.atomic():
        touched = {building.grid_id for building, _grid in pairs} | {grid.pk for _b, grid in pairs if grid}
        concerned = [pk for pk in touched if pk is not None]
        list(Grid.objects.select_for_update().filter(pk__in=concerned).order_by("pk").values_list("pk"))
        for building, grid in pairs:
            building.grid = grid
        Building.objects.bulk_update([building for building, _grid in pairs], ["grid"], batch_size=BATCH)
        heads = list(
            GridPost.objects.in_force().filter(building__in=[building.pk for building, _grid in pairs])
        )
        placed = {building.pk: grid for building, grid in pairs}
        for head in heads:
            head.grid = placed[head.building_id or 0] or head.grid
        GridPost.objects.bulk_update(heads, ["grid"], batch_size=BATCH)
        count_households(concerned)
        codes = sorted({grid.code for _building, grid in pairs if grid is not None})
        counts = {"changed": len(pairs), "codes": codes[:NAMED]}
        record("grid.buildings_imported", Building(), counts, by=by, now=now)


def check_reach(codes: Sequence[str], *, by: User) -> None:
    """Refuse communities that the person does not keep. No query once rights are loaded."""
    prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
    if not prefixes or not all(code.startswith(prefixes) for code in codes):
        raise CommunityRefused(
            _("You do not hold a role that may change the records of this community."), code="role"
        )


def record(event: str, subject: Any, data: dict[str, Any], *, by: User, now: datetime) -> None:
    """Append one line for the whole import."""
    held = next(
        (one for one in by.acting_appointments if P.COMMUNITY_KEEP in one.role_definition.allows), None
    )
    trail.record(
        trail.Entry(
            stream=STREAM,
            event=event,
            subject=subject,
            label=str(subject._meta.verbose_name_plural),
            at=now,
            by=by,
            unit_name=held.unit.name if held is not None else "",
            data=data,
        )
    )


def _grid(grid: Grid, row: Values) -> Grid:
    grid.community_id = row["code"][:12]
    grid.name, grid.kind, grid.area = row["name"], row["kind"], row["area"]
    grid.party_group = row["party_group"]
    grid.households = row["households"] or 0
    grid.search_text = words_of_grid(name=grid.name, code=row["code"], area=grid.area)
    return grid
