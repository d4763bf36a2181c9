"""Everything the page of a compound shows: the page a secretary opens in a meeting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communities.guards import CommunityRefused, check_exercises, keeper_of
from communities.models import Building, Compound, CrossPost, Grid
from communities.presenters import net, powers, sinking
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.places.bodies import Body, get_bodies, joined
from kunming_portal.places.cases import CompoundCases, get_compound_cases
from kunming_portal.places.committee import Committee, get_committee
from kunming_portal.places.ways import get_ways
from kunming_portal.ui import parts


@dataclass(frozen=True)
class Share:
    """The buildings of a compound that lie in one grid, or in none."""

    grid: Grid | None
    names: str
    households: int


@dataclass(frozen=True)
class CompoundPage:
    """The page of a compound."""

    ways: Sequence[parts.Crumb]
    facts: str
    bodies: Sequence[Body]
    cases: CompoundCases
    powers: Sequence[powers.Column]
    sunk: Sequence[sinking.Sunk]
    people: Sequence[net.NetPerson]
    extra: Sequence[tuple[str, int]]
    posts: Sequence[CrossPost]
    shares: Sequence[Share]
    committee: Committee | None
    blow_url: str
    may_keep: bool
    moves: parts.Moves


def get_compound_page(compound: Compound, *, user: User, now: datetime) -> CompoundPage:
    """Return the page as this person may see it; the compound comes with community and branch.

    Some forty queries, whatever hangs on the compound.
    """
    buildings = list(
        Building.objects.filter(compound=compound).select_related("grid").order_by("grid__code", "id")
    )
    grids = list({row.grid.pk: row.grid for row in buildings if row.grid is not None}.values())
    held = (
        CrossPost.objects.held().filter(branch=compound.branch)
        if compound.branch
        else CrossPost.objects.none()
    )
    posts = list(held.order_by("body", "starts_on", "id"))
    keeps = keeper_of(compound.community_id, by=user) is not None
    return CompoundPage(
        ways=get_ways(compound.community_id, user=user),
        facts=_facts(compound, len(buildings)),
        bodies=get_bodies(compound, posts=posts, grids=grids),
        cases=get_compound_cases(compound, user=user, now=now),
        powers=powers.columns(compound, now=now, may_open=_exercises(compound, user)),
        sunk=sinking.rows(compound, now=now),
        people=net.people(compound, user=user),
        extra=net.extra(compound),
        posts=posts,
        shares=list(_shares(buildings)),
        committee=get_committee(compound.community_id, user=user, now=now),
        blow_url=_blow_url(compound, user),
        may_keep=keeps and compound.ended_on is None,
        moves=parts.Moves(allowed=_moves(compound) if keeps and compound.ended_on is None else ()),
    )


def _exercises(compound: Compound, user: User) -> bool:
    """Say whether this person keeps the records of the branch's powers. No query once rights are loaded."""
    try:
        check_exercises(compound, by=user)
    except CommunityRefused:
        return False
    return compound.ended_on is None


def _facts(compound: Compound, buildings: int) -> str:
    """Return the line below the name: where, what it is, how large."""
    kind = str(compound.get_kind_display())
    if compound.built_year:
        kind = _("%(kind)s built in %(year)s") % {"kind": kind, "year": compound.built_year}
    size = [
        ngettext("%(number)s building", "%(number)s buildings", buildings) % {"number": buildings},
        ngettext("%(number)s household", "%(number)s households", compound.households)
        % {"number": f"{compound.households:,}"},
        ngettext("%(number)s resident", "%(number)s residents", compound.residents)
        % {"number": f"{compound.residents:,}"},
    ]
    counted = (buildings, compound.households, compound.residents)
    known = [words for words, number in zip(size, counted, strict=True) if number]
    return joined([compound.address, kind, *known])


def _shares(buildings: Iterable[Building]) -> Iterable[Share]:
    for grid, rows in groupby(buildings, key=lambda row: row.grid):
        found = list(rows)
        yield Share(grid, joined([row.name for row in found]), sum(row.households for row in found))


def _blow_url(compound: Compound, user: User) -> str:
    """Return where this person blows for the compound, or nothing."""
    held = user.appointment_in(P.CASE_OPEN, division_code=compound.community_id)
    if held is None or compound.ended_on is not None:
        return ""
    return f"{reverse('case-new')}?caller={held.unit_id}&compound={compound.pk}"


def _moves(compound: Compound) -> list[parts.Move]:
    """Return what whoever keeps the records can change."""
    moves = [
        parts.Move(_("Change the compound"), reverse("compound-change", args=[compound.pk]), "pen"),
        parts.Move(_("Keep its buildings"), reverse("compound-buildings", args=[compound.pk]), "buildings"),
    ]
    branch = compound.branch
    if branch is None:
        moves.append(parts.Move(_("Enter the branch"), reverse("branch-new", args=[compound.pk]), "flag"))
    else:
        moves.append(parts.Move(_("Change the branch"), reverse("branch-change", args=[branch.pk]), "flag"))
        moves.append(
            parts.Move(
                _("Enter a cross-post"), reverse("cross-post-new", args=[branch.pk]), "arrow-left-right"
            )
        )
        if branch.unit_id is None:
            url = reverse("branch-seat", args=[branch.pk])
            moves.append(parts.Move(_("Give the branch a seat"), url, "person-check", method="post"))
        moves.append(parts.Move(_("End the branch"), reverse("branch-end", args=[branch.pk]), "x-circle"))
    moves.append(parts.Move(_("Take out of use"), reverse("compound-end", args=[compound.pk]), "x-circle"))
    return moves
