"""Registers of compounds, their buildings and their branches: by community and name, no keys to type."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.filtersets.compounds import CompoundFilter
from communities.models import Building, Compound, CompoundBranch
from communities.registers.placed import COMMUNITY, COMMUNITY_NAME, PlacedRegister
from communities.selectors import get_branches, get_compounds
from communities.services import compound_imports as service
from communities.services.compounds import CompoundFacts, faults_of
from kunming_portal.accounts.models import User
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values

CHUNK = 2000
MOST = 99_999
BETWEEN = re.compile(r"[、，,;；]")  # what may stand between two names
NAME = Column("name", gettext_lazy("Compound"), Kind.TEXT, key=True, max_length=60, width=20)
FORM = CompoundBranch.Form


def choices_of(model: Any, name: str) -> Any:
    """Return the values of a field with their labels."""
    return tuple(model._meta.get_field(name).choices)


def labelled(model: Any, name: str, kind: Kind, **options: Any) -> Column:
    """Return a column that is called as the model calls its field."""
    return Column(name, model._meta.get_field(name).verbose_name, kind, **options)


class OfCompounds(PlacedRegister):
    """What the three registers share: they stand on the list of compounds, and follow its filter."""

    list_route = "compounds"

    def chosen(self, user: User, query: QueryDict) -> QuerySet[Compound]:
        """Return the compounds of the list the person has before the eyes."""
        rows = get_compounds(user=user)
        found = CompoundFilter(query, queryset=rows)
        return found.qs if found.is_valid() else rows.none()

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return what is there under these keys in the person's territory; names of communities are not compared."""
        reach = by.scope(self.right).prefixes
        mine = [row.values for row in rows if row.values["community"].startswith(reach)]
        found = self.rows(self.there(mine))
        return {self.key_of(one): {k: v for k, v in one.items() if k != "community_name"} for one in found}

    def there(self, rows: Sequence[Values]) -> QuerySet[Any]:
        """Return the records that may have these keys, and perhaps some more of the same communities."""
        raise NotImplementedError


class Compounds(OfCompounds, Register):
    """Compounds by community and name."""

    key = "compounds"
    title = gettext_lazy("Compounds")
    unit_name = gettext_lazy("compound")
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        NAME,
        labelled(Compound, "address", Kind.TEXT, required=True, max_length=120, width=28),
        labelled(Compound, "kind", Kind.CHOICE, required=True, choices=choices_of(Compound, "kind")),
        labelled(Compound, "built_year", Kind.INTEGER, minimum=1900, maximum=2100),
        labelled(Compound, "households", Kind.INTEGER, minimum=0, maximum=MOST),
        labelled(Compound, "residents", Kind.INTEGER, minimum=0, maximum=MOST),
        labelled(
            Compound,
            "property_mode",
            Kind.CHOICE,
            required=True,
            choices=choices_of(Compound, "property_mode"),
        ),
        labelled(Compound, "property_firm", Kind.TEXT, max_length=60, width=22),
        labelled(Compound, "property_contract_until", Kind.DATE),
        labelled(
            Compound, "owners_body", Kind.CHOICE, required=True, choices=choices_of(Compound, "owners_body")
        ),
        labelled(Compound, "owners_body_term", Kind.INTEGER, minimum=1, maximum=99),
        labelled(Compound, "owners_body_chair", Kind.TEXT, max_length=30),
        labelled(Compound, "owners_body_members", Kind.INTEGER, minimum=0, maximum=99),
        labelled(Compound, "owners_body_party_members", Kind.INTEGER, minimum=0, maximum=99),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Compound]:
        """Return the filtered list the person sees."""
        return self.chosen(user, query).order_by("community_id", "name", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each compound. One query."""
        names = [column.name for column in self.columns if column not in (COMMUNITY, COMMUNITY_NAME)]
        places = {"community_code": F("community_id"), "place": F("community__short_name")}
        for row in queryset.values(*names, **places).iterator(chunk_size=CHUNK):
            yield {"community": row.pop("community_code"), "community_name": row.pop("place"), **row}

    def there(self, rows: Sequence[Values]) -> QuerySet[Compound]:
        """Return the compounds with these keys. One query."""
        return Compound.objects.filter(pk__in=[row.pk for row in service.compounds_of(rows).values()])

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place, of personal numbers, of facts that cannot be, and compounds that have ended."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        ended = service.compounds_of(row.values for row in rows)
        for row in rows:
            given = service.facts_in(row.values, CompoundFacts.__dataclass_fields__)
            for field, sentence in faults_of(CompoundFacts(**given)):
                yield Fault(row.number, field, sentence)
            known = ended.get((row.values["community"], row.values["name"]))
            if known is not None and known.ended_on is not None:
                yield Fault(row.number, "name", _("%(compound)s is no longer in use.") % {"compound": known})

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service."""
        service.import_compounds(
            new=[row.values for row in new], changed=[row.values for row in changed], by=by, now=now
        )


class Buildings(OfCompounds, Register):
    """Buildings by community, compound and name. In which grid one lies is for reading: grids draw their own lines."""

    key = "buildings"
    title = gettext_lazy("Buildings")
    unit_name = gettext_lazy("building")
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        Column("compound", gettext_lazy("Compound"), Kind.TEXT, key=True, max_length=60, width=20),
        Column("name", gettext_lazy("Building"), Kind.TEXT, key=True, max_length=30),
        labelled(Building, "households", Kind.INTEGER, minimum=0, maximum=MOST),
        Column(
            "grid",
            gettext_lazy("Grid code"),
            Kind.CODE,
            max_length=15,
            width=18,
            note=gettext_lazy("For reading only; the grid's page says which buildings lie in it."),
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Building]:
        """Return the buildings of the filtered list the person sees."""
        rows = Building.objects.filter(compound__in=self.chosen(user, query))
        return rows.order_by("compound__community_id", "compound__name", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each building. One query."""
        found = queryset.values_list(
            "compound__community_id",
            "compound__community__short_name",
            "compound__name",
            "name",
            "households",
            "grid__code",
        )
        for code, place, compound, name, households, grid in found.iterator(chunk_size=CHUNK):
            yield {
                "community": code,
                "community_name": place,
                "compound": compound,
                "name": name,
                "households": households,
                "grid": grid or "",
            }

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return what is there under these keys; grids are not compared. Two queries."""
        found = super().existing(rows, by=by)
        return {key: {k: v for k, v in one.items() if k != "grid"} for key, one in found.items()}

    def there(self, rows: Sequence[Values]) -> QuerySet[Building]:
        """Return the buildings of the compounds that are named."""
        homes = service.compounds_of(rows, name="compound")
        return Building.objects.filter(compound__in=[row.pk for row in homes.values()])

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place, of personal numbers, and compounds that are not there or have ended."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        homes = service.compounds_of((row.values for row in rows), name="compound")
        for row in rows:
            home = homes.get((row.values["community"], row.values["compound"]))
            if home is None:
                yield Fault(row.number, "compound", _("The community has no compound of this name."))
            elif home.ended_on is not None:
                yield Fault(
                    row.number, "compound", _("%(compound)s is no longer in use.") % {"compound": home}
                )

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service."""
        service.import_buildings(
            new=[row.values for row in new], changed=[row.values for row in changed], by=by, now=now
        )


class Branches(OfCompounds, Register):
    """Compound branches by community and name, with the compounds each leads."""

    key = "branches"
    title = gettext_lazy("Compound branches")
    unit_name = gettext_lazy("compound branch")
    phones = ("secretary_phone",)
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        Column("name", gettext_lazy("Branch"), Kind.TEXT, key=True, max_length=60, width=26),
        labelled(
            CompoundBranch, "form", Kind.CHOICE, required=True, choices=choices_of(CompoundBranch, "form")
        ),
        Column(
            "compounds",
            gettext_lazy("Compounds it leads"),
            Kind.TEXT,
            max_length=400,
            width=30,
            note=gettext_lazy("Names as in the register of compounds, a comma between two."),
        ),
        labelled(CompoundBranch, "superior", Kind.TEXT, max_length=60, width=22),
        labelled(CompoundBranch, "secretary", Kind.TEXT, max_length=30),
        labelled(CompoundBranch, "secretary_phone", Kind.CODE, max_length=20, width=16),
        labelled(CompoundBranch, "members_registered", Kind.INTEGER, minimum=0, maximum=9_999),
        labelled(CompoundBranch, "members_active", Kind.INTEGER, minimum=0, maximum=9_999),
        labelled(CompoundBranch, "founded_on", Kind.DATE),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[CompoundBranch]:
        """Return the branches of the filtered compounds; without a filter all branches the person sees."""
        rows = get_branches(user=user).filter(ended_on=None)
        if any(query.get(name) for name in CompoundFilter.base_filters):
            rows = rows.filter(compounds__in=self.chosen(user, query)).distinct()
        return rows.order_by("community_id", "name", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each branch. One query."""
        names = [
            c.name for c in self.columns if c not in (COMMUNITY, COMMUNITY_NAME) and c.name != "compounds"
        ]
        keys = queryset.values("pk")
        found = CompoundBranch.objects.filter(pk__in=keys).order_by("community_id", "name", "pk")
        places = {"community_code": F("community_id"), "place": F("community__short_name")}
        in_use = Q(compounds__ended_on=None)
        led = ArrayAgg("compounds__name", filter=in_use, order_by="compounds__name", default=[])
        for row in found.values(*names, **places, led=led).iterator(chunk_size=CHUNK):
            code, place = row.pop("community_code"), row.pop("place")
            led_by_it = "、".join(name for name in row.pop("led") if name)
            yield {"community": code, "community_name": place, "compounds": led_by_it, **row}

    def there(self, rows: Sequence[Values]) -> QuerySet[CompoundBranch]:
        """Return the branches with these keys."""
        return CompoundBranch.objects.filter(pk__in=[row.pk for row in service.branches_of(rows).values()])

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place, of personal numbers, branches that have ended, and compounds that cannot be led."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        known = service.branches_of(row.values for row in rows)
        named = [
            {"community": row.values["community"], "name": name}
            for row in rows
            for name in names_in(row.values["compounds"])
        ]
        there = service.compounds_of(named)
        held = service.compounds_with_open_records(known.values())
        taken: dict[tuple[str, str], int] = {}
        for row in rows:
            branch = known.get((row.values["community"], row.values["name"]))
            if branch is not None and branch.ended_on is not None:
                yield Fault(row.number, "name", _("It has ended; nothing can be changed."))
            yield from _check_led(row, branch, there, taken)
            left = held.get(branch.pk, set()) - set(names_in(row.values["compounds"])) if branch else set()
            if left:
                yield Fault(
                    row.number,
                    "compounds",
                    _("%(compound)s has open records of the five powers. Close or end them first.")
                    % {"compound": min(left)},
                )

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service."""
        given = [
            [{**row.values, "compounds": names_in(row.values["compounds"])} for row in rows]
            for rows in (new, changed)
        ]
        service.import_branches(new=given[0], changed=given[1], by=by, now=now)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of compounds that stand in a cell, each once."""
    return tuple(dict.fromkeys(name.strip() for name in BETWEEN.split(text or "") if name.strip()))


def _check_led(
    row: Row,
    branch: CompoundBranch | None,
    there: Mapping[tuple[str, str], Compound],
    taken: dict[tuple[str, str], int],
) -> Iterator[Fault]:
    """Yield why these compounds cannot be led by this branch. No query."""
    names = names_in(row.values["compounds"])
    if row.values["form"] == FORM.JOINT and len(names) < 2:
        yield Fault(row.number, "compounds", _("A joint branch leads at least two compounds."))
    if row.values["form"] == FORM.SINGLE and len(names) != 1:
        yield Fault(row.number, "compounds", _("A branch of one compound leads exactly one."))
    for name in names:
        key = (row.values["community"], name)
        compound = there.get(key)
        if compound is None or compound.ended_on is not None:
            yield Fault(row.number, "compounds", _("There is no compound %(name)s in use.") % {"name": name})
        elif key in taken:
            words = {"compound": name, "row": taken[key]}
            yield Fault(row.number, "compounds", _("%(compound)s stands in row %(row)s, too.") % words)
        elif compound.branch_id is not None and (branch is None or compound.branch_id != branch.pk):
            yield Fault(row.number, "compounds", _("%(compound)s has another branch.") % {"compound": name})
        taken.setdefault(key, row.number)
