"""The pages of a compound and of a community: who finds them, what stands there, how many questions they ask."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.models import Building, Compound, CompoundBranch, CrossPost, Grid
from communities.services import branches
from communities.services.branches import PostFacts
from kunming_portal.places.compound import get_compound_page
from kunming_portal.places.registers import get_registers
from tests.communities.checked_in import member_in, unit_in
from tests.communities.committee_people import committee, in_office, planned
from tests.communities.matrix import Row, wrong_answers
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World, matter
from whistle import services
from whistle.models import Case

pytestmark = pytest.mark.django_db
SEES_OWN = {
    "community_worker",
    "community_secretary",
    "compound_secretary",
    "street_dispatcher",
    "street_secretary",
    "street_staff",
    "county_dispatcher",
    "county_secretary",
    "county_staff",
    "city_dispatcher",
    "city_official",
    "inspector",
    "integrator",
}
SEES_FOREIGN = {"stranger", "other_dispatcher", "city_dispatcher", "city_official", "inspector", "integrator"}


def blow(world: World, compound: Compound, *, now: datetime.datetime = NOW, blown: bool = True) -> Case:
    """Write a case in the compound as the community's worker, and blow it."""
    case, _new = services.write_once(
        matter=matter(compound=compound),
        caller=world.units["community"],
        blow=blown,
        submission=None,
        by=world.community_worker,
        now=now,
    )
    return case


def page_of(world: World, name: str, url: str) -> str:
    """Return what this person reads there."""
    client = Client()
    client.force_login(world.people[name])
    return client.get(url).content.decode()


# -- who finds what ------------------------------------------------------------------------------
def test_who_finds_which_address(place: Place, world: World) -> None:
    post = branches.enter_post(
        branch=place.branch,
        facts=PostFacts("李荫棠", "支部委员", "owners_body", "主任", datetime.date(2025, 3, 1)),
        by=world.community_worker,
        now=NOW,
    )
    theirs = CompoundBranch.objects.create(community_id=OTHER_COMMUNITY, name="尚义小区党支部")
    Compound.objects.filter(pk=place.foreign.pk).update(branch=theirs)
    foreign_post = CrossPost.objects.create(
        branch=theirs, name="张三", branch_post="委员", body="grid", body_post="员", starts_on=NOW.date()
    )
    rows = []
    for compound, branch, held, code, finds in (
        (place.compound, place.branch, post, COMMUNITY, SEES_OWN),
        (place.foreign, theirs, foreign_post, OTHER_COMMUNITY, SEES_FOREIGN),
    ):
        of_compound = ("", "change/", "end/", "buildings/", "branch/")
        of_branch = ("change/", "end/", "seat/", "posts/new/")
        rows += [Row(f"/compounds/{compound.pk}/{rest}", finds) for rest in of_compound]
        rows += [Row(f"/branches/{branch.pk}/{rest}", finds) for rest in of_branch]
        rows += [Row(f"/cross-posts/{held.pk}/end/", finds), Row(f"/communities/{code}/", finds)]
    assert wrong_answers(world, rows) == []


def test_whoever_has_one_community_goes_straight_there(place: Place, world: World) -> None:
    for name, expected in (("community_worker", COMMUNITY), ("compound_secretary", COMMUNITY)):
        client = Client()
        client.force_login(world.people[name])
        assert client.get("/communities/")["Location"] == f"/communities/{expected}/"
    page = page_of(world, "city_official", "/communities/")
    assert f"/communities/{COMMUNITY}/" in page
    assert f"/communities/{OTHER_COMMUNITY}/" in page


# -- the compound --------------------------------------------------------------------------------
def test_the_page_names_the_four_bodies(place: Place, world: World) -> None:
    page = page_of(world, "community_worker", f"/compounds/{place.compound.pk}/")
    for word in ("普美珍", "李荫棠", "滇泉城市服务", f"{COMMUNITY}003", "西坝路128号", "1996"):
        assert word in page
    bare = page_of(world, "stranger", f"/compounds/{place.foreign.pk}/")
    assert "尚未成立党支部" in bare
    assert "尚未成立业主组织" in bare


def test_cases_are_links_for_whoever_sees_cases_and_bare_lines_for_the_branch_secretary(
    place: Place, world: World
) -> None:
    case = blow(world, place.compound)
    draft = blow(world, place.compound, blown=False)
    address = f"/compounds/{place.compound.pk}/"
    worker = page_of(world, "community_worker", address)
    assert case.get_absolute_url() in worker
    assert draft.number in worker
    secretary = page_of(world, "compound_secretary", address)
    assert case.number in secretary
    assert case.get_absolute_url() not in secretary
    assert draft.number not in secretary
    assert case.description not in secretary.replace(case.title, "")
    assert "/cases/?compound=" not in secretary


def test_only_whoever_blows_for_the_community_has_the_whistle_there(place: Place, world: World) -> None:
    address = f"/compounds/{place.compound.pk}/"
    there = f"compound={place.compound.pk}"
    assert there in page_of(world, "community_worker", address)
    for name in ("compound_secretary", "street_staff", "city_official"):
        assert f"caller={world.units['community'].pk}" not in page_of(world, name, address)


def test_only_whoever_keeps_the_records_has_the_buttons(place: Place, world: World) -> None:
    address = f"/compounds/{place.compound.pk}/"
    assert f"{address}change/" in page_of(world, "community_secretary", address)
    assert f"{address}change/" not in page_of(world, "compound_secretary", address)
    assert f"{address}change/" not in page_of(world, "street_secretary", address)


def test_a_page_asks_the_same_whatever_hangs_on_the_compound(place: Place, world: World) -> None:
    client = Client()
    client.force_login(world.community_worker)
    address = f"/compounds/{place.compound.pk}/"
    blow(world, place.compound)
    CrossPost.objects.create(
        branch=place.branch,
        name="张三",
        branch_post="委员",
        body="grid",
        body_post="员",
        starts_on=NOW.date(),
    )
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(6):
        blow(world, place.compound)
        grid = Grid.objects.create(
            code=f"{COMMUNITY}1{number:02d}", community_id=COMMUNITY, name=f"格{number}"
        )
        Building.objects.create(compound=place.compound, name=f"楼{number}", grid=grid)
        CrossPost.objects.create(
            branch=place.branch,
            name=f"李{number}",
            branch_post="委员",
            body="grid",
            body_post="员",
            starts_on=NOW.date(),
        )
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(few) == len(many)


def test_an_ended_compound_says_so_and_offers_nothing(place: Place, world: World) -> None:
    Compound.objects.filter(pk=place.compound.pk).update(ended_on=NOW.date())
    compound = Compound.objects.select_related("community", "branch").get(pk=place.compound.pk)
    page = get_compound_page(compound, user=world.community_worker, now=NOW)
    assert (page.blow_url, page.may_keep, list(page.moves.allowed)) == ("", False, [])
    assert "停用" in page_of(world, "community_worker", f"/compounds/{compound.pk}/")


# -- the community -------------------------------------------------------------------------------
def test_the_community_counts_what_it_holds(place: Place, world: World) -> None:
    blow(world, place.compound)
    page = page_of(world, "community_secretary", f"/communities/{COMMUNITY}/")
    for word in ("丹桂里小区", "普美珍", "丹桂里第三网格", "light=normal"):
        assert word in page
    assert "light=normal" not in page_of(world, "compound_secretary", f"/communities/{COMMUNITY}/")


@time_machine.travel(NOW, tick=False)
def test_both_pages_show_the_committee_and_its_next_meeting(place: Place, world: World) -> None:
    sits = committee(world)
    in_office(world, sits)
    meeting = planned(world, sits)
    for url in (f"/communities/{COMMUNITY}/", f"/compounds/{place.compound.pk}/"):
        page = page_of(world, "compound_secretary", url)
        for word in ("下次联席会议", "兼职委员1名", meeting.place, meeting.topics.order_by("place")[0].title):
            assert word in page, (url, word)
    assert "下次联席会议" not in page_of(world, "stranger", f"/communities/{OTHER_COMMUNITY}/")


def test_the_community_shows_what_its_registers_hold(place: Place, world: World) -> None:
    member_in(world)
    unit_in(world)
    held = {
        row.url.partition("?")[0]: row.number
        for row in get_registers(COMMUNITY, user=world.community_secretary, now=NOW)
    }
    assert held == {
        "/check-ins/": 1,
        "/check-ins/members/": 1,
        "/workers/": 0,
        "/volunteers/": 0,
        "/asks/": 0,
    }
    assert not any(row.number for row in get_registers(COMMUNITY, user=world.stranger, now=NOW))
    page = page_of(world, "community_secretary", f"/communities/{COMMUNITY}/")
    assert f'href="/check-ins/members/?division={COMMUNITY}">' in page


def test_the_communitys_pages_ask_the_same_however_much_there_is(place: Place, world: World) -> None:
    client = Client()
    client.force_login(world.city_official)
    addresses = (f"/communities/{COMMUNITY}/", "/communities/")
    counted = []
    for turn in range(2):
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counted.append(len(queries))
        for number in range(12):
            branch = CompoundBranch.objects.create(community_id=COMMUNITY, name=f"第{turn}{number}党支部")
            Compound.objects.create(
                community_id=COMMUNITY, name=f"第{turn}{number}小区", address="x", kind="old", branch=branch
            )
            Grid.objects.create(
                code=f"{COMMUNITY}{2 + turn}{number:02d}", community_id=COMMUNITY, name=f"格{number}"
            )
    assert counted[:2] == counted[2:4]
