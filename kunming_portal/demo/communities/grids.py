"""Who serves in every grid, and what sinks to the compounds. The showcase grids go through the services. Fictional."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count, groupby
from random import Random

from django.utils import timezone

from communities.models import Building, Compound, CompoundGrant, GrantUse, Grid, GridPost
from communities.querysets import GridQuerySet
from communities.services import grants, grid_posts, phones
from communities.services.grants import Gift
from communities.services.grid_posts import Person
from communities.services.grid_words import words_of_person
from kunming_portal.accounts.models import User
from kunming_portal.demo import names
from kunming_portal.demo.communities.cities import ZHUANTANG

BATCH = 2000
COMPOUND = "丹桂里小区"
Post, Kind = GridPost.Post, CompoundGrant.Kind
SHARED = (Post.SUPERVISOR, Post.ENFORCEMENT, Post.POLICE, Post.COMMUNITY)
UNITS = {
    Post.SUPERVISOR: "街道综合治理中心",
    Post.ENFORCEMENT: "城管执法中队",
    Post.POLICE: "派出所",
    Post.SANITATION: "环卫站",
}
# The two grids of the showcase compound as their people know them: post, name, unit
HEADS = {"003": "杨春梅", "004": "马志明"}
FORCES = (
    (Post.POLICE, "李国栋", "大观派出所"),
    (Post.COMMUNITY, "杨晓岚", "篆塘社区"),
    (Post.ENFORCEMENT, "王磊", "大观街道城管执法中队"),
    (Post.SANITATION, "张桂芬", "大观街道环卫站"),
    (Post.SUPERVISOR, "赵丽琼", "大观街道综合治理中心"),
)
VOLUNTEERS = {"003": 16, "004": 15}
USES = (
    ("单元楼道灯改声控灯", "21000", 150),
    ("高龄老人冬季探访和送药上门", "14000", 60),
    ("北门党群服务站夜间议事桌椅", "17000", 24),
)
SERVICES = (
    ("社区医生每月坐诊", "大观街道社区卫生服务中心", "每月两次"),
    ("法律咨询", "五华区司法局大观司法所", "每季度一次"),
)
PURPOSES = ("楼道灯改造", "小区绿化补种", "老人探访", "议事亭修缮", "充电棚消防器材", "雨棚更换")


@dataclass
class Desk:
    """What the writing of a whole city keeps: chance, names, and the next phone."""

    rng: Random
    people: Iterator[str]
    numbers: Iterator[int]
    today: date

    def phone(self) -> str:
        """Return a sealed phone that reaches nobody."""
        return phones.seal(names.phone(next(self.numbers)))


def create(*, now: datetime, small: bool) -> None:
    """Write the people of every grid there is, and funds for most compounds; then the showcase through services."""
    rng = Random("grids")
    desk = Desk(rng, names.people(rng), count(1000), timezone.localdate(now))
    shown = set(_shown_grids().values_list("pk", flat=True))
    grids = Grid.objects.exclude(pk__in=shown).filter(ended_on=None, posts=None).order_by("code")
    buildings = _buildings()
    rows: list[GridPost] = []
    for _community, found in groupby(grids, key=lambda grid: grid.community_id):
        shared = {post: next(desk.people) for post in SHARED}
        for grid in found:
            rows += _people(grid, buildings.get(grid.pk, []), shared, desk)
    GridPost.objects.bulk_create(rows, batch_size=BATCH)
    _fund(desk, now)
    _show(now)


def _shown_grids() -> GridQuerySet:
    return Grid.objects.filter(community=ZHUANTANG, buildings__compound__name=COMPOUND).distinct()


def _buildings() -> dict[int, list[Building]]:
    rows = Building.objects.filter(grid__isnull=False).select_related("compound").order_by("grid_id", "pk")
    return {pk: list(found) for pk, found in groupby(rows, key=lambda row: row.grid_id or 0)}


def _people(
    grid: Grid, buildings: Sequence[Building], shared: dict[GridPost.Post, str], desk: Desk
) -> Iterator[GridPost]:
    """Yield the "1+5" of a grid, some with a gap, then building heads, volunteers and the property firm."""
    gap = desk.rng.choice((Post.HEAD, *SHARED, Post.SANITATION)) if desk.rng.random() < 0.2 else None
    for post in (Post.HEAD, *SHARED, Post.SANITATION):
        if post != gap:
            yield _person(grid, post, shared.get(post) or next(desk.people), desk)
    for building in buildings:
        if desk.rng.random() < 0.35:
            yield _person(grid, Post.BUILDING_HEAD, next(desk.people), desk, building=building)
    if desk.rng.random() < 0.6:
        yield _person(grid, Post.VOLUNTEER, next(desk.people), desk)
    firm = next((row.compound.property_firm for row in buildings if row.compound.property_firm), "")
    if firm:
        yield _person(grid, Post.PROPERTY, next(desk.people), desk, unit=firm)


def _person(
    grid: Grid,
    post: GridPost.Post,
    name: str,
    desk: Desk,
    *,
    building: Building | None = None,
    unit: str = "",
) -> GridPost:
    unit = unit or UNITS.get(post, "")
    return GridPost(
        grid=grid,
        post=post,
        name=name,
        unit_name=unit,
        phone_cipher=desk.phone(),
        full_time=post == Post.COMMUNITY,
        building=building,
        started_on=desk.today - timedelta(days=desk.rng.randint(30, 900)),
        search_text=words_of_person(name=name, unit_name=unit),
    )


def _fund(desk: Desk, now: datetime) -> None:
    """Give most compounds funds of this year, and record one or two uses of them."""
    official = User.objects.filter(appointments__role="office_staff").order_by("pk").first()
    compounds = Compound.objects.filter(ended_on=None, grants=None).exclude(
        community=ZHUANTANG, name=COMPOUND
    )
    given: list[CompoundGrant] = []
    uses: list[GrantUse] = []
    for compound in compounds.order_by("pk"):
        if desk.rng.random() < 0.3 or official is None:
            continue
        amount = Decimal(desk.rng.randint(20, 120) * 1000)
        grant = CompoundGrant(
            compound=compound,
            year=desk.today.year,
            kind=Kind.WORK_FUNDS,
            title="党组织服务群众经费",
            amount=amount,
            source="街道党工委",
            purpose="服务群众，小区议定后使用",
        )
        given.append(grant)
        for share in desk.rng.sample((2, 3, 4), desk.rng.randint(0, 2)):
            uses.append(
                GrantUse(
                    grant=grant,
                    used_on=desk.today - timedelta(days=desk.rng.randint(1, 200)),
                    amount=(amount / 10 * share).quantize(Decimal("0.01")),
                    text=desk.rng.choice(PURPOSES),
                    recorded_by=official,
                    recorded_at=now,
                )
            )
    CompoundGrant.objects.bulk_create(given, batch_size=BATCH)
    GrantUse.objects.bulk_create(uses, batch_size=BATCH)


def _show(now: datetime) -> None:
    """Fill the showcase compound: its two grids, funds and services, each entry with its history."""
    keeper = User.objects.filter(username="community.worker").first()
    compound = Compound.objects.filter(community=ZHUANTANG, name=COMPOUND).first()
    if keeper is None or compound is None:
        return
    rng = Random("showcase grids")
    desk = Desk(rng, names.people(rng), count(100), timezone.localdate(now))
    for grid in _shown_grids().filter(posts=None).order_by("code"):
        _show_grid(grid, keeper, desk, now)
    if not compound.grants.exists():
        _show_grants(compound, keeper, now)


def _show_grid(grid: Grid, keeper: User, desk: Desk, now: datetime) -> None:
    serial, since = grid.code[-3:], desk.today - timedelta(days=420)
    forces = ((Post.HEAD, HEADS[serial], "篆塘社区"), *FORCES) if serial in HEADS else FORCES
    for number, (post, name, unit) in enumerate(forces):
        person = Person(
            post=post,
            name=name,
            unit_name=unit,
            # who serves in both grids has one phone
            phone=names.phone(number + (0 if post != Post.HEAD else 10 + int(serial))),
            full_time=post == Post.COMMUNITY,
            started_on=since,
        )
        grid_posts.appoint(grid=grid, person=person, by=keeper, now=now - timedelta(days=420))
    others = [
        _person(grid, Post.BUILDING_HEAD, next(desk.people), desk, building=building)
        for building in grid.buildings.order_by("pk")
    ]
    others += [
        _person(grid, Post.VOLUNTEER, next(desk.people), desk) for _n in range(VOLUNTEERS.get(serial, 3))
    ]
    GridPost.objects.bulk_create(others)


def _show_grants(compound: Compound, keeper: User, now: datetime) -> None:
    begun = now - timedelta(days=240)
    year = timezone.localdate(now).year
    funds = Gift(
        year=year,
        kind=Kind.WORK_FUNDS,
        title="党组织服务群众经费",
        source="大观街道党工委",
        amount=Decimal(86000),
        purpose="经小区党支部议定，用于服务群众",
    )
    grant = grants.give(compound=compound, gift=funds, by=keeper, now=begun)
    for text, amount, days in USES:
        at = now - timedelta(days=days)
        grants.use(grant=grant, text=text, amount=Decimal(amount), by=keeper, now=at)
    for title, source, quantity in SERVICES:
        service = Gift(year=year, kind=Kind.SERVICE, title=title, source=source, quantity=quantity)
        grants.give(compound=compound, gift=service, by=keeper, now=begun)
