"""The people of grids as a workbook: what goes out can come in again, phones for who may call."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.filtersets.grids import ContactFilter
from communities.models import Building, Grid, GridPost
from communities.registers.reach import CHUNK, CODE_NOTE, codes_of, kept_grids, lock_grids
from communities.services import grid_imports, phones
from communities.services.grids import full_name
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.encryption.personal import tidy_phone
from kunming_portal.organisations.models import Unit
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values

# What stands for "no building of its own" on every form in this country, in every language of the portal
WHOLE = "/"


class GridPeople(Register):
    """Who serves in a grid, by post, name and what is served."""

    key = "grid-people"
    title = gettext_lazy("people in grids")
    unit_name = gettext_lazy("person")
    right = P.COMMUNITY_KEEP
    list_route = "contacts"
    columns = (
        Column(
            "grid", gettext_lazy("Grid code"), Kind.CODE, key=True, max_length=15, width=18, note=CODE_NOTE
        ),
        Column(
            "post",
            pgettext_lazy("in a grid", "Post"),
            Kind.CHOICE,
            key=True,
            choices=tuple(GridPost.Post.choices),
        ),
        Column("name", pgettext_lazy("of a person", "Name"), Kind.TEXT, key=True, max_length=30),
        Column(
            "place",
            gettext_lazy("Building served"),
            Kind.TEXT,
            key=True,
            max_length=90,
            width=22,
            note=gettext_lazy("A building head: compound and building. All others: /"),
        ),
        Column("unit_name", gettext_lazy("Unit"), Kind.TEXT, max_length=60, width=22),
        Column("phone", gettext_lazy("Phone"), Kind.CODE, max_length=20, width=16),
        Column("full_time", pgettext_lazy("of a post", "Full-time"), Kind.YES_NO),
        Column(
            "started_on",
            pgettext_lazy("in a post", "Since"),
            Kind.DATE,
            note=gettext_lazy("Empty: the day of the import."),
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[GridPost]:
        """The people of the contact book; `calls` says whose phone this person reads in clear."""
        people = GridPost.objects.in_force().visible_to(user, P.COMMUNITY_VIEW)
        chosen = ContactFilter(query, queryset=people)
        found: QuerySet[GridPost] = chosen.qs if chosen.is_valid() else GridPost.objects.none()
        return found.annotate(calls=_calls(user)).order_by("grid__code", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query. A phone is masked for whoever neither keeps nor serves there."""
        found = queryset.select_related("grid", "building__compound")
        for row in found.iterator(chunk_size=CHUNK):
            reads = phones.unseal if getattr(row, "calls", False) else phones.masked
            yield self._values(row) | {"phone": reads(row.phone_cipher)}

    def lock(self, rows: Sequence[Row], *, by: User) -> None:
        """The grids of the file: whoever changes their people or buildings locks them first. One query."""
        lock_grids(codes_of(rows, "grid"), by=by)

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """One query. What a row leaves empty that has a default is not compared."""
        people = GridPost.objects.in_force().visible_to(by, P.COMMUNITY_KEEP)
        found = people.filter(grid__code__in=codes_of(rows, "grid")).annotate(calls=Value(True))
        there = {self.key_of(values): values for values in self.rows(found)}
        for row in rows:
            values = there.get(self.key_of(row.values), {})
            for name in ("full_time", "started_on"):
                if row.values[name] is None:
                    values.pop(name, None)
        return there

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """A grid out of reach, a second head, a building of another grid, no phone number, a day to come."""
        grids = kept_grids(codes_of(rows, "grid"), by=by)
        places = _places(grids.values())
        heads = self._heads(rows, grids.values())
        today = timezone.localdate(now)
        for row in rows:
            values, grid = row.values, grids.get(row.values["grid"])
            if grid is None:
                yield Fault(row.number, "grid", _("There is no such grid that you keep and that is in use."))
                continue
            if values["post"] == GridPost.Post.HEAD and len(heads[grid.code]) > 1:
                names = ", ".join(sorted(heads[grid.code]))
                yield Fault(
                    row.number, "post", _("A grid has one head; here are %(names)s.") % {"names": names}
                )
            if not self._fits(values, places.get(grid.pk, {})):
                yield Fault(
                    row.number,
                    "place",
                    _("Write a building of this grid for a building head, otherwise: %(whole)s.")
                    % {"whole": WHOLE},
                )
            if values["phone"] and tidy_phone(values["phone"]) is None:
                yield Fault(row.number, "phone", _("This is not a phone number."))
            if values["started_on"] is not None and values["started_on"] > today:
                yield Fault(row.number, "started_on", _("The day must not lie after today."))

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Through the service, one line on the trail."""
        grids = kept_grids(codes_of([*new, *changed], "grid"), by=by)
        places = _places(grids.values())
        people = GridPost.objects.in_force().select_for_update(of=("self",))
        there = {
            self.key_of(self._values(row)): row
            for row in people.filter(grid__in=grids.values()).select_related("grid", "building__compound")
        }
        made = [(self._made(row.values, grids, places), row.values) for row in new]
        pairs = [(there[self.key_of(row.values)], row.values) for row in changed]
        grid_imports.save_people(new=made, changed=pairs, by=by, now=now)

    def _values(self, row: GridPost) -> Values:
        return {
            "grid": row.grid.code,
            "post": row.post,
            "name": row.name,
            "place": full_name(row.building) if row.building is not None else WHOLE,
            "unit_name": row.unit_name,
            "full_time": row.full_time,
            "started_on": row.started_on,
        }

    def _made(
        self, values: Values, grids: Mapping[str, Grid], places: Mapping[int, Mapping[str, Building]]
    ) -> GridPost:
        grid = grids[values["grid"]]
        building = places.get(grid.pk, {}).get(values["place"])
        return GridPost(grid=grid, post=values["post"], name=values["name"], building=building)

    def _heads(self, rows: Sequence[Row], grids: Any) -> Mapping[str, set[str]]:
        """Return by grid code the names of heads, in force and in the file. One query."""
        found: dict[str, set[str]] = {grid.code: set() for grid in grids}
        held = GridPost.objects.in_force().filter(grid__in=list(grids), post=GridPost.Post.HEAD)
        pairs = [*held.values_list("grid__code", "name")]
        pairs += [
            (row.values["grid"], row.values["name"])
            for row in rows
            if row.values["post"] == GridPost.Post.HEAD
        ]
        for code, name in pairs:
            found.setdefault(code, set()).add(name)
        return found

    def _fits(self, values: Values, buildings: Mapping[str, Building]) -> bool:
        if values["place"] == WHOLE:
            return True
        return bool(values["post"] == GridPost.Post.BUILDING_HEAD and values["place"] in buildings)


def _places(grids: Any) -> dict[int, dict[str, Building]]:
    """Return by grid its buildings by full name. One query."""
    found: dict[int, dict[str, Building]] = {}
    for row in Building.objects.filter(grid__in=list(grids)).select_related("compound"):
        found.setdefault(row.grid_id or 0, {})[full_name(row)] = row
    return found


def _calls(user: User) -> Case | Value:
    """Return the expression that says whether this person may call somebody: as `phones.may_call`."""
    where = Q()
    for prefix in {prefix for right in phones.CALLING for prefix in user.scope(right).prefixes}:
        where |= Q(grid__community__code__startswith=prefix)
    seats = [
        held.unit.division_id
        for held in user.acting_appointments
        if held.unit.kind == Unit.Kind.BRANCH and P.POWER_EXERCISE in held.role_definition.allows
    ]
    where |= Q(grid__community__in=seats) if seats else Q()
    if not where:
        return Value(False, output_field=BooleanField())
    return Case(When(where, then=Value(True)), default=Value(False), output_field=BooleanField())
