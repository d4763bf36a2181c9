"""Part-time members as workbooks: one row a member with the days of the chain."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.committee_selectors import get_committees, get_part_time_members
from communities.filtersets.committees import PartTimeMemberFilter
from communities.models import BigCommittee, CommitteePost, Compound, MemberStatus, PartTimeMember, Post
from communities.services.committee_imports import Steps, enters_steps, import_members
from communities.services.committee_members import Proposal
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.organisations.models import Unit
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values

CHAIN = ("recommended_on", "approved_on", "filed_on", "in_office_on", "ended_on")
STEPS = (*CHAIN[1:], "end_reason")
ENDED = (MemberStatus.LEFT, MemberStatus.REFUSED)
Term = tuple[str, int]


@dataclass(frozen=True)
class Around:
    """What stands around the rows of a file: read once, whatever their number."""

    committees: Mapping[Term, BigCommittee]
    full_time: set[tuple[int, str]]
    compounds: Mapping[tuple[str, str], Compound]
    standing: Mapping[Key, PartTimeMember]
    names: Counter[tuple[Term, str]]
    taken: Counter[Term]


class PartTimeMembers(Register):
    """Members by community, term, name and the day of the recommendation."""

    key = "committee-members"
    title = gettext_lazy("Part-time members")
    unit_name = gettext_lazy("part-time member")
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
        Column("name", pgettext_lazy("of a person", "Name"), Kind.TEXT, key=True, max_length=30),
        Column(
            "unit_name", gettext_lazy("Unit of the member"), Kind.TEXT, required=True, max_length=60, width=28
        ),
        Column("unit_post", gettext_lazy("Post in the unit"), Kind.TEXT, max_length=40),
        Column(
            "post",
            gettext_lazy("Post on the committee"),
            Kind.CHOICE,
            required=True,
            choices=tuple((post.value, post.label) for post in (Post.MEMBER, Post.DEPUTY)),
        ),
        Column("duties", gettext_lazy("Division of work"), Kind.TEXT, max_length=200, width=30),
        Column("compound", gettext_lazy("Contact compound"), Kind.TEXT, max_length=60, width=20),
        Column("recommended_on", gettext_lazy("Recommended on"), Kind.DATE, key=True),
        Column(
            "approved_on",
            gettext_lazy("Approved by the street on"),
            Kind.DATE,
            note=gettext_lazy(
                "Steps taken on paper are entered by the county's Party committee or the city's office."
            ),
        ),
        Column("filed_on", gettext_lazy("Filed on"), Kind.DATE),
        Column("in_office_on", gettext_lazy("In office since"), Kind.DATE),
        Column("ended_on", gettext_lazy("Left or refused on"), Kind.DATE),
        Column("end_reason", gettext_lazy("Why left or refused"), Kind.TEXT, max_length=200, width=24),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[PartTimeMember]:
        """The filtered list."""
        chosen = PartTimeMemberFilter(query, queryset=get_part_time_members(user=user))
        found: QuerySet[PartTimeMember] = chosen.qs if chosen.is_valid() else PartTimeMember.objects.none()
        return found.order_by("committee__community", "committee__number", "pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        for one in queryset.select_related("committee__community", "compound"):
            yield values_of(one)

    def lock(self, rows: Sequence[Row], *, by: User) -> None:
        """Lock the committees, as a recommendation does. One query."""
        locked = BigCommittee.objects.select_for_update()
        codes = {row.values["community"] for row in rows}
        list(locked.filter(community__in=codes).order_by("pk").values_list("pk"))

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Members of these communities that the person keeps. One query."""
        found = self.rows(_kept(by, rows))
        return {
            self.key_of(values): {n: v for n, v in values.items() if n != "community_name"}
            for values in found
        }

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Committees of others, days, steps without the right, one person twice, places. Five queries."""
        around = self._around(rows, by=by)
        today = timezone.localdate(now)
        for row in rows:
            values = row.values
            committee = around.committees.get((values["community"], values["number"]))
            if committee is None:
                yield Fault(row.number, "community", _("You keep no committee of this community and term."))
                continue
            yield from _days(row, today=today)
            yield from self._steps(row, around, by=by)
            is_new = self.key_of(values) not in around.standing
            if is_new and committee.ends_on < today and not enters_steps(by, values["community"]):
                yield Fault(row.number, "number", _("The term is over. Enter the new term first."))
            yield from _people(row, committee, around)

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write them; see `committee_imports.import_members`. Seven queries more."""
        rows = [*new, *changed]
        around = self._around(rows, by=by)
        units = _units({row.values["unit_name"] for row in rows})

        def proposal(values: Values) -> Proposal:
            return _proposal(values, around, units)

        import_members(
            new=[
                (around.committees[_term(row.values)], proposal(row.values), steps_of(row.values))
                for row in new
            ],
            changed=[
                (around.standing[self.key_of(row.values)], proposal(row.values), steps_of(row.values))
                for row in changed
            ],
            by=by,
            now=now,
        )

    def _around(self, rows: Sequence[Row], *, by: User) -> Around:
        """Read what stands around these rows, and count names and places as they will be. Four queries."""
        codes = {row.values["community"] for row in rows}
        kept = get_committees(user=by, permission=P.COMMUNITY_KEEP).filter(community__in=codes)
        committees = {(one.community_id, one.number): one for one in kept}
        posts = CommitteePost.objects.filter(committee__in=committees.values())
        standing: dict[Key, PartTimeMember] = {
            self.key_of(values_of(one)): one
            for one in _kept(by, rows).select_related("committee__community", "compound")
        }
        found = {key: one.status not in ENDED for key, one in standing.items()}
        found |= {self.key_of(row.values): steps_of(row.values).status not in ENDED for row in rows}
        sitting = [key for key, sits in found.items() if sits]
        return Around(
            committees=committees,
            full_time=set(posts.values_list("committee_id", "name")),
            compounds={(c.community_id, c.name): c for c in Compound.objects.filter(community__in=codes)},
            standing=standing,
            names=Counter(((code, number), name) for code, number, name, _day in sitting),
            taken=Counter((code, number) for code, number, _name, _day in sitting),
        )

    def _steps(self, row: Row, around: Around, *, by: User) -> Iterator[Fault]:
        """Refuse steps of the chain that this person may not enter, unless they stand there already. No query."""
        known = around.standing.get(self.key_of(row.values))
        if enters_steps(by, row.values["community"]):
            return
        yield from _signed(row, known)
        for name in STEPS:
            there = (getattr(known, name) if known is not None else None) or None
            if (row.values[name] or None) != there:
                sentence = _("Approval, filing and office are recorded step by step in the portal.")
                yield Fault(row.number, name, sentence)
                return


SIGNED = ("unit_name",)  # what the street approved; an amendment leaves it as well
KEPT = ("unit_name", "unit_post", "post", "duties", "compound")


def _signed(row: Row, known: PartTimeMember | None) -> Iterator[Fault]:
    """Refuse another unit once the street has approved, and any change of who left or was refused. No query."""
    if known is None or known.status == MemberStatus.RECOMMENDED:
        return
    there = values_of(known)
    for name in KEPT if known.status in ENDED else SIGNED:
        if (row.values[name] or "") != there[name]:
            sentence = _("Now: %(status)s. This cannot be changed any more.")
            yield Fault(row.number, name, sentence % {"status": known.get_status_display()})


def values_of(member: PartTimeMember) -> Values:
    """Return a member as a row. No query when committee, community and compound are loaded."""
    plain = (*CHAIN, "end_reason", "name", "unit_name", "unit_post", "post", "duties")
    return {
        "community": member.committee.community_id,
        "community_name": member.committee.community.short_name,
        "number": member.committee.number,
        "compound": member.compound.name if member.compound is not None else "",
        **{name: getattr(member, name) for name in plain},
    }


def steps_of(values: Values) -> Steps:
    """Return the steps of a row."""
    days = {name: values[name] for name in CHAIN[1:]}
    return Steps(**days, end_reason=values["end_reason"] or "")


def _kept(by: User, rows: Sequence[Row]) -> QuerySet[PartTimeMember]:
    kept = get_part_time_members(user=by, permission=P.COMMUNITY_KEEP)
    return kept.filter(committee__community__in={row.values["community"] for row in rows})


def _term(values: Values) -> Term:
    return values["community"], values["number"]


def _units(names: set[str]) -> dict[tuple[str, str], Unit]:
    """Return the units of these names by name and seat. One query."""
    found = Unit.objects.filter(name__in=names, valid_to=None).order_by("pk")
    return {(unit.name, unit.division_id): unit for unit in found}


def _proposal(values: Values, around: Around, units: Mapping[tuple[str, str], Unit]) -> Proposal:
    """Return what a row recommends; the unit is in the portal when one of its name sits here or above."""
    code = values["community"]
    seats = [code[:length] for length in (12, 9, 6, 4)]
    unit = next((units[key] for seat in seats if (key := (values["unit_name"], seat)) in units), None)
    return Proposal(
        name=values["name"],
        unit_name=values["unit_name"],
        unit=unit,
        unit_post=values["unit_post"] or "",
        post=values["post"],
        duties=values["duties"] or "",
        compound=around.compounds.get((code, values["compound"])) if values["compound"] else None,
        recommended_on=values["recommended_on"],
    )


def _days(row: Row, *, today: date) -> Iterator[Fault]:
    """Refuse days to come, days out of order, a step that is missing, an end without a reason. No query."""
    days = [(name, row.values[name]) for name in CHAIN]
    before: date | None = None
    for place, (name, day) in enumerate(days):
        if day is None:
            continue
        if day > today:
            yield Fault(row.number, name, _("The day must not lie after today."))
        elif before is not None and day < before:
            yield Fault(
                row.number, name, _("The day must not lie before %(day)s.") % {"day": before.isoformat()}
            )
        if name in CHAIN[2:4] and days[place - 1][1] is None:
            yield Fault(row.number, CHAIN[place - 1], _("A step of the chain is missing."))
        before = day
    if (row.values["ended_on"] is None) != (not row.values["end_reason"]):
        yield Fault(
            row.number, "end_reason", _("A day of leaving or refusal and its reason belong together.")
        )


def _people(row: Row, committee: BigCommittee, around: Around) -> Iterator[Fault]:
    """Refuse one person twice, a full-time member, a compound that is not there, and more than the places. No query."""
    values, term = row.values, _term(row.values)
    if values["compound"] and (values["community"], values["compound"]) not in around.compounds:
        yield Fault(row.number, "compound", _("The community has no compound of this name."))
    if steps_of(values).status in ENDED:
        return
    if around.names[term, values["name"]] > 1:
        sentence = _(
            "This person is on the committee already. One person is a part-time member for one unit."
        )
        yield Fault(row.number, "name", sentence)
    if (committee.pk, values["name"]) in around.full_time:
        sentence = _("%(name)s is a full-time member of this committee.") % {"name": values["name"]}
        yield Fault(row.number, "name", sentence)
    if around.taken[term] > committee.part_time_places:
        sentence = _("All %(number)d places of part-time members are taken. Change the composition first.")
        yield Fault(row.number, "", sentence % {"number": committee.part_time_places})
