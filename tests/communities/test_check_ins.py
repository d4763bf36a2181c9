"""Double report: checking in, serving, needs and opinions; who may, what is refused, what is told."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from communities.guards import CommunityRefused
from communities.models import CheckIn, CommunityNeed, Grid, ServiceClass, ServiceRecord
from communities.models.needs import MOVES
from communities.services import checking_in, needs, opinions, serving
from communities.services.checking_in import MemberWords, UnitWords
from communities.services.needs import NeedWords
from communities.services.serving import Service
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from tests.communities.checked_in import (
    ENFORCEMENT,
    OUTSIDE,
    community,
    drafted,
    member_in,
    needed,
    served,
    unit_in,
)
from tests.communities.people import Place
from tests.whistle.people import CITY, NOW, OTHER_COMMUNITY, World

pytestmark = pytest.mark.django_db
NEXT_YEAR = NOW.replace(year=2027, month=1, day=11)


def refused(run: Any, sentence: str = "") -> str:
    with pytest.raises(CommunityRefused) as caught:
        run()
    assert sentence in caught.value.sentence
    return caught.value.code


def test_nothing_of_what_is_forbidden_has_a_column() -> None:
    """domain.md §9: no points, no ranking, no location, no ID number, no attendance (a count of 出勤)."""
    forbidden = (
        "point",
        "score",
        "rank",
        "grade",
        "lat",
        "lon",
        "geo",
        "track",
        "id_number",
        "citizen",
        "attend",
    )
    for model in (CheckIn, ServiceRecord, CommunityNeed, ServiceClass):
        names = [field.name for field in model._meta.get_fields()]
        assert [
            n for n in names if any(n == f or n.startswith(f"{f}_") or f"_{f}" in n for f in forbidden)
        ] == []


def test_the_post_classes_are_data() -> None:
    assert ServiceClass.objects.filter(is_active=True).count() == 8


def test_a_unit_checks_in_by_itself_and_the_community_is_told(world: World) -> None:
    row = unit_in(world)
    assert (row.kind, row.unit, row.unit_name, row.community_id) == (
        "unit",
        world.units["enforcement"],
        ENFORCEMENT,
        community().pk,
    )
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {
        "community_worker",
        "community_secretary",
    }
    assert AuditEvent.objects.get(stream=row.stream).event == "check_in.made"


def test_a_unit_of_the_portal_is_known_by_its_name(world: World) -> None:
    assert unit_in(world, name="五华区水务局").unit == world.units["water_bureau"]
    assert unit_in(world, name=OUTSIDE).unit is None
    assert (
        unit_in(world, name="大观街道综合治理中心").unit is None
    )  # a seat of the territory checks in nowhere


def test_who_may_not_check_in_is_refused(world: World) -> None:
    words = UnitWords(OUTSIDE, "陆明")
    for who in ("stranger", "enforcement_liaison", "inspector", "city_dispatcher", "compound_secretary"):
        code = refused(
            lambda who=who: checking_in.check_in_unit(
                community=community(), words=words, by=world.people[who], now=NOW
            )
        )
        assert code == "role", who
    other = world.units["market"]
    refused(
        lambda: checking_in.check_in_unit(
            community=community(), words=words, unit=other, by=world.enforcement_liaison, now=NOW
        )
    )
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit_name": " "}, "unit_name"),
        ({"liaison": ""}, "liaison"),
        ({"plan": "联系人身份证号11010519491231002X"}, "refused"),
    ],
)
def test_bad_words_of_a_unit_are_refused(world: World, change: dict[str, str], code: str) -> None:
    given: dict[str, Any] = {"unit_name": OUTSIDE, "liaison": "陆明", **change}
    words = UnitWords(**given)
    run = partial(
        checking_in.check_in_unit, community=community(), words=words, by=world.community_worker, now=NOW
    )
    assert refused(run) == code


def test_only_communities_are_checked_in_to(world: World) -> None:
    words = UnitWords(OUTSIDE, "陆明")
    run = partial(
        checking_in.check_in_unit, community=community(CITY), words=words, by=world.city_official, now=NOW
    )
    assert refused(run) == "community"


def test_a_check_in_is_made_once_and_begins_anew_after_its_end(world: World) -> None:
    row = member_in(world)
    assert refused(lambda: member_in(world)) == "unit_name"
    ended = checking_in.end_check_in(check_in=row, by=world.community_worker, now=NOW)
    assert ended.ends_on == date(2026, 11, 23)
    assert (
        refused(lambda: checking_in.end_check_in(check_in=row, by=world.community_worker, now=NOW)) == "ended"
    )
    again = member_in(world)
    assert (again.pk, again.ends_on) == (row.pk, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckIn.objects.create(
            kind="member",
            community=row.community,
            unit_name=row.unit_name,
            name=row.name,
            starts_on=row.starts_on,
        )


def test_a_member_says_what_it_can_do(world: World, place: Place) -> None:
    grid_elsewhere = Grid.objects.create(
        code=f"{OTHER_COMMUNITY}001", community_id=OTHER_COMMUNITY, name="别处"
    )
    row = member_in(
        world, service_class=ServiceClass.objects.get(name="专业服务"), grid=place.grid, phone="13888888888"
    )
    assert "13888888888" not in row.phone_cipher
    assert (row.phone, row.masked_phone) == ("13888888888", "138****8888")
    assert "138" not in str(AuditEvent.objects.get(stream=row.stream).data)
    assert refused(lambda: member_in(world, "普美", grid=grid_elsewhere)) == "grid"
    words = MemberWords(ENFORCEMENT, "段文静", skills="急救", grid=place.grid)
    changed = checking_in.change_member(check_in=row, words=words, by=world.enforcement_leader, now=NOW)
    assert (changed.skills, changed.phone) == ("急救", "13888888888")  # None leaves the number
    assert (
        refused(
            lambda: checking_in.change_member(check_in=row, words=words, by=world.market_liaison, now=NOW)
        )
        == "role"
    )


@pytest.mark.parametrize("text", ["段文", "duanwen", "dwj", "执法中队", "chengguan", "法律"])
def test_a_member_is_found_by_name_unit_skill_and_sound(world: World, text: str) -> None:
    row = member_in(world)
    unit_in(world, name=OUTSIDE)
    assert list(CheckIn.objects.all().holding(text)) == [row]


def test_a_common_word_is_met_on_the_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communities.querysets.COMMON", 1)
    rows = {member_in(world, name) for name in ("段文静", "段文涛", "杨一")}
    assert set(CheckIn.objects.all().holding("段文 执法")) == {row for row in rows if row.name != "杨一"}


def test_a_service_is_recorded_by_community_and_unit_once(world: World, place: Place) -> None:
    who = member_in(world)
    service = Service(
        on=date(2026, 11, 20),
        item="法律咨询",
        outcome="解答12户。",
        hours=Decimal("1.5"),
        compound=place.compound,
    )
    row = serving.record_service(check_in=who, service=service, by=world.enforcement_liaison, now=NOW)
    assert (row.community_id, row.hours) == (who.community_id, Decimal("1.5"))
    again = partial(serving.record_service, check_in=who, service=service, now=NOW)
    assert refused(lambda: again(by=world.community_worker)) == "item"
    assert refused(lambda: again(by=world.market_liaison)) == "role"
    assert refused(lambda: again(by=world.stranger)) == "role"
    assert ServiceRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item": " "}, "item"),
        ({"on": date(2026, 11, 24)}, "on"),
        ({"on": date(1999, 1, 1)}, "on"),
        ({"hours": Decimal(25)}, "hours"),
        ({"outcome": "居民11010519491231002X"}, "refused"),
    ],
)
def test_a_bad_service_is_refused(world: World, change: dict[str, Any], code: str) -> None:
    who = member_in(world)
    service = Service(**{"on": date(2026, 11, 20), "item": "法律咨询", **change})
    assert (
        refused(
            lambda: serving.record_service(check_in=who, service=service, by=world.community_worker, now=NOW)
        )
        == code
    )


def test_a_service_elsewhere_is_refused(world: World, place: Place) -> None:
    service = Service(on=date(2026, 11, 20), item="法律咨询", compound=place.foreign)
    assert (
        refused(
            lambda: serving.record_service(
                check_in=member_in(world), service=service, by=world.community_worker, now=NOW
            )
        )
        == "compound"
    )


def test_a_record_is_corrected_and_taken_back_with_a_trace(world: World) -> None:
    row = served(world, member_in(world))
    service = Service(on=row.on, item="清理两处楼道", outcome="完成。")
    serving.correct_service(record=row, service=service, by=world.enforcement_liaison, now=NOW)
    event = AuditEvent.objects.get(event="service.corrected")
    assert event.data["before"]["item"] == "清理楼道杂物"
    assert refused(lambda: serving.remove_service(record=row, by=world.inspector, now=NOW)) == "role"
    serving.remove_service(record=row, by=world.community_worker, now=NOW)
    assert not ServiceRecord.objects.exists()
    assert AuditEvent.objects.get(event="service.removed").data["before"]["item"] == "清理两处楼道"


def test_members_fill_a_need_one_by_one(world: World) -> None:
    need = needed(world, wanted=2)
    first, second = member_in(world), member_in(world, "杨一")
    need = needs.claim(need=need, check_in=first, by=world.enforcement_liaison, now=NOW)
    assert need.state == "open"
    assert (
        refused(lambda: needs.claim(need=need, check_in=first, by=world.community_worker, now=NOW))
        == "check_in"
    )
    need = needs.claim(need=need, check_in=second, by=world.community_worker, now=NOW)
    assert need.state == "claimed"
    assert (
        refused(lambda: needs.claim(need=need, check_in=unit_in(world), by=world.community_worker, now=NOW))
        == "state"
    )
    need = needs.release(need=need, check_in=second, by=world.enforcement_liaison, now=NOW)
    assert need.state == "open"
    done = needs.finish(need=need, outcome="辅导了4次。", by=world.community_secretary, now=NOW)
    assert (done.state, done.outcome, done.ended_at) == ("done", "辅导了4次。", NOW)


def test_a_unit_takes_a_need_on_as_a_whole(world: World) -> None:
    need = needs.claim(
        need=needed(world, wanted=9), check_in=unit_in(world), by=world.enforcement_liaison, now=NOW
    )
    assert need.state == "claimed"
    assert Notice.objects.filter(recipient=world.community_worker, link=need.get_absolute_url()).count() == 1


def test_a_claim_needs_an_active_check_in_here(world: World) -> None:
    need, who = needed(world), member_in(world)
    assert refused(lambda: needs.claim(need=need, check_in=who, by=world.market_liaison, now=NOW)) == "role"
    elsewhere = unit_in(world, code=OTHER_COMMUNITY)
    assert (
        refused(lambda: needs.claim(need=need, check_in=elsewhere, by=world.enforcement_liaison, now=NOW))
        == "check_in"
    )
    ended = checking_in.end_check_in(check_in=who, by=world.community_worker, now=NOW)
    assert (
        refused(lambda: needs.claim(need=need, check_in=ended, by=world.community_worker, now=NOW))
        == "check_in"
    )
    assert (
        refused(lambda: needs.release(need=need, check_in=who, by=world.community_worker, now=NOW))
        == "check_in"
    )


def test_every_move_of_a_need_in_every_state(world: World) -> None:
    """state x move: what the table does not name is refused."""
    who = member_in(world)
    by = world.community_worker
    words = NeedWords("新的说法", date(2026, 12, 1))
    runs: dict[str, Any] = {
        "change": lambda need: needs.change(need=need, words=words, by=by, now=NOW),
        "claim": lambda need: needs.claim(need=need, check_in=who, by=by, now=NOW),
        "release": lambda need: needs.release(need=need, check_in=who, by=by, now=NOW),
        "finish": lambda need: needs.finish(need=need, outcome="好", by=by, now=NOW),
        "withdraw": lambda need: needs.withdraw(need=need, outcome="不再需要", by=by, now=NOW),
    }
    assert set(runs) == set(MOVES)
    for move, run in runs.items():
        for state in CommunityNeed.State.values:
            need = needed(world, f"{move}{state}", wanted=1)
            if state == "claimed":
                need = needs.claim(need=need, check_in=who, by=by, now=NOW)
            if state == "done":
                needs.claim(need=need, check_in=who, by=by, now=NOW)
                need = needs.finish(need=need, outcome="好", by=by, now=NOW)
            if state == "withdrawn":
                need = needs.withdraw(need=need, outcome="不再需要", by=by, now=NOW)
            if state not in MOVES[move]:
                assert refused(lambda run=run, need=need: run(need)) == "state", (move, state)


def test_a_need_is_the_communitys(world: World) -> None:
    words = NeedWords("辅导作业", date(2026, 12, 1))
    for who in ("enforcement_liaison", "stranger", "inspector"):
        run = lambda who=who: needs.publish(community=community(), words=words, by=world.people[who], now=NOW)  # noqa: E731
        assert refused(run) == "role"
    need = needed(world)
    assert refused(lambda: needed(world)) == "title"
    assert (
        refused(lambda: needs.finish(need=need, outcome="好", by=world.community_worker, now=NOW)) == "state"
    )
    assert (
        refused(lambda: needs.withdraw(need=need, outcome=" ", by=world.community_worker, now=NOW))
        == "outcome"
    )
    bad = NeedWords("其他", date(2026, 12, 1), ends_on=date(2026, 11, 1))
    assert (
        refused(lambda: needs.publish(community=community(), words=bad, by=world.community_worker, now=NOW))
        == "ends_on"
    )


def test_an_opinion_is_built_from_facts_worded_and_issued(world: World) -> None:
    unit, member = unit_in(world), member_in(world)
    member_in(world, "沐晨", unit=OUTSIDE)  # of another unit
    served(world, unit, "整治占道")
    served(world, member)
    served(world, member, "往年的事", on=date(2025, 5, 1))
    draft = drafted(world, unit)
    facts = opinions.facts_of(draft)
    assert (facts["services"], [one["name"] for one in facts["members"]]) == (2, ["段文静"])
    assert {row["item"] for row in facts["records"]} == {"整治占道", "清理楼道杂物"}
    assert "2" in draft.text
    assert drafted(world, unit).pk == draft.pk  # a second click finds the first draft
    opinions.reword(opinion=draft, text="感谢贵单位。", by=world.community_secretary, now=NOW)
    assert refused(lambda: opinions.issue(opinion=draft, by=world.community_worker, now=NOW)) == "role"
    assert refused(lambda: opinions.issue(opinion=draft, by=world.city_official, now=NOW)) == "role"
    issued = opinions.issue(opinion=draft, by=world.community_secretary, now=NOW)
    assert (issued.text, issued.is_issued) == ("感谢贵单位。", True)
    told = Notice.objects.filter(kind="opinion").values_list("recipient__username", flat=True)
    assert set(told) == {"enforcement_liaison", "enforcement_leader"}
    served(world, member, "之后的事")
    issued.refresh_from_db()
    assert opinions.facts_of(issued)["services"] == 2  # it keeps what it rested on
    assert (
        refused(lambda: opinions.reword(opinion=issued, text="改", by=world.community_secretary, now=NOW))
        == "status"
    )
    assert refused(lambda: opinions.issue(opinion=issued, by=world.community_secretary, now=NOW)) == "status"


def test_an_opinion_goes_to_a_unit_for_a_year_that_was(world: World) -> None:
    unit = unit_in(world)
    assert refused(lambda: drafted(world, member_in(world))) == "kind"
    assert refused(lambda: drafted(world, unit, 2027)) == "year"
    assert refused(lambda: drafted(world, unit, 2025)) == "year"
    assert (
        refused(lambda: opinions.draft(check_in=unit, year=2026, by=world.enforcement_liaison, now=NOW))
        == "role"
    )
    assert opinions.draft(check_in=unit, year=2026, by=world.community_worker, now=NEXT_YEAR).year == 2026
