"""Where and what: the territory of the page, cases by place and kind, zones, the base figures."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Left

from kunming_portal.accounts.models import Appointment, Scope
from kunming_portal.divisions.models import CODE_LENGTHS, Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.organisations.models import Unit
from kunming_portal.reporting.figures import ON_TIME, SOLVED, counted_deadlines, evaluated_whistles, within
from kunming_portal.reporting.periods import Period
from kunming_portal.reporting.rates import Rate
from whistle.models import Case, Kind
from whistle.querysets import in_scope
from whistle.workflow import ENDED_WHISTLE, OPEN_WHISTLE, Step, WhistleStatus

# A case has one whistle in these statuses: the one it stands at
STANDING = [
    s for s in (*OPEN_WHISTLE, *ENDED_WHISTLE) if s not in (WhistleStatus.UPGRADED, WhistleStatus.MERGED)
]
HEAT_STEPS = 6
HEAT_KINDS = 8
COUNTY_DIGITS = 6
COMMUNITY_DIGITS = CODE_LENGTHS[-1]


@dataclass(frozen=True)
class Territory:
    """What the page is about. `tops`: the divisions of the scope, `rows`: those below that are compared."""

    tops: tuple[Division, ...]
    rows: tuple[Division, ...]
    digits: int

    @property
    def single(self) -> Division | None:
        """The one division of the scope; None when there are several."""
        return self.tops[0] if len(self.tops) == 1 else None


@dataclass(frozen=True)
class KindCount:
    """Cases of one kind in the period, and in the period before."""

    kind: Kind
    count: int
    before: int

    @property
    def change(self) -> int:
        """How many more than in the period before."""
        return self.count - self.before


@dataclass(frozen=True)
class HeatCell:
    """Cases of one kind at one place; `step` 0 to 6 by the largest cell of the table."""

    count: int
    step: int
    kind: Kind | None


@dataclass(frozen=True)
class HeatRow:
    """One place. `is_own`: cases of the division itself, in none of the places below it."""

    division: Division
    cells: tuple[HeatCell, ...]
    total: int
    is_own: bool = False


@dataclass(frozen=True)
class Matters:
    """What it is about and where: kinds with counts, and the table of places by kinds."""

    total: int = 0
    before: int = 0
    kinds: tuple[KindCount, ...] = ()
    columns: tuple[Kind | None, ...] = ()
    rows: tuple[HeatRow, ...] = ()

    @property
    def largest(self) -> int:
        """The longest bar."""
        return max((k.count for k in self.kinds), default=0)


@dataclass(frozen=True)
class ZoneFigures:
    """The counties of one zone class: this quarter, and their own last quarter to the same day."""

    zone: Division.ZoneClass
    counties: tuple[Division, ...]
    closing: Rate
    closing_before: Rate
    resolution: Rate
    resolution_before: Rate


@dataclass(frozen=True)
class BaseFigures:
    """What the system holds at the bottom: only what is really counted."""

    streets: int
    communities: int
    units: int
    callable_units: int
    people: int
    kinds: int


def get_territory(scope: Scope) -> Territory:
    """Return the divisions of the scope and the level below. Two queries.

    One division is compared by the level below it, several by the deepest of their levels.
    """
    tops = tuple(Division.objects.filter(code__in=scope.prefixes).order_by("code"))
    longest = max((len(top.code) for top in tops), default=CODE_LENGTHS[0])
    digits = longest if len(tops) > 1 else _below(longest)
    level = Division.Level.values[CODE_LENGTHS.index(digits)]
    rows = Division.objects.within(*scope.prefixes).level(level).real().order_by("code")
    return Territory(tops=tops, rows=tuple(rows), digits=digits)


def get_matters(scope: Scope, territory: Territory, period: Period) -> Matters:
    """Return cases written in the period by kind and by place. Two queries.

    A case counts once, under the kind of the whistle it stands at: the one that was not upgraded. So the
    list of cases under the same filters has as many rows.
    """
    now, before = within(period.window, "opened_at"), within(period.before, "opened_at")
    counts: QuerySet[Any, Any] = (
        Case.objects.filter(in_scope(scope))
        .filter(now | before, whistles__status__in=STANDING)
        .values(kind=F("whistles__kind_id"), spot=Left("division_id", territory.digits))
        .annotate(now=Count("pk", filter=now), before=Count("pk", filter=before))
        .order_by()
    )
    grouped: list[dict[str, Any]] = list(counts)
    kinds = _kinds(grouped)
    shown = [k.kind for k in kinds][:HEAT_KINDS]
    columns: tuple[Kind | None, ...] = (*shown, None) if len(kinds) > len(shown) else tuple(shown)
    return Matters(
        total=sum(row["now"] for row in grouped),
        before=sum(row["before"] for row in grouped),
        kinds=tuple(kinds),
        columns=columns,
        rows=_heat(territory, grouped, columns),
    )


def get_zones(scope: Scope, territory: Territory, quarter: Period) -> list[ZoneFigures]:
    """Return the zone classes present among the counties of the scope, each beside itself. Three queries.

    Empty for a scope below the county: a class is a property of whole counties.
    """
    counties = [c for c in _counties(scope, territory) if c.zone_class]
    county = Left("case__division_id", COUNTY_DIGITS)
    parts = {"now": quarter.window, "before": quarter.before}
    closing = _shares(
        counted_deadlines(scope).filter(step=Step.CLOSE).values(county=county), "due_at", ON_TIME, parts
    )
    solved = _shares(evaluated_whistles(scope).values(county=county), "verified_at", SOLVED, parts)
    found = []
    for zone in Division.ZoneClass:
        mine = tuple(c for c in counties if c.zone_class == zone)
        if mine:
            codes = {c.code for c in mine}
            found.append(
                ZoneFigures(
                    zone=zone,
                    counties=mine,
                    closing=_sum(closing, codes, "now"),
                    closing_before=_sum(closing, codes, "before"),
                    resolution=_sum(solved, codes, "now"),
                    resolution_before=_sum(solved, codes, "before"),
                )
            )
    return found


def get_base(scope: Scope, *, today: dt.date) -> BaseFigures:
    """Return the counts of places, units, people and kinds in the scope today; branches are no units. Four queries."""
    places = Division.objects.within(*scope.prefixes).valid_on(today).real()
    levels = places.aggregate(
        streets=Count("pk", filter=Q(level=Division.Level.STREET)),
        communities=Count("pk", filter=Q(level=Division.Level.COMMUNITY)),
    )
    called = Q(kind__in=(Unit.Kind.DEPARTMENT, Unit.Kind.FORCE, Unit.Kind.COMPANY))
    here = starts_with_any(scope.prefixes, field="division__code")
    seated = Unit.objects.active(today).filter(here).exclude(kind=Unit.Kind.BRANCH)
    units = seated.aggregate(units=Count("pk"), callable_units=Count("pk", filter=called))
    in_force = Appointment.objects.in_force().filter(
        starts_with_any(scope.prefixes, field="unit__division__code")
    )
    people = in_force.aggregate(people=Count("user_id", distinct=True))
    return BaseFigures(**levels, **units, **people, kinds=Kind.objects.filter(is_active=True).count())


def _below(digits: int) -> int:
    return CODE_LENGTHS[min(CODE_LENGTHS.index(digits) + 1, len(CODE_LENGTHS) - 1)]


def _counties(scope: Scope, territory: Territory) -> Sequence[Division]:
    if territory.digits == COUNTY_DIGITS:
        return territory.rows
    return [top for top in territory.tops if len(top.code) == COUNTY_DIGITS]


def _kinds(grouped: list[dict[str, Any]]) -> list[KindCount]:
    sums: dict[int, list[int]] = {}
    for row in grouped:
        pair = sums.setdefault(row["kind"], [0, 0])
        pair[0] += row["now"]
        pair[1] += row["before"]
    kinds = Kind.objects.in_bulk(list(sums))
    rows = [KindCount(kinds[pk], now, before) for pk, (now, before) in sums.items()]
    return sorted(rows, key=lambda row: (-row.count, row.kind.position))


def _heat(
    territory: Territory, grouped: list[dict[str, Any]], columns: tuple[Kind | None, ...]
) -> tuple[HeatRow, ...]:
    table = _Table(columns)
    for row in grouped:
        table.add(row["spot"], row["kind"], row["now"])
    known = {division.code for division in territory.rows}
    own = [top for top in territory.tops if top.code in table.places() - known]
    return (
        *(table.row(division) for division in territory.rows),
        *(table.row(top, is_own=True) for top in own),
    )


@dataclass
class _Table:
    """Counts by place and column while the table is filled."""

    columns: tuple[Kind | None, ...]
    counts: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def add(self, place: str, kind: int, count: int) -> None:
        named = {column.pk for column in self.columns if column is not None}
        key = (place, kind if kind in named else None)
        self.counts[key] = self.counts.get(key, 0) + count

    def places(self) -> set[str]:
        return {place for (place, _kind), count in self.counts.items() if count}

    def row(self, division: Division, *, is_own: bool = False) -> HeatRow:
        largest = max(self.counts.values(), default=0)
        cells = []
        for column in self.columns:
            count = self.counts.get((division.code, column.pk if column else None), 0)
            step = -(-count * HEAT_STEPS // largest) if largest else 0
            cells.append(HeatCell(count=count, step=step, kind=column))
        total = sum(cell.count for cell in cells)
        return HeatRow(division=division, cells=tuple(cells), total=total, is_own=is_own)


def _shares(rows: Any, at: str, met: Q, parts: dict[str, Any]) -> list[dict[str, Any]]:
    columns = {}
    seen = Q()
    for name, window in parts.items():
        columns[f"{name}_total"] = Count("pk", filter=within(window, at))
        columns[f"{name}_met"] = Count("pk", filter=met & within(window, at))
        seen |= within(window, at)
    return list(rows.filter(seen).annotate(**columns).order_by())


def _sum(rows: list[dict[str, Any]], codes: set[str], part: str) -> Rate:
    return sum((Rate(r[f"{part}_met"], r[f"{part}_total"]) for r in rows if r["county"] in codes), Rate())
