"""Whose turn it is: the seats a person acts from, and what waits there. One place for lists, badge and home."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
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


def seats_of(user: User) -> Seats:
    """Return the seats of the appointments that count now. No query once rights are loaded."""

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
        _called(seats.verifies) & Q(status__in=[W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION]),
        _called(seats.approves) & Q(status=W.AWAITING_APPROVAL),
        _called(seats.writes) & Q(status=W.DRAFT, case__opened_by=user),
        _received(seats.accepts) & Q(status=W.AWAITING_ACCEPTANCE),
        _received(seats.dispatches) & Q(status=W.AWAITING_DISPATCH),
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
    here, blown = _received(seats.desks), _called(seats.desks)
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
    """The numbers above a queue: what stands under each tab, and the lights of all that is open."""

    tabs: dict[Tab, int]
    over: int
    soon: int
    normal: int


def count_desk(seats: Seats, user: User, now: datetime) -> Desk:
    """Return the numbers of the queue. One query over the open and recently closed whistles of these seats."""
    whole = on_desk(Tab.OPEN, seats, user, now)
    over = Q(case__due_at__lt=now)
    soon = Q(case__yellow_at__lte=now) & ~over
    found = Whistle.objects.filter(whole | on_desk(Tab.CLOSED, seats, user, now)).aggregate(
        **{tab.value: Count("id", filter=on_desk(tab, seats, user, now)) for tab in Tab},
        over=Count("id", filter=whole & over),
        soon=Count("id", filter=whole & soon),
    )
    return Desk(
        tabs={tab: found[tab.value] for tab in Tab},
        over=found["over"],
        soon=found["soon"],
        normal=found[Tab.OPEN.value] - found["over"] - found["soon"],
    )


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


def _called(codes: tuple[str, ...]) -> Q:
    return Q(caller__division_id__in=codes) if codes else NEVER


def _received(codes: tuple[str, ...]) -> Q:
    return Q(receiver__division_id__in=codes) if codes else NEVER


def _any(*conditions: Q) -> Q:
    found = NEVER
    for condition in conditions:
        found |= condition
    return found
