"""Role x route x object for items, requests and asks, own and foreign."""

import pytest
from django.urls import reverse

from communities.services import asks
from kunming_portal.divisions.models import Division
from tests.communities.burden import TODAY, applied, item, recorded
from tests.communities.matrix import Row, wrong_answers
from tests.whistle.people import NOW, OTHER_COMMUNITY, STREET, World

pytestmark = pytest.mark.django_db

# By hand: everybody whose territory holds 大观街道 or lies in it, and the units seated there or above in the county
ABOVE = {"city_official", "city_dispatcher", "inspector"}
COUNTY = {"county_dispatcher", "county_secretary", "county_staff", "integrator"} | ABOVE
IN_STREET = {
    "community_worker",
    "community_secretary",
    "street_dispatcher",
    "street_secretary",
    "street_staff",
} | COUNTY
SEATED = {
    "compound_secretary",
    "enforcement_liaison",
    "enforcement_leader",
    "market_liaison",
    "construction_liaison",
    "water_liaison",
    "city_water_liaison",
}
OTHERS = {"stranger", "other_dispatcher"} | ABOVE | {"integrator"}
MOVES = {
    "work-item": ("work-item", "work-item-change", "work-item-end"),
    "admission": ("admission", "admission-complete", "admission-decide", "admission-withdraw"),
    "ask": ("ask", "ask-refuse", "ask-take-back"),
}


def rows(kind: str, pk: int, finds: set[str]) -> list[Row]:
    return [Row(reverse(name, args=[pk]), finds) for name in MOVES[kind]]


def test_items(world: World) -> None:
    own = item("街1", scope_id=STREET)
    foreign = item("他1", scope_id="530103001")
    finds = [*rows("work-item", own.pk, IN_STREET | SEATED)]
    finds += rows("work-item", foreign.pk, OTHERS | {"city_water_liaison"})
    assert wrong_answers(world, finds) == []


def test_requests(world: World) -> None:
    own = applied(world)
    assert wrong_answers(world, rows("admission", own.pk, IN_STREET | {"construction_liaison"})) == []


def test_asks(world: World) -> None:
    own = recorded(world)
    foreign = asks.record_ask(
        asked=asks.Asked(title="报表", means="form", asked_on=TODAY, asker="某公司"),
        community=Division.objects.get(code=OTHER_COMMUNITY),
        by=world.stranger,
        now=NOW,
    )
    finds = rows("ask", own.pk, IN_STREET | {"construction_liaison"}) + rows("ask", foreign.pk, OTHERS)
    assert wrong_answers(world, finds) == []
