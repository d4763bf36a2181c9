"""Walks the small world to units and members that have checked in, served and been thanked."""

from datetime import date
from typing import Any

from communities.models import Activity, CheckIn, CommunityNeed, ServiceRecord, YearlyOpinion
from communities.services import checking_in, needs, opinions, serving, volunteering
from communities.services.checking_in import MemberWords, UnitWords
from communities.services.needs import NeedWords
from communities.services.serving import Service
from communities.services.volunteering import ActivityWords
from kunming_portal.divisions.models import Division
from tests.whistle.people import COMMUNITY, NOW, World, at

ENFORCEMENT = "城管执法中队"
OUTSIDE = "云南某设计院"


def community(code: str = COMMUNITY) -> Division:
    """Return the world's community."""
    return Division.objects.get(code=code)


def unit_in(world: World, *, code: str = COMMUNITY, name: str = "", by: str = "") -> CheckIn:
    """Walk to a unit that checked in: the enforcement force by its liaison, or one outside by the community."""
    if name:
        words = UnitWords(name, "陆明", "0871-63100001", "每季度开展一次政策宣讲。", 2026)
        return checking_in.check_in_unit(
            community=community(code), words=words, by=world.people[by or "community_worker"], now=NOW
        )
    return checking_in.check_in_unit(
        community=community(code),
        words=UnitWords(ENFORCEMENT, "何健", "0871-63100000", "每月整治一次占道经营。", 2026),
        unit=world.units["enforcement"],
        by=world.people[by or "enforcement_liaison"],
        now=NOW,
    )


def member_in(world: World, name: str = "段文静", *, unit: str = ENFORCEMENT, **more: Any) -> CheckIn:
    """Walk to a member who checked in, entered by the community."""
    words = MemberWords(unit, name, **{"skills": "法律咨询", **more})
    return checking_in.check_in_member(community=community(), words=words, by=world.community_worker, now=NOW)


def served(
    world: World, who: CheckIn, item: str = "清理楼道杂物", on: date = date(2026, 11, 20)
) -> ServiceRecord:
    """Walk to a service on record."""
    service = Service(on=on, item=item, outcome="三个单元的楼道已清空。")
    return serving.record_service(check_in=who, service=service, by=world.community_worker, now=NOW)


def needed(world: World, title: str = "周末辅导孩子作业", *, wanted: int = 2) -> CommunityNeed:
    """Walk to an open need."""
    words = NeedWords(title=title, starts_on=date(2026, 11, 28), times="每周六9时至11时", wanted=wanted)
    return needs.publish(community=community(), words=words, by=world.community_worker, now=NOW)


def drafted(world: World, who: CheckIn, year: int = 2026) -> YearlyOpinion:
    """Walk to a draft."""
    return opinions.draft(check_in=who, year=year, by=world.community_worker, now=NOW)


def planned(
    world: World, title: str = "滇池入湖河道巡护", *, wanted: int = 2, opened: bool = False
) -> Activity:
    """Walk to an activity that is planned, or open for sign-up."""
    words = ActivityWords(
        title=title,
        organiser="篆塘社区",
        starts_at=at("2026-11-28 09:00"),
        ends_at=at("2026-11-28 11:00"),
        wanted=wanted,
        place_text="大观河西坝段",
    )
    made = volunteering.write_activity(community=community(), words=words, by=world.community_worker, now=NOW)
    if opened:
        return volunteering.move_activity(activity=made, move="open", by=world.community_worker, now=NOW)
    return made
