"""Everything the page of a community shows, and the list of communities with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum

from communities.guards import keeper_of
from communities.models import Compound, Grid
from communities.presenters import undertakings
from communities.selectors import get_compounds, get_grids, get_undertakings
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.places.cases import count_lights
from kunming_portal.places.committee import Committee, get_committee
from kunming_portal.places.registers import Held, get_registers
from kunming_portal.places.ways import get_ways
from kunming_portal.ui import parts
from kunming_portal.workdays.selectors import get_calendar
from whistle.selectors import get_cases

SHOWN = 40
SHOWN_UNDERTAKINGS = 6


@dataclass(frozen=True)
class Numbers:
    """What a community holds, in numbers."""

    compounds: int = 0
    households: int = 0
    led: int = 0
    grids: int = 0
    open: int = 0

    @property
    def unled(self) -> int:
        """Compounds that have no branch yet."""
        return self.compounds - self.led


@dataclass(frozen=True)
class CommunityRow:
    """A community in the list."""

    division: Division
    numbers: Numbers


@dataclass(frozen=True)
class CommunityPage:
    """The page of a community."""

    ways: Sequence[parts.Crumb]
    numbers: Numbers
    compounds: Sequence[Compound]
    grids: Sequence[Grid]
    lights: Sequence[tuple[parts.Light, int]]
    undertakings: Sequence[undertakings.Row]
    committee: Committee | None
    registers: Sequence[Held]
    may_keep: bool

    @property
    def hidden(self) -> int:
        """How many compounds the page has no room for."""
        return self.numbers.compounds - len(self.compounds)


def get_community_page(community: Division, *, user: User, now: datetime) -> CommunityPage:
    """Return the page as this person may see it. Some twenty queries, however much the community holds."""
    compounds = get_compounds(user=user).in_use().filter(community=community)
    grids = list(get_grids(user=user).filter(community=community, ended_on=None).order_by("code"))
    lights = count_lights(community.code, user=user, now=now)
    sums = compounds.aggregate(number=Count("pk"), homes=Sum("households"), led=Count("branch"))
    return CommunityPage(
        ways=get_ways(community.code, user=user, to_itself=False),
        numbers=Numbers(
            compounds=sums["number"],
            households=sums["homes"] or 0,
            led=sums["led"],
            grids=len(grids),
            open=sum(lights.values()) if lights else 0,
        ),
        compounds=list(compounds.select_related("branch").order_by("name", "pk")[:SHOWN]),
        grids=grids,
        lights=tuple(lights.items()) if lights is not None else (),
        undertakings=_running(community, user=user, now=now),
        committee=get_committee(community.code, user=user, now=now),
        registers=get_registers(community.code, user=user, now=now),
        may_keep=keeper_of(community.code, by=user) is not None,
    )


def _running(community: Division, *, user: User, now: datetime) -> Sequence[undertakings.Row]:
    """Return what is undertaken in the community, the oldest first, without bars. Two queries and the calendar's."""
    rows = get_undertakings(user=user).filter(community=community).running()
    found = rows.select_related("unit", "issuer").order_by("issued_at", "pk")[:SHOWN_UNDERTAKINGS]
    shown = undertakings.present(found, user=user, now=now, calendar=get_calendar())
    return [replace(row, due=replace(row.due, used=None)) for row in shown]


def get_rows(communities: Sequence[Division], *, user: User) -> list[CommunityRow]:
    """Return communities with their numbers as this person may see them, in the order given. Three queries."""
    codes = [row.code for row in communities]
    compounds = _by_code(
        get_compounds(user=user).in_use().filter(community__in=codes).values("community"),
        number=Count("pk"),
        homes=Sum("households"),
        led=Count("branch"),
    )
    grids = _by_code(
        get_grids(user=user).filter(community__in=codes, ended_on=None).values("community"),
        number=Count("pk"),
    )
    opened = _by_code(
        get_cases(user=user).open().filter(division__in=codes).values("division"),
        "division",
        number=Count("pk"),
    )
    return [
        CommunityRow(
            row,
            Numbers(
                compounds=compounds.get(row.code, {}).get("number", 0),
                households=compounds.get(row.code, {}).get("homes") or 0,
                led=compounds.get(row.code, {}).get("led", 0),
                grids=grids.get(row.code, {}).get("number", 0),
                open=opened.get(row.code, {}).get("number", 0),
            ),
        )
        for row in communities
    ]


def _by_code(rows: Any, name: str = "community", **counted: Any) -> dict[str, dict[str, Any]]:
    return {row[name]: row for row in rows.annotate(**counted).order_by()}
