"""Whose turn it is: the seats a person acts from, and what waits there. One place for lists, badge and home."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, Value, When
from django.db.models import Case as Switch

from communities.selectors import get_waiting as get_undertakings_waiting
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.organisations.models import Unit
from whistle import asked
from whistle.models import Assignment, CaseDeadline, SupervisionTask, Whistle
from whistle.querysets import AssignmentQuerySet
from whistle.workflow import (
    MOVES,
    WORKING_ASSIGNMENT,
    AssignmentStatus,
    Party,
    Step,
    WhistleStatus,
)

W = WhistleStatus
A = AssignmentStatus

RECENTLY = timedelta(days=30)
NEVER = Q(pk__in=[])
NOT_ENDED = Q(ended_at=None)  # says what the statuses say, and is what the indexes of desks hold


@dataclass(frozen=True)
class Seats:
    """Where a person acts now: division codes for each right of a side, and the units they answer for."""

    writes: tuple[str, ...] = ()
    approves: tuple[str, ...] = ()
    verifies: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    dispatches: tuple[str, ...] = ()
    upgrades: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    replies: tuple[int, ...] = ()
    supervises: tuple[str, ...] = ()
    instructs: tuple[str, ...] = ()

    @property
    def desks(self) -> tuple[str, ...]:
        """The divisions whose centre's queue the person works."""
        return tuple(sorted({*self.accepts, *self.dispatches}))

    def called(self, codes: tuple[str, ...]) -> Q:
        """Return the condition on whistles that a unit of these divisions blew. One query for all conditions."""
        return Q(caller__in=[pk for code in codes for pk in self._seated.get(code, ())])

    def received(self, codes: tuple[str, ...]) -> Q:
        """Return the condition on whistles that a unit of these divisions was called with. One query for all."""
        return Q(receiver__in=[pk for code in codes for pk in self._seated.get(f"centre {code}", ())])

    def below(self, codes: tuple[str, ...]) -> Q:
        """Return the condition on whistles received one tier below these divisions. One query for all conditions.

        Above the city there is only the city: what its own centre received lies below it too.
        """
        return Q(receiver__in=[pk for code in codes for pk in self._seated.get(f"below {code}", ())])

    @cached_property
    def _seated(self) -> dict[str, list[int]]:
        """The units seated where the person acts, as keys.

        A join on the division would hide from the database that both sides have an index: it would read every open
        whistle of the city for one desk.
        """
        codes = {*self.writes, *self.approves, *self.verifies, *self.desks, *self.decides}
        centres = Q(division__parent__in=self.dispatches, kind=Unit.Kind.CENTRE)
        units = Unit.objects.filter(Q(division__in=codes) | centres).order_by("pk")
        found: dict[str, list[int]] = defaultdict(list)
        for code, above, kind, pk in units.values_list("division", "division__parent", "kind", "pk"):
            if code in codes:
                found[code].append(pk)
            if kind == Unit.Kind.CENTRE:  # only centres are called
                found[f"centre {code}"].append(pk)
                found[f"below {above or code}"].append(pk)
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

    def units(permission: P) -> tuple[int, ...]:
        held = (a for a in user.acting_appointments if permission in a.role_definition.allows)
        return tuple(sorted({a.unit_id for a in held}))

    return Seats(
        writes=where(P.CASE_OPEN),
        approves=where(P.WHISTLE_APPROVE),
        verifies=where(P.WHISTLE_VERIFY),
        accepts=where(P.WHISTLE_ACCEPT),
        dispatches=where(P.WHISTLE_DISPATCH),
        upgrades=where(P.CASE_UPGRADE),
        decides=where(P.CASE_DECIDE),
        units=units(P.ASSIGNMENT_HANDLE),
        replies=units(P.SUPERVISION_REPLY),
        supervises=where(P.CASE_SUPERVISE),
        instructs=where(P.CASE_INSTRUCT),
    )


# -- whistles ------------------------------------------------------------------------------------------
def waits_for(seats: Seats, user: User, now: datetime) -> Q:
    """Return the condition on whistles whose next move is this person's. Drafts wait for their writer.

    One status an arm: over a list of statuses beside a list of units PostgreSQL plans twenty times as long (45 ms).
    """
    return _any(
        seats.called(seats.verifies) & Q(status=W.AWAITING_VERIFICATION),
        seats.called(seats.verifies) & Q(status=W.AWAITING_EVALUATION),
        seats.called(seats.approves) & Q(status=W.AWAITING_APPROVAL),
        seats.called(seats.writes) & Q(status=W.RETURNED),
        seats.called(seats.writes) & Q(status=W.DRAFT, case__opened_by=user),
        seats.received(seats.accepts) & Q(status=W.AWAITING_ACCEPTANCE),
        seats.received(seats.dispatches) & Q(status=W.AWAITING_DISPATCH),
        *(_on_side(seats, question) & question.condition for question in asked.QUESTIONS),
        seats.received(seats.dispatches) & _clock_is_due(Step.REVIEW, now),
        _on_side(seats, asked.RENEWAL) & _clock_is_due(Step.HOLD, now),
    )


def _clock_is_due(step: Step, now: datetime) -> Q:
    """Return the condition on whistles on hold whose review or end is near or late: its yellow mark is passed."""
    clocks = CaseDeadline.objects.running().filter(whistle=OuterRef("pk"), step=step, yellow_at__lte=now)
    return Q(Exists(clocks), status=W.ON_HOLD)


def codes_for(seats: Seats, question: asked.Question) -> tuple[str, ...]:
    """Return the seats from which the person may answer a question of this sort."""
    held = {P.WHISTLE_DISPATCH: seats.dispatches, P.CASE_DECIDE: seats.decides}
    return held[MOVES[question.move].permission]


def _on_side(seats: Seats, question: asked.Question) -> Q:
    """Return the condition that an answer is this person's, by the seat from which the move is made."""
    codes = codes_for(seats, question)
    return seats.below(codes) if question.party is Party.ABOVE else seats.received(codes)


def get_waiting(user: User, now: datetime) -> dict[int, bool]:
    """Return the whistles that wait for the person, by key, each with whether it stands on the desk of their centre.

    One query a request: the condition is long, and tabs, lights, list and badge all ask for it. As keys it is short.
    """
    cache: dict[object, dict[int, bool]] = user.__dict__.setdefault("_waiting_whistles", {})
    key = tuple(a.pk for a in user.acting_appointments)
    if key not in cache:
        cache[key] = _get_waiting(seats_of(user), user, now)
    return cache[key]


def _get_waiting(seats: Seats, user: User, now: datetime) -> dict[int, bool]:
    if not any((seats.verifies, seats.approves, seats.writes, seats.desks, seats.decides)):
        return {}
    desk = seats.received(seats.desks) | seats.called(seats.desks) | seats.below(seats.dispatches)
    found = Whistle.objects.open().filter(waits_for(seats, user, now)).order_by()
    return dict(found.values_list("pk", ExpressionWrapper(desk, output_field=BooleanField())))


class Tab(StrEnum):
    """The tabs of a centre's queue."""

    MINE = "mine"
    UNITS = "units"
    VERIFY = "verify"
    OPEN = "open"
    CLOSED = "closed"


ARRIVED = (
    W.AWAITING_ACCEPTANCE,
    W.RETURNED,
    W.AWAITING_DISPATCH,
    W.HANDLING,
    W.ON_HOLD,
    W.AWAITING_VERIFICATION,
    W.AWAITING_EVALUATION,
)
OVER = (W.CLOSED, W.ANSWERED, W.WITHDRAWN)
ABOVE = (W.AWAITING_APPROVAL, W.AWAITING_ACCEPTANCE, W.AWAITING_DISPATCH, W.HANDLING, W.ON_HOLD)


def on_desk(tab: Tab, seats: Seats, user: User, now: datetime) -> Q:
    """Return the condition on whistles under one tab of the queue.

    A desk holds what arrived at the centre, what the same seat blew upwards, and consultations it has to hold.
    """
    here, blown = seats.received(seats.desks), seats.called(seats.desks)
    mine = Q(pk__in=[pk for pk, is_on_desk in get_waiting(user, now).items() if is_on_desk])
    units = (here & Q(status__in=[W.HANDLING, W.ON_HOLD])) | (blown & Q(status__in=ABOVE))
    verify = here & Q(status__in=[W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION, W.RETURNED])
    return {
        Tab.MINE: mine,
        Tab.CLOSED: here & Q(status__in=OVER, ended_at__gte=now - RECENTLY),
        Tab.UNITS: NOT_ENDED & units & ~mine,
        Tab.VERIFY: NOT_ENDED & verify & ~mine,
        Tab.OPEN: mine | (NOT_ENDED & (units | verify)),
    }[tab]


@dataclass(frozen=True)
class Desk:
    """The numbers above a queue: under each tab, in all and by status; and the lights of all that is open."""

    tabs: dict[Tab, int]
    groups: dict[Tab, dict[str, int]]
    over: int
    soon: int
    normal: int
    hold: int


def count_desk(seats: Seats, user: User, now: datetime) -> Desk:
    """Return the numbers of the queue. One query over the open and recently closed whistles of these seats.

    A whistle belongs to one tab beside "all open", so the database counts by tab, status and light at once.
    """
    parted = (Tab.MINE, Tab.UNITS, Tab.VERIFY, Tab.CLOSED)
    desk = on_desk(Tab.OPEN, seats, user, now) | on_desk(Tab.CLOSED, seats, user, now)
    tab = Switch(
        *(When(on_desk(tab, seats, user, now), then=Value(tab.value)) for tab in parted[:-1]),
        default=Value(Tab.CLOSED.value),
    )
    light = Switch(
        When(case__hold_until__isnull=False, then=Value("hold")),
        When(case__due_at__lt=now, then=Value("over")),
        When(case__yellow_at__lte=now, then=Value("soon")),
        default=Value("normal"),
    )
    found = Whistle.objects.filter(desk).values_list(tab, "status", light).annotate(n=Count("pk")).order_by()
    groups: dict[Tab, dict[str, int]] = {tab: defaultdict(int) for tab in Tab}
    lights = dict.fromkeys(("over", "soon", "normal", "hold"), 0)
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
# An objection stays in the unit's list until it is decided; it waits for somebody else then
LISTED_WITH: dict[AssignmentStatus, tuple[AssignmentStatus, ...]] = {
    A.AWAITING_REPORT_IN: (A.AWAITING_REPORT_IN, A.OBJECTED)
}
NEXT_DUTY_STEP = {A.AWAITING_SIGNATURE: "sign", A.AWAITING_REPORT_IN: "report_in", A.HANDLING: "feed_back"}


def duties_of(seats: Seats, handler: User | None = None) -> AssignmentQuerySet:
    """Return the duties of the person's units; with a handler those only that this person has in hand."""
    found = Assignment.objects.of_units(list(seats.units))
    return found if handler is None else found.filter(handler=handler)


def count_duties(seats: Seats, handler: User | None = None) -> dict[str, int]:
    """Return how many of these duties stand under each tab. One query on the units' index."""
    rows = duties_of(seats, handler).values_list("status").annotate(n=Count("id"))
    found = dict(rows.order_by())
    return {
        tab: sum(found.get(one.value, 0) for one in LISTED_WITH.get(status, (status,)))
        for tab, status in DUTY_TABS.items()
    }


# -- supervision -------------------------------------------------------------------------------------------
def tasks_waiting(seats: Seats) -> Q:
    """Return the condition on tasks that wait for this person: replies to write, and replies to judge."""
    replied = Q(status=SupervisionTask.Status.REPLIED)
    return _any(
        Q(status=SupervisionTask.Status.AWAITING_REPLY, unit_id__in=seats.replies)
        if seats.replies
        else NEVER,
        replied & Q(kind=SupervisionTask.Kind.NOTICE, division_id__in=seats.supervises)
        if seats.supervises
        else NEVER,
        replied & Q(kind=SupervisionTask.Kind.INSTRUCTION, division_id__in=seats.instructs)
        if seats.instructs
        else NEVER,
    )


# -- the badge -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Waiting:
    """How much waits for a person: in all, on the desk, as duties of their units, as supervision, for communities."""

    whistles: int = 0
    desk: int = 0
    duties: int = 0
    tasks: int = 0
    undertakings: int = 0

    @property
    def total(self) -> int:
        """Everything that waits."""
        return self.whistles + self.duties + self.tasks + self.undertakings


def count_waiting(user: User, now: datetime) -> Waiting:
    """Return the numbers of the navigation, kept on the user object for the request. At most four queries."""
    cache: dict[object, Waiting] = user.__dict__.setdefault("_waiting", {})
    key = tuple(a.pk for a in user.acting_appointments)
    if key not in cache:
        cache[key] = _count_waiting(user, now)
    return cache[key]


def _count_waiting(user: User, now: datetime) -> Waiting:
    seats = seats_of(user)
    found = get_waiting(user, now)
    duties = 0
    if seats.units:
        duties = Assignment.objects.of_units(list(seats.units)).filter(status__in=WORKING_ASSIGNMENT).count()
    tasks = 0
    if seats.replies or seats.supervises:
        tasks = SupervisionTask.objects.filter(tasks_waiting(seats)).count()
    undertakings = get_undertakings_waiting(user=user, now=now).count()
    return Waiting(
        whistles=len(found), desk=sum(found.values()), duties=duties, tasks=tasks, undertakings=undertakings
    )


def _any(*conditions: Q) -> Q:
    found = NEVER
    for condition in conditions:
        found |= condition
    return found
