"""Compounds of all five types with their branches, buildings and grids, in 370 urban communities. All fictional."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from django.db import connection
from django.db.models import F

from communities.models import Building, Compound, CompoundBranch, CrossPost, Grid
from communities.services.compounds import found_by
from kunming_portal.accounts.models import Appointment
from kunming_portal.demo import names
from kunming_portal.demo.communities.cities import ZHUANTANG, urban_communities
from kunming_portal.demo.units import BRANCHES
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit
from whistle.models import Case
from whistle.services import searching

BATCH = 2000
GATHER = """update whistle_case c set compound_id = m.id from communities_compound m
where m.community_id = c.division_id and (strpos(c.place, m.name) > 0 or strpos(c.place, m.address) > 0)"""
Kind, Mode, Body, Form = Compound.Kind, Compound.PropertyMode, Compound.OwnersBody, CompoundBranch.Form
# How frequent the types are, and which property management goes with them
TYPES = ("commercial",) * 9 + ("old",) * 6 + ("workplace",) * 3 + ("resettlement",) * 2 + ("public_rental",)
MODES = {
    "commercial": ("private",) * 8 + ("state_owned",),
    "old": ("none",) * 4 + ("state_owned",) * 3 + ("government",) * 2,
    "workplace": ("none",) * 2 + ("government",) * 2 + ("private",),
    "resettlement": ("government", "state_owned", "private"),
    "public_rental": ("state_owned", "government"),
}
YEARS = {
    "commercial": (2001, 2021),
    "old": (1978, 1999),
    "workplace": (1982, 2000),
    "resettlement": (2008, 2019),
    "public_rental": (2011, 2020),
}
FLATS = {
    "commercial": (48, 120),
    "old": (28, 60),
    "workplace": (24, 48),
    "resettlement": (60, 110),
    "public_rental": (80, 160),
}


@dataclass
class Written:
    """What waits to be written, in the order in which it refers to each other."""

    branches: list[CompoundBranch] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    compounds: list[Compound] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    posts: list[CrossPost] = field(default_factory=list)


def create(*, now: datetime, small: bool) -> None:
    """Write compounds, branches, buildings and grids of every urban community. Four statements a thousand rows."""
    seats = _seats()
    written = Written()
    for community in urban_communities(small=small):
        rng = Random(f"places {community.code}")
        compounds = list(_compounds(community, rng, year=now.year))
        buildings = [list(_buildings(compound, rng)) for compound in compounds]
        written.branches += _branches(community, compounds, rng, seats)
        written.posts += [post for row in compounds for post in _posts(row)]
        written.grids += _grids(community, buildings, rng)
        written.compounds += compounds
        written.buildings += [row for rows in buildings for row in rows]
    CompoundBranch.objects.bulk_create(written.branches, batch_size=BATCH)
    Grid.objects.bulk_create(written.grids, batch_size=BATCH)
    Compound.objects.bulk_create(written.compounds, batch_size=BATCH)
    Building.objects.bulk_create(written.buildings, batch_size=BATCH)
    CrossPost.objects.bulk_create(written.posts, batch_size=BATCH)
    _gather_cases()


def _gather_cases() -> None:
    """Let the cases whose place names a compound or its address lie in it; search finds them by its name."""
    with connection.cursor() as cursor:
        cursor.execute(GATHER)
    unnamed = Case.objects.filter(compound__isnull=False).exclude(place__contains=F("compound__name"))
    searching.refresh(list(unnamed))


def compound_names(community_code: str, rng: Random) -> list[str]:
    """Return the names of a community's two to four compounds; cases of the community name the same ones."""
    known = names.KNOWN_COMPOUNDS.get(community_code, ())
    return names.compounds(community_code)[: max(len(known), rng.randint(2, 4))]


def _compounds(community: Division, rng: Random, *, year: int) -> Iterator[Compound]:
    for name in compound_names(community.code, rng):
        if (community.code, name) == (ZHUANTANG, "丹桂里小区"):
            yield _showcase(community)
            continue
        kind = rng.choice(TYPES)
        mode = rng.choice(MODES[kind])
        compound = Compound(
            community=community,
            name=name,
            address=f"{rng.choice(names.ROADS)}{rng.randint(2, 268)}号",
            kind=kind,
            built_year=rng.randint(*YEARS[kind]),
            property_mode=mode,
            property_firm="" if mode == "none" else rng.choice(names.COMPANIES),
            property_contract_until=None if mode == "none" else date(year + rng.randint(0, 3), 12, 31),
        )
        _elect(compound, rng)
        yield found_by(compound)


def _showcase(community: Division) -> Compound:
    """Return the compound whose branch secretary has an account."""
    return found_by(
        Compound(
            community=community,
            name="丹桂里小区",
            address="西坝路128号",
            kind=Kind.OLD,
            built_year=1996,
            residents=1742,
            property_mode=Mode.STATE_OWNED,
            property_firm="滇泉城市服务",
            property_contract_until=date(2028, 6, 30),
            owners_body=Body.OWNERS_COMMITTEE,
            owners_body_term=3,
            owners_body_chair="李荫棠",
            owners_body_members=7,
            owners_body_party_members=4,
        )
    )


def _elect(compound: Compound, rng: Random) -> None:
    """Give it an owners' committee, a property management committee, or neither yet."""
    body = rng.choice(("owners_committee", "owners_committee", "property_committee", "none"))
    if body != "none":
        compound.owners_body = body
        compound.owners_body_term = rng.randint(1, 4)
        compound.owners_body_chair = next(names.people(rng))
        compound.owners_body_members = rng.choice((5, 7, 9))
        compound.owners_body_party_members = rng.randint(1, compound.owners_body_members)


def _buildings(compound: Compound, rng: Random) -> Iterator[Building]:
    """Yield its buildings; the compound's households are theirs."""
    if not compound.residents:
        flats = rng.randint(*FLATS[compound.kind])
        counts = [flats] * rng.randint(3, 12)
        compound.residents = flats * len(counts) * rng.randint(24, 31) // 10
    else:
        counts = [52] * 8 + [53] * 4
    compound.households = sum(counts)
    for number, count in enumerate(counts, start=1):
        yield Building(compound=compound, name=f"{number}栋", households=count)


def _seats() -> dict[tuple[str, str], tuple[Unit, str]]:
    """Return the seats of branches by community and name, with who holds each."""
    held = Appointment.objects.filter(unit__kind=Unit.Kind.BRANCH).select_related("unit", "user")
    return {(row.unit.division_id, row.unit.name): (row.unit, row.user.name) for row in held}


def _branches(
    community: Division,
    compounds: list[Compound],
    rng: Random,
    seats: dict[tuple[str, str], tuple[Unit, str]],
) -> Iterator[CompoundBranch]:
    """Yield the branches of most compounds: one each, or one that two of them share."""
    single = list(compounds)
    if community.code not in BRANCHES and len(compounds) > 2 and rng.random() < 0.3:
        pair, single = single[-2:], single[:-2]
        name = f"{pair[0].name}、{pair[1].name}联合党支部"
        yield _lead(CompoundBranch(community=community, name=name, form=Form.JOINT), pair, rng)
    for compound in single:
        name = f"{compound.name}党支部"
        seat = seats.get((community.code, name))
        if seat is None and rng.random() < 0.18:
            continue
        branch = CompoundBranch(community=community, name=name)
        yield _lead(branch, [compound], rng)
        if seat is not None:
            branch.unit, branch.secretary = seat
        if (community.code, compound.name) == (ZHUANTANG, "丹桂里小区"):
            branch.members_registered, branch.members_active = 46, 44
            branch.founded_on = date(2019, 7, 1)


def _lead(branch: CompoundBranch, compounds: list[Compound], rng: Random) -> CompoundBranch:
    """Put the branch over these compounds, with a secretary and members in number."""
    branch.superior = f"{branch.community.short_name}党委"
    branch.secretary = next(names.people(rng))
    branch.secretary_phone = names.phone(rng.randrange(10_000))
    branch.members_registered = rng.randint(9, 52)
    branch.members_active = branch.members_registered - rng.randint(0, 6)
    branch.founded_on = date(rng.randint(2017, 2024), rng.randint(1, 12), 1)
    for compound in compounds:
        compound.branch = branch
    return branch


def _posts(compound: Compound) -> Iterator[CrossPost]:
    """Yield who of its branch sits in the owners' body: one or two, where there are both."""
    branch = compound.branch
    if branch is None or branch.form != Form.SINGLE or compound.owners_body == Body.NONE:
        return
    rng = Random(f"posts {compound.community_id} {compound.name}")
    start = date(2024, rng.randint(1, 12), 1)
    here = CrossPost.Body.OWNERS_BODY
    chair = compound.owners_body_chair
    yield CrossPost(
        branch=branch, name=chair, branch_post="支部委员", body=here, body_post="主任", starts_on=start
    )
    if rng.random() < 0.5 or compound.name == "丹桂里小区":
        name = next(names.people(rng))
        yield CrossPost(
            branch=branch, name=name, branch_post="纪检委员", body=here, body_post="委员", starts_on=start
        )


def _grids(community: Division, buildings: list[list[Building]], rng: Random) -> Iterator[Grid]:
    """Yield two to four grids and put every building into one: neighbours together."""
    if community.code == ZHUANTANG:
        shown, others = buildings[0], [row for rows in buildings[1:] for row in rows]
        half = len(others) // 2
        shares = [others[:half], others[half:], shown[:6], shown[6:]]
    else:
        rows = [row for rows in buildings for row in rows]
        count = rng.randint(2, 4)
        edges = [len(rows) * n // count for n in range(count + 1)]
        shares = [rows[first:last] for first, last in zip(edges, edges[1:], strict=False)]
    for number, share in enumerate(shares, start=1):
        yield _grid(community, number, share)


def _grid(community: Division, number: int, share: list[Building]) -> Grid:
    name = f"{community.short_name}第{names.NUMERALS[number - 1]}网格"
    places = dict.fromkeys(row.compound.name for row in share)
    area = "，".join(f"{place}{_span(place, share)}" for place in places)
    grid = Grid(
        code=f"{community.code}{number:03d}",
        community=community,
        name=name,
        area=area,
        households=sum(row.households for row in share),
        party_group=f"{name}党小组",
        search_text=get_search_text(name, area),
    )
    for row in share:
        row.grid = grid
    return grid


def _span(place: str, share: list[Building]) -> str:
    own = [row.name.removesuffix("栋") for row in share if row.compound.name == place]
    return f"{own[0]}至{own[-1]}栋" if len(own) > 1 else f"{own[0]}栋"
