"""The burden meter against rows counted by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.models import PortalAsk
from communities.presenters import burden_meter
from communities.presenters.burden_meter import Meter
from kunming_portal.divisions.models import Division
from tests.communities.burden import TODAY, item, recorded
from tests.whistle.people import CITY, COMMUNITY, COUNTY, NOW, OTHER_COMMUNITY, STREET, World, blown, division

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def read(code: str = CITY, *, by_hours: bool = False) -> Meter:
    place = Division.objects.get(code=code)
    return burden_meter.read(place, day=TODAY, now=LATER, days=30, by_hours=by_hours)


def asker(meter: Meter, name: str) -> burden_meter.Asker:
    return next(one for one in meter.askers if one.name == name)


def test_hours_of_the_lists_are_times_a_month_times_hours(world: World) -> None:
    item("市1", frequency="monthly", hours=Decimal(2))
    item("市2", frequency="weekly", hours=Decimal(3))
    item("市3", frequency="yearly", hours=Decimal(6))
    item("市4", frequency="as_needed", hours=Decimal(4))
    item("市5", frequency="daily", hours=Decimal(0))  # nobody estimated it
    item("市6", frequency="daily", hours=Decimal(9), valid_to=TODAY - timedelta(days=1))
    one = asker(read(COMMUNITY), "昆明市民政局")
    assert (one.items, one.unmeasured) == (5, 2)
    assert one.hours == pytest.approx(Decimal(2) + Decimal(3) * 52 / 12 + Decimal("0.5"))


def test_an_item_of_one_street_weighs_by_the_communities_it_reaches(world: World) -> None:
    division("530102003006", "二号社区")
    item("街1", scope_id=STREET, frequency="monthly", hours=Decimal(3))
    item("县1", scope_id="530103", frequency="monthly", hours=Decimal(9))
    city = read()
    assert city.communities == 3
    assert asker(city, "昆明市民政局").hours == Decimal(3) * 2 / 3 + Decimal(9) / 3
    parts = {part.division.code: part for part in city.parts}
    assert {code: (p.communities, p.hours) for code, p in parts.items()} == {
        COUNTY: (2, Decimal(3)),
        "530103": (1, Decimal(9)),
    }


def test_asks_count_once_and_only_unlisted_ones_have_hours(world: World) -> None:
    recorded(world, hours=Decimal(3))
    recorded(world, title="拒了的", hours=Decimal(5), at_once=True)
    recorded(world, title="清单内", hours=Decimal(7), item=item("市1", hours=Decimal(0)))
    recorded(world, title="太久", hours=Decimal(9), asked_on=TODAY - timedelta(days=30))
    one = asker(read(STREET), world.units["construction"].name)
    assert (one.asks, one.refused, one.unlisted) == (3, 1, Decimal(3))
    part = read(STREET).parts[0]
    assert (part.division.code, part.asks, part.refused, part.unlisted) == (COMMUNITY, 3, 1, Decimal(3))
    assert read(OTHER_COMMUNITY).askers == [asker(read(OTHER_COMMUNITY), "昆明市民政局")]


def test_the_portal_counts_its_own_steps_from_the_trail(world: World) -> None:
    blown(world)  # one blown by 篆塘社区
    blown(world, now=NOW - timedelta(days=40))  # outside the window
    recorded(world)
    recorded(world, title="另一件", at_once=True)  # recorded and refused
    PortalAsk.objects.filter(step="blow").update(minutes=Decimal(30))
    lines = {line.step: (line.times, line.hours) for line in read(COMMUNITY).portal}
    assert lines["blow"] == (1, Decimal("0.5"))
    assert lines["ask"] == (3, Decimal(3) * 2 / 60)
    assert lines["sign_off"] == (1, Decimal(3) / 60)  # the secretary's signature under it
    assert lines["verify"] == lines["report"] == (0, Decimal(0))
    street = read(STREET)
    assert street.parts[0].portal == Decimal("0.5") + Decimal(3 + 6) / 60
    assert read(OTHER_COMMUNITY).portal_hours == 0


def test_by_name_or_by_hours(world: World) -> None:
    item("市1", department="甲局", hours=Decimal(1))
    item("市2", department="乙局", hours=Decimal(9))
    names = [one.name for one in read().askers]
    assert names == sorted(names)
    assert [one.name for one in read(by_hours=True).askers] == ["乙局", "甲局"]


def test_the_page_keeps_to_the_territory_and_says_what_it_is_for(world: World) -> None:
    item("市1")
    client = Client()
    client.force_login(world.community_worker)
    page = client.get(reverse("burden"))
    assert page.status_code == 200
    assert "昆明市民政局" in page.content.decode()
    for foreign in (OTHER_COMMUNITY, CITY, STREET, "9999", "x"):
        assert client.get(reverse("burden") + f"?division={foreign}").status_code == 404
    client.force_login(world.city_official)
    assert client.get(reverse("burden") + f"?division={COMMUNITY}&order=hours").status_code == 200
    client.force_login(world.construction_liaison)
    assert client.get(reverse("burden")).status_code == 403
    client.force_login(world.compound_secretary)
    assert client.get(reverse("burden")).status_code == 200


def test_the_meter_takes_the_same_queries_however_much_is_asked(world: World) -> None:
    def count() -> int:
        client = Client()
        client.force_login(world.city_official)
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("burden")).status_code == 200
        return len(found)

    recorded(world, item=item("市0"))
    few = count()
    for n in range(1, 12):
        division(f"5301020030{n + 10}", f"{n}号社区")
        recorded(world, title=f"报表{n}", item=item(f"市{n}", department=f"部门{n}"))
    assert count() == few


def test_units_below_stand_together_by_what_they_do(world: World) -> None:
    for code in ("construction", "market", "enforcement"):
        unit = world.units[code]
        unit.function = "market" if code == "market" else "housing"
        unit.save()
        recorded(world, unit=unit, title=f"报表{code}")
    city = read()
    assert [(one.asks, one.alone) for one in city.askers] == [(2, False), (1, False)] or [
        (one.asks, one.alone) for one in city.askers
    ] == [(1, False), (2, False)]
    assert len(read(STREET).askers) == 3
    assert all(one.alone for one in read(COMMUNITY).askers)
