"""Registers of double report: units, members, service records, needs. The export of the existing app goes in here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.filtersets.check_ins import CheckInFilter, NeedFilter, ServiceRecordFilter
from communities.models import CheckIn, CommunityNeed, Compound, Grid, ServiceClass, ServiceRecord
from communities.registers.placed import COMMUNITY, COMMUNITY_NAME, PlacedRegister
from communities.selectors import get_check_ins, get_needs, get_service_records
from communities.services import importing_check_ins as service
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.spreadsheets.columns import Choices, Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Row, Values

UNIT = Column("unit_name", gettext_lazy("Unit"), Kind.TEXT, key=True, max_length=60, width=28)
STARTS = Column("starts_on", gettext_lazy("Checked in on"), Kind.DATE, required=True)
ENDS = Column("ends_on", pgettext_lazy("of a period", "Ends"), Kind.DATE)


def service_classes() -> Choices:
    """Return the service classes as choices of a column. One query."""
    rows = ServiceClass.objects.order_by("position", "pk")
    return tuple((row.pk, row.name) for row in rows)


CLASS = Column("service_class", gettext_lazy("Service class"), Kind.CHOICE, choices=service_classes)


class CheckIns(PlacedRegister):
    """What the registers of units and of members share."""

    kind: CheckIn.Kind

    def queryset(self, user: User, query: QueryDict) -> QuerySet[CheckIn]:
        """Return the filtered list the person sees, by key."""
        rows = get_check_ins(user=user).filter(kind=self.kind)
        chosen = CheckInFilter(query, queryset=rows)
        found = chosen.qs if chosen.is_valid() else rows.none()
        return found.select_related("community").order_by("-pk")

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return what is checked in under these names in the person's territory. One query besides the scope."""
        found = CheckIn.objects.visible_to(by, self.right).filter(
            kind=self.kind,
            community__in={row.values["community"] for row in rows},
            unit_name__in={row.values["unit_name"] for row in rows},
        )
        values = self.rows(found.select_related("community"))
        return {self.key_of(one): {k: v for k, v in one.items() if k != "community_name"} for one in values}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place, of personal numbers and of the period. Four queries at most."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        yield from self.check_period(rows)

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service, one entry on the trail."""
        given = [[row.values for row in rows] for rows in (new, changed)]
        service.import_check_ins(self.kind, new=given[0], changed=given[1], by=by, now=now)


class UnitCheckIns(CheckIns):
    """Units by community and name."""

    key = "unit-check-ins"
    title = gettext_lazy("Units checked in")
    unit_name = gettext_lazy("unit checked in")
    kind = CheckIn.Kind.UNIT
    phones = ("liaison_phone",)
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        UNIT,
        Column("liaison", gettext_lazy("Liaison"), Kind.TEXT, required=True, max_length=30),
        Column("liaison_phone", gettext_lazy("Work phone"), Kind.CODE, max_length=20, width=16),
        Column("plan_year", gettext_lazy("Year of the plan"), Kind.INTEGER, minimum=2010, maximum=2100),
        Column("plan", gettext_lazy("Year plan"), Kind.TEXT, max_length=1000, width=40),
        STARTS,
        ENDS,
    )

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each unit. One query."""
        for row in queryset.iterator(chunk_size=2000):
            yield {
                "community": row.community_id,
                "community_name": row.community.place_name,
                "unit_name": row.unit_name,
                "liaison": row.liaison,
                "liaison_phone": row.liaison_phone,
                "plan_year": row.plan_year,
                "plan": row.plan,
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
            }


class MemberCheckIns(CheckIns):
    """Members by community, unit and name. A phone goes in and never out."""

    key = "member-check-ins"
    title = gettext_lazy("Members checked in")
    unit_name = gettext_lazy("member checked in")
    kind = CheckIn.Kind.MEMBER
    phones = ("phone",)
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        UNIT,
        Column("name", gettext_lazy("Party member"), Kind.TEXT, key=True, max_length=30),
        CLASS,
        Column("skills", gettext_lazy("Skills"), Kind.TEXT, max_length=100, width=24),
        Column(
            "grid",
            gettext_lazy("Grid code"),
            Kind.CODE,
            max_length=15,
            width=18,
            note=gettext_lazy("15 digits."),
        ),
        Column(
            "phone",
            gettext_lazy("Contact phone"),
            Kind.CODE,
            max_length=20,
            width=16,
            note=gettext_lazy("Kept encrypted; an export leaves it empty, an empty cell leaves it as it is."),
        ),
        STARTS,
        ENDS,
    )

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each member. One query."""
        for row in queryset.select_related("community", "grid").iterator(chunk_size=2000):
            yield {
                "community": row.community_id,
                "community_name": row.community.place_name,
                "unit_name": row.unit_name,
                "name": row.name,
                "service_class": row.service_class_id,
                "skills": row.skills,
                "grid": row.grid.code if row.grid is not None else "",
                "phone": "",
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
            }

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults as every check-in, and grids that are unknown or of another community. One query more."""
        yield from super().check(rows, by=by, now=now)
        codes = {row.values["grid"] for row in rows if row.values["grid"]}
        known = dict(Grid.objects.filter(code__in=codes).values_list("code", "community"))
        for row in rows:
            code = row.values["grid"]
            if code and known.get(code) != row.values["community"]:
                yield Fault(row.number, "grid", _("The community has no grid with this code."))


class ServiceRecords(PlacedRegister):
    """Services by community, unit, who, day and item."""

    key = "service-records"
    title = gettext_lazy("Service records")
    unit_name = gettext_lazy("service record")
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        UNIT,
        Column(
            "who",
            pgettext_lazy("of a service", "Who"),
            Kind.TEXT,
            key=True,
            max_length=60,
            note=gettext_lazy("The member's name; for the unit itself the name of the unit again."),
        ),
        Column("on", gettext_lazy("Date"), Kind.DATE, key=True),
        Column("item", gettext_lazy("Item of service"), Kind.TEXT, key=True, max_length=60, width=28),
        Column("hours", gettext_lazy("Hours"), Kind.DECIMAL, minimum=0, maximum=24),
        Column("compound", gettext_lazy("Compound"), Kind.TEXT, max_length=60, width=20),
        Column("outcome", gettext_lazy("What came of it"), Kind.TEXT, max_length=300, width=40),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[ServiceRecord]:
        """Return the filtered list the person sees."""
        rows = get_service_records(user=user)
        chosen = ServiceRecordFilter(query, queryset=rows)
        found = chosen.qs if chosen.is_valid() else rows.none()
        return found.order_by("-pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each service. One query."""
        for row in queryset.select_related("check_in", "community", "compound").iterator(chunk_size=2000):
            yield {
                "community": row.community_id,
                "community_name": row.community.place_name,
                "unit_name": row.check_in.unit_name,
                "who": row.check_in.name or row.check_in.unit_name,
                "on": row.on,
                "item": row.item,
                "hours": row.hours,
                "compound": row.compound.name if row.compound is not None else "",
                "outcome": row.outcome,
            }

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return the services on record on these days in the person's territory. One query besides the scope."""
        found = ServiceRecord.objects.visible_to(by, self.right).filter(
            community__in={row.values["community"] for row in rows}, on__in={row.values["on"] for row in rows}
        )
        values = self.rows(found)
        return {self.key_of(one): {k: v for k, v in one.items() if k != "community_name"} for one in values}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place and numbers, of days to come, of people and compounds nobody knows. Five queries."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        people = service.people_of([row.values for row in rows])
        compounds = _compounds(rows)
        today = timezone.localdate(now)
        for row in rows:
            values = row.values
            if values["on"] > today:
                yield Fault(row.number, "on", _("This day is still to come."))
            if values["hours"] is not None and values["hours"] <= 0:
                yield Fault(row.number, "hours", _("Between half an hour and 24 hours."))
            if service.person_key(values) not in people:
                yield Fault(
                    row.number, "who", _("Nobody of this name and unit has checked in to the community.")
                )
            if values["compound"] and (values["community"], values["compound"]) not in compounds:
                yield Fault(row.number, "compound", _("The community has no compound of this name."))

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service, one entry on the trail."""
        given = [[row.values for row in rows] for rows in (new, changed)]
        compounds = _compounds([*new, *changed])
        service.import_services(new=given[0], changed=given[1], compounds=compounds, by=by, now=now)


class Needs(PlacedRegister):
    """Needs by community, title and first day. State and outcome are for reading."""

    key = "needs"
    title = gettext_lazy("Needs and posts")
    unit_name = pgettext_lazy("of a community", "need")
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        Column("title", gettext_lazy("What is needed"), Kind.TEXT, key=True, max_length=60, width=28),
        Column("starts_on", gettext_lazy("Begins"), Kind.DATE, key=True),
        Column("ends_on", pgettext_lazy("of a period", "Ends"), Kind.DATE),
        CLASS,
        Column("times", pgettext_lazy("of an activity", "When"), Kind.TEXT, max_length=60, width=20),
        Column(
            "wanted", gettext_lazy("How many people"), Kind.INTEGER, required=True, minimum=1, maximum=500
        ),
        Column("text", gettext_lazy("More about it"), Kind.TEXT, max_length=500, width=40),
        Column(
            "state",
            gettext_lazy("State"),
            Kind.CHOICE,
            choices=tuple(CommunityNeed.State.choices),
            note=gettext_lazy("For reading only; a new row is open."),
        ),
        Column(
            "outcome",
            gettext_lazy("What came of it"),
            Kind.TEXT,
            max_length=300,
            width=40,
            note=gettext_lazy("For reading only."),
        ),
    )
    reading = ("community_name", "state", "outcome")

    def queryset(self, user: User, query: QueryDict) -> QuerySet[CommunityNeed]:
        """Return the filtered list the person sees."""
        rows = get_needs(user=user)
        chosen = NeedFilter(query, queryset=rows)
        found = chosen.qs if chosen.is_valid() else rows.none()
        return found.order_by("-pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each need. One query."""
        names = ("title", "starts_on", "ends_on", "times", "wanted", "text", "state", "outcome")
        for row in queryset.select_related("community").iterator(chunk_size=2000):
            yield {
                "community": row.community_id,
                "community_name": row.community.place_name,
                "service_class": row.service_class_id,
                **{name: getattr(row, name) for name in names},
            }

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return the needs of these titles in the person's territory. One query besides the scope."""
        found = CommunityNeed.objects.visible_to(by, P.COMMUNITY_KEEP).filter(
            community__in={row.values["community"] for row in rows},
            title__in={row.values["title"] for row in rows},
        )
        values = self.rows(found)
        return {self.key_of(one): {k: v for k, v in one.items() if k not in self.reading} for one in values}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place, of personal numbers, of the period, and of what has ended. Six queries at most."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        yield from self.check_period(rows)
        ended = CommunityNeed.objects.filter(
            community__in={row.values["community"] for row in rows},
            title__in={row.values["title"] for row in rows},
            ended_at__isnull=False,
        )
        keys = set(ended.values_list("community_id", "title", "starts_on"))
        yield from self.check_ended(rows, keys, by=by)

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service, one entry on the trail."""
        given = [[row.values for row in rows] for rows in (new, changed)]
        service.import_needs(new=given[0], changed=given[1], by=by, now=now)


def _compounds(rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """Return the compounds these rows name, by community and name. One query."""
    names = {row.values["compound"] for row in rows if row.values["compound"]}
    found = Compound.objects.filter(
        community__in={row.values["community"] for row in rows}, name__in=names
    ).values_list("community", "name", "pk")
    return {(community, name): pk for community, name, pk in found}
