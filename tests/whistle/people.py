"""A small world to walk in: one street, its county and the city, with people whose names mean something."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.models import CalendarDay, CalendarYear
from whistle import services
from whistle.models import Assignment, Case, Kind, Objection, Whistle
from whistle.selectors import get_open_whistle

KUNMING = ZoneInfo("Asia/Shanghai")
START = date(2020, 1, 1)
CITY, COUNTY, STREET, COMMUNITY = "5301", "530102", "530102003", "530102003004"
OTHER_STREET, OTHER_COMMUNITY = "530103001", "530103001001"


def at(text: str) -> datetime:
    """Return a moment in Kunming: `2026-11-25 10:24`."""
    return datetime.fromisoformat(text).replace(tzinfo=KUNMING)


NOW = at("2026-11-23 10:00")  # a Monday


def division(code: str, name: str) -> Division:
    """Create one division of the real codes."""
    levels = {
        4: ("city", "city"),
        6: ("county", "district"),
        9: ("street", "street"),
        12: ("community", "residents"),
    }
    level, kind = levels[len(code)]
    parent = {4: None, 6: code[:4], 9: code[:6], 12: code[:9]}[len(code)]
    return Division.objects.create(
        code=code,
        name=name,
        short_name=name,
        level=level,
        kind=kind,
        parent_id=parent,
        search_text=name,
        zone_class="demonstration" if code == COUNTY else "",
    )


def unit(code: str, name: str, kind: str, where: str, **extra: object) -> Unit:
    """Create one unit; its mark is the name's first character."""
    return Unit.objects.create(
        code=code,
        name=name,
        short_name=name,
        mark=name[0],
        kind=kind,
        division_id=where,
        valid_from=START,
        search_text=name,
        **extra,
    )


def person(username: str, role: str, at_unit: Unit) -> User:
    """Create somebody who holds one role."""
    user = User.objects.create(username=username, name=username, email=f"{username}@kunming.example")
    user.set_unusable_password()
    user.save()
    Appointment.objects.create(user=user, role=role, unit=at_unit, starts_on=START)
    return user


@dataclass
class World:
    """Everybody by what they are. Built once a test."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            found: User = self.__dict__["people"][name]
            return found
        except KeyError:
            raise AttributeError(name) from None


# code, name, kind, seat, more
UNITS: list[tuple[str, str, str, str, dict[str, str]]] = [
    ("community", "篆塘社区", "community", COMMUNITY, {}),
    ("street_office", "大观街道办事处", "street_office", STREET, {}),
    ("street_centre", "大观街道综合治理中心", "centre", STREET, {}),
    ("enforcement", "城管执法中队", "force", STREET, {"posting": "resident"}),
    ("market", "市场监督管理所", "force", STREET, {"posting": "resident"}),
    ("construction", "街道城市建设办", "department", STREET, {}),
    ("county_committee", "五华区委", "party_committee", COUNTY, {}),
    ("county_centre", "五华区网格指挥中心", "centre", COUNTY, {}),
    ("water_bureau", "五华区水务局", "department", COUNTY, {}),
    ("city_office", "市委城市基层党建领导小组办公室", "leading_group", CITY, {}),
    ("city_centre", "昆明市网格指挥中心", "centre", CITY, {}),
    ("city_water", "昆明市水务局", "department", CITY, {}),
    ("other_community", "尚义社区", "community", OTHER_COMMUNITY, {}),
    ("other_centre", "拓东街道综合治理中心", "centre", OTHER_STREET, {}),
    ("empty", "街道无人办", "department", STREET, {}),
    ("branch", "丹桂里小区党支部", "branch", COMMUNITY, {}),
]
# account, role, unit
PEOPLE = [
    ("community_worker", "community_worker", "community"),
    ("community_secretary", "community_secretary", "community"),
    ("street_dispatcher", "dispatcher", "street_centre"),
    ("street_secretary", "party_secretary", "street_office"),
    ("enforcement_liaison", "liaison", "enforcement"),
    ("enforcement_leader", "unit_leader", "enforcement"),
    ("market_liaison", "liaison", "market"),
    ("construction_liaison", "liaison", "construction"),
    ("county_dispatcher", "dispatcher", "county_centre"),
    ("county_secretary", "party_secretary", "county_committee"),
    ("water_liaison", "liaison", "water_bureau"),
    ("city_dispatcher", "dispatcher", "city_centre"),
    ("city_official", "office_staff", "city_office"),
    ("city_water_liaison", "liaison", "city_water"),
    ("stranger", "community_worker", "other_community"),
    ("other_dispatcher", "dispatcher", "other_centre"),
    ("compound_secretary", "compound_secretary", "branch"),
    ("street_staff", "office_staff", "street_office"),
    ("county_staff", "office_staff", "county_committee"),
    ("inspector", "inspector", "city_office"),
    ("integrator", "integrator", "city_office"),
    ("system_admin", "system_administrator", "city_office"),
    ("security_admin", "security_administrator", "city_office"),
    ("audit_admin", "audit_administrator", "city_office"),
]


def build_world() -> World:
    """Create the world: three tiers, two streets, departments, a force and a company; a stranger."""
    for code, name in ((CITY, "昆明市"), (COUNTY, "五华区"), (STREET, "大观"), (COMMUNITY, "篆塘社区")):
        division(code, name)
    for code, name in (("530103", "盘龙区"), (OTHER_STREET, "拓东"), (OTHER_COMMUNITY, "尚义社区")):
        division(code, name)
    world = World()
    for code, name, kind, where, extra in UNITS:
        world.units[code] = unit(code, name, kind, where, **extra)
    for username, role, code in PEOPLE:
        world.people[username] = person(username, role, world.units[code])
    seed_calendar()
    return world


def seed_calendar() -> None:
    """Make 2026 an official year with its National Day and make-up days."""
    CalendarYear.objects.create(year=2026, status="official", source="test")
    for day in (1, 2, 3, 4, 5, 6, 7):
        CalendarDay.objects.create(date=date(2026, 10, day), is_working=False, name="国庆节", source="test")
    for working in (date(2026, 9, 20), date(2026, 10, 10)):
        CalendarDay.objects.create(date=working, is_working=True, name="国庆节", source="test")


def matter(kind: str = "general", **more: Any) -> services.Matter:
    """Return a matter as a community worker would write it."""
    fields: dict[str, Any] = {
        "description": "西坝路128号院门口路面渗水下陷，非机动车道封闭。",
        "place": "西坝路128号",
    } | more
    return services.Matter(kind=Kind.objects.get(code=kind), **fields)


def opened(world: World, *, kind: str = "general", now: datetime = NOW, **more: Any) -> Case:
    """Walk to a draft."""
    return services.open_case(
        matter=matter(kind, **more), caller=world.units["community"], by=world.community_worker, now=now
    )


def whistle_of(case: Case) -> Whistle:
    """Return the open whistle of the case."""
    found = get_open_whistle(case)
    assert found is not None
    return found


def blown(world: World, *, kind: str = "general", now: datetime = NOW) -> Whistle:
    """Walk to a whistle that waits for acceptance (signed off where needed)."""
    whistle = whistle_of(opened(world, kind=kind, now=now))
    services.blow(whistle=whistle, by=world.community_worker, now=now)
    if whistle.status == "awaiting_approval":
        services.approve(whistle=whistle, by=world.community_secretary, now=now)
    return whistle


def dispatched(
    world: World, *, kind: str = "general", now: datetime = NOW, assists: int = 1
) -> list[Assignment]:
    """Walk to a whistle being handled: enforcement leads, the market force assists."""
    whistle = blown(world, kind=kind, now=now)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=now)
    helpers = [world.units["market"], world.units["construction"]][:assists]
    return services.dispatch(
        whistle=whistle, lead=world.units["enforcement"], assists=helpers, by=world.street_dispatcher, now=now
    )


LIAISONS = {
    "enforcement": "enforcement_liaison",
    "market": "market_liaison",
    "construction": "construction_liaison",
    "water_bureau": "water_liaison",
    "city_water": "city_water_liaison",
}


def plan(*, until: date = date(2027, 1, 31), now: datetime = NOW) -> services.Plan:
    """Return what a request for a hold says."""
    return services.Plan(
        reason_class="works",
        reason="管线迁改由地铁施工单位统一实施，年内无法进场。",
        until=until,
        milestones=[("完成管线迁改", until)],
    )


def objected(
    world: World, duty: Assignment, *, now: datetime = NOW, suggested: str = "construction"
) -> Objection:
    """Let the called unit object: the matter is somebody else's."""
    return services.object_to(
        assignment=duty,
        reason="道路养护不属本单位职责。",
        basis="《城市道路管理条例》第六条",
        suggested=world.units[suggested],
        by=world.people[LIAISONS[duty.unit.code]],
        now=now,
    )


def on_hold(world: World, *, now: datetime = NOW, until: date = date(2027, 1, 31)) -> Whistle:
    """Walk to a matter on hold: the lead has signed and asked, the secretary granted it."""
    duty = dispatched(world, now=now)[0]
    services.sign(assignment=duty, by=world.enforcement_liaison, now=now)
    services.ask_hold(assignment=duty, plan=plan(until=until), by=world.enforcement_liaison, now=now)
    services.decide_hold(whistle=duty.whistle, is_granted=True, by=world.street_secretary, now=now)
    return duty.whistle


def worked(world: World, duty: Assignment, *, now: datetime = NOW) -> Assignment:
    """Walk one unit's duty from the call to its feedback."""
    liaison = world.people[LIAISONS[duty.unit.code]]
    services.sign(assignment=duty, by=liaison, now=now)
    services.report_in(assignment=duty, person="王磊", phone="0871-6000-0000", by=liaison, now=now)
    return services.feed_back(assignment=duty, measures="已清理。", by=liaison, now=now)


def fed_back(world: World, *, kind: str = "general", now: datetime = NOW) -> Whistle:
    """Walk to a whistle that waits for verification."""
    duties = dispatched(world, kind=kind, now=now)
    for duty in duties:
        worked(world, duty, now=now)
    return whistle_of(duties[0].whistle.case)


# Who sees the community's case once the street handles it (the two forces called, everybody above), by hand.
SEES_THE_COMMUNITYS_CASE = {
    "community_worker",
    "community_secretary",
    "street_dispatcher",
    "street_secretary",
    "street_staff",
    "county_staff",
    "enforcement_liaison",
    "enforcement_leader",
    "market_liaison",
    "county_dispatcher",
    "county_secretary",
    "city_dispatcher",
    "city_official",
    "inspector",
    "integrator",
}
