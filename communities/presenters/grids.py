"""What the pages about grids show: who serves there, what lies in them, which of the "1+5" are missing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Case, F, IntegerField, Prefetch, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import ONE_AND_FIVE, Building, Compound, Grid, GridPost
from communities.querysets import GridPostQuerySet, GridQuerySet
from communities.services import phones
from kunming_portal.accounts.models import User

NUMBERED = re.compile(r"(\d+)(\D*)")
Post = GridPost.Post
FORCES = frozenset(ONE_AND_FIVE)
RANKS = {post: place for place, post in enumerate(Post.values)}


@dataclass(frozen=True)
class Serving:
    """One person in a post, as a list shows it. `tel` is empty for whoever may not call."""

    row: GridPost
    post: str
    note: str
    masked: str
    tel: str


@dataclass(frozen=True)
class GridRow:
    """One grid of the list."""

    grid: Grid
    places: str
    households: int
    head: GridPost | None
    missing: Sequence[str]


@dataclass(frozen=True)
class ContactGroup:
    """The people of one grid on a page of the contact book."""

    grid: Grid
    places: str
    people: Sequence[Serving]


def by_post(posts: GridPostQuerySet) -> GridPostQuerySet:
    """Add what people of grids are ordered by: `code` of the grid, `rank` of the post."""
    rank = Case(*(When(post=post, then=Value(n)) for post, n in RANKS.items()), output_field=IntegerField())
    return posts.annotate(code=F("grid__code"), rank=rank)


def people_of(grid: Grid) -> list[GridPost]:
    """Return who serves in a grid, the "1+5" first. One query."""
    rows = GridPost.objects.in_force().filter(grid=grid).select_related("grid", "building")
    return sorted(rows, key=lambda row: (RANKS[row.post], row.pk))


def with_places(grids: GridQuerySet) -> GridQuerySet:
    """Add the buildings with their compounds, and who serves. Three queries more, however many grids."""
    buildings = Building.objects.select_related("compound").order_by("compound__name", "pk")
    serving = GridPost.objects.in_force().order_by("pk")
    return grids.select_related("community").prefetch_related(
        Prefetch("buildings", queryset=buildings), Prefetch("posts", queryset=serving)
    )


def grid_rows(grids: Iterable[Grid]) -> list[GridRow]:
    """Return grids of `with_places` as rows. No query."""
    return [_row(grid) for grid in grids]


def _row(grid: Grid) -> GridRow:
    posts, buildings = list(grid.posts.all()), list(grid.buildings.all())
    return GridRow(
        grid=grid,
        places=places_text(buildings),
        households=households_of(grid, buildings),
        head=next((post for post in posts if post.post == Post.HEAD), None),
        missing=missing_of(posts),
    )


def households_of(grid: Grid, buildings: Sequence[Building]) -> int:
    """Return the households of the buildings; of a grid without buildings what was entered."""
    return sum(building.households for building in buildings) if buildings else grid.households


def missing_of(posts: Iterable[GridPost]) -> list[str]:
    """Return the names of the "1+5" nobody holds, in their order."""
    held = {post.post for post in posts}
    return [str(post.label) for post in ONE_AND_FIVE if post not in held]


def missing_posts(posts: Iterable[GridPost]) -> list[tuple[str, str]]:
    """Return the same with their values, for links that fill the gap."""
    held = {post.post for post in posts}
    return [(post.value, str(post.label)) for post in ONE_AND_FIVE if post not in held]


def by_compound(buildings: Iterable[Building]) -> list[tuple[Compound, str, int]]:
    """Return compound, its buildings in short, and their households. No query when compounds are loaded."""
    ordered = sorted(buildings, key=lambda one: (one.compound.name, one.compound_id))
    return [
        (group[0].compound, ranges([one.name for one in group]), sum(one.households for one in group))
        for _pk, found in groupby(ordered, key=lambda one: one.compound_id)
        if (group := list(found))
    ]


def serving(rows: Iterable[GridPost], *, user: User) -> list[Serving]:
    """Return people for a page; the phone masked, and to call for who keeps or serves there. No query."""
    return [_serving(row, user) for row in rows]


def _serving(row: GridPost, user: User) -> Serving:
    calls = bool(row.phone_cipher) and phones.may_call(row.grid.community_id, by=user)
    notes = [row.building.name if row.building else "", row.unit_name]
    if row.full_time:
        notes.append(str(_("full-time")))
    return Serving(
        row=row,
        post=row.get_post_display(),
        note=pgettext("between notes", ", ").join(n for n in notes if n),
        masked=phones.masked(row.phone_cipher),
        tel=phones.unseal(row.phone_cipher) if calls else "",
    )


def contact_groups(rows: Iterable[GridPost], *, user: User) -> list[ContactGroup]:
    """Return a page of people, ordered by grid, as one group a grid. No query when `grid__buildings` is loaded."""
    return [
        ContactGroup(
            grid=people[0].grid,
            places=places_text(people[0].grid.buildings.all()),
            people=serving(people, user=user),
        )
        for _pk, found in groupby(rows, key=lambda row: row.grid_id)
        if (people := list(found))
    ]


def places_text(buildings: Iterable[Building]) -> str:
    """Return where a grid lies: 丹桂里小区1至6栋. No query when compounds are loaded."""
    parts = [f"{compound.name}{names}" for compound, names, _households in by_compound(buildings)]
    return pgettext("between places", ", ").join(parts)


def ranges(names: Iterable[str]) -> str:
    """Return names of buildings in short: 1栋 2栋 3栋 5栋 -> 1至3栋、5栋. What has no number stands as it is."""
    numbered: dict[str, list[int]] = {}
    plain: list[str] = []
    for name in names:
        found = NUMBERED.fullmatch(name)
        if found is None:
            plain.append(name)
        else:
            numbered.setdefault(found[2], []).append(int(found[1]))
    said = [text for ending, numbers in numbered.items() for text in _runs(sorted(numbers), ending)]
    return pgettext("between buildings", ", ").join([*said, *sorted(plain)])


def _runs(numbers: Sequence[int], ending: str) -> list[str]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        f"{run[0]}{ending}"
        if len(run) == 1
        else _("%(first)d to %(last)d%(ending)s") % {"first": run[0], "last": run[-1], "ending": ending}
        for run in runs
    ]
