"""One look: whether deadlines are healthy, and why not. Pure: figures go in, a verdict comes out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kunming_portal.heartbeats.clocks import Trust
from kunming_portal.heartbeats.rhythms import RHYTHMS
from kunming_portal.heartbeats.states import State
from kunming_portal.operations.figures import Figures
from kunming_portal.workdays.models import CalendarYear

RING = "ring due deadlines"
# A healthy sweep is far below it also while it drains what became due in one second
LAG, STOPPED_LAG = timedelta(seconds=30), timedelta(minutes=5)
MESSAGE_AGE = timedelta(minutes=10)


class Level(IntEnum):
    """How it stands, in words: running, wants a look, stopped."""

    OK = 0
    ATTENTION = 1
    STOPPED = 2


@dataclass(frozen=True)
class Reason:
    """Something that is not as it should be. `check` is its public name: no numbers, no names of people."""

    level: Level
    check: str
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The worst level with all reasons, the gravest first."""

    level: Level
    reasons: list[Reason]


def judge(figures: Figures) -> Verdict:
    """Return the verdict on these figures, in the reader's language."""
    found = [*_of_ringing(figures), *_of_sweeps(figures), *_of_messages(figures), *_of_rows(figures)]
    found.sort(key=lambda reason: -reason.level)
    return Verdict(level=found[0].level if found else Level.OK, reasons=found)


def _of_ringing(figures: Figures) -> Iterator[Reason]:
    state = figures.pulse(RING).state
    if state is State.FAILING:
        yield Reason(Level.STOPPED, RING, _("Every attempt to ring fails; the error stands below."))
    elif state is not State.OK:
        yield Reason(
            Level.STOPPED,
            RING,
            _("No deadline rings: worker or beat do not run. Pages and lights stay right."),
        )
    clocks = figures.clocks
    if clocks is not None and clocks.trust is not Trust.OK:
        seconds = round(max(abs(clocks.apart), abs(clocks.jumped)))
        words = (
            _("Ringing is stopped: the clocks are %(seconds)s seconds apart.")
            if clocks.trust is Trust.HALT
            else _("The clocks are %(seconds)s seconds apart; from 10 on nothing rings.")
        )
        level = Level.STOPPED if clocks.trust is Trust.HALT else Level.ATTENTION
        yield Reason(level, "clocks", words % {"seconds": seconds})
    if figures.lag > LAG:
        level = Level.STOPPED if figures.lag > STOPPED_LAG else Level.ATTENTION
        words = _("The oldest due alarm has waited for %(length)s.") % {"length": in_words(figures.lag)}
        yield Reason(level, "overdue alarms", words)


def _of_sweeps(figures: Figures) -> Iterator[Reason]:
    for pulse in figures.pulses:
        if pulse.name == RING or pulse.state is State.OK:
            continue
        if pulse.state is State.NEVER and RHYTHMS[pulse.name].every >= timedelta(minutes=1):
            continue  # has not come round since the installation
        words = {
            State.LATE: _("%(sweep)s: no good run since too long."),
            State.FAILING: _("%(sweep)s: the last run failed."),
            State.NEVER: _("%(sweep)s: has never run."),
        }[pulse.state]
        yield Reason(Level.ATTENTION, pulse.name, words % {"sweep": RHYTHMS[pulse.name].label})


def _of_messages(figures: Figures) -> Iterator[Reason]:
    if figures.message_age > MESSAGE_AGE:
        words = _("The oldest message has waited for %(length)s.") % {"length": in_words(figures.message_age)}
        yield Reason(Level.ATTENTION, "outbox", words)
    if figures.given_up:
        words = ngettext(
            "%(number)s message could not be sent and was given up.",
            "%(number)s messages could not be sent and were given up.",
            figures.given_up,
        )
        yield Reason(Level.ATTENTION, "given up messages", words % {"number": figures.given_up})


def _of_rows(figures: Figures) -> Iterator[Reason]:
    if figures.failing:
        words = ngettext(
            "%(number)s deadline cannot ring; the others do.",
            "%(number)s deadlines cannot ring; the others do.",
            figures.failing,
        )
        yield Reason(Level.ATTENTION, "failing deadlines", words % {"number": figures.failing})
    found = sum(int(one.get("count", 0)) for one in figures.findings.values())
    if found:
        words = ngettext(
            "The reconciliation found %(number)s row that does not fit.",
            "The reconciliation found %(number)s rows that do not fit.",
            found,
        )
        yield Reason(Level.ATTENTION, "reconciliation", words % {"number": found})
    if figures.wrong:
        words = ngettext(
            "The nightly check found %(number)s deadline that is not what its events make it.",
            "The nightly check found %(number)s deadlines that are not what their events make them.",
            figures.wrong,
        )
        yield Reason(Level.ATTENTION, "deadline check", words % {"number": figures.wrong})
    if figures.broken_trail:
        words = _("The last check of the trail found that it was tampered with.")
        yield Reason(Level.ATTENTION, "trail", words)
    if figures.this_year != CalendarYear.Status.OFFICIAL:
        words = _("The calendar of %(year)s is provisional.") % {"year": figures.now.year}
        yield Reason(Level.ATTENTION, "calendar", words)


def in_words(length: timedelta) -> str:
    """Return a length of real time in the two largest units at most."""
    seconds = max(0, int(length.total_seconds()))
    for size, words in ((86400, _("%(n)s d")), (3600, _("%(n)s h")), (60, _("%(n)s min"))):
        if seconds >= size:
            return words % {"n": seconds // size}
    return _("%(n)s s") % {"n": seconds}
