"""Double report in the urban communities: units, members, services, needs, last year's opinions. All fictional.

Rows come in by the import of the existing app's export, as a city would begin; what a person does, by the services.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.utils import timezone

from communities.models import CheckIn, CommunityNeed, ServiceClass
from communities.services import importing_check_ins as importing
from communities.services import needs, opinions
from kunming_portal.accounts.models import User
from kunming_portal.demo import names
from kunming_portal.demo.communities.cities import ZHUANTANG, urban_communities
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit

Values = dict[str, Any]
KINDS = (Unit.Kind.DEPARTMENT, Unit.Kind.COMPANY)
MEMBERS, UNITS = 16, 2  # a community: 6,000 and 700 in the city
SHOWN_MEMBERS, SHOWN_SERVICES = 57, 112
SHOWN_UNITS = ("enforcement", "construction", "water_company")
OUTSIDE = (
    "云岫设计院", "春和中学", "滇泉银行春城支行", "翠澜医院", "玉兰小学", "金桂出版社", "听松测绘院",
    "和悦供电服务公司",
)  # fmt: skip
SKILLS = ("法律咨询", "急救", "水电维修", "书法", "心理疏导", "会计", "信息技术", "摄影", "健康指导", "")
PLANS = (
    "每月开展一次环境整治，每季度一次政策宣讲，春节前走访困难家庭。",
    "上半年完成楼道照明改造，下半年开展两次安全用电讲座。",
    "每周六安排两名党员参加平安巡逻，暑期开设青少年课堂。",
)
ITEMS = {
    "政策宣讲": ("院坝政策宣讲", "到场居民32人，现场解答医保问题9个。"),
    "环境整治": ("清理楼道杂物", "清出杂物两车，三个单元楼道畅通。"),
    "治安巡防": ("夜间平安巡逻", "提醒4户关好门窗，移走占道电动车6辆。"),
    "矛盾调解": ("调解漏水纠纷", "双方同意分担维修费，已写下协议。"),
    "关爱帮扶": ("探访独居老人", "更换灯泡两只，约好每周通一次电话。"),
    "文体活动": ("青少年阅读课", "12名孩子参加，读完两本书。"),
    "专业服务": ("法律咨询", "解答咨询11人次，代写文书1份。"),
    "应急支援": ("暴雨后清淤", "清理雨水口7处，积水当日退去。"),
}
NEEDS = (
    ("周末辅导孩子作业", "文体活动", "每周六9时至11时", 4),
    ("为独居老人修理水电", "专业服务", "随时约定", 3),
    ("小区夜间巡逻", "治安巡防", "每晚20时至22时", 6),
    ("楼道环境整治", "环境整治", "每月第一个周日", 8),
    ("反诈宣讲员", "政策宣讲", "每月一次", 2),
    ("邻里纠纷调解员", "矛盾调解", "随时约定", 2),
)


def create(*, now: datetime, small: bool) -> None:
    """Write the rows of every urban community, then walk through what people did in the showcase community."""
    places = urban_communities(small=small)
    by = User.objects.get(username="city.official")
    classes = {row.name: row.pk for row in ServiceClass.objects.all()}
    units, members = [], []
    local = _local_units()
    for community in places:
        rng = Random(f"check-ins {community.code}")
        chosen = _units_of(community, local, rng)
        units += [_unit(community, name, rng, now=now) for name in chosen]
        members += list(_members(community, chosen, rng, classes))
    importing.import_check_ins(CheckIn.Kind.UNIT, new=units, changed=[], by=by, now=now)
    importing.import_check_ins(CheckIn.Kind.MEMBER, new=members, changed=[], by=by, now=now)
    labels = {pk: name for name, pk in classes.items()}
    services = list(_services(members, labels, today=timezone.localdate(now)))
    importing.import_services(new=services, changed=[], compounds={}, by=by, now=now)
    wanted = [row for community in places for row in _needs(community, classes, now=now)]
    importing.import_needs(new=wanted, changed=[], by=by, now=now)
    _claim(now=now)
    _give_opinions(now=now)


def _local_units() -> Mapping[str, Sequence[str]]:
    """Return the names of departments and companies by the street they are seated in. One query."""
    found: dict[str, list[str]] = {}
    rows = Unit.objects.filter(kind__in=KINDS, division__level="street", valid_to=None).order_by("code")
    for seat, name in rows.values_list("division_id", "name"):
        found.setdefault(seat, []).append(name)
    return found


def _units_of(community: Division, local: Mapping[str, Sequence[str]], rng: Random) -> list[str]:
    if community.code == ZHUANTANG:
        codes = [f"{ZHUANTANG[:9]}-{trade}" for trade in SHOWN_UNITS]
        rows = Unit.objects.filter(code__in=[*codes, "530102-water"]).order_by("code")
        return [*rows.values_list("name", flat=True), *OUTSIDE[:2]]
    near = list(local.get(community.code[:9], ()))
    return [*rng.sample(near, min(len(near), UNITS - 1)), rng.choice(OUTSIDE)]


def _unit(community: Division, name: str, rng: Random, *, now: datetime) -> Values:
    return {
        "community": community.code,
        "unit_name": name,
        "liaison": next(names.people(rng)),
        "liaison_phone": names.phone(rng.randrange(10_000)),
        "plan_year": now.year,
        "plan": rng.choice(PLANS),
        "starts_on": date(2023, rng.randint(3, 12), rng.randint(1, 28)),
        "ends_on": None,
    }


def _members(
    community: Division, units: Sequence[str], rng: Random, classes: Mapping[str, int]
) -> Iterator[Values]:
    count = SHOWN_MEMBERS if community.code == ZHUANTANG else rng.randint(MEMBERS - 6, MEMBERS + 6)
    people = iter(dict.fromkeys(islice(names.people(rng), count * 2)))
    for number, name in enumerate(islice(people, count)):
        yield {
            "community": community.code,
            "unit_name": units[number % len(units)],
            "name": name,
            "service_class": rng.choice(list(classes.values())),
            "skills": rng.choice(SKILLS),
            "grid": "",
            "phone": names.mobile(rng) if number % 8 == 0 else "",
            "starts_on": date(2023, rng.randint(3, 12), rng.randint(1, 28)),
            "ends_on": date(2025, 6, 30) if number % 25 == 24 and community.code != ZHUANTANG else None,
        }


def _services(members: Sequence[Values], labels: Mapping[int, str], *, today: date) -> Iterator[Values]:
    """Yield services of members: two of each in the showcase community, one of every third elsewhere."""
    shown = 0
    for number, member in enumerate(members):
        here = member["community"] == ZHUANTANG
        rng = Random(f"services {number}")
        for turn in range(2 if here else int(number % 3 == 0)):
            shown += here
            if here and shown > SHOWN_SERVICES:
                break
            item, outcome = ITEMS[labels[member["service_class"]]]
            # the first of a member this year or last, the second last year for certain
            day = today - timedelta(days=rng.randint(3, 300))
            if turn:
                day = date(today.year - 1, rng.randint(1, 12), rng.randint(1, 28))
            yield {
                **{name: member[name] for name in ("community", "unit_name")},
                "who": member["name"],
                "on": day,
                "item": item,
                "hours": None,
                "compound": "",
                "outcome": outcome,
            }


def _needs(community: Division, classes: Mapping[str, int], *, now: datetime) -> Iterator[Values]:
    rng = Random(f"needs {community.code}")
    everything = community.code == ZHUANTANG
    for title, sort, times, wanted in NEEDS if everything else rng.sample(NEEDS, 2):
        first = timezone.localdate(now) - timedelta(days=rng.randint(0, 60))
        yield {
            "community": community.code,
            "title": title,
            "starts_on": first,
            "ends_on": first + timedelta(days=120),
            "service_class": classes[sort],
            "times": times,
            "wanted": wanted,
            "text": "",
        }


def _claim(*, now: datetime) -> None:
    """Walk the needs of the showcase community through every state."""
    keeper = User.objects.get(username="community.worker")
    liaison = User.objects.get(username="street.construction")
    rows = list(CommunityNeed.objects.filter(community=ZHUANTANG).order_by("pk"))
    members = list(CheckIn.objects.members().filter(community=ZHUANTANG).order_by("pk")[:6])
    unit = CheckIn.objects.units().get(community=ZHUANTANG, unit__code=f"{ZHUANTANG[:9]}-construction")
    needs.claim(need=rows[0], check_in=members[0], by=keeper, now=now)
    needs.claim(need=rows[1], check_in=unit, by=liaison, now=now)
    for member in members[1:4]:
        needs.claim(need=rows[2], check_in=member, by=keeper, now=now)
    needs.claim(need=rows[3], check_in=unit, by=liaison, now=now)
    needs.finish(need=rows[3], outcome="两个周日清理楼道11处，居民一同参加。", by=keeper, now=now)
    needs.withdraw(need=rows[4], outcome="派出所已统一安排宣讲。", by=keeper, now=now)


def _give_opinions(*, now: datetime) -> None:
    """Issue last year's opinions on the units of the showcase community, and leave one of this year as a draft."""
    secretary = User.objects.get(username="community.secretary")
    units = list(CheckIn.objects.units().filter(community=ZHUANTANG).order_by("pk"))
    for unit in units:
        made = opinions.draft(check_in=unit, year=now.year - 1, by=secretary, now=now)
        opinions.issue(opinion=made, by=secretary, now=now)
    opinions.draft(check_in=units[0], year=now.year, by=secretary, now=now)
