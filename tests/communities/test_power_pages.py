"""The pages of the five powers: who finds them, each procedure in the browser, the list, the compound's columns."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from communities.models import Compound, PowerRecord, Undertaking, UndertakingDeadline
from communities.presenters.powers import columns
from communities.services import undertakings
from tests.communities.matrix import Row, wrong_answers
from tests.communities.people import Place
from tests.communities.test_undertakings import FOLLOWS, signed_in
from tests.communities.walks import (
    announced,
    appraised,
    decided,
    executed,
    found,
    nominated,
    proposed,
    recommended,
    scored,
)
from tests.whistle.people import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch(world: World, place: Place) -> Client:
    return signed_in(world.compound_secretary)


def open_new(client: Client, compound: Compound, power: str, **typed: str) -> Any:
    return client.post(reverse("power-new", args=[compound.pk, power]), typed)


def move(client: Client, record: PowerRecord, name: str, **typed: Any) -> int:
    return client.post(reverse("power-move", args=[record.pk, name]), typed).status_code


def today(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_only_the_branch_and_the_territory_find_a_record(world: World, place: Place) -> None:
    own = decided(world, place)
    foreign = Compound.objects.get(pk=place.foreign.pk)
    everywhere = {"city_dispatcher", "city_official", "inspector", "integrator"}
    there = everywhere | {"stranger", "other_dispatcher"}
    rows = [
        Row(own.get_absolute_url(), FOLLOWS),
        Row(reverse("power-move", args=[own.pk, "meet"]), FOLLOWS),
        Row(reverse("power-move", args=[own.pk, "score"]), set()),  # a move of another power
        Row(reverse("power-move", args=[own.pk, "explode"]), set()),
        Row(reverse("power-new", args=[place.compound.pk, "proposal"]), FOLLOWS),
        Row(reverse("power-new", args=[place.compound.pk, "sixth"]), set()),
        Row(reverse("power-new", args=[foreign.pk, "decision"]), there),
    ]
    assert wrong_answers(world, rows) == []
    assert PowerRecord.objects.count() == 1


def test_who_may_not_is_told_why_and_sees_no_form(world: World, place: Place) -> None:
    for who, compound in ((world.street_secretary, place.compound), (world.stranger, place.foreign)):
        page = signed_in(who).get(reverse("power-new", args=[compound.pk, "appraisal"]))
        assert page.status_code == 200
        assert 'id="record-form"' not in page.content.decode()
    answer = open_new(signed_in(world.stranger), place.foreign, "decision", title="选址")
    assert answer.status_code == 422  # without a branch
    assert "尚义小区" in answer.content.decode()


def test_a_decision_in_the_browser(world: World, place: Place, branch: Client) -> None:
    assert open_new(branch, place.compound, "decision", title="").status_code == 422
    answer = open_new(branch, place.compound, "decision", title="电动车充电点选址")
    record = PowerRecord.objects.get()
    assert answer["Location"] == record.get_absolute_url()
    assert move(branch, record, "meet", met_on=today(), attended="3", in_favour="4") == 422
    assert move(branch, record, "meet", met_on=today(), attended="38", in_favour="35") == 302
    assert move(branch, record, "resolve", resolution="选址北门绿地旁。") == 302
    assert move(branch, record, "announce", notice_from=today(), notice_until=today(-1)) == 422
    assert move(branch, record, "announce", notice_from=today(), notice_until=today()) == 302
    assert move(branch, record, "remark", remarks="2", remarks_text="离3栋太近。") == 302
    page = branch.get(record.get_absolute_url()).content.decode()
    assert "离3栋太近。" in page
    due = UndertakingDeadline.objects.count()
    assert (
        move(branch, record, "execute", addressee="滇泉城市服务", due_on=today(30)) == 422
    )  # still on notice
    assert UndertakingDeadline.objects.count() == due


def test_an_execution_is_assigned_and_confirmed(world: World, place: Place, branch: Client) -> None:
    record = announced(world, place)
    assert record.decision.notice_until is not None
    record.decision.notice_until = timezone.localdate() - timedelta(days=1)
    record.decision.notice_from = record.decision.notice_until
    record.decision.save()
    shown = branch.get(reverse("power-move", args=[record.pk, "execute"])).context["form"]
    typed = {"addressee": "滇泉城市服务", "due_on": shown["due_on"].value().isoformat()}
    assert shown["addressee"].value() == "滇泉城市服务"
    both = typed | {"unit": str(world.units["construction"].pk)}
    assert move(branch, record, "execute", **both) == 422
    assert move(branch, record, "execute", **(typed | {"addressee": ""})) == 422
    assert move(branch, record, "execute", **typed) == 302
    asked = Undertaking.objects.get()
    assert record.title in branch.get(asked.get_absolute_url()).content.decode()
    undertakings.report(undertaking=asked, text="建成。", by=world.compound_secretary, now=timezone.now())
    assert move(branch, record, "finish", words="合格") == 302
    assert PowerRecord.objects.get().result == "carried_out"


def test_a_proposal_in_the_browser(world: World, place: Place, branch: Client) -> None:
    page = branch.get(reverse("power-new", args=[place.compound.pk, "proposal"]))
    offered = {unit.code for unit in page.context["form"].fields["unit"].queryset}
    assert {"construction", "community", "street_office", "water_bureau"} <= offered
    assert not {"branch", "empty", "other_centre", "city_water"} & offered
    typed = {
        "title": "更换北门地下管网",
        "text": "渗漏。",
        "unit": str(world.units["construction"].pk),
        "due_on": page.context["form"]["due_on"].value().isoformat(),
    }
    assert open_new(branch, place.compound, "proposal", **typed).status_code == 302
    record = PowerRecord.objects.get()
    asked = Undertaking.objects.get()
    undertakings.report(
        undertaking=asked, text="列入计划。", by=world.construction_liaison, now=timezone.now()
    )
    assert move(branch, record, "adopt", result="maybe") == 422
    assert move(branch, record, "adopt", result="adopted", words="好") == 302
    assert PowerRecord.objects.get().result == "adopted"


def test_candidates_in_the_browser_and_never_an_appointment(
    world: World, place: Place, branch: Client
) -> None:
    typed = {"title": "第四届业委会候选人", "post": "owners_committee", "names": "李荫棠\n段云芳\n"}
    assert open_new(branch, place.compound, "personnel", **typed).status_code == 302
    record = PowerRecord.objects.get()
    one, two = record.nomination.candidates.order_by("pk")
    seen = [branch.get(reverse("power-new", args=[place.compound.pk, "personnel"]))]

    def look(name: str) -> None:
        seen.append(branch.get(reverse("power-move", args=[record.pk, name])))
        seen.append(branch.get(record.get_absolute_url()))

    look("vet")
    votes = {f"passed_{one.pk}": "yes", f"passed_{two.pk}": "no"}
    assert move(branch, record, "vet", **votes) == 422
    assert move(branch, record, "vet", **votes, **{f"opinion_{two.pk}": "拖欠物业费"}) == 302
    look("recommend")
    assert move(branch, record, "recommend", recommended_to="业主大会") == 302
    look("choose")
    terms = {"chosen_on": today(), "chosen": str(one.pk)}
    assert move(branch, record, "choose", chosen_by="community", **terms) == 422
    assert move(branch, record, "choose", chosen_by="owners", **terms) == 302
    look("choose")
    for page in seen:
        text = page.content.decode()
        assert "任命" not in text
        assert "业主" in text
        assert "278" in text  # the boundary is stated


def test_a_finding_in_the_browser(world: World, place: Place, branch: Client) -> None:
    form = branch.get(reverse("power-new", args=[place.compound.pk, "supervision"])).context["form"]
    assert form["addressee"].value() == "滇泉城市服务"
    typed = {
        "title": "三季度公共收益未公示",
        "text": "限期公示。",
        "of_whom": "firm",
        "about": "public_income",
        "addressee": "滇泉城市服务",
        "due_on": form["due_on"].value().isoformat(),
    }
    assert open_new(branch, place.compound, "supervision", **typed).status_code == 302
    record, asked = PowerRecord.objects.get(), Undertaking.objects.get()
    assert move(branch, record, "recheck", passed="yes") == 422  # nothing was reported
    undertakings.report(undertaking=asked, text="已公示。", by=world.compound_secretary, now=timezone.now())
    assert move(branch, record, "recheck", passed="no", words="") == 422
    assert move(branch, record, "recheck", passed="no", words="缺广告收入。") == 302
    assert move(branch, record, "end", reason="") == 422
    assert move(branch, record, "end", reason="并入审计。") == 302
    assert Undertaking.objects.get().status == "dropped"


def test_an_appraisal_in_the_browser(world: World, place: Place, branch: Client) -> None:
    form = branch.get(reverse("power-new", args=[place.compound.pk, "appraisal"])).context["form"]
    typed = {name: str(form[name].value()) for name in ("name", "period", "asked")}
    assert typed["asked"] == "628"
    answer = open_new(branch, place.compound, "appraisal", title="下半年评议", of_whom="firm", **typed)
    assert answer.status_code == 302
    record = PowerRecord.objects.get()
    assert move(branch, record, "score", received="168", mean_service="101") == 422
    assert move(branch, record, "score", received="168", mean_service="86.4", opinions="总体满意") == 302
    assert move(branch, record, "summarise", summary="总体满意") == 302
    assert move(branch, record, "use", use="rating") == 302
    assert "86.4" in branch.get(record.get_absolute_url()).content.decode()


def test_every_step_has_a_page(world: World, place: Place, branch: Client) -> None:
    """Whatever step a record stands at, page and every offered form can be opened."""
    walks: list[Callable[..., PowerRecord]] = [
        decided,
        announced,
        executed,
        proposed,
        nominated,
        recommended,
        found,
        appraised,
        scored,
    ]
    for walk in walks:
        record = walk(world, place)
        page = branch.get(record.get_absolute_url())
        assert page.status_code == 200
        offered = page.context["moves"].allowed
        assert sum(one.primary for one in offered) <= 1
        for one in offered:
            form = branch.get(one.url)
            assert (form.status_code, form.context["refusal"]) == (200, ""), one.url


def test_the_list_filters_and_exports(world: World, place: Place, branch: Client) -> None:
    first, second = decided(world, place), found(world, place)

    def shown(client: Client, **query: str) -> set[str]:
        page = client.get(reverse("powers"), query)
        return {row.record.title for row in page.context["rows"]}

    both = {first.title, second.title}
    assert shown(branch) == both
    assert shown(branch, power="decision") == {first.title}
    assert shown(branch, q="dglxq 公共") == {second.title}
    assert shown(branch, state="closed") == set()
    assert shown(branch, compound=str(place.foreign.pk)) == set()
    UndertakingDeadline.objects.update(due_at=timezone.now() - timedelta(days=1))
    assert shown(branch, light="over") == {second.title}
    assert shown(signed_in(world.county_secretary), division="530102003") == both
    assert shown(signed_in(world.stranger)) == set()
    answer = branch.get(reverse("powers-export"), {"power": "decision"})
    assert answer.status_code == 200
    assert len(b"".join(answer.streaming_content)) > 1000
    assert signed_in(world.construction_liaison).get(reverse("powers")).status_code == 403


def test_the_list_costs_the_same_at_two_and_at_twelve(
    world: World, place: Place, branch: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost() -> int:
        branch.get(reverse("powers"))
        with django_assert_max_num_queries(40) as counted:
            branch.get(reverse("powers"))
        return len(counted)

    decided(world, place)
    found(world, place)
    few = cost()
    for walk in (
        decided,
        announced,
        proposed,
        nominated,
        recommended,
        found,
        appraised,
        scored,
        executed,
        decided,
    ):
        walk(world, place)
    assert cost() == few


# -- the compound's columns --------------------------------------------------------------------------------
def test_the_five_columns_of_a_compound(world: World, place: Place) -> None:
    announced(world, place)
    proposed(world, place)
    recommended(world, place)
    found(world, place)
    scored(world, place)
    with translation.override("zh-hans"):
        shown = columns(place.compound, now=NOW)
    assert [one.power for one in shown] == ["decision", "proposal", "personnel", "supervision", "appraisal"]
    assert [len(one.steps) for one in shown] == [5, 4, 4, 4, 4]
    assert all(one.url and one.note and one.word and one.due for one in shown)
    decision = shown[0]
    assert [state for _label, state in decision.steps] == ["done", "done", "done", "now", ""]
    assert shown[1].due is not None
    assert shown[1].due.minutes is not None


def test_columns_prefer_what_is_due_and_cost_the_same(
    world: World, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bare = columns(place.compound, now=NOW, may_open=True)
    assert [one.url for one in bare] == [""] * 5
    assert all(one.new_url for one in bare)
    proposed(world, place, title="慢的", due_on=NOW.date() + timedelta(days=30))
    proposed(world, place, title="急的", due_on=NOW.date() + timedelta(days=1))
    proposed(world, place, title="不急的", due_on=NOW.date() + timedelta(days=29))
    for walk in (announced, recommended, found, scored):
        walk(world, place)
    assert columns(place.compound, now=NOW)[1].title == "急的"
    with django_assert_max_num_queries(20) as counted:
        columns(place.compound, now=NOW)
    few = len(counted)
    assert few <= 13  # nine, and the calendar
    for walk in (announced, recommended, found, scored, proposed, decided):
        for _number in range(2):
            walk(world, place)
    with django_assert_max_num_queries(few):
        columns(place.compound, now=NOW)
