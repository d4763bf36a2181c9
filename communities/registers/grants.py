"""What sinks to compounds as a workbook."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.filtersets.grids import GrantFilter
from communities.models import Compound, CompoundGrant
from communities.selectors import get_compounds
from communities.services import grant_imports
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values

CHUNK = 2000
FIRST_YEAR = 2000
FIELDS = ("year", "kind", "title", "amount", "quantity", "source", "purpose")


class CompoundGrants(Register):
    """Funds and services by compound, year, kind and title."""

    key = "compound-grants"
    title = gettext_lazy("Funds and services")
    unit_name = gettext_lazy("entry")
    right = P.COMMUNITY_KEEP
    columns = (
        Column("community", gettext_lazy("Community code"), Kind.CODE, key=True, max_length=12, width=15),
        Column("compound", gettext_lazy("Compound"), Kind.TEXT, key=True, max_length=60, width=22),
        Column("year", gettext_lazy("Year"), Kind.INTEGER, key=True, minimum=FIRST_YEAR, maximum=2100),
        Column(
            "kind",
            pgettext_lazy("of a grant", "Kind"),
            Kind.CHOICE,
            key=True,
            choices=tuple(CompoundGrant.Kind.choices),
        ),
        Column("title", gettext_lazy("What it is"), Kind.TEXT, key=True, max_length=60, width=26),
        Column(
            "amount",
            gettext_lazy("Amount in yuan"),
            Kind.DECIMAL,
            minimum=Decimal("0.01"),
            maximum=Decimal("9999999999"),
            note=gettext_lazy("For funds. A service has none."),
        ),
        Column("quantity", gettext_lazy("How much"), Kind.TEXT, max_length=40),
        Column("source", gettext_lazy("From whom"), Kind.TEXT, required=True, max_length=60, width=22),
        Column("purpose", gettext_lazy("What for"), Kind.TEXT, max_length=200, width=30),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[CompoundGrant]:
        """The entries of the list, the newest year first."""
        chosen = GrantFilter(query, queryset=CompoundGrant.objects.visible_to(user, P.COMMUNITY_VIEW))
        found: QuerySet[CompoundGrant] = chosen.qs if chosen.is_valid() else CompoundGrant.objects.none()
        return found.order_by("-year", "-pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        named = queryset.values("compound__community_id", "compound__name", *FIELDS)
        for row in named.iterator(chunk_size=CHUNK):
            yield {
                "community": row.pop("compound__community_id"),
                "compound": row.pop("compound__name"),
                **row,
            }

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """One query."""
        return {self.key_of(values): values for values in self.rows(_found(rows, by=by))}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """A compound out of reach, funds without an amount, a service with one, less than was used. Two queries."""
        compounds = _compounds(rows, by=by)
        used = _used(_found(rows, by=by))
        for row in rows:
            values = row.values
            is_money, amount = values["kind"] in CompoundGrant.FUNDS, values["amount"]
            if (values["community"], values["compound"]) not in compounds:
                yield Fault(row.number, "compound", _("There is no such compound that you keep."))
            if values["year"] > timezone.localdate(now).year + 1:
                yield Fault(row.number, "year", _("Write a year from 2000 to next year."))
            if is_money and amount is None:
                yield Fault(row.number, "amount", _("Write how many yuan it is."))
            elif not is_money and amount is not None:
                yield Fault(
                    row.number, "amount", _("A service has no amount; write how much it is beside it.")
                )
            elif amount is not None and amount != amount.quantize(Decimal("0.01")):
                yield Fault(row.number, "amount", _("At most two digits after the point."))
            elif amount is not None and amount < used.get(self.key_of(values), 0):
                spent = used[self.key_of(values)]
                yield Fault(
                    row.number, "amount", _("%(used)s yuan were used already.") % {"used": f"{spent:f}"}
                )

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Through the service, one line on the trail."""
        compounds = _compounds([*new, *changed], by=by)
        locked = _found(changed, by=by).select_for_update(of=("self",)).select_related("compound")
        there = {_key(row): row for row in locked}
        grant_imports.save_grants(
            new=[(compounds[row.values["community"], row.values["compound"]], row.values) for row in new],
            changed=[(there[self.key_of(row.values)], row.values) for row in changed],
            by=by,
            now=now,
        )


def _key(row: CompoundGrant) -> Key:
    return (row.compound.community_id, row.compound.name, row.year, row.kind, row.title)


def _within(rows: Sequence[Row], path: str) -> Q:
    communities = {row.values["community"] for row in rows}
    names = {row.values["compound"] for row in rows}
    return Q(**{f"{path}community__in": communities, f"{path}name__in": names})


def _compounds(rows: Sequence[Row], *, by: User) -> dict[tuple[str, str], Compound]:
    found = get_compounds(user=by, permission=P.COMMUNITY_KEEP).filter(_within(rows, ""), ended_on=None)
    return {(row.community_id, row.name): row for row in found}


def _found(rows: Sequence[Row], *, by: User) -> QuerySet[CompoundGrant]:
    return CompoundGrant.objects.visible_to(by, P.COMMUNITY_KEEP).filter(_within(rows, "compound__"))


def _used(grants: QuerySet[CompoundGrant]) -> dict[Key, Decimal]:
    """Return how much of each entry was used. One query."""
    summed = grants.select_related("compound").annotate(used=Sum("uses__amount"))
    return {_key(row): vars(row)["used"] or Decimal(0) for row in summed}
