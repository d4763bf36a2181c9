"""Compound branches: founded, shared by compounds, seated, ended; who holds posts on both sides."""

import datetime

import pytest
from django.test import Client

from communities.guards import CommunityRefused
from communities.models import Compound, CompoundBranch, CrossPost
from communities.services import branches as services
from communities.services.branches import BranchFacts, PostFacts
from communities.services.compounds import CompoundFacts, add_compound
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place
from tests.whistle.people import World, at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")
POST = PostFacts("李荫棠", "支部委员", "owners_body", "主任", datetime.date(2025, 3, 1))


@pytest.fixture
def second(place: Place, world: World) -> Compound:
    """A compound without a branch."""
    facts = CompoundFacts(name="云岫里", address="同仁巷18号", kind="old")
    return add_compound(community=place.community, facts=facts, by=world.community_worker, now=NOW)


def found(
    place: Place, world: World, compounds: list[Compound], form: str = "single", name: str = "云岫里党支部"
) -> CompoundBranch:
    """Enter a branch as the community's worker."""
    return services.found_branch(
        community=place.community,
        facts=BranchFacts(name=name, form=form, secretary="张三"),
        compounds=compounds,
        by=world.community_worker,
        now=NOW,
    )


def test_a_branch_leads_its_compound_and_leaves_a_trace(place: Place, world: World, second: Compound) -> None:
    branch = found(place, world, [second])
    assert Compound.objects.get(pk=second.pk).branch == branch
    assert AuditEvent.objects.get(stream=branch.stream).data == {"form": "single", "compounds": ["云岫里"]}


def test_a_joint_branch_leads_two_or_more(place: Place, world: World, second: Compound) -> None:
    with pytest.raises(CommunityRefused):
        found(place, world, [second], form="joint")
    third = add_compound(
        community=place.community,
        facts=CompoundFacts(name="西坝新村", address="x", kind="old"),
        by=world.community_worker,
        now=NOW,
    )
    branch = found(place, world, [second, third], form="joint")
    assert branch.compounds.count() == 2
    with pytest.raises(CommunityRefused):
        found(place, world, [second, third], name="两个小区党支部")


def test_a_compound_has_one_branch_of_its_own_community(place: Place, world: World, second: Compound) -> None:
    for compounds, name in (
        ([place.compound], "云岫里党支部"),
        ([place.foreign], "云岫里党支部"),
        ([second], "丹桂里小区党支部"),
    ):
        with pytest.raises(CommunityRefused):
            found(place, world, compounds, name=name)
    with pytest.raises(CommunityRefused):
        services.found_branch(
            community=place.community,
            facts=BranchFacts(name="新"),
            compounds=[second],
            by=world.stranger,
            now=NOW,
        )


def test_a_changed_branch_takes_its_seat_along_and_lets_compounds_go(
    place: Place, world: World, second: Compound
) -> None:
    facts = BranchFacts(name="丹桂里联合党支部", form="joint", secretary="普美珍")
    services.change_branch(
        branch=place.branch,
        facts=facts,
        compounds=[place.compound, second],
        by=world.community_worker,
        now=NOW,
    )
    seat = CompoundBranch.objects.select_related("unit").get(pk=place.branch.pk).unit
    assert seat is not None
    assert (seat.name, seat.short_name) == ("丹桂里联合党支部", "丹桂里联合支部")
    single = BranchFacts(name="丹桂里小区党支部", secretary="普美珍")
    services.change_branch(
        branch=place.branch, facts=single, compounds=[place.compound], by=world.community_worker, now=NOW
    )
    assert Compound.objects.get(pk=second.pk).branch is None


def test_a_branch_gets_one_seat(place: Place, world: World, second: Compound) -> None:
    branch = found(place, world, [second])
    unit = services.seat_branch(branch=branch, by=world.community_worker, now=NOW)
    assert (unit.kind, unit.division_id, unit.name) == ("branch", place.community.code, "云岫里党支部")
    with pytest.raises(CommunityRefused) as refused:
        services.seat_branch(branch=branch, by=world.community_worker, now=NOW)
    assert refused.value.code == "seat"


def test_an_ended_branch_closes_its_seat_and_its_posts(place: Place, world: World) -> None:
    services.enter_post(branch=place.branch, facts=POST, by=world.community_worker, now=NOW)
    services.end_branch(
        branch=place.branch, ended_on=NOW.date(), reason="撤并", by=world.community_worker, now=NOW
    )
    branch = CompoundBranch.objects.select_related("unit").get(pk=place.branch.pk)
    assert branch.ended_on == NOW.date()
    assert branch.unit is not None
    assert branch.unit.valid_to == NOW.date()
    assert not CrossPost.objects.held().exists()
    assert Compound.objects.get(pk=place.compound.pk).branch is None
    with pytest.raises(CommunityRefused):
        services.end_branch(
            branch=branch, ended_on=NOW.date(), reason="再", by=world.community_worker, now=NOW
        )


def test_a_person_holds_a_post_in_a_body_once(place: Place, world: World) -> None:
    post = services.enter_post(branch=place.branch, facts=POST, by=world.community_worker, now=NOW)
    with pytest.raises(CommunityRefused):
        services.enter_post(branch=place.branch, facts=POST, by=world.community_worker, now=NOW)
    services.end_post(post=post, by=world.community_worker, now=NOW)
    with pytest.raises(CommunityRefused):
        services.end_post(post=post, by=world.community_worker, now=NOW)
    services.enter_post(branch=place.branch, facts=POST, by=world.community_worker, now=NOW)
    with pytest.raises(CommunityRefused):
        services.enter_post(branch=place.branch, facts=POST, by=world.compound_secretary, now=NOW)


def test_it_is_done_in_the_browser(place: Place, world: World, second: Compound) -> None:
    client = Client()
    client.force_login(world.community_worker)
    form = client.get(f"/compounds/{second.pk}/branch/").context["form"]
    assert second.name in form.initial["name"]
    typed = {"name": "云岫里党支部", "form": "single", "compounds": [second.pk], "secretary": "张三"}
    assert client.post(f"/compounds/{second.pk}/branch/", typed)["Location"] == f"/compounds/{second.pk}/"
    branch = CompoundBranch.objects.get(name="云岫里党支部")
    assert client.post(f"/branches/{branch.pk}/change/", {**typed, "form": "joint"}).status_code == 422
    assert (
        client.post(f"/branches/{branch.pk}/change/", {**typed, "members_registered": "12"}).status_code
        == 302
    )
    assert client.post(f"/branches/{branch.pk}/seat/").status_code == 302
    post = {
        "name": "王五",
        "branch_post": "委员",
        "body": "grid",
        "body_post": "网格长",
        "starts_on": "2026-01-01",
    }
    assert client.post(f"/branches/{branch.pk}/posts/new/", post).status_code == 302
    held = CrossPost.objects.get(branch=branch)
    assert "王五" in client.get(f"/compounds/{second.pk}/").content.decode()
    assert client.post(f"/cross-posts/{held.pk}/end/").status_code == 302
    ended = {"ended_on": "2026-11-28", "reason": "撤并"}
    assert client.post(f"/branches/{branch.pk}/end/", ended).status_code == 302
    branch.refresh_from_db()
    assert (branch.members_registered, branch.unit is not None, branch.ended_on) == (
        12,
        True,
        datetime.date(2026, 11, 28),
    )
