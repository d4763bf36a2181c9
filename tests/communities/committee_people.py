"""Walks to the states of a big Party committee, through the services."""

from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client

from communities.models import BigCommittee, CommitteeMeeting, PartTimeMember
from communities.services import committee_meetings, committee_members, committee_terms
from communities.services.committee_meetings import Agenda, Topic
from communities.services.committee_members import Proposal
from communities.services.committee_terms import Term
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World

POSTS = (("段云", "secretary"), ("杨晓岚", "member"))
TERM = Term(1, date(2022, 1, 1), date(2026, 12, 31), 3, 7, POSTS)
EARLIER = NOW - timedelta(days=90)


def committee(
    world: World, *, term: Term = TERM, by: User | None = None, code: str = COMMUNITY
) -> BigCommittee:
    """Return a committee of the community."""
    return committee_terms.add_term(
        community=Division.objects.get(pk=code), term=term, by=by or world.community_secretary, now=NOW
    )


def foreign_committee(world: World) -> BigCommittee:
    """Return a committee of the neighbours'."""
    return committee(world, by=world.stranger, code=OTHER_COMMUNITY)


def recommended(
    world: World,
    where: BigCommittee,
    *,
    name: str = "刘志强",
    unit_name: str = "云岫物业服务",
    now: datetime = NOW,
    by: User | None = None,
    **more: object,
) -> PartTimeMember:
    """Walk to a recommendation."""
    proposal = Proposal(name, unit_name, **more)  # type: ignore[arg-type]
    return committee_members.recommend(
        committee=where, proposal=proposal, by=by or world.community_secretary, now=now
    )


def approved(world: World, where: BigCommittee, *, now: datetime = NOW, **more: object) -> PartTimeMember:
    """Walk to the street's approval."""
    member = recommended(world, where, now=now, **more)  # type: ignore[arg-type]
    return committee_members.approve(member=member, by=world.street_secretary, now=now)


def filed(world: World, where: BigCommittee, *, now: datetime = NOW, **more: object) -> PartTimeMember:
    """Walk to the filing."""
    member = approved(world, where, now=now, **more)
    return committee_members.file(member=member, by=world.county_staff, now=now)


def in_office(
    world: World, where: BigCommittee, *, now: datetime = EARLIER, **more: object
) -> PartTimeMember:
    """Walk to a member in office."""
    member = filed(world, where, now=now, **more)
    return committee_members.appoint(member=member, on=now.date(), by=world.community_secretary, now=now)


AGENDA = Agenda(
    planned_at=NOW + timedelta(days=3),
    place="社区党群服务中心",
    chair="段云",
    topics=(Topic("西坝路夜市油烟", "云岫物业服务", "difficult"), Topic("楼道堆物清理")),
)


def planned(world: World, where: BigCommittee, *, agenda: Agenda = AGENDA) -> CommitteeMeeting:
    """Walk to a planned meeting."""
    return committee_meetings.plan(committee=where, agenda=agenda, by=world.community_secretary, now=NOW)


def held(world: World, where: BigCommittee) -> CommitteeMeeting:
    """Walk to a meeting that was held; everybody came."""
    meeting = planned(world, where)
    came = {one.key: "present" for one in committee_meetings.attendees_of(where)}
    return committee_meetings.hold(
        meeting=meeting, held_at=NOW, came=came, by=world.community_secretary, now=NOW
    )


def page(client: Client, user: User, address: str, *, status: int = 200) -> str:
    """Return the page as this person gets it."""
    client.force_login(user)
    response: Any = client.get(address)
    assert response.status_code == status, address
    return str(response.content.decode())


def send(client: Client, user: User, address: str, *, status: int = 302, **data: Any) -> str:
    """Send a form as this person; return where it leads, or the page that says what is wrong."""
    client.force_login(user)
    response: Any = client.post(address, data)
    html = response.content.decode()
    assert response.status_code == status, html[-3000:] if status == 302 else response.status_code
    return str(response.headers.get("Location", "") if status == 302 else html)
