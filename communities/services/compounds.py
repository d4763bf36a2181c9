"""Compounds and their buildings: added, changed, ended; nothing is deleted. One way in for pages and imports."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime as Moment
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, check_keeps
from communities.models import Building, Compound, PowerRecord, Undertaking
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.grams import grams

Mode, Body = Compound.PropertyMode, Compound.OwnersBody
MOST_BUILDINGS = 200


@dataclass(frozen=True)
class CompoundFacts:
    """What a person enters about a compound; names are those of the model's fields."""

    name: str
    address: str
    kind: str
    built_year: int | None = None
    households: int = 0
    residents: int = 0
    property_mode: str = Mode.NONE
    property_firm: str = ""
    property_contract_until: datetime.date | None = None
    owners_body: str = Body.NONE
    owners_body_term: int | None = None
    owners_body_chair: str = ""
    owners_body_members: int = 0
    owners_body_party_members: int = 0


FACTS = tuple(field.name for field in fields(CompoundFacts))


@dataclass(frozen=True)
class BuildingFacts:
    """A building as it is entered: its name in the compound, and its households. `pk` is that of a known one."""

    name: str
    households: int = 0
    pk: int | None = None


def faults_of(facts: CompoundFacts) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for everything in these facts that cannot be. No query.

    The database holds the same rules; here they have a field to stand at, on a form and in a workbook.
    """
    if facts.property_mode == Mode.NONE and (facts.property_firm or facts.property_contract_until):
        yield "property_mode", _("Without property management there is neither firm nor contract.")
    if facts.property_mode in (Mode.STATE_OWNED, Mode.PRIVATE) and not facts.property_firm:
        yield "property_firm", _("Say which firm manages the property.")
    if facts.owners_body == Body.NONE and (
        facts.owners_body_chair or facts.owners_body_members or facts.owners_body_term
    ):
        yield "owners_body", _("Without an owners' body there is neither chair nor member.")
    if facts.owners_body_party_members > facts.owners_body_members:
        yield "owners_body_party_members", _("There cannot be more Party members than members.")


def found_by(compound: Compound) -> Compound:
    """Set what the compound is found by - name, address, firm, their pinyin and initials - and return it. No query."""
    firm = compound.property_firm
    words = [get_search_text(compound.name, compound.address), get_search_text(firm, firm) if firm else ""]
    compound.search_text = " ".join(words).strip()
    compound.grams = sorted(grams(compound.search_text))
    return compound


def add_compound(
    *,
    community: Division,
    facts: CompoundFacts,
    by: User,
    now: Moment,
    buildings: Sequence[BuildingFacts] = (),
) -> Compound:
    """Add a compound with its buildings; return it.

    Refuses who does not keep the community's records, a second compound of the name, and facts as `faults_of`. About
    seven queries.
    """
    held = check_keeps(community.code, by=by)
    compound = Compound(community=community, **asdict(facts))
    _check(compound, facts)
    with transaction.atomic():
        found_by(compound).save()
        Building.objects.bulk_create(
            Building(compound=compound, name=row.name, households=row.households) for row in buildings
        )
        _record(
            compound, "added", by=by, now=now, held=held, data={"kind": compound.kind, "name": compound.name}
        )
    return compound


def change_compound(*, compound: Compound, facts: CompoundFacts, by: User, now: Moment) -> Compound:
    """Change what is on record about a compound; return it. What stays the same leaves no trace.

    Refuses as `add_compound`, and one that has ended. About seven queries.
    """
    with transaction.atomic():
        locked = _lock(compound)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        before = {name: getattr(locked, name) for name in FACTS}
        after = asdict(facts)
        changed = sorted(name for name in FACTS if before[name] != after[name])
        if not changed:
            return locked
        for name in changed:
            setattr(locked, name, after[name])
        _check(locked, facts)
        found_by(locked).save()
        _record(locked, "changed", by=by, now=now, held=held, data={"fields": changed})
    return locked


def end_compound(
    *, compound: Compound, ended_on: datetime.date, reason: str, by: User, now: Moment
) -> Compound:
    """Take a compound out of use from a day on, for a reason; its buildings leave their grids. It stays readable.

    Refuses who does not keep the community's records, no reason, a day after today, one that has ended, and one for
    which something is still undertaken or a record of the powers is open. About nine queries.
    """
    if not reason.strip():
        raise CommunityRefused(_("Say why it is no longer in use."), code="reason")
    with transaction.atomic():
        locked = _lock(compound)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        if ended_on > timezone.localdate(now):
            raise CommunityRefused(_("The day must not lie after today."), code="ended_on")
        running = Undertaking.objects.filter(compound=locked).running().count()
        if running:
            raise CommunityRefused(
                _("%(count)s undertakings of the compound still run. End them first.") % {"count": running},
                code="running",
            )
        opened = PowerRecord.objects.filter(compound=locked).open().count()
        if opened:
            raise CommunityRefused(
                _("%(count)s records of the five powers are still open. Close or end them first.")
                % {"count": opened},
                code="running",
            )
        freed = Building.objects.filter(compound=locked, grid__isnull=False).update(grid=None)
        locked.ended_on = ended_on
        locked.save(update_fields=["ended_on"])
        data = {"ended_on": ended_on.isoformat(), "buildings_freed": freed}
        _record(locked, "ended", by=by, now=now, held=held, reason=reason, data=data)
    return locked


def keep_buildings(
    *, compound: Compound, buildings: Sequence[BuildingFacts], by: User, now: Moment
) -> list[Building]:
    """Make these the compound's buildings: known ones are renamed, new ones added, missing ones removed.

    Refuses who does not keep the community's records, a compound that has ended, two buildings of one name, more than
    `MOST_BUILDINGS`, and the removal of one that still lies in a grid. About nine queries, however many.
    """
    with transaction.atomic():
        locked = _lock(compound)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        _check_buildings(buildings)
        known = {row.pk: row for row in Building.objects.filter(compound=locked).select_related("grid")}
        kept = {row.pk: row for row in buildings if row.pk in known}
        gone = [row for pk, row in known.items() if pk not in kept]
        for row in gone:
            if row.grid is not None:
                raise CommunityRefused(
                    _("%(building)s still lies in %(grid)s. Take it out of the grid first.")
                    % {"building": row.name, "grid": row.grid.name},
                    code="grid",
                )
        new = [row for row in buildings if row.pk not in known]
        changed = _changed(known, kept)
        Building.objects.filter(pk__in=[row.pk for row in gone]).delete()
        _rename(changed)
        Building.objects.bulk_create(
            Building(compound=locked, name=row.name, households=row.households) for row in new
        )
        if gone or new or changed:
            data = {"added": len(new), "changed": len(changed), "removed": [row.name for row in gone]}
            _record(locked, "buildings_kept", by=by, now=now, held=held, data=data)
        return list(Building.objects.filter(compound=locked).order_by("id"))


def _changed(known: dict[int, Building], kept: dict[Any, BuildingFacts]) -> list[Building]:
    """Set names and households of known buildings; return those that differ now."""
    changed = []
    for pk, row in kept.items():
        building = known[pk]
        if (building.name, building.households) != (row.name, row.households):
            building.name, building.households = row.name, row.households
            changed.append(building)
    return changed


def _rename(changed: Sequence[Building]) -> None:
    """Write the changed ones by way of names nobody has: two buildings may have swapped theirs."""
    final = [row.name for row in changed]
    for row in changed:
        row.name = f"~{row.pk}"
    Building.objects.bulk_update(changed, ["name"])
    for row, name in zip(changed, final, strict=True):
        row.name = name
    Building.objects.bulk_update(changed, ["name", "households"])


def _check_buildings(buildings: Sequence[BuildingFacts]) -> None:
    if len(buildings) > MOST_BUILDINGS:
        raise CommunityRefused(
            _("A compound has at most %(count)s buildings.") % {"count": MOST_BUILDINGS}, code="buildings"
        )
    seen: set[str] = set()
    for row in buildings:
        if row.name in seen:
            raise CommunityRefused(
                _("Two buildings are called %(name)s.") % {"name": row.name}, code="buildings"
            )
        seen.add(row.name)


def _check(compound: Compound, facts: CompoundFacts) -> None:
    """Refuse facts that cannot be, and a name that is taken in the community. One query."""
    for field, sentence in faults_of(facts):
        raise CommunityRefused(sentence, code=field)
    twins = Compound.objects.filter(community=compound.community_id, name=compound.name)
    if twins.exclude(pk=compound.pk).exists():
        raise CommunityRefused(_("The community has a compound of this name already."), code="name")


def _check_in_use(compound: Compound) -> None:
    if compound.ended_on is not None:
        raise CommunityRefused(
            _("It is no longer in use since %(day)s; nothing can be changed.")
            % {"day": compound.ended_on.isoformat()},
            code="ended",
        )


def _lock(compound: Compound) -> Compound:
    rows = Compound.objects.select_for_update(of=("self",)).select_related("community")
    return rows.get(pk=compound.pk)


def _record(
    compound: Compound,
    what: str,
    *,
    by: User,
    now: Moment,
    held: Appointment,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Append what happened to the compound's history, in the transaction of the change."""
    trail.record(
        trail.Entry(
            stream=compound.stream,
            event=f"compound.{what}",
            subject=compound,
            label=str(compound),
            at=now,
            by=by,
            unit_name=held.unit.name,
            reason=reason,
            data=data or {},
        )
    )
