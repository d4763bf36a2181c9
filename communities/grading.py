"""How a community worker's points, grade and pay are worked out. Pure: facts and rules in, lines that explain out.

Nothing here knows a number: what a fact is worth, where a grade begins and what it pays are rows (`models.schemes`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

Place = tuple[Decimal, int]


class Source(StrEnum):
    """What gives points (domain.md §3.3, S19)."""

    SERVICE = "service"
    EDUCATION = "education"
    TITLE = "title"
    HONOUR = "honour"
    APPRAISAL = "appraisal"


# Of these only the one worth most counts; all others count each
HIGHEST_ONLY = frozenset({Source.EDUCATION, Source.TITLE})


@dataclass(frozen=True)
class Rule:
    """What one fact of a kind is worth: a full year, a degree, a title, an honour, an appraisal.

    `value` says which (empty for years); `most` is what all facts under this rule give at most.
    """

    source: str
    value: str
    points: Decimal
    most: Decimal | None = None


@dataclass(frozen=True)
class Fact:
    """Something about a worker that may give points, and the day from which it counts."""

    source: str
    value: str
    since: date
    words: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a computation: what counted, how often, what each is worth and what came of it."""

    source: str
    value: str
    count: int
    each: Decimal
    most: Decimal | None
    points: Decimal
    words: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the line as it is frozen with a grade."""
        return {
            "source": str(self.source),
            "value": self.value,
            "count": self.count,
            "each": str(self.each),
            "most": None if self.most is None else str(self.most),
            "points": str(self.points),
            "words": list(self.words),
        }


def line_of(data: dict[str, Any]) -> Line:
    """Return a frozen line (`Line.as_data`)."""
    return Line(
        source=data["source"],
        value=data["value"],
        count=data["count"],
        each=Decimal(data["each"]),
        most=None if data["most"] is None else Decimal(data["most"]),
        points=Decimal(data["points"]),
        words=tuple(data["words"]),
    )


def full_years(start: date, on: date) -> int:
    """Return how many full years have passed from one day to another; none when the other lies before it."""
    years = on.year - start.year - ((on.month, on.day) < (start.month, start.day))
    return max(years, 0)


def appraised_from(year: int) -> date:
    """Return the day from which the appraisal of a year counts: the first of the next."""
    return date(year + 1, 1, 1)


def work_out(facts: Iterable[Fact], rules: Iterable[Rule], *, on: date) -> list[Line]:
    """Return the points of a worker on a day, line by line, in the order of `Source`.

    A fact without a rule gives nothing and no line; a rule without a fact neither.
    """
    known = [fact for fact in facts if fact.since <= on]
    of_source: dict[str, list[Rule]] = {}
    for rule in rules:
        of_source.setdefault(rule.source, []).append(rule)
    lines: list[Line] = []
    for source in Source:
        found = list(_lines(source, known, of_source.get(source, []), on=on))
        if source in HIGHEST_ONLY and found:
            found = [max(found, key=lambda line: line.points)]
        lines += found
    return lines


def total(lines: Iterable[Line]) -> Decimal:
    """Return the sum of the lines."""
    return sum((line.points for line in lines), Decimal(0))


def grade_of(points: Decimal, steps: Sequence[Place]) -> int | None:
    """Return the key of the highest grade whose threshold is reached; None below the lowest.

    `steps` are (threshold, key) in any order.
    """
    reached = [step for step in steps if step[0] <= points]
    return max(reached)[1] if reached else None


def _lines(source: Source, facts: Sequence[Fact], rules: Sequence[Rule], *, on: date) -> Iterator[Line]:
    for rule in rules:
        meant = [fact for fact in facts if fact.source == source and fact.value == rule.value]
        if source is Source.SERVICE:
            count = sum(full_years(fact.since, on) for fact in meant)
            words = [fact.since.isoformat() for fact in meant]
        else:
            count = min(len(meant), 1) if source in HIGHEST_ONLY else len(meant)
            words = [fact.words for fact in meant if fact.words]
        if meant:
            points = rule.points * count
            capped = points if rule.most is None else min(points, rule.most)
            yield Line(source, rule.value, count, rule.points, rule.most, capped, tuple(words))
