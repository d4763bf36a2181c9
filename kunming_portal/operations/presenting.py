"""The figures as the operators' page shows them: words and lights, gravest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from communities.models import UndertakingDeadline
from kunming_portal.deadlines.selectors import get_failing
from kunming_portal.heartbeats.clocks import Trust
from kunming_portal.heartbeats.rhythms import RHYTHMS, Rhythm
from kunming_portal.heartbeats.states import Pulse, State
from kunming_portal.operations.figures import MOST, Figures
from kunming_portal.operations.verdict import LAG, MESSAGE_AGE, Level, Verdict, in_words, judge
from kunming_portal.ui.parts import Light
from kunming_portal.workdays.models import CalendarYear
from whistle.models import CaseDeadline, TaskDeadline

LIGHTS: dict[Level, Light] = {Level.OK: "normal", Level.ATTENTION: "soon", Level.STOPPED: "over"}
FINDINGS: dict[str, str | Promise] = {
    "overdue": gettext_lazy("Alarms due for over 2 minutes"),
    "silent": gettext_lazy("Rung, but nobody was told"),
    "unsent": gettext_lazy("Messages unsent for over 10 minutes"),
    "clockless": gettext_lazy("Open cases without a running deadline"),
}
FAILING_SHOWN = 20


@dataclass(frozen=True)
class Figure:
    """One line of the ledger: a name, a value, a light only where something is wrong, a quiet remark."""

    label: str
    value: str
    light: Light | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class SweepRow:
    """One sweep: how it is, when it last ended well, what it did."""

    label: str
    light: Light
    word: str
    last: datetime | None
    every: str
    did: str
    error: str


@dataclass(frozen=True)
class FailingRow:
    """A deadline that cannot ring, and why."""

    what: str
    failures: int
    reason: str
    again_at: datetime | None


@dataclass(frozen=True)
class FoundRow:
    """A check of the reconciliation with what it found."""

    label: str
    count: int
    rows: list[tuple[str, datetime | None]]


@dataclass(frozen=True)
class Shown:
    """Everything on the page."""

    light: Light
    headline: str
    summary: str
    verdict: Verdict
    ledger: list[Figure]
    sweeps: list[SweepRow]
    failing: list[FailingRow]
    found: list[FoundRow]


def show(figures: Figures) -> Shown:
    """Return the page's content in the reader's language. Three queries when deadlines fail, else none."""
    verdict = judge(figures)
    return Shown(
        light=LIGHTS[verdict.level],
        headline=_headline(verdict.level),
        summary=_("Deadlines ring on time, messages leave, the clocks agree.")
        if verdict.level is Level.OK
        else "",
        verdict=verdict,
        ledger=list(_ledger(figures)),
        sweeps=[_sweep(pulse) for pulse in figures.pulses],
        failing=_failing() if figures.failing else [],
        found=[_found(name, figures.findings.get(name, {})) for name in FINDINGS],
    )


def _headline(level: Level) -> str:
    return {
        Level.OK: pgettext("operations", "Running normally"),
        Level.ATTENTION: pgettext("operations", "Wants a look"),
        Level.STOPPED: pgettext("operations", "Stopped"),
    }[level]


def _ledger(figures: Figures) -> Iterator[Figure]:
    yield _lag(figures)
    yield Figure(_("Due and not rung"), number(figures.backlog))
    yield _clocks(figures)
    yield _canary(figures.pulse("canary"))
    late = figures.message_age > MESSAGE_AGE
    yield Figure(
        _("Oldest unsent message"),
        in_words(figures.message_age) if figures.oldest_message else _("none"),
        "soon" if late else None,
        _("%(number)s wait") % {"number": number(figures.messages)} if figures.messages else "",
    )
    yield Figure(
        _("Messages given up"), number(figures.given_up), "soon" if figures.given_up else None, url="given-up"
    )
    yield Figure(
        _("Deadlines that cannot ring"), number(figures.failing), "soon" if figures.failing else None
    )
    yield Figure(
        _("Deadlines that differ"),
        number(figures.wrong),
        "soon" if figures.wrong else None,
        _("%(number)s by an older calendar") % {"number": number(figures.outdated)}
        if figures.outdated
        else "",
        url="rechecks",
    )
    yield _trail(figures)
    yield _calendar(figures)


def _trail(figures: Figures) -> Figure:
    if figures.broken_trail:
        return Figure(_("Audit trail"), _("does not hold"), "over")
    if figures.sealed_at is None:
        return Figure(_("Audit trail"), _("not sealed yet"))
    length = in_words(figures.now - figures.sealed_at)
    return Figure(_("Audit trail"), _("sealed"), note=_("%(length)s ago") % {"length": length})


def _lag(figures: Figures) -> Figure:
    value = in_words(figures.lag) if figures.oldest_alarm else _("none")
    return Figure(_("Oldest alarm that waits"), value, "over" if figures.lag > LAG else None)


def _clocks(figures: Figures) -> Figure:
    clocks = figures.clocks
    if clocks is None:
        return Figure(
            _("Clock difference"), _("not measured"), note=_("No worker looked in the last minutes.")
        )
    worst = max(abs(clocks.apart), abs(clocks.jumped))
    lights: dict[Trust, Light | None] = {Trust.OK: None, Trust.ALARM: "soon", Trust.HALT: "over"}
    note = _("Jumped by %(seconds)s s") % {"seconds": round(clocks.jumped)} if abs(clocks.jumped) > 2 else ""
    return Figure(_("Clock difference"), _("%(n)s s") % {"n": f"{worst:.1f}"}, lights[clocks.trust], note)


def _canary(pulse: Pulse) -> Figure:
    label = _("Through broker and worker")
    if pulse.beat is None or pulse.state is not State.OK:
        return Figure(label, _("no answer"), "soon")
    milliseconds = int(pulse.beat.facts.get("round_trip_ms", 0))
    return Figure(label, _("%(n)s ms") % {"n": milliseconds})


def _calendar(figures: Figures) -> Figure:
    words = dict(CalendarYear.Status.choices)
    light: Light | None = None if figures.this_year == CalendarYear.Status.OFFICIAL else "soon"
    year = figures.now.year
    note = _("%(year)s: %(status)s") % {"year": year + 1, "status": words[figures.next_year]}
    return Figure(_("Calendar of %(year)s") % {"year": year}, str(words[figures.this_year]), light, note)


def _sweep(pulse: Pulse) -> SweepRow:
    rhythm, beat = RHYTHMS[pulse.name], pulse.beat
    lights: dict[State, Light] = {State.OK: "normal", State.NEVER: "wait"}
    words = {
        State.OK: pgettext("sweep", "Normal"),
        State.LATE: pgettext("sweep", "Late"),
        State.FAILING: pgettext("sweep", "Fails"),
        State.NEVER: pgettext("sweep", "Never ran"),
    }
    return SweepRow(
        label=str(rhythm.label),
        light=lights.get(pulse.state, "over"),
        word=words[pulse.state],
        last=beat.last_ok_at if beat is not None else None,
        every=_every(rhythm),
        did=_did(beat.done, beat.failed) if beat is not None else "",
        error=beat.error if beat is not None else "",
    )


def _every(rhythm: Rhythm) -> str:
    return _("every %(length)s") % {"length": in_words(rhythm.every)}


def _did(done: int, failed: int) -> str:
    words = _("%(done)s done") % {"done": done}
    return words + _(", %(failed)s failed") % {"failed": failed} if failed else words


def _failing() -> list[FailingRow]:
    cases = get_failing(CaseDeadline).select_related("case")[:FAILING_SHOWN]
    tasks = get_failing(TaskDeadline).select_related("task")[:FAILING_SHOWN]
    undertakings = get_failing(UndertakingDeadline).select_related("undertaking")[:FAILING_SHOWN]
    rows = [
        *(FailingRow(r.undertaking.title, r.failures, r.failure, r.wake_at) for r in undertakings),
        *(
            FailingRow(f"{r.case.number} {r.get_step_display()}", r.failures, r.failure, r.wake_at)
            for r in cases
        ),
        *(FailingRow(r.task.number, r.failures, r.failure, r.wake_at) for r in tasks),
    ]
    return sorted(rows, key=lambda row: -row.failures)[:FAILING_SHOWN]


def _found(name: str, facts: dict[str, Any]) -> FoundRow:
    rows = [
        (str(what), datetime.fromisoformat(since) if since else None) for what, since in facts.get("rows", [])
    ]
    return FoundRow(str(FINDINGS[name]), int(facts.get("count", 0)), rows)


def number(count: int) -> str:
    """Return a count that stops at `MOST` in words."""
    return _("%(number)s or more") % {"number": MOST} if count >= MOST else str(count)
