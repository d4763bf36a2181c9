"""One case over HTTP from the community to the city, the clock moved across National Day 2026.

Wednesday 30 September; 1 to 7 October off; 8 and 9 October working; Saturday 10 October works in exchange.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from kunming_portal.deadlines import timers
from tests.whistle.people import World, at
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, CaseRung, Kind, Whistle
from whistle.selectors import get_open_whistle


@pytest.fixture
def clients(world: World) -> Callable[[str], Client]:
    """Return a browser in which a person of the world has just signed in (sessions end after twelve hours)."""

    def client(name: str) -> Client:
        fresh = Client()
        fresh.force_login(world.people[name])
        return fresh

    return client


class Chain:
    """Walks one case through the pages; every step must lead back to the case."""

    def __init__(self, clients: Callable[[str], Client], traveller: time_machine.Traveller) -> None:
        self.clients, self.traveller = clients, traveller
        self.case = Case()

    def on(self, moment: str) -> datetime:
        """Move the clock."""
        self.traveller.move_to(at(moment))
        return at(moment)

    def post(self, who: str, path: str, **fields: Any) -> None:
        """Send a form; it must be accepted."""
        response = self.clients(who).post(path, fields)
        assert response.status_code == 302, response.content.decode()[:3000]

    def move(self, who: str, move: str, **fields: Any) -> None:
        """Make a move on the present whistle."""
        self.post(who, f"/cases/{self.case.pk}/{move}/", **fields)

    def duty(self, who: str, duty: Assignment, move: str, **fields: Any) -> None:
        """Make a move on a unit's duty."""
        self.post(who, f"/assignments/{duty.pk}/{move}/", **fields)

    @property
    def whistle(self) -> Whistle:
        """The present whistle."""
        found = get_open_whistle(self.case)
        assert found is not None
        return found

    def due(self, step: str) -> datetime:
        """The due moment of the present whistle's running deadline of a step."""
        return CaseDeadline.objects.running().get(whistle=self.whistle, step=step, assignment=None).due_at

    def work(self, who: str, duty: Assignment) -> None:
        """Sign, report in and feed back for a unit."""
        self.duty(who, duty, "sign")
        self.duty(who, duty, "report_in", person="赵国栋", phone="0871-60000011")
        self.duty(who, duty, "feed_back", measures="已关阀降压，路面回填。", met_whom="物业")


def at_the_street(chain: Chain, world: World) -> None:
    """Blown by the community before the holiday, dispatched by the street, worked on by one of two units."""
    chain.post(
        "community_worker",
        "/cases/new/",
        description="西坝路128号院门口路面渗水下陷，非机动车道封闭。",
        kind=str(Kind.objects.get(code="general").pk),
        place="西坝路128号",
        urgent="no",
    )
    chain.case = Case.objects.get()
    assert chain.whistle.status == "awaiting_approval"
    chain.move("community_secretary", "approve")
    chain.move("street_dispatcher", "accept")
    lead, assist = world.units["construction"], world.units["market"]
    chain.move("street_dispatcher", "dispatch", lead=lead.pk, assists=[assist.pk])
    # five working days after the day of receipt: 8, 9, 10 (make-up Saturday), 12, 13 October
    assert chain.due("close") == at("2026-10-13 17:00")
    first, second = chain.whistle.assignments.order_by("-is_lead")
    chain.on("2026-09-30 11:00")
    chain.work("construction_liaison", first)
    chain.duty("market_liaison", second, "sign")
    chain.on("2026-10-05 12:00")  # in the holiday nothing falls due, nothing rings
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=at("2026-10-05 12:00"))
    assert not CaseRung.objects.exists()


def at_the_county(chain: Chain, world: World) -> None:
    """Upgraded on the Saturday that works, accepted and dispatched by the county."""
    chain.on("2026-10-10 10:00")
    kind = str(Kind.objects.get(code="general").pk)
    chain.move("street_secretary", "upgrade", reason="供水主管漏损，超出街道权限。", kind=kind)
    assert (chain.whistle.tier, chain.whistle.receiver) == (2, world.units["county_centre"])
    assert chain.due("dispatch") == at("2026-10-10 15:00")  # four working hours over lunch
    chain.move("county_dispatcher", "accept")
    chain.move("county_dispatcher", "dispatch", lead=world.units["water_bureau"].pk)
    assert chain.due("close") == at("2026-10-16 17:00")
    assert set(Assignment.objects.filter(whistle__tier=1).values_list("status", flat=True)) == {"released"}


def at_the_city(chain: Chain, world: World) -> None:
    """Upgraded once more, solved by a city department, verified, rated and closed by the county."""
    chain.on("2026-10-12 09:30")
    kind = str(Kind.objects.get(code="key").pk)
    chain.move("county_secretary", "upgrade", reason="涉及市级管网。", kind=kind)
    assert chain.whistle.tier == 3
    chain.move("city_dispatcher", "accept")
    chain.move("city_dispatcher", "dispatch", lead=world.units["city_water"].pk)
    assert chain.due("close") == at("2026-11-02 17:00")
    duty = chain.whistle.assignments.get()
    chain.on("2026-10-13 15:00")
    chain.work("city_water_liaison", duty)
    assert chain.due("verify") == at("2026-10-15 17:00")
    chain.move("county_dispatcher", "verify", verdict="solved", satisfaction="satisfied")
    chain.duty("county_dispatcher", duty, "evaluate", speed="good", cooperation="good", effect="good")
    chain.move("county_dispatcher", "close")


def test_a_case_from_the_community_to_the_city_across_national_day(
    world: World, clients: Callable[[str], Client]
) -> None:
    with time_machine.travel(at("2026-09-30 10:00"), tick=False) as traveller:
        chain = Chain(clients, traveller)
        at_the_street(chain, world)
        at_the_county(chain, world)
        at_the_city(chain, world)
        chain.case.refresh_from_db()
        assert chain.case.status == "closed"
        assert not CaseDeadline.objects.running().exists()
        timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=at("2027-01-01 00:00"))
        assert not CaseRung.objects.filter(rung="red").exists()
        page = clients("community_worker").get(f"/cases/{chain.case.pk}/")
        assert page.status_code == 200
        assert clients("stranger").get(f"/cases/{chain.case.pk}/").status_code == 404
