"""Grids, their people and their buildings as workbooks: what goes out can come in again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.filtersets.grids import GridFilter
from communities.models import Building, Grid, GridPost
from communities.registers.reach import (
    CHUNK,
    CODE_NOTE,
    OUT_OF_REACH,
    codes_of,
    is_code,
    kept_communities,
    kept_grids,
    lock_grids,
)
from communities.selectors import get_grids
from communities.services import grid_imports
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values


class Grids(Register):
    """Grids by code."""

    key = "grids"
    title = gettext_lazy("Grids")
    unit_name = gettext_lazy("grid")
    right = P.COMMUNITY_KEEP
    columns = (
        Column(
            "code", gettext_lazy("Grid code"), Kind.CODE, key=True, max_length=15, width=18, note=CODE_NOTE
        ),
        Column("name", gettext_lazy("Name of the grid"), Kind.TEXT, required=True, max_length=60, width=22),
        Column("kind", gettext_lazy("Type"), Kind.CHOICE, required=True, choices=tuple(Grid.Kind.choices)),
        Column("area", gettext_lazy("What it covers"), Kind.TEXT, max_length=200, width=30),
        Column(
            "households",
            gettext_lazy("Households"),
            Kind.INTEGER,
            minimum=0,
            maximum=100_000,
            note=gettext_lazy("For a grid without buildings; otherwise they are added up."),
        ),
        Column(
            "party_group",
            gettext_lazy("Party branch or group of the grid"),
            Kind.TEXT,
            max_length=60,
            width=22,
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Grid]:
        """The grids of the list, by code."""
        chosen = GridFilter(query, queryset=get_grids(user=user))
        found: QuerySet[Grid] = chosen.qs if chosen.is_valid() else Grid.objects.none()
        return found.order_by("code")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        yield from queryset.values(*(column.name for column in self.columns)).iterator(chunk_size=CHUNK)

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Two queries. Households of a grid with buildings are not compared: they are added up."""
        codes = [row.values["code"] for row in rows]
        found = get_grids(user=by, permission=P.COMMUNITY_KEEP).filter(code__in=codes)
        built = set(Building.objects.filter(grid__code__in=codes).values_list("grid__code", flat=True))
        asked = {row.values["code"]: row.values["households"] for row in rows}
        there = {(values["code"],): values for values in self.rows(found)}
        for (code,), values in there.items():
            if code in built or asked[code] is None:
                del values["households"]
        return there

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """A code of another community, one that is none, and one of a grid that has ended. Two queries."""
        kept = kept_communities([row.values["code"] for row in rows], by=by)
        codes = [row.values["code"] for row in rows]
        ended = set(
            Grid.objects.filter(code__in=codes, ended_on__isnull=False).values_list("code", flat=True)
        )
        for row in rows:
            code = row.values["code"]
            if not is_code(code):
                yield Fault(row.number, "code", _("A grid code has 15 digits."))
            elif code[:12] not in kept:
                yield Fault(row.number, "code", str(OUT_OF_REACH))
            elif code in ended:
                yield Fault(
                    row.number, "code", _("The grid is no longer in use; its code is not given again.")
                )

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Through the service, one line on the trail."""
        grid_imports.save_grids(
            new=[row.values for row in new], changed=[row.values for row in changed], by=by, now=now
        )


class GridBuildings(Register):
    """In which grid each building lies: a building has one row, so it cannot lie in two grids."""

    key = "grid-buildings"
    title = gettext_lazy("Buildings in grids")
    unit_name = gettext_lazy("building")
    right = P.COMMUNITY_KEEP
    list_route = "grids"
    columns = (
        Column("community", gettext_lazy("Community code"), Kind.CODE, key=True, max_length=12, width=15),
        Column("compound", gettext_lazy("Compound"), Kind.TEXT, key=True, max_length=60, width=22),
        Column("building", gettext_lazy("Building"), Kind.TEXT, key=True, max_length=30),
        Column(
            "grid",
            gettext_lazy("Grid code"),
            Kind.CODE,
            max_length=15,
            width=18,
            note=gettext_lazy("Empty: the building lies in no grid."),
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Building]:
        """The buildings of the person's places; of one division when the list is filtered by it."""
        found = Building.objects.visible_to(user, P.COMMUNITY_VIEW).filter(compound__ended_on=None)
        code = query.get("division", "")
        if code.isdecimal():
            found = found.filter(starts_with_any([code], field="compound__community__code"))
        return found.order_by("compound__community_id", "compound__name", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        named = queryset.values_list("compound__community_id", "compound__name", "name", "grid__code")
        for community, compound, building, grid in named.iterator(chunk_size=CHUNK):
            yield {"community": community, "compound": compound, "building": building, "grid": grid or ""}

    def lock(self, rows: Sequence[Row], *, by: User) -> None:
        """The grids of the file: whoever changes their people or buildings locks them first. One query."""
        lock_grids(codes_of(rows, "grid"), by=by)

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """One query."""
        found = Building.objects.visible_to(by, P.COMMUNITY_KEEP).filter(
            compound__community__in=codes_of(rows, "community"),
            compound__name__in=codes_of(rows, "compound"),
            compound__ended_on=None,
        )
        return {self.key_of(values): values for values in self.rows(found)}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """A building that is not there, a grid of another community, a building whose head would be left behind."""
        there = self.existing(rows, by=by)
        grids = kept_grids(codes_of(rows, "grid"), by=by)
        headed = self._headed(rows)
        twice = {
            key for key, number in Counter(self.key_of(row.values) for row in rows).items() if number > 1
        }
        for row in rows:
            key, code = self.key_of(row.values), row.values["grid"]
            if key in twice:
                yield Fault(row.number, "building", _("A building lies in one grid; it stands here twice."))
            if key not in there:
                yield Fault(
                    row.number,
                    "building",
                    _("There is no such building that you keep. Buildings are entered with their compound."),
                )
            elif code and code not in grids:
                yield Fault(row.number, "grid", _("There is no such grid that you keep and that is in use."))
            elif code and not code.startswith(row.values["community"]):
                yield Fault(row.number, "grid", _("The grid belongs to another community than the building."))
            elif not code and key in headed:
                yield Fault(
                    row.number,
                    "grid",
                    _("%(name)s is head of this building. Relieve the head first.") % {"name": headed[key]},
                )

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Through the service, one line on the trail."""
        grids = kept_grids(codes_of(changed, "grid"), by=by)
        rows = (
            Building.objects.visible_to(by, P.COMMUNITY_KEEP)
            .filter(
                compound__community__in=codes_of(changed, "community"),
                compound__name__in=codes_of(changed, "compound"),
            )
            .select_related("compound")
        )
        there = {(row.compound.community_id, row.compound.name, row.name): row for row in rows}
        pairs = [(there[self.key_of(row.values)], grids.get(row.values["grid"])) for row in changed]
        grid_imports.place_buildings(pairs=pairs, by=by, now=now)

    def _headed(self, rows: Sequence[Row]) -> Mapping[Key, str]:
        """Return who heads the buildings of these compounds. One query."""
        found = GridPost.objects.in_force().filter(
            building__compound__community__in=codes_of(rows, "community"),
            building__compound__name__in=codes_of(rows, "compound"),
        )
        named = found.values_list(
            "building__compound__community_id", "building__compound__name", "building__name", "name"
        )
        return {(community, compound, building): name for community, compound, building, name in named}
