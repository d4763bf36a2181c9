"""One net (一张网): who serves in a compound, for the compound's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from communities.models import ONE_AND_FIVE, Building, Compound, GridPost
from communities.presenters.grids import RANKS, ranges
from communities.services import phones
from kunming_portal.accounts.models import User

Post = GridPost.Post


@dataclass(frozen=True)
class NetPerson:
    """Somebody who serves here: `note` says where; `phone` is empty for whoever may not call, `masked` never whole."""

    name: str
    post: str
    note: str
    phone: str
    masked: str


def people(compound: Compound, *, user: User) -> Sequence[NetPerson]:
    """Return the "1+5" of the compound's grids, heads first; who serves in several grids stands once. Two queries."""
    places = _places(compound)
    rows = GridPost.objects.in_force().filter(grid__in=places, post__in=ONE_AND_FIVE).select_related("grid")
    ordered = sorted(rows, key=lambda row: (RANKS[row.post], row.grid.code, row.name))
    calls = phones.may_call(compound.community_id, by=user)
    once: dict[tuple[str, str, str], list[GridPost]] = {}
    for row in ordered:
        once.setdefault((row.post, row.name, row.unit_name), []).append(row)
    return [_person(held, places, calls=calls) for held in once.values()]


def extra(compound: Compound) -> Sequence[tuple[str, int]]:
    """Return how many building heads, volunteers and others serve here, by post; those with nobody are left out.

    Two queries.
    """
    rows = GridPost.objects.in_force().filter(grid__in=_places(compound)).exclude(post__in=ONE_AND_FIVE)
    counted: dict[str, set[str]] = {}
    for post, name in rows.values_list("post", "name"):
        counted.setdefault(post, set()).add(name)
    return [(str(Post(post).label), len(counted[post])) for post in RANKS if post in counted]


def _places(compound: Compound) -> dict[int, list[str]]:
    """Return by grid the compound's buildings in it. One query."""
    rows = Building.objects.filter(compound=compound, grid__isnull=False).order_by("grid_id", "pk")
    pairs = rows.values_list("grid_id", "name")
    return {pk: [name for _pk, name in found] for pk, found in groupby(pairs, key=lambda pair: pair[0])}


def _person(held: Sequence[GridPost], places: dict[int, list[str]], *, calls: bool) -> NetPerson:
    first = held[0]
    if len(held) == 1:
        where = [_("grid %(serial)s") % {"serial": first.grid.code[-3:]}]
        where += [ranges(places[first.grid_id])] if first.post == Post.HEAD else []
    else:
        where = [ngettext("%(number)d grid", "%(number)d grids", len(held)) % {"number": len(held)}]
    where += [first.unit_name] if first.unit_name and first.post != Post.HEAD else []
    return NetPerson(
        name=first.name,
        post=first.get_post_display(),
        note=pgettext("between notes", ", ").join(where),
        phone=phones.unseal(first.phone_cipher) if calls else "",
        masked=phones.masked(first.phone_cipher),
    )
