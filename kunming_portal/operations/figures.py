"""Reading how the machinery is, from rows alone: no broker, no worker and no beat is asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Model, QuerySet

from communities.models import UndertakingDeadline
from kunming_portal.audit.selectors import get_last_seal, get_last_verification
from kunming_portal.deadlines.selectors import get_failing
from kunming_portal.heartbeats.clocks import Trust
from kunming_portal.heartbeats.guard import PREFIX, read
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.selectors import get_pulses
from kunming_portal.heartbeats.states import Pulse
from kunming_portal.notifications.models import Delivery
from kunming_portal.workdays.models import CalendarYear
from whistle.models import CaseDeadline, TaskDeadline
from whistle.rechecks import get_health

# Above it the exact number helps nobody, and counting on costs
MOST = 10_000
# A machine that looked longer ago does not run a worker any more
SEEN_LATELY = timedelta(minutes=5)
RECONCILIATION = "reconcile"
# Every table of promises that rings
RINGING = (CaseDeadline, TaskDeadline, UndertakingDeadline)


@dataclass(frozen=True)
class Clocks:
    """What the machines with a worker last found; the worst of them."""

    trust: Trust
    apart: float
    jumped: float
    machine: str


@dataclass(frozen=True)
class Figures:
    """How the machinery is at one moment of the database's clock."""

    now: datetime
    pulses: list[Pulse]
    clocks: Clocks | None
    oldest_alarm: datetime | None
    backlog: int
    failing: int
    oldest_message: datetime | None
    messages: int
    given_up: int
    findings: dict[str, Any]
    wrong: int
    outdated: int
    sealed_at: datetime | None
    broken_trail: int
    this_year: str
    next_year: str

    @property
    def lag(self) -> timedelta:
        """How long the oldest due alarm has waited to ring."""
        return self.now - self.oldest_alarm if self.oldest_alarm is not None else timedelta(0)

    @property
    def message_age(self) -> timedelta:
        """How long the oldest message that could leave has waited."""
        return self.now - self.oldest_message if self.oldest_message is not None else timedelta(0)

    def pulse(self, name: str) -> Pulse:
        """Return the beat of one sweep."""
        return next(pulse for pulse in self.pulses if pulse.name == name)


def get_figures() -> Figures:
    """Read everything for the page and the verdict. Twenty-two queries, each on an index made for it, none counts on."""
    now = read().database
    alarms = [_due(model, now) for model in RINGING]
    oldest = [
        found for rows in alarms if (found := rows.aggregate(first=Min("wake_at"))["first"]) is not None
    ]
    waiting = Delivery.objects.filter(due_at__lte=now)
    pulses = get_pulses(now=now)
    years = dict(CalendarYear.objects.filter(year__in=[now.year, now.year + 1]).values_list("year", "status"))
    facts: dict[str, Any] = next(
        (p.beat.facts for p in pulses if p.name == RECONCILIATION and p.beat is not None), {}
    )
    recheck, seal, verified = get_health(), get_last_seal(), get_last_verification()
    return Figures(
        now=now,
        pulses=pulses,
        clocks=get_clocks(now=now),
        oldest_alarm=min(oldest, default=None),
        backlog=sum(count_up_to(rows) for rows in alarms),
        failing=sum(count_up_to(get_failing(model)) for model in RINGING),
        oldest_message=waiting.aggregate(first=Min("due_at"))["first"],
        messages=count_up_to(waiting),
        given_up=count_up_to(get_given_up()),
        findings=facts,
        wrong=recheck.wrong,
        outdated=recheck.outdated,
        sealed_at=seal.at if seal is not None else None,
        broken_trail=len(verified.findings) if verified is not None else 0,
        this_year=years.get(now.year, CalendarYear.Status.PROVISIONAL),
        next_year=years.get(now.year + 1, CalendarYear.Status.PROVISIONAL),
    )


def get_given_up() -> "QuerySet[Delivery]":
    """Return deliveries that a channel refused to the end: what an operator may repair and send again."""
    return Delivery.objects.filter(given_up_at__isnull=False, attempts__gte=Delivery.MAX_ATTEMPTS)


def get_clocks(*, now: datetime) -> Clocks | None:
    """Return the worst that a machine with a worker found lately; None when none looked. One query."""
    rows = Heartbeat.objects.filter(name__startswith=PREFIX)
    # a clock that jumped writes moments of the future or of long ago: a halt is shown until it is over
    lately = [
        row
        for row in rows
        if abs(now - row.started_at) <= SEEN_LATELY or row.facts.get("trust") == Trust.HALT.value
    ]
    found = [
        Clocks(
            trust=Trust(row.facts.get("trust", Trust.OK.value)),
            apart=float(row.facts.get("apart", 0)),
            jumped=float(row.facts.get("jumped", 0)),
            machine=row.name.removeprefix(PREFIX),
        )
        for row in lately
    ]
    return max(found, key=lambda one: (list(Trust).index(one.trust), abs(one.apart)), default=None)


def count_up_to(rows: "QuerySet[Any]") -> int:
    """Count rows, but not beyond `MOST`."""
    return rows.order_by()[:MOST].count()


def _due(model: type[Model], now: datetime) -> "QuerySet[Any]":
    return model._default_manager.filter(wake_at__isnull=False, wake_at__lte=now)
