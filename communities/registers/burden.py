"""The lists of community work, and what communities are asked for, as workbooks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.filtersets.burden import AskFilter, WorkItemFilter
from communities.models import Ask, Frequency, WorkItem, WorkKind
from communities.selectors import get_asks, get_work_items
from communities.services.asks import LONGEST_AGO, Asked
from communities.services.burden_imports import import_asks, import_items, units_named
from communities.services.work_items import STREET_DIGITS, Work, can_decide, get_rules, may_keep_lists
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values

ITEM_NAMES = (
    "number",
    "title",
    "kind",
    "department",
    "legal_basis",
    "frequency",
    "hours",
    "resources",
    "scope",
    "valid_from",
    "valid_to",
    "approval_number",
)


class WorkItems(Register):
    """Items of both lists by number: what the leading group's office and the county committees keep."""

    key = "work-items"
    title = gettext_lazy("Lists of community work")
    unit_name = gettext_lazy("work item")
    right = P.BURDEN_DECIDE
    columns = (
        Column("number", gettext_lazy("Number"), Kind.TEXT, key=True, max_length=20),
        Column("title", gettext_lazy("Title"), Kind.TEXT, required=True, max_length=80, width=36),
        Column(
            "kind", pgettext_lazy("noun", "List"), Kind.CHOICE, required=True, choices=tuple(WorkKind.choices)
        ),
        Column(
            "department",
            gettext_lazy("Sponsoring department"),
            Kind.TEXT,
            required=True,
            max_length=60,
            width=24,
        ),
        Column("legal_basis", gettext_lazy("Legal basis"), Kind.TEXT, max_length=200, width=30),
        Column(
            "frequency",
            gettext_lazy("How often"),
            Kind.CHOICE,
            required=True,
            choices=tuple(Frequency.choices),
        ),
        Column("hours", gettext_lazy("Hours a time"), Kind.DECIMAL, minimum=0, maximum=999),
        Column(
            "resources",
            gettext_lazy("Money and people that come with it"),
            Kind.TEXT,
            max_length=200,
            width=24,
        ),
        Column(
            "scope",
            gettext_lazy("Valid in (division code)"),
            Kind.CODE,
            required=True,
            max_length=STREET_DIGITS,
            note=gettext_lazy("4 digits the city, 6 a county, 9 a street."),
        ),
        Column("valid_from", gettext_lazy("Valid from"), Kind.DATE, required=True),
        Column("valid_to", gettext_lazy("Last day"), Kind.DATE),
        Column("approval_number", gettext_lazy("Document number"), Kind.TEXT, max_length=60, width=20),
    )

    def may_import(self, user: User) -> bool:
        """The offices that decide; a street's staff hold the right without the place. No query."""
        return may_keep_lists(user)

    def queryset(self, user: User, query: QueryDict) -> QuerySet[WorkItem]:
        """The filtered list as of its day, by number."""
        chosen = WorkItemFilter(
            query,
            queryset=get_work_items(user=user),
            today=timezone.localdate(),
            warn_days=get_rules().warn_days,
        )
        found: QuerySet[WorkItem] = chosen.qs if chosen.is_valid() else WorkItem.objects.none()
        return found.order_by("number", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        yield from queryset.values(*ITEM_NAMES)

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Items with these numbers in places where this person decides. One query."""
        found = WorkItem.objects.filter(number__in={row.values["number"] for row in rows})
        return {(v["number"],): v for v in self.rows(found) if can_decide(v["scope"], by=by)}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Unknown places and places of others, a last day before the first, numbers of others. Two queries."""
        known = _places({row.values["scope"] for row in rows})
        numbers = {row.values["number"] for row in rows}
        foreign = {
            number
            for number, scope in WorkItem.objects.filter(number__in=numbers).values_list("number", "scope_id")
            if not can_decide(scope, by=by)
        }
        for row in rows:
            values = row.values
            if values["scope"] not in known:
                yield Fault(row.number, "scope", _("There is no such place."))
            elif not can_decide(values["scope"], by=by):
                yield Fault(row.number, "scope", _("You do not keep the lists of this place."))
            if values["number"] in foreign:
                yield Fault(row.number, "number", _("%(number)s is taken by another item.") % values)
            if values["valid_to"] is not None and values["valid_to"] < values["valid_from"]:
                yield Fault(row.number, "valid_to", _("The last day lies before the first."))

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write them through the service of the family. Two queries beside it."""
        both = (*new, *changed)
        known = _places({row.values["scope"] for row in both})
        units = units_named({row.values["department"] for row in both}, now=now)

        def work(row: Row) -> Work:
            values = {name: row.values[name] for name in ITEM_NAMES}
            values["scope"] = known[values["scope"]]
            values["hours"] = values["hours"] or Decimal(0)
            return Work(**values, unit=units.get(values["department"]))

        import_items(new=[work(row) for row in new], changed=[work(row) for row in changed], by=by, now=now)


class Asks(Register):
    """What communities were asked for, by community, day, asker and title."""

    key = "asks"
    title = gettext_lazy("What communities are asked for")
    unit_name = gettext_lazy("ask")
    right = P.COMMUNITY_KEEP
    columns = (
        Column("community", gettext_lazy("Community code"), Kind.CODE, key=True, max_length=12),
        Column("asked_on", pgettext_lazy("an ask", "When"), Kind.DATE, key=True),
        Column("asker", gettext_lazy("Who asks"), Kind.TEXT, key=True, max_length=60, width=24),
        Column("title", pgettext_lazy("an ask", "What for"), Kind.TEXT, key=True, max_length=80, width=36),
        Column("means", gettext_lazy("How"), Kind.CHOICE, required=True, choices=tuple(Ask.Means.choices)),
        Column("hours", gettext_lazy("Hours it takes"), Kind.DECIMAL, required=True, minimum=0, maximum=999),
        Column("item", gettext_lazy("Number of the item on the list"), Kind.TEXT, max_length=20),
        Column(
            "refused",
            pgettext_lazy("ask", "Refused"),
            Kind.YES_NO,
            note=gettext_lazy("Shown only: an ask is refused on its page."),
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Ask]:
        """The filtered list, newest first."""
        chosen = AskFilter(query, queryset=get_asks(user=user))
        found: QuerySet[Ask] = chosen.qs if chosen.is_valid() else Ask.objects.none()
        return found.order_by("-pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        for one in queryset.select_related("item").iterator(chunk_size=2000):
            yield {
                "community": one.community_id,
                "asked_on": one.asked_on,
                "asker": one.asker,
                "title": one.title,
                "means": one.means,
                "hours": one.hours,
                "item": one.item.number if one.item is not None else "",
                "refused": one.refused_at is not None,
            }

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Asks of communities this person keeps; whether they are refused is not compared. One query."""
        seen = Ask.objects.visible_to(by, P.COMMUNITY_KEEP)
        where = Q(
            community__in={row.values["community"] for row in rows},
            title__in={row.values["title"] for row in rows},
        )
        found = {}
        for values in self.rows(seen.filter(where)):
            values.pop("refused")
            found[self.key_of(values)] = values
        return found

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Communities of others, days ahead or long ago, items that do not exist. Two queries."""
        prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
        known = _places({row.values["community"] for row in rows})
        items = _items(rows)
        today = timezone.localdate(now)
        for row in rows:
            values = row.values
            place = known.get(values["community"])
            if place is None or place.level != "community" or not place.code.startswith(prefixes):
                yield Fault(row.number, "community", _("This is no community whose records you keep."))
            if not today - LONGEST_AGO <= values["asked_on"] <= today:
                yield Fault(row.number, "asked_on", _("The day lies ahead, or more than a year ago."))
            if values["item"] and values["item"] not in items:
                yield Fault(row.number, "item", _("There is no item with this number."))

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write them through the service of the family. Three queries beside it."""
        both = (*new, *changed)
        known = _places({row.values["community"] for row in both})
        items = _items(both)
        units = units_named({row.values["asker"] for row in both}, now=now)

        def asked(row: Row) -> tuple[Division, Asked]:
            values = row.values
            return known[values["community"]], Asked(
                title=values["title"],
                means=values["means"],
                asked_on=values["asked_on"],
                asker=values["asker"],
                unit=units.get(values["asker"]),
                item=items.get(values["item"]),
                hours=values["hours"],
            )

        import_asks(new=[asked(row) for row in new], changed=[asked(row) for row in changed], by=by, now=now)


def _places(codes: set[str]) -> dict[str, Division]:
    return Division.objects.in_bulk(list(codes))


def _items(rows: Sequence[Row]) -> dict[str, WorkItem]:
    numbers = {row.values["item"] for row in rows if row.values["item"]}
    return {item.number: item for item in WorkItem.objects.filter(number__in=numbers)} if numbers else {}


REGISTERS: tuple[Register, ...] = (WorkItems(), Asks())
