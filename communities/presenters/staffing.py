"""How many community workers there are for the people who live in a place: fractions, and "-" where nobody knows."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from communities.models import CommunityWorker, Compound, PopulationFigure
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any

TEN_THOUSAND = 10_000
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Staffing:
    """One place. `counted` are the workers of communities whose residents are known; only these are divided."""

    division: Division
    workers: int
    counted: int
    residents: int | None
    source: str
    target: Decimal | None

    @property
    def per(self) -> Decimal | None:
        """Workers per 10,000 residents, to a tenth; None when no residents are known."""
        if not self.residents:
            return None
        exact = Decimal(self.counted) * TEN_THOUSAND / Decimal(self.residents)
        return exact.quantize(TENTH, rounding=ROUND_HALF_UP)

    @property
    def missing(self) -> int | None:
        """How many workers are missing for the number aimed at; 0 when it is reached."""
        if not self.residents or self.target is None:
            return None
        wanted = math.ceil(self.target * self.residents / TEN_THOUSAND)
        return max(wanted - self.counted, 0)

    @property
    def is_part(self) -> bool:
        """Whether some workers are left out because nobody knows how many people live there."""
        return self.residents is not None and self.counted < self.workers


def get_staffing(
    place: Division, below: Sequence[Division], *, target: Decimal | None, today: date
) -> tuple[Staffing, list[Staffing]]:
    """Return the staffing of a place and of the divisions directly below it. Three queries.

    A known population figure of a division goes before the sum of what lies in it; a community without a figure has
    the residents of its compounds.
    """
    scope = {"field": "community__code"}
    hired = _counts(
        CommunityWorker.objects.in_post(today)
        .filter(starts_with_any([place.code], **scope))
        .values_list("community_id")
        .annotate(Count("pk"))
    )
    housed = _counts(
        Compound.objects.filter(starts_with_any([place.code], **scope), ended_on=None)
        .values_list("community_id")
        .annotate(Sum("residents"))
    )
    figures = _figures(place.code, today)
    rows = [_staffing(one, hired, housed, figures, target) for one in below]
    if place.code in figures or not rows:
        return _staffing(place, hired, housed, figures, target), rows
    known = [row for row in rows if row.residents]
    total = Staffing(
        place,
        workers=sum(hired.values()),
        counted=sum(row.counted for row in known),
        residents=sum(row.residents or 0 for row in known) or None,
        source=_("sum of the places below"),
        target=target,
    )
    return total, rows


def _counts(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {code: number for code, number in pairs if number}


def _figures(prefix: str, today: date) -> dict[str, PopulationFigure]:
    rows = PopulationFigure.objects.filter(
        starts_with_any([prefix], field="division__code"), year__lte=today.year
    )
    return {row.division_id: row for row in rows.order_by("year")}


def _staffing(
    division: Division,
    hired: Mapping[str, int],
    housed: Mapping[str, int],
    figures: Mapping[str, PopulationFigure],
    target: Decimal | None,
) -> Staffing:
    inside = {code: number for code, number in hired.items() if code.startswith(division.code)}
    workers = sum(inside.values())
    figure = figures.get(division.code)
    if figure is not None:
        said = _("%(source)s, %(year)d") % {"source": figure.source, "year": figure.year}
        return Staffing(division, workers, workers, figure.residents, said, target)
    lived = {code: number for code, number in housed.items() if code.startswith(division.code)}
    lived |= {
        code: row.residents
        for code, row in figures.items()
        if code.startswith(division.code) and len(code) == 12
    }
    counted = sum(number for code, number in inside.items() if code in lived)
    residents = sum(lived.values()) or None
    return Staffing(
        division, workers, counted, residents, _("residents of its compounds") if residents else "", target
    )
