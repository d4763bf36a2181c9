"""Compounds, buildings and branches from a workbook: set operations, one entry on the trail an import.

The register has checked the rows; whether the person keeps the records of these communities is checked here again,
because this is the one way in.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Building, Compound, CompoundBranch, PowerRecord
from communities.services import branches, compounds
from communities.services.compounds import found_by
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail

Values = Mapping[str, Any]
NameKey = tuple[str, str]
BATCH = 1000
COUNTS = (
    "households",
    "residents",
    "owners_body_members",
    "owners_body_party_members",
    "members_registered",
    "members_active",
)


def facts_in(values: Values, names: Iterable[str]) -> dict[str, Any]:
    """Return these facts of a row; a count that was left empty is none. No query."""
    return {name: (values[name] or 0) if name in COUNTS else values[name] for name in names}


@transaction.atomic
def import_compounds(*, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime) -> None:
    """Write compounds by community and name. Refuses rows outside the person's territory. A few queries a thousand."""
    _check_territory([*new, *changed], by=by)
    made = [
        found_by(Compound(community_id=row["community"], **facts_in(row, compounds.FACTS))) for row in new
    ]
    there = compounds_of(changed)
    touched = [_said(there[row["community"], row["name"]], row) for row in changed]
    Compound.objects.bulk_create(made, batch_size=BATCH)
    Compound.objects.bulk_update(touched, [*compounds.FACTS, "search_text", "grams"], batch_size=BATCH)
    _record("compounds", new=len(new), changed=len(changed), by=by, now=now)


def _said(compound: Compound, row: Values) -> Compound:
    for name, value in facts_in(row, compounds.FACTS).items():
        setattr(compound, name, value)
    return found_by(compound)


@transaction.atomic
def import_buildings(*, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime) -> None:
    """Write buildings by compound and name; a building stays in its grid. Refuses as `import_compounds`."""
    rows = [*new, *changed]
    _check_territory(rows, by=by)
    homes = compounds_of(rows, name="compound")
    Building.objects.bulk_create(
        (
            Building(
                compound=homes[row["community"], row["compound"]],
                name=row["name"],
                households=row["households"] or 0,
            )
            for row in new
        ),
        batch_size=BATCH,
    )
    wanted = {(homes[row["community"], row["compound"]].pk, row["name"]): row for row in changed}
    touched = []
    for building in Building.objects.filter(compound__in={pk for pk, _name in wanted}):
        row = wanted.get((building.compound_id, building.name))
        if row is not None:
            building.households = row["households"] or 0
            touched.append(building)
    Building.objects.bulk_update(touched, ["households"], batch_size=BATCH)
    _record("buildings", new=len(new), changed=len(changed), by=by, now=now)


@transaction.atomic
def import_branches(*, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime) -> None:
    """Write branches by community and name, and which compounds each leads. Refuses as `import_compounds`.

    `compounds` of a row is a tuple of names: those it leads, and no others.
    """
    rows = [*new, *changed]
    _check_territory(rows, by=by)
    made = [CompoundBranch(community_id=row["community"], **facts_in(row, branches.FACTS)) for row in new]
    there = branches_of(changed)
    touched = []
    for row in changed:
        branch = there[row["community"], row["name"]]
        for name, value in facts_in(row, branches.FACTS).items():
            setattr(branch, name, value)
        touched.append(branch)
    CompoundBranch.objects.bulk_create(made, batch_size=BATCH)
    CompoundBranch.objects.bulk_update(touched, branches.FACTS, batch_size=BATCH)
    _lead({(row.community_id, row.name): row for row in (*made, *touched)}, rows)
    _record("branches", new=len(new), changed=len(changed), by=by, now=now)


def _lead(written: Mapping[NameKey, CompoundBranch], rows: Sequence[Values]) -> None:
    """Put the named compounds under their branches, and let go of those that are named no more."""
    wanted = {
        (row["community"], name): written[row["community"], row["name"]]
        for row in rows
        for name in row["compounds"]
    }
    keys = [branch.pk for branch in written.values()]
    names = [{"community": code, "name": name} for code, name in wanted]
    compounds = {row.pk: row for row in compounds_of(names).values()}
    compounds |= {row.pk: row for row in Compound.objects.in_use().filter(branch__in=keys)}
    moved = []
    for compound in compounds.values():
        branch = wanted.get((compound.community_id, compound.name))
        if compound.branch_id != (branch.pk if branch is not None else None):
            compound.branch = branch
            moved.append(compound)
    Compound.objects.bulk_update(moved, ["branch"], batch_size=BATCH)


def compounds_of(rows: Iterable[Values], *, name: str = "name") -> dict[NameKey, Compound]:
    """Return the compounds that rows name, by community and name, those that ended included. One query."""
    wanted = {(row["community"], row[name]) for row in rows}
    found = Compound.objects.filter(
        community__in={code for code, _name in wanted}, name__in={name for _code, name in wanted}
    )
    return {(row.community_id, row.name): row for row in found if (row.community_id, row.name) in wanted}


def compounds_with_open_records(branches: Iterable[CompoundBranch]) -> dict[int, set[str]]:
    """Return by branch the names of its compounds in which a record of the powers is open. One query."""
    found: dict[int, set[str]] = {}
    rows = PowerRecord.objects.open().filter(compound__branch__in=[branch.pk for branch in branches])
    for branch, name in rows.values_list("compound__branch", "compound__name").distinct():
        found.setdefault(branch, set()).add(name)
    return found


def branches_of(rows: Iterable[Values]) -> dict[NameKey, CompoundBranch]:
    """Return the branches that rows name, by community and name, those that ended included. One query."""
    wanted = {(row["community"], row["name"]) for row in rows}
    found = CompoundBranch.objects.filter(
        community__in={code for code, _name in wanted}, name__in={name for _code, name in wanted}
    )
    return {(row.community_id, row.name): row for row in found if (row.community_id, row.name) in wanted}


def _check_territory(rows: Sequence[Values], *, by: User) -> None:
    prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
    if not all(row["community"].startswith(prefixes) for row in rows):
        raise CommunityRefused(
            _("You do not hold a role that may change the records of this community."), code="role"
        )


def _record(what: str, *, new: int, changed: int, by: User, now: datetime) -> None:
    """Append that a workbook was taken in to the person's own stream of imports."""
    held = [a for a in by.acting_appointments if P.COMMUNITY_KEEP in a.role_definition.allows]
    trail.record(
        trail.Entry(
            stream=f"imports:{what}",
            event=f"{what}.imported",
            subject=by,
            label=what,
            at=now,
            by=by,
            unit_name=held[0].unit.name if held else "",
            data={"new": new, "changed": changed},
        )
    )
