"""What to look at first, in sentences made by rules from the figures. Nothing to say, no sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext, ngettext, pgettext

from kunming_portal.reporting import links
from kunming_portal.reporting.figures import Measure, MeasureFigures
from kunming_portal.reporting.overdue import Holder, in_a_row
from kunming_portal.reporting.periods import Period
from kunming_portal.reporting.rates import Rate

MOST = 3
# A rate that moved by less is the noise of small numbers
NOTABLE_POINTS = Decimal("1.0")
PLACES_NAMED = 4


@dataclass(frozen=True)
class Sentence:
    """One thing to look at: a light or an icon, what, and below it how it came about."""

    text: str
    detail: str
    url: str
    light: str = ""
    icon: str = ""


def first_things(
    *,
    holders: Sequence[Holder],
    measures: Sequence[MeasureFigures],
    due: Sequence[tuple[str, int]],
    period: Period,
) -> list[Sentence]:
    """Return at most three sentences: who holds most overdue, which rates moved, what is due tomorrow.

    `due` are names of places with the cases due there tomorrow, most first.
    """
    worst, tomorrow = _worst(holders), _tomorrow(due)
    moved = [m for m in measures if m.change is not None and abs(m.change) >= NOTABLE_POINTS]
    moved.sort(key=lambda m: (m.measure is not Measure.CLOSING, -abs(m.change or Decimal(0))))
    room = MOST - len(worst) - len(tomorrow)
    return [*worst, *(_moved(m, period) for m in moved[:room]), *tomorrow]


def measure_name(measure: Measure) -> str:
    """Return the rate's name."""
    return {
        Measure.SIGNING: pgettext("rate", "Signed on time"),
        Measure.REPORT_IN: pgettext("rate", "Reported in on time"),
        Measure.CLOSING: pgettext("rate", "Closed on time"),
        Measure.RESOLUTION: pgettext("rate", "Solved"),
        Measure.SATISFACTION: pgettext("rate", "Satisfied"),
    }[measure]


def percent_text(rate: Rate) -> str:
    """Return 97.6%, or the fraction where there are too few for a rate, or a dash."""
    if rate.percent is not None:
        return f"{rate.percent}%"
    return "–" if rate.is_empty else f"{rate.met}/{rate.total}"


def _worst(holders: Sequence[Holder]) -> list[Sentence]:
    if not holders:
        return []
    worst = holders[0]
    text = ngettext("%(unit)s: %(count)d case overdue", "%(unit)s: %(count)d cases overdue", worst.cases) % {
        "unit": worst.unit.name,
        "count": worst.cases,
    }
    if worst.days:
        longest = ngettext("%(days)d working day", "%(days)d working days", worst.days) % {"days": worst.days}
        detail = gettext("Longest overdue %(longest)s, %(steps)s") % {
            "longest": longest,
            "steps": worst.steps_text,
        }
    else:
        detail = gettext("Overdue since today, %(steps)s") % {"steps": worst.steps_text}
    return [Sentence(text=text, detail=detail, url=links.holder(worst.unit.pk), light="over")]


def _tomorrow(due: Sequence[tuple[str, int]]) -> list[Sentence]:
    count = sum(number for _name, number in due)
    if not count:
        return []
    text = ngettext("%(count)d case falls due tomorrow", "%(count)d cases fall due tomorrow", count)
    named = [
        pgettext("place and its number", "%(place)s %(number)d") % {"place": name, "number": number}
        for name, number in due[:PLACES_NAMED]
    ]
    return [
        Sentence(text=text % {"count": count}, detail=in_a_row(named), url=links.due_tomorrow(), light="soon")
    ]


def _moved(figures: MeasureFigures, period: Period) -> Sentence:
    points = figures.change or Decimal(0)
    words = {"rate": measure_name(figures.measure), "points": abs(points)}
    if points < 0:
        text = gettext("%(rate)s: down %(points)s percentage points") % words
    else:
        text = gettext("%(rate)s: up %(points)s percentage points") % words
    detail = gettext("Now %(now)s, %(met)d/%(total)d; before %(before)s, %(met_before)d/%(total_before)d") % {
        "now": percent_text(figures.rate),
        "met": figures.rate.met,
        "total": figures.rate.total,
        "before": percent_text(figures.before),
        "met_before": figures.before.met,
        "total_before": figures.before.total,
    }
    return Sentence(
        text=text,
        detail=detail,
        url=links.measure(figures.measure, period),
        icon="arrow-down-right" if points < 0 else "arrow-up-right-circle",
    )
