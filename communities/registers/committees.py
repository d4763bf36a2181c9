"""Big Party committees as workbooks: one row a term, with its full-time members by name."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.committee_selectors import get_committee_places, get_committees
from communities.filtersets.committees import CommitteeFilter
from communities.guards import CommunityRefused
from communities.models import MOST_PLACES, BigCommittee, CommitteePost, PartTimeMember, Post
from communities.registers.committee_members import PartTimeMembers
from communities.services.committee_imports import import_terms
from communities.services.committee_terms import Term, check_posts
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values

BETWEEN_NAMES = re.compile(r"[、,，;；\s]+")
LONGEST_NAME = CommitteePost._meta.get_field("name").max_length or 30
LISTS = {"secretary": Post.SECRETARY, "deputies": Post.DEPUTY, "members": Post.MEMBER}


class BigCommittees(Register):
    """Terms by community and number."""

    key = "committees"
    title = gettext_lazy("Big Party committees")
    unit_name = gettext_lazy("big Party committee")
    right = P.COMMUNITY_KEEP
    columns = (
        Column("community", gettext_lazy("Community code"), Kind.CODE, key=True, max_length=12),
        Column(
            "community_name",
            gettext_lazy("Community"),
            Kind.TEXT,
            max_length=60,
            width=20,
            note=gettext_lazy("For reading; an import goes by the code."),
        ),
        Column(
            "number",
            pgettext_lazy("big committee", "Term number"),
            Kind.INTEGER,
            key=True,
            minimum=1,
            maximum=99,
        ),
        Column(
            "starts_on", pgettext_lazy("big committee", "First day of the term"), Kind.DATE, required=True
        ),
        Column("ends_on", pgettext_lazy("big committee", "Last day of the term"), Kind.DATE, required=True),
        Column(
            "full_time_places",
            gettext_lazy("Places of full-time members"),
            Kind.INTEGER,
            required=True,
            minimum=0,
            maximum=MOST_PLACES,
        ),
        Column(
            "part_time_places",
            gettext_lazy("Places of part-time members"),
            Kind.INTEGER,
            required=True,
            minimum=0,
            maximum=MOST_PLACES,
        ),
        Column("secretary", pgettext_lazy("big committee", "Secretary"), Kind.TEXT, max_length=30),
        Column(
            "deputies",
            gettext_lazy("Deputy secretaries"),
            Kind.TEXT,
            max_length=120,
            width=20,
            note=gettext_lazy("Several names: a comma between them."),
        ),
        Column(
            "members",
            gettext_lazy("Other full-time members"),
            Kind.TEXT,
            max_length=300,
            width=30,
            note=gettext_lazy("Several names: a comma between them."),
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[BigCommittee]:
        """The committees of the filtered list."""
        today = timezone.localdate()
        places = get_committee_places(user=user, on=today)
        chosen = CommitteeFilter(query, queryset=places, on=today)
        found = chosen.qs if chosen.is_valid() else places.none()
        keys = found.values("committee_id")  # type: ignore[misc]  # annotated by the selector
        return BigCommittee.objects.filter(pk__in=keys).order_by("community", "number")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Two queries."""
        for one in queryset.select_related("community").prefetch_related("posts"):
            posts = sorted(one.posts.all(), key=lambda row: row.pk)
            names = {
                column: "、".join(row.name for row in posts if row.post == post)
                for column, post in LISTS.items()
            }
            yield {
                "community": one.community_id,
                "community_name": one.community.short_name,
                "number": one.number,
                "starts_on": one.starts_on,
                "ends_on": one.ends_on,
                "full_time_places": one.full_time_places,
                "part_time_places": one.part_time_places,
                **names,
            }

    def lock(self, rows: Sequence[Row], *, by: User) -> None:
        """Lock the communities, as entering a term does. One query."""
        codes = sorted({row.values["community"] for row in rows})
        list(Division.objects.select_for_update().filter(pk__in=codes).order_by("pk").values_list("pk"))

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Terms of these communities that the person keeps. Two queries."""
        kept = get_committees(user=by, permission=P.COMMUNITY_KEEP)
        found = self.rows(kept.filter(community__in={row.values["community"] for row in rows}))
        return {self.key_of(values): _without_names(values) for values in found}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Communities of others, days, names, places, terms that overlap in the file or with others. Three queries."""
        mine = kept_communities(by, {row.values["community"] for row in rows})
        standing = BigCommittee.objects.filter(community__in=mine)
        spans = {(one.community_id, one.number): (one.starts_on, one.ends_on) for one in standing}
        seats = PartTimeMember.objects.sitting().filter(committee__in=standing)
        places = Counter(seats.values_list("committee__community", "committee__number"))
        spans |= {self.key_of(r.values): (r.values["starts_on"], r.values["ends_on"]) for r in rows}
        terms: dict[str, list[Key]] = defaultdict(list)
        for key in spans:
            terms[key[0]].append(key)
        for row in rows:
            key = self.key_of(row.values)
            if row.values["community"] not in mine:
                yield Fault(row.number, "community", not_kept())
            elif row.values["ends_on"] <= row.values["starts_on"]:
                sentence = _("The last day of the term must be after its first day.")
                yield Fault(row.number, "ends_on", sentence)
            else:
                yield from _overlaps(row, key, terms[key[0]], spans)
                yield from _posts_fault(row)
                yield from _places_fault(row, places[key[0], key[1]])

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write them; see `committee_imports.import_terms`. One query more."""
        kept = get_committees(user=by, permission=P.COMMUNITY_KEEP)
        found = kept.filter(community__in={row.values["community"] for row in changed})
        there = {(one.community_id, one.number): one for one in found}
        import_terms(
            new=[(row.values["community"], term_of(row.values)) for row in new],
            changed=[(there[self.key_of(row.values)], term_of(row.values)) for row in changed],
            by=by,
            now=now,
        )


def term_of(values: Values) -> Term:
    """Return the term a row says."""
    return Term(
        values["number"],
        values["starts_on"],
        values["ends_on"],
        values["full_time_places"],
        values["part_time_places"],
        [(name, post) for column, post in LISTS.items() for name in names_in(values[column])],
    )


def names_in(text: str | None) -> list[str]:
    """Return the names in a cell, whatever stands between them."""
    return [name for name in BETWEEN_NAMES.split(text or "") if name]


def kept_communities(by: User, codes: set[str]) -> set[str]:
    """Return which of these codes are communities whose records the person keeps. One query."""
    prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
    places = Division.objects.filter(starts_with_any(prefixes), pk__in=codes, level=Division.Level.COMMUNITY)
    return set(places.values_list("pk", flat=True))


def not_kept() -> str:
    """Return why a code is refused."""
    return _("You keep no community of this code.")


def _without_names(values: Values) -> Values:
    return {name: value for name, value in values.items() if name != "community_name"}


def _overlaps(row: Row, key: Key, others: Sequence[Key], spans: Mapping[Key, Any]) -> Iterator[Fault]:
    start, end = spans[key]
    for other in others:
        first, last = spans[other]
        if other != key and first <= end and start <= last:
            yield Fault(
                row.number,
                "starts_on",
                _("The term overlaps with term %(number)d, which runs from %(start)s to %(end)s.")
                % {"number": other[1], "start": first.isoformat(), "end": last.isoformat()},
            )


def _places_fault(row: Row, taken: int) -> Iterator[Fault]:
    """Refuse fewer places than members, as changing a term on its page does, and a name that is none. No query."""
    if taken > row.values["part_time_places"]:
        sentence = _("%(number)d part-time members have a place already.")
        yield Fault(row.number, "part_time_places", sentence % {"number": taken})
    for column in LISTS:
        for name in names_in(row.values[column]):
            if len(name) > LONGEST_NAME:
                yield Fault(
                    row.number,
                    column,
                    _("At most %(limit)d characters; here are %(number)d.")
                    % {"limit": LONGEST_NAME, "number": len(name)},
                )


def _posts_fault(row: Row) -> Iterator[Fault]:
    try:
        check_posts(term_of(row.values))
    except CommunityRefused as refused:
        column = "full_time_places" if refused.code == "full_time_places" else "secretary"
        yield Fault(row.number, column, refused.sentence)


REGISTERS: tuple[Register, ...] = (BigCommittees(), PartTimeMembers())
