"""Small pictures drawn by the server: sparklines. Pure geometry; the template writes the SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kunming_portal.reporting.rates import Rate

WIDTH, HEIGHT, EDGE = 72, 28, 4
FEWEST_POINTS = 3


@dataclass(frozen=True)
class Spark:
    """The points of the line as the `points` attribute, and its last point."""

    points: str
    x: str
    y: str


def spark(rates: Sequence[Rate]) -> Spark | None:
    """Return the line of a series of rates; gaps are skipped, fewer than three rates draw nothing."""
    values = [(at, rate.percent) for at, rate in enumerate(rates) if rate.percent is not None]
    if len(values) < FEWEST_POINTS:
        return None
    low, high = min(v for _, v in values), max(v for _, v in values)
    places = [(_across(at, len(rates)), _up(value, low, high)) for at, value in values]
    return Spark(" ".join(f"{x},{y}" for x, y in places), *places[-1])


def _across(at: int, count: int) -> str:
    return f"{EDGE + at * (WIDTH - 2 * EDGE) / (count - 1):.1f}"


def _up(value: Decimal, low: Decimal, high: Decimal) -> str:
    share = float((value - low) / (high - low)) if high > low else 0.5
    return f"{HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE):.1f}"
