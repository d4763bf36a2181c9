"""The pages of grids and the contact book: who finds what, forms that lose nothing, phones masked."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.models import Building, Compound, GrantUse, Grid, GridPost
from communities.presenters import net
from communities.services import grants, grid_posts
from communities.services.grants import Gift
from communities.services.grid_posts import Person
from kunming_portal.accounts.models import User
from tests.communities.matrix import Row, wrong_answers
from tests.communities.people import Place
from tests.communities.routes.tables import SEES_COMMUNITIES
from tests.communities.test_grids import added, appointed
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World

SEES = SEES_COMMUNITIES - {"stranger", "other_dispatcher"}
GRID_ROUTES = ("grid", "grid-change", "grid-buildings", "grid-end", "grid-post-new")
SEES_FOREIGN = {"stranger", "other_dispatcher", "city_dispatcher", "city_official", "inspector", "integrator"}


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def show(client: Client, user: User, url: str, status: int = 200) -> str:
    """Return the page as this person reads it."""
    client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def send(client: Client, user: User, url: str, status: int = 302, /, **typed: Any) -> str:
    """Send a form; return what comes back."""
    client.force_login(user)
    answer = client.post(url, typed)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def foreign_grid() -> Grid:
    return Grid.objects.create(
        code=f"{OTHER_COMMUNITY}001", community_id=OTHER_COMMUNITY, name="尚义第一网格"
    )


def test_everybody_finds_the_grids_of_their_own_places_only(
    world: World, place: Place, client: Client
) -> None:
    person = appointed(world, place.grid)
    other = foreign_grid()
    stranger = grid_posts.appoint(
        grid=other, person=Person(post="head", name="王磊"), by=world.stranger, now=NOW
    )
    gift = Gift(year=2026, kind="service", title="口腔义诊", source="市口腔医院")
    own = grants.give(compound=place.compound, gift=gift, by=world.community_worker, now=NOW)
    foreign = grants.give(compound=place.foreign, gift=gift, by=world.stranger, now=NOW)
    use = grants.use(grant=own, text="义诊1次", by=world.community_worker, now=NOW)
    rows = [Row(reverse(name, args=[place.grid.pk]), SEES) for name in GRID_ROUTES]
    rows += [Row(reverse(name, args=[person.pk]), SEES) for name in ("grid-post-change", "grid-post-relieve")]
    rows += [Row(reverse(name, args=[own.pk]), SEES) for name in ("grant", "grant-change", "grant-use")]
    # what lies elsewhere is looked for by the same three questions
    for name, pk in (("grid", other.pk), ("grid-post-relieve", stranger.pk), ("grant", foreign.pk)):
        rows.append(Row(reverse(name, args=[pk]), SEES_FOREIGN))
    assert wrong_answers(world, rows) == []
    strike = reverse("grant-use-strike", args=[use.pk])
    for name in ("stranger", "system_admin", "construction_liaison"):
        send(client, world.people[name], strike, 404)
    send(client, world.inspector, strike)
    assert GrantUse.objects.filter(pk=use.pk).exists()  # refused with a sentence
    assert GridPost.objects.filter(ended_on__isnull=False).count() == 2  # relieved by who may, nobody else


def test_a_grid_is_added_in_the_browser(world: World, place: Place, client: Client) -> None:
    url = reverse("grid-new")
    free = Building.objects.create(compound=place.compound, name="7栋", households=48)
    html = show(client, world.community_worker, url)
    assert 'value="004"' in html
    assert "1栋（003格）" in html
    typed: dict[str, Any] = {
        "name": "丹桂里第四网格",
        "kind": "residential",
        "area": "7至12栋",
        "serial": "003",
    }
    html = send(client, world.community_worker, url, 422, **typed, buildings=[free.pk])
    assert "换一个三位数" in html
    assert "7至12栋" in html
    typed["serial"] = "004"
    taken = [free.pk, place.buildings[1].pk]
    html = send(client, world.community_worker, url, 422, **typed, buildings=taken)
    move = f"{place.buildings[1].pk}:{place.grid.pk}"
    assert "丹桂里小区2栋，现属003格" in html
    assert f'value="{move}"' in html
    assert "丹桂里小区1栋，现属003格" not in html
    send(client, world.community_worker, url, **typed, buildings=taken, moves=[move])
    grid = Grid.objects.get(code=f"{COMMUNITY}004")
    assert set(grid.buildings.values_list("name", flat=True)) == {"2栋", "7栋"}
    assert grid.households == 98
    html = show(client, world.community_worker, grid.get_absolute_url())
    for words in ("2栋、7栋", "新增网格，编码530102003004004", "网格监督员", "暂缺"):
        assert words in html


def test_who_keeps_several_communities_chooses_one(world: World, place: Place, client: Client) -> None:
    url = reverse("grid-new")
    assert "选择网格所在社区" in show(client, world.city_official, url)
    send(client, world.city_official, url, 422, community="5301")
    client.force_login(world.city_official)
    answer = client.post(url, {"community": OTHER_COMMUNITY})
    assert answer.headers["Location"] == f"{url}?community={OTHER_COMMUNITY}"
    assert 'value="001"' in show(client, world.city_official, answer.headers["Location"])
    show(client, world.community_worker, f"{url}?community={OTHER_COMMUNITY}", 404)


def test_buildings_are_moved_out_and_a_grid_ends_in_the_browser(
    world: World, place: Place, client: Client
) -> None:
    end = reverse("grid-end", args=[place.grid.pk])
    assert "本网格还有2栋楼" in show(client, world.community_secretary, end)
    send(client, world.community_secretary, end, 422, reason="合并")
    send(client, world.community_worker, reverse("grid-buildings", args=[place.grid.pk]))
    send(client, world.community_secretary, end, reason="合并")
    html = show(client, world.community_worker, place.grid.get_absolute_url())
    assert "本网格已于2026-11-23停用" in html
    assert reverse("grid-change", args=[place.grid.pk]) not in html
    assert place.grid.name not in show(client, world.community_worker, reverse("grids"))
    assert place.grid.name in show(client, world.community_worker, reverse("grids") + "?state=ended")
    assert "网格已停用" in show(client, world.community_worker, reverse("grid-change", args=[place.grid.pk]))


def test_a_grid_is_changed_in_the_browser(world: World, place: Place, client: Client) -> None:
    url = reverse("grid-change", args=[place.grid.pk])
    assert "不能更改" not in show(client, world.community_worker, url)
    typed: dict[str, Any] = {
        "name": "丹桂里网格",
        "kind": "residential",
        "area": "",
        "party_group": "第三党小组",
    }
    send(client, world.compound_secretary, url, 422, **typed)
    send(client, world.community_worker, url, **typed)
    html = show(client, world.community_worker, place.grid.get_absolute_url())
    assert "修改：名称、网格党支部" in html or "修改：名称、" in html
    assert "第三党小组" in html


def test_people_are_entered_changed_and_relieved_in_the_browser(
    world: World, place: Place, client: Client
) -> None:
    user = world.community_worker
    url = reverse("grid-post-new", args=[place.grid.pk])
    typed: dict[str, Any] = {
        "post": "head",
        "name": "杨春梅",
        "times": "part",
        "started_on": "2026-11-01",
        "phone": "一二",
    }
    assert "这不是电话号码" in send(client, user, url, 422, **typed)
    send(client, user, url, **typed | {"phone": "0871-0000-0042"})
    html = send(client, user, url, 422, **typed | {"name": "马志明", "phone": ""})
    assert "现任网格长杨春梅今日卸任" in html
    assert "马志明" in html
    send(client, user, url, **typed | {"name": "马志明", "phone": "0871-0000-0043", "relieve": "on"})
    row = GridPost.objects.get(name="马志明")
    html = show(client, user, place.grid.get_absolute_url())
    assert "tel:0871-0000-0043" in html
    assert "087****0043" in html
    change = reverse("grid-post-change", args=[row.pk])
    assert "0871-0000-0043" in show(client, user, change)
    assert "0871-0000-0043" not in show(client, world.inspector, change)
    send(client, user, change, **typed | {"name": "马志民", "phone": "0871-0000-0043"})
    send(client, user, reverse("grid-post-relieve", args=[row.pk]))
    html = show(client, user, place.grid.get_absolute_url())
    assert "马志民不再任网格长" in html
    assert "网格长" in html


def crowd(world: World, place: Place) -> None:
    """Let two grids have people, the second without a head."""
    place.grid.search_text = "丹桂里第三网格 dglswg"
    place.grid.save()
    second = added(world, place)
    building = Building.objects.create(compound=place.compound, name="13栋", grid=second)
    assert building.grid_id == second.pk
    appointed(world, place.grid, "head", "杨春梅")
    appointed(world, place.grid, "police", "李国栋", unit_name="大观派出所")
    appointed(world, second, "police", "李国栋", unit_name="大观派出所")
    appointed(world, second, "sanitation", "张桂芬")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("丹桂里小区", {"杨春梅", "李国栋", "张桂芬"}),
        ("dglxq", {"杨春梅", "李国栋", "张桂芬"}),
        ("西坝路128号", {"杨春梅", "李国栋", "张桂芬"}),
        ("丹桂里小区1栋", {"杨春梅", "李国栋"}),
        ("丹桂里小区 1号楼", {"杨春梅", "李国栋"}),
        ("西坝路128号丹桂里小区13栋2单元501", {"李国栋", "张桂芬"}),
        ("3栋", set()),
        (f"{COMMUNITY}004", {"李国栋", "张桂芬"}),
        ("丹桂里第三", {"杨春梅", "李国栋"}),
        ("ycm", {"杨春梅"}),
        ("zhangguifen", {"张桂芬"}),
        ("大观派出所", {"李国栋"}),
        ("丹桂里小区 ycm", {"杨春梅"}),
        ("尚义小区", set()),
        ("0042", set()),
    ],
)
def test_the_contact_book_answers_who_serves_there(
    world: World, place: Place, client: Client, typed: str, found: set[str]
) -> None:
    crowd(world, place)
    html = show(client, world.compound_secretary, f"{reverse('contacts')}?q={typed}")
    assert {name for name in ("杨春梅", "李国栋", "张桂芬") if name in html} == found


def test_only_who_keeps_or_serves_there_gets_a_number_to_call(
    world: World, place: Place, client: Client
) -> None:
    crowd(world, place)
    for user, calls in (
        (world.community_worker, True),
        (world.compound_secretary, True),
        (world.street_dispatcher, True),
        (world.inspector, False),
    ):
        html = show(client, user, reverse("contacts"))
        assert ("tel:0871-0000-0042" in html) is calls
        assert "087****0042" in html
        html = show(client, user, place.grid.get_absolute_url())
        assert ("0871-0000-0042" in html) is calls
    assert "杨春梅" not in show(client, world.stranger, reverse("contacts"))
    show(client, world.construction_liaison, reverse("contacts"), 403)


def test_the_contact_book_narrows_and_pages(world: World, place: Place, client: Client) -> None:
    crowd(world, place)
    url = reverse("contacts")
    assert "杨春梅" not in show(client, world.street_staff, f"{url}?post=police")
    assert "杨春梅" in show(client, world.street_staff, f"{url}?division={COMMUNITY}")
    assert "杨春梅" not in show(client, world.city_official, f"{url}?division=530103")
    assert "没有找到" in show(client, world.city_official, f"{url}?q=没有这个人")
    for number in range(60):
        appointed(world, place.grid, "volunteer", f"志愿者{number:02d}", phone="")
    html = show(client, world.community_worker, url)
    assert "志愿者59" not in html
    assert "after=" in html


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"丹桂里第三网格", "丹桂里第四网格"}),
        ("gap=head", {"丹桂里第四网格"}),
        ("gap=any", {"丹桂里第三网格", "丹桂里第四网格"}),
        ("gap=none", set()),
        ("kind=campus", set()),
        ("q=13栋", {"丹桂里第四网格"}),
        ("q=杨春梅", {"丹桂里第三网格"}),
        ("q=dgldswg", {"丹桂里第四网格"}),
        ("division=530103", set()),
        ("division=x", set()),
    ],
)
def test_the_list_of_grids_narrows(
    world: World, place: Place, client: Client, query: str, names: set[str]
) -> None:
    crowd(world, place)
    html = show(client, world.street_staff, f"{reverse('grids')}?{query}")
    assert {name for name in ("丹桂里第三网格", "丹桂里第四网格") if f">{name}</a>" in html} == names


def test_a_complete_grid_is_found(world: World, place: Place, client: Client) -> None:
    for number, post in enumerate(("head", "supervisor", "enforcement", "community", "sanitation", "police")):
        appointed(world, place.grid, post, f"某某{number}")
    url = reverse("grids")
    assert f">{place.grid.name}</a>" in show(client, world.street_staff, f"{url}?gap=none")
    assert f">{place.grid.name}</a>" not in show(client, world.street_staff, f"{url}?gap=any")


@pytest.mark.parametrize("name", ["grids", "contacts", "compound-grants"])
def test_lists_ask_as_much_for_twelve_as_for_two(
    world: World, place: Place, client: Client, name: str
) -> None:
    client.force_login(world.street_staff)

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            compound = Compound.objects.create(
                community_id=COMMUNITY, name=f"院{number}", address="街", kind="old"
            )
            grid = added(world, place, f"{number + 10:03d}")
            Building.objects.create(compound=compound, name="1栋", grid=grid)
            appointed(world, grid, "police", f"警{number}")
            gift = Gift(year=2026, kind="service", title=f"义诊{number}", source="医院")
            grants.give(compound=compound, gift=gift, by=world.community_worker, now=NOW)

    fill(0, 2)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(name))
    fill(2, 12)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name))
    assert len(many) == len(few) <= 12


def test_the_net_of_a_compound_names_everybody_once(
    world: World, place: Place, django_assert_num_queries: Any
) -> None:
    crowd(world, place)
    appointed(world, place.grid, "building_head", "何琼", building=place.buildings[0])
    user = world.compound_secretary
    user.can("community.view")
    with django_assert_num_queries(2):
        people = net.people(place.compound, user=user)
    assert [(one.name, one.post, one.note) for one in people] == [
        ("杨春梅", "网格长", "003格，1至2栋"),
        ("张桂芬", "环卫保洁", "004格"),
        ("李国栋", "社区民警", "2格，大观派出所"),
    ]
    assert people[0].phone == "0871-0000-0042"
    assert {one.phone for one in net.people(place.compound, user=world.inspector)} == {""}
    assert net.extra(place.compound) == [("楼栋长", 1)]
