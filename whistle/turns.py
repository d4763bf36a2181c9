"""Whose turn it is: the seats a person acts from, and what waits there. One place for lists, badge and home."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from django.db.models import Case as Switch
from django.db.models import Count, Q, Value, When

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.organisations.models import Unit
from whistle.models import Assignment, Whistle
from whistle.workflow import OPEN_WHISTLE, WORKING_ASSIGNMENT, AssignmentStatus, WhistleStatus

W = WhistleStatus
A = AssignmentStatus

RECENTLY = timedelta(days=30)
NEVER = Q(pk__in=[])


@dataclass(frozen=True)
class Seats:
    """Where a person acts now: division codes for each right of a side, and the units they answer for."""

    writes: tuple[str, ...] = ()
    approves: tuple[str, ...] = ()
    verifies: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    dispatches: tuple[str, ...] = ()
    upgrades: tuple[str, ...] = ()
    units: tuple[int, ...] = ()

    @property
    def desks(self) -> tuple[str, ...]:
        """The divisions whose centre's queue the person works."""
        return tuple(sorted({*self.accepts, *self.dispatches}))

    def called(self, codes: tuple[str, ...]) -> Q:
        """Return the condition on whistles that a unit of these divisions blew. One query for all conditions."""
        return Q(caller__in=self._units_at(codes))

    def received(self, codes: tuple[str, ...]) -> Q:
        """Return the condition on whistles that a unit of these divisions was called with. One query for all."""
        return Q(receiver__in=self._units_at(codes))

    def _units_at(self, codes: tuple[str, ...]) -> list[int]:
        return [pk for code in codes for pk in self._seated.get(code, ())]

    @cached_property
    def _seated(self) -> dict[str, list[int]]:
        """The units seated where the person acts, as keys.

        A join on the division would hide from the database that both sides have an index: it would read every open
        whistle of the city for one desk.
        """
        codes = {*self.writes, *self.approves, *self.verifies, *self.desks}
        found: dict[str, list[int]] = defaultdict(list)
        for code, pk in Unit.objects.filter(division__in=codes).order_by("pk").values_list("division", "pk"):
            found[code].append(pk)
        return found


def seats_of(user: User) -> Seats:
    """Return the seats of the appointments that count now, kept on the user object. No query once rights are loaded."""
    cache: dict[object, Seats] = user.__dict__.setdefault("_seats", {})
    key = tuple(a.pk for a in user.acting_appointments)
    if key not in cache:
        cache[key] = _seats_of(user)
    return cache[key]


def _seats_of(user: User) -> Seats:
    def where(permission: P) -> tuple[str, ...]:
        held = (a for a in user.acting_appointments if permission in a.role_definition.allows)
        return tuple(sorted({a.unit.division_id for a in held}))

    handles = (a for a in user.acting_appointments if P.ASSIGNMENT_HANDLE in a.role_definition.allows)
    return Seats(
        writes=where(P.CASE_OPEN),
        approves=where(P.WHISTLE_APPROVE),
        verifies=where(P.WHISTLE_VERIFY),
        accepts=where(P.WHISTLE_ACCEPT),
        dispatches=where(P.WHISTLE_DISPATCH),
        upgrades=where(P.CASE_UPGRADE),
        units=tuple(sorted({a.unit_id for a in handles})),
    )


# -- whistles ------------------------------------------------------------------------------------------
def waits_for(seats: Seats, user: User) -> Q:
    """Return the condition on whistles whose next move is this person's. Drafts wait for their writer."""
    return _any(
        seats.called(seats.verifies) & Q(status__in=[W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION]),
        seats.called(seats.approves) & Q(status=W.AWAITING_APPROVAL),
        seats.called(seats.writes) & Q(status=W.DRAFT, case__opened_by=user),
        seats.received(seats.accepts) & Q(status=W.AWAITING_ACCEPTANCE),
        seats.received(seats.dispatches) & Q(status=W.AWAITING_DISPATCH),
    )


class Tab(StrEnum):
    """The tabs of a centre's queue."""

    MINE = "mine"
    UNITS = "units"
    VERIFY = "verify"
    OPEN = "open"
    CLOSED = "closed"


ARRIVED = (
    W.AWAITING_ACCEPTANCE,
    W.AWAITING_DISPATCH,
    W.HANDLING,
    W.AWAITING_VERIFICATION,
    W.AWAITING_EVALUATION,
)
ABOVE = (W.AWAITING_APPROVAL, W.AWAITING_ACCEPTANCE, W.AWAITING_DISPATCH, W.HANDLING)


def on_desk(tab: Tab, seats: Seats, user: User, now: datetime) -> Q:
    """Return the condition on whistles under one tab of the queue.

    A desk holds what arrived at the centre and what the same seat blew upwards.
    """
    here, blown = seats.received(seats.desks), seats.called(seats.desks)
    mine = (here | blown) & waits_for(seats, user)
    units = (here & Q(status=W.HANDLING)) | (blown & Q(status__in=ABOVE))
    verify = here & Q(status__in=[W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION])
    return {
        Tab.MINE: mine,
        Tab.UNITS: units & ~mine,
        Tab.VERIFY: verify & ~mine,
        Tab.OPEN: mine | units | verify,
        Tab.CLOSED: here & Q(status=W.CLOSED, ended_at__gte=now - RECENTLY),
    }[tab]


@dataclass(frozen=True)
class Desk:
    """The numbers above a queue: under each tab, in all and by status; and the lights of all that is open."""

    tabs: dict[Tab, int]
    groups: dict[Tab, dict[str, int]]
    over: int
    soon: int
    normal: int


def count_desk(seats: Seats, user: User, now: datetime) -> Desk:
    """Return the numbers of the queue. One query over the open and recently closed whistles of these seats.

    A whistle belongs to one tab beside "all open", so the database counts by tab, status and light at once.
    """
    parted = (Tab.MINE, Tab.UNITS, Tab.VERIFY, Tab.CLOSED)
    desk = _any(*(on_desk(tab, seats, user, now) for tab in (Tab.OPEN, Tab.CLOSED)))
    tab = Switch(
        *(When(on_desk(tab, seats, user, now), then=Value(tab.value)) for tab in parted[:-1]),
        default=Value(Tab.CLOSED.value),
    )
    light = Switch(
        When(case__due_at__lt=now, then=Value("over")),
        When(case__yellow_at__lte=now, then=Value("soon")),
        default=Value("normal"),
    )
    found = Whistle.objects.filter(desk).values_list(tab, "status", light).annotate(n=Count("pk")).order_by()
    groups: dict[Tab, dict[str, int]] = {tab: defaultdict(int) for tab in Tab}
    lights = dict.fromkeys(("over", "soon", "normal"), 0)
    for name, status, shade, number in found:
        groups[Tab(name)][status] += number
        if name != Tab.CLOSED:
            groups[Tab.OPEN][status] += number
            lights[shade] += number
    return Desk(tabs={tab: sum(of.values()) for tab, of in groups.items()}, groups=groups, **lights)


# -- duties ------------------------------------------------------------------------------------------------
DUTY_TABS: dict[str, AssignmentStatus] = {
    "sign": A.AWAITING_SIGNATURE,
    "report": A.AWAITING_REPORT_IN,
    "handling": A.HANDLING,
    "done": A.FED_BACK,
}
NEXT_DUTY_STEP = {A.AWAITING_SIGNATURE: "sign", A.AWAITING_REPORT_IN: "report_in", A.HANDLING: "feed_back"}


def count_duties(seats: Seats) -> dict[str, int]:
    """Return how many duties of the person's units stand under each tab. One query on the units' index."""
    rows = Assignment.objects.of_units(list(seats.units)).values_list("status").annotate(n=Count("id"))
    found = dict(rows.order_by())
    return {tab: found.get(status.value, 0) for tab, status in DUTY_TABS.items()}


# -- the badge -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Waiting:
    """How much waits for a person: in all, on the desk, and as duties of their units."""

    whistles: int = 0
    desk: int = 0
    duties: int = 0

    @property
    def total(self) -> int:
        """Everything that waits."""
        return self.whistles + self.duties


def count_waiting(user: User, now: datetime) -> Waiting:
    """Return the numbers of the navigation, kept on the user object for the request. At most two queries."""
    cache: dict[object, Waiting] = user.__dict__.setdefault("_waiting", {})
    key = tuple(a.pk for a in user.acting_appointments)
    if key not in cache:
        cache[key] = _count_waiting(user, now)
    return cache[key]


def _count_waiting(user: User, now: datetime) -> Waiting:
    seats = seats_of(user)
    whistles = desk = duties = 0
    if any((seats.verifies, seats.approves, seats.writes, seats.desks)):
        waits = waits_for(seats, user)
        found = Whistle.objects.filter(waits, status__in=OPEN_WHISTLE).aggregate(
            all=Count("id"), desk=Count("id", filter=on_desk(Tab.MINE, seats, user, now))
        )
        whistles, desk = found["all"], found["desk"]
    if seats.units:
        duties = Assignment.objects.of_units(list(seats.units)).filter(status__in=WORKING_ASSIGNMENT).count()
    return Waiting(whistles=whistles, desk=desk, duties=duties)


def _any(*conditions: Q) -> Q:
    found = NEVER
    for condition in conditions:
        found |= condition
    return found
