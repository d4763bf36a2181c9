"""Grids: added, changed, ended; buildings put into one grid and moved to another, never silently."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communities.guards import CommunityRefused, check_keeps
from communities.models import Building, Grid, GridPost
from communities.services.grid_words import checked, filled, words_of_grid
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division

SERIAL_DIGITS = 3
LAST_SERIAL = 999


@dataclass(frozen=True)
class Face:
    """What a person says about a grid."""

    name: str
    kind: str
    area: str = ""
    party_group: str = ""


def next_serial(community: Division) -> str:
    """Return the three digits after the highest in use, or the first gap when the last is taken; "" when all are.

    Ended grids keep their code. At most two queries.
    """
    codes = Grid.objects.filter(community=community)
    last = codes.aggregate(last=Max("code"))["last"]
    number = int(last[-SERIAL_DIGITS:]) + 1 if last else 1
    if number > LAST_SERIAL:
        taken = {int(code[-SERIAL_DIGITS:]) for code in codes.values_list("code", flat=True)}
        number = next((n for n in range(1, LAST_SERIAL + 1) if n not in taken), 0)
    return f"{number:0{SERIAL_DIGITS}d}" if number else ""


def add(
    *,
    community: Division,
    serial: str,
    face: Face,
    by: User,
    now: datetime,
    buildings: Collection[Building] = (),
    moves: Collection[tuple[int, int]] = (),
) -> Grid:
    """Add a grid with the code of its community and three digits; return it. Buildings as in `assign_buildings`.

    Refuses who does not keep the community, digits that are not three, and a code that is taken (an ended grid keeps
    its code). About eight queries.
    """
    held = check_keeps(community.code, by=by)
    if len(serial) != SERIAL_DIGITS or not serial.isascii() or not serial.isdecimal() or serial == "000":
        raise CommunityRefused(_("Write three digits, from 001 to 999."), code="serial")
    code = f"{community.code}{serial}"
    with transaction.atomic():
        Division.objects.select_for_update().get(pk=community.pk)  # two people adding get two numbers
        taken = Grid.objects.filter(code=code).first()
        if taken is not None:
            raise CommunityRefused(_taken(taken), code="serial")
        grid = Grid(code=code, community=community, **_face(face, code=code))
        grid.save()
        record(grid, "added", by=by, now=now, held=held, data={"code": code, "kind": grid.kind})
        if buildings:
            _put(grid, buildings, moves=moves, by=by, now=now, held=held)
    return grid


def change(*, grid: Grid, face: Face, by: User, now: datetime, households: int | None = None) -> Grid:
    """Change what a grid is called and covers; its code stays. Refuses as `add`, and an ended grid.

    `households` counts only for a grid without buildings; otherwise they are the buildings' households.
    """
    with transaction.atomic():
        locked = lock(grid)
        held = check_running(locked, by=by)
        before = _said(locked)
        for name, value in _face(face, code=locked.code).items():
            setattr(locked, name, value)
        if households is not None and not locked.buildings.exists():
            locked.households = households
        locked.save()
        after = _said(locked)
        changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        if changed:
            record(locked, "changed", by=by, now=now, held=held, data={"changed": changed})
    return locked


def assign_buildings(
    *,
    grid: Grid,
    buildings: Collection[Building],
    by: User,
    now: datetime,
    moves: Collection[tuple[int, int]] = (),
) -> Grid:
    """Let exactly these buildings lie in the grid. `moves`: (building, grid it lies in) pairs somebody confirmed.

    A building head moves along with the building. Refuses who does not keep the community, an ended grid, a building
    of another community, one that lies in another grid and whose move was not confirmed, and taking out a building
    whose head is in force. About twelve queries, however many buildings.
    """
    with transaction.atomic():
        held = check_running(lock(grid), by=by)
        _put(grid, buildings, moves=moves, by=by, now=now, held=held)
    return grid


def end(*, grid: Grid, reason: str, by: User, now: datetime) -> Grid:
    """End a grid; its people's posts end with it, its code is never given again.

    Refuses as `change`, a grid that still has buildings, and no reason.
    """
    said = filled(reason, field="reason")
    with transaction.atomic():
        locked = lock(grid)
        held = check_ends(locked, by=by)
        today = timezone.localdate(now)
        GridPost.objects.in_force().filter(grid=locked, started_on__lte=today).update(ended_on=today)
        locked.ended_on = today
        locked.save(update_fields=["ended_on"])
        record(locked, "ended", by=by, now=now, held=held, reason=said)
    return locked


def check_running(grid: Grid, *, by: User) -> Appointment:
    """Return the appointment in which `by` keeps the grid; refuse others, and an ended grid. No query with rights."""
    held = check_keeps(grid.community_id, by=by)
    if grid.ended_on is not None:
        raise CommunityRefused(_("The grid is no longer in use; nothing can be changed."), code="ended")
    return held


def check_ends(grid: Grid, *, by: User) -> Appointment:
    """Return the appointment in which `by` may end the grid; refuse as `check_running`, and with buildings. A query."""
    held = check_running(grid, by=by)
    number = grid.buildings.count()
    if number:
        raise CommunityRefused(
            ngettext(
                "%(number)d building lies in this grid. Move it to another grid first.",
                "%(number)d buildings lie in this grid. Move them to another grid first.",
                number,
            )
            % {"number": number},
            code="buildings",
        )
    return held


def lock(grid: Grid) -> Grid:
    """Return the row as it stands, locked until the transaction ends. One query."""
    return Grid.objects.select_for_update(of=("self",)).select_related("community").get(pk=grid.pk)


def record(
    grid: Grid,
    what: str,
    *,
    by: User,
    now: datetime,
    held: Appointment,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Append what happened to a grid to its history, in the transaction of the change."""
    trail.record(entry(grid, what, by=by, now=now, held=held, reason=reason, data=data))


def entry(
    grid: Grid,
    what: str,
    *,
    by: User,
    now: datetime,
    held: Appointment,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> trail.Entry:
    """Return the line of the history; for writers of many."""
    return trail.Entry(
        stream=grid.stream,
        event=f"grid.{what}",
        subject=grid,
        label=f"{grid.code} {grid.name}",
        at=now,
        by=by,
        unit_name=held.unit.name,
        reason=reason,
        data=(data or {}) | held.absence_of(by),
    )


def _put(
    grid: Grid,
    buildings: Collection[Building],
    *,
    moves: Collection[tuple[int, int]],
    by: User,
    now: datetime,
    held: Appointment,
) -> None:
    """Write which buildings lie in the grid, under the locks of all grids concerned."""
    wanted = {building.pk for building in buildings}
    rows = _locked_buildings(grid, wanted)
    coming = [row for row in rows if row.pk in wanted and row.grid_id != grid.pk]
    leaving = [row for row in rows if row.pk not in wanted and row.grid_id == grid.pk]
    _check_coming(grid, coming, moves=set(moves))
    _check_leaving(leaving)
    if not coming and not leaving:
        return
    Building.objects.filter(pk__in=[row.pk for row in leaving]).update(grid=None)
    Building.objects.filter(pk__in=[row.pk for row in coming]).update(grid=grid)
    GridPost.objects.in_force().filter(building__in=coming).exclude(grid=grid).update(grid=grid)
    count_households({grid.pk, *(row.grid_id for row in coming if row.grid_id is not None)})
    trail.record_many(
        [
            entry(touched, "buildings", by=by, now=now, held=held, data=data)
            for touched, data in _told(grid, coming=coming, leaving=leaving)
        ]
    )


def _locked_buildings(grid: Grid, wanted: set[int]) -> list[Building]:
    """Return the wanted buildings and those in the grid, locked after their grids in order. Three queries."""
    concerned = Building.objects.filter(pk__in=wanted) | Building.objects.filter(grid=grid)
    grids = {pk for pk in concerned.values_list("grid_id", flat=True) if pk is not None} | {grid.pk}
    list(Grid.objects.select_for_update().filter(pk__in=grids).order_by("pk").values_list("pk"))
    found = concerned.select_for_update(of=("self",)).select_related("compound", "grid")
    return list(found.order_by("pk"))


def _check_coming(grid: Grid, coming: Sequence[Building], *, moves: set[tuple[int, int]]) -> None:
    foreign = [row for row in coming if row.compound.community_id != grid.community_id]
    if foreign:
        raise CommunityRefused(
            _("%(building)s lies in another community than the grid.") % {"building": full_name(foreign[0])},
            code="buildings",
        )
    silent = [row for row in coming if row.grid is not None and (row.pk, row.grid.pk) not in moves]
    if silent:
        first = silent[0]
        assert first.grid is not None
        raise CommunityRefused(
            _("%(building)s lies in grid %(grid)s. Confirm that it is moved.")
            % {"building": full_name(first), "grid": f"{first.grid.code[-SERIAL_DIGITS:]} {first.grid.name}"},
            code="buildings",
        )


def _check_leaving(leaving: Sequence[Building]) -> None:
    headed = (
        GridPost.objects.in_force().filter(building__in=leaving).select_related("building__compound").first()
        if leaving
        else None
    )
    if headed is not None and headed.building is not None:
        raise CommunityRefused(
            _("%(person)s is head of %(building)s. Relieve the head first, or move the building.")
            % {"person": headed.name, "building": full_name(headed.building)},
            code="buildings",
        )


def count_households(grid_ids: Iterable[int]) -> None:
    """Let each of these grids have the households of its buildings, under their locks. Three queries."""
    sums = Building.objects.filter(grid__in=list(grid_ids)).values_list("grid_id").annotate(Sum("households"))
    counted = dict.fromkeys(grid_ids, 0) | dict(sums)
    grids = list(Grid.objects.filter(pk__in=counted))
    for grid in grids:
        grid.households = counted[grid.pk]
    Grid.objects.bulk_update(grids, ["households"])


def _told(
    grid: Grid, *, coming: Sequence[Building], leaving: Sequence[Building]
) -> list[tuple[Grid, dict[str, Any]]]:
    """Return what each grid's history says: the grid itself, then those from which buildings came."""
    told: list[tuple[Grid, dict[str, Any]]] = [
        (
            grid,
            {
                "in": [full_name(row) for row in coming],
                "out": [full_name(row) for row in leaving],
                "from": sorted({row.grid.code for row in coming if row.grid is not None}),
            },
        )
    ]
    others = {row.grid.pk: row.grid for row in coming if row.grid is not None}
    for pk in sorted(others):
        names = [full_name(row) for row in coming if row.grid_id == pk]
        told.append((others[pk], {"in": [], "out": names, "to": grid.code}))
    return told


def full_name(building: Building) -> str:
    """Return the building with its compound: 丹桂里小区3栋. No query when the compound is loaded."""
    return f"{building.compound.name}{building.name}"


def _face(face: Face, *, code: str) -> dict[str, Any]:
    name, area = filled(face.name, field="name"), checked(face.area, field="area")
    if face.kind not in Grid.Kind.values:
        raise CommunityRefused(_("Choose a type."), code="kind")
    return {
        "name": name,
        "kind": face.kind,
        "area": area,
        "party_group": checked(face.party_group, field="party_group"),
        "search_text": words_of_grid(name=name, code=code, area=area),
    }


def _said(grid: Grid) -> dict[str, Any]:
    return {name: getattr(grid, name) for name in ("name", "kind", "area", "party_group", "households")}


def _taken(grid: Grid) -> str:
    words = {"code": grid.code, "name": grid.name}
    if grid.ended_on is not None:
        return _("%(code)s was the code of %(name)s, which has ended; a code is not given twice.") % words
    return _("%(code)s is the code of %(name)s. Take other digits.") % words
