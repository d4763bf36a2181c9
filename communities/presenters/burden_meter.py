"""The burden meter: who asks communities of a place for what, how often, and how many hours a month that makes.

Three sources, never added to each other without saying so: items in force (frequency times hours), what communities
recorded that was asked of them, and what this portal itself asked, counted from the trail (`PORTAL_STEPS`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from communities.models import Ask, PortalAsk, WorkItem
from kunming_portal.accounts.models import Appointment
from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import CODE_LENGTHS, Division
from kunming_portal.organisations.models import Unit

Step = PortalAsk.Step
# The portal's own requests to a community, and the query that counts each: steps of the trail by people of communities.
# The first condition that holds counts, so that no step is counted twice.
PORTAL_STEPS: dict[str, Q] = {
    Step.BLOW: Q(event="whistle.blown"),
    Step.SIGN_OFF: Q(event__in=["whistle.approved", "whistle.sent_back"]),
    Step.VERIFY: Q(event__in=["whistle.verified", "whistle.sent_for_rework"]),
    Step.COMPLETE: Q(event="whistle.completed"),
    Step.REPORT: Q(event__in=["undertaking.reported", "supervision.replied", "instruction.reported"]),
    Step.ASK: Q(object_type="communities.ask"),
    Step.REGISTERS: Q(object_type__startswith="communities."),
}


@dataclass(frozen=True)
class Asked:
    """What one asker asked of one part within the window; `hours` are those beside the list and not refused."""

    name: str
    part: str
    number: int
    refused: int
    hours: Decimal
    alone: bool


@dataclass
class Asker:
    """What one department asks of a community here, or what all units below do that have the same function."""

    name: str
    alone: bool = True
    items: int = 0
    hours: Decimal = Decimal(0)  # a month and community, of items with a rhythm
    unmeasured: int = 0  # items without a rhythm, or without an estimate
    asks: int = 0
    refused: int = 0
    unlisted: Decimal = Decimal(0)  # hours of asks that are not on the list and were not refused, a community

    @property
    def total(self) -> Decimal:
        """Hours a month and community: items with a rhythm and what was asked beside the list."""
        return self.hours + self.unlisted


@dataclass
class Part:
    """One part of the place: a county, a street, a community. Hours are those of one community on average."""

    division: Division
    communities: int
    hours: Decimal = Decimal(0)
    asks: int = 0
    refused: int = 0
    unlisted: Decimal = Decimal(0)
    portal: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """Hours a month of one community: items, what was asked beside the list, the portal."""
        return self.hours + self.unlisted + self.portal


@dataclass
class PortalLine:
    """One step that the portal asks of communities: how often in the window, at how many minutes."""

    step: str
    name: str
    minutes: Decimal
    times: int = 0
    hours: Decimal = Decimal(0)  # of one community on average


@dataclass
class Meter:
    """All that the page shows of one place."""

    place: Division
    communities: int
    days: int
    askers: list[Asker] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    portal: list[PortalLine] = field(default_factory=list)

    @property
    def listed_hours(self) -> Decimal:
        """Hours a month and community by the items with a rhythm."""
        return sum((one.hours for one in self.askers), Decimal(0))

    @property
    def unlisted_hours(self) -> Decimal:
        """Hours a month and community asked for beside the list."""
        return sum((one.unlisted for one in self.askers), Decimal(0))

    @property
    def portal_hours(self) -> Decimal:
        """Hours a month and community that the portal itself takes."""
        return sum((one.hours for one in self.portal), Decimal(0))

    @property
    def refused(self) -> int:
        """Asks refused in the window."""
        return sum(one.refused for one in self.askers)


def read(place: Division, *, day: date, now: datetime, days: int, by_hours: bool) -> Meter:
    """Return the meter of a place. Ordered by name, or by hours. Eight queries, however large the place."""
    homes = _count_homes(place, day)
    meter = Meter(place=place, communities=sum(homes.values()), days=days)
    if not meter.communities:
        return meter
    items = list(_items(place, day))
    asks = _asks(place, day=day, days=days)
    meter.askers = _order(_askers(items, asks, homes, place), by_hours)
    meter.parts = _parts(place, items, homes, day)
    _add_asks(meter.parts, asks)
    meter.portal = _portal()
    steps = _portal_steps(place, now=now, days=days)
    _add_portal(meter, steps)
    if by_hours:
        meter.parts.sort(key=lambda part: (-part.total, part.division.code))
    return meter


def _count_homes(place: Division, day: date) -> dict[str, int]:
    """Return how many communities each street of the place has; of a community: itself. One query."""
    rows = Division.objects.within(place.code).level("community").real().valid_on(day).order_by()
    found = rows.annotate(street=Left("code", 9)).values_list("street").annotate(n=Count("pk"))
    return dict(found)


def _items(place: Division, day: date) -> QuerySet[WorkItem]:
    above = [place.code[:length] for length in CODE_LENGTHS if length <= len(place.code)]
    where = Q(scope__in=above) | Q(scope__code__startswith=place.code)
    return WorkItem.objects.in_force(day).filter(where).select_related("unit").order_by("department", "pk")


def _asks(place: Division, *, day: date, days: int) -> list[Asked]:
    """Return what was asked for within the window, by who asks and by street or community. One query."""
    width = len(place.code) if len(place.code) == CODE_LENGTHS[-1] else _next(place)
    rows = Ask.objects.filter(
        community__code__startswith=place.code, asked_on__gt=day - timedelta(days=days), asked_on__lte=day
    )
    who = ("asker", "unit__function", "unit__kind", "unit__division_id")
    grouped = rows.order_by().annotate(part=Left("community_id", width)).values("part", *who)
    found = grouped.annotate(
        n=Count("pk"),
        refusals=Count("pk", filter=Q(refused_at__isnull=False)),
        beside=Sum("hours", filter=Q(refused_at=None, item=None), default=Decimal(0)),
    )
    asks = []
    for r in found:
        name = _named(r["asker"], [r[key] for key in who[1:]], place)
        asks.append(Asked(name, r["part"], r["n"], r["refusals"], r["beside"], alone=name == r["asker"]))
    return asks


def _named(name: str, unit: Sequence[str | None], place: Division) -> str:
    """Return under which name somebody stands: units of places below together, by what they do."""
    function, kind, seat = unit
    if seat is None or len(seat) <= len(place.code):
        return name
    label = Unit.Function(function).label if function else Unit.Kind(str(kind)).label
    return _("Units below: %(what)s") % {"what": label}


def _next(place: Division) -> int:
    """Return the length of the codes directly below a place."""
    return next(length for length in CODE_LENGTHS if length > len(place.code))


def _covered(scope: str, code: str, homes: dict[str, int]) -> int:
    """Return how many communities of `code` an item valid in `scope` reaches."""
    narrow = max(scope, code, key=len)
    if not (scope.startswith(code) or code.startswith(scope)):
        return 0
    if len(narrow) == CODE_LENGTHS[-1]:
        return 1
    return sum(n for street, n in homes.items() if street.startswith(narrow))


def _askers(
    items: Iterable[WorkItem], asks: Iterable[Asked], homes: dict[str, int], place: Division
) -> list[Asker]:
    whole = sum(homes.values())
    found: dict[str, Asker] = {}
    for item in items:
        unit = item.unit
        seat = [unit.function, unit.kind, unit.division_id] if unit is not None else ["", "", None]
        name = _named(item.department, seat, place)
        asker = found.setdefault(name, Asker(name, alone=name == item.department))
        asker.items += 1
        month = item.a_month
        if not month:
            asker.unmeasured += 1
            continue
        asker.hours += month * _covered(item.scope_id, place.code, homes) / whole
    for one in asks:
        asker = found.setdefault(one.name, Asker(one.name, alone=one.alone))
        asker.asks += one.number
        asker.refused += one.refused
        asker.unlisted += one.hours / whole
    return list(found.values())


def _order(askers: list[Asker], by_hours: bool) -> list[Asker]:
    return sorted(askers, key=lambda one: ((-one.total if by_hours else Decimal(0)), one.name))


def _parts(place: Division, items: list[WorkItem], homes: dict[str, int], day: date) -> list[Part]:
    """Return the parts of a place with the hours of the items that hold there. One query, none for a community."""
    if len(place.code) == CODE_LENGTHS[-1]:
        return []
    loads: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        loads[item.scope_id] += item.a_month or Decimal(0)
    parts = []
    for division in Division.objects.filter(parent=place).real().valid_on(day).order_by("code"):
        n = _covered(place.code, division.code, homes)
        if not n:
            continue
        hours = sum(
            (load * _covered(scope, division.code, homes) for scope, load in loads.items()), Decimal(0)
        )
        parts.append(Part(division, n, hours=hours / n))
    return parts


def _add_asks(parts: list[Part], asks: Iterable[Asked]) -> None:
    by_code = {part.division.code: part for part in parts}
    for one in asks:
        part = by_code.get(one.part)
        if part is not None:
            part.asks += one.number
            part.refused += one.refused
            part.unlisted += one.hours / part.communities


def _portal() -> list[PortalLine]:
    """Return the steps of the portal with their estimates, not counted yet. One query."""
    minutes = dict(PortalAsk.objects.values_list("step", "minutes"))
    return [
        PortalLine(step=step, name=str(Step(step).label), minutes=minutes.get(step, Decimal(0)))
        for step in PORTAL_STEPS
    ]


def _portal_steps(place: Division, *, now: datetime, days: int) -> Any:
    """Return the rows of the trail by people of communities of this place, each with its `step` and `seat`."""
    held = Appointment.objects.in_force().filter(
        unit__kind="community", unit__division__code__startswith=place.code
    )
    seat = held.filter(user=OuterRef("actor_id")).order_by("pk").values("unit__division_id")[:1]
    step = Case(
        *(When(condition, then=Value(key)) for key, condition in PORTAL_STEPS.items()),
        default=Value(""),
        output_field=CharField(),
    )
    rows = AuditEvent.objects.filter(
        at__gt=now - timedelta(days=days), at__lte=now, actor_id__in=held.values("user_id")
    )
    return rows.annotate(step=step, seat=Subquery(seat)).exclude(step="")


def _add_portal(meter: Meter, steps: Any) -> None:
    """Add what the portal took, by step and by part. One query."""
    lines = {line.step: line for line in meter.portal}
    by_code = {part.division.code: part for part in meter.parts}
    width = len(next(iter(by_code), meter.place.code))
    counted = steps.order_by().values("step", part=Left("seat", width)).annotate(n=Count("pk"))
    for row in counted:
        line = lines[row["step"]]
        hours = row["n"] * line.minutes / 60
        line.times += row["n"]
        line.hours += hours / meter.communities
        part = by_code.get(row["part"])
        if part is not None:
            part.portal += hours / part.communities
