"""Returned for completion and completed; the receiver's word on the whistle; the caller's on each unit."""

from datetime import timedelta

import pytest

from kunming_portal.notifications.models import Notice
from tests.whistle.people import NOW, World, blown, dispatched, fed_back
from whistle import services
from whistle.guards import MoveRefused, can_move
from whistle.models import Assignment, CaseDeadline, KindRule, Whistle
from whistle.services.ruling import RuleTerms
from whistle.workflow import Move

HOUR = timedelta(hours=1)


def again(whistle: Whistle) -> Whistle:
    return Whistle.objects.select_related("case", "kind").get(pk=whistle.pk)


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def closed(world: World) -> Whistle:
    whistle = services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)
    return services.close(whistle=whistle, by=world.community_worker, now=NOW)


def running(whistle: Whistle) -> list[str]:
    return sorted(CaseDeadline.objects.running().filter(whistle=whistle).values_list("step", flat=True))


# -- returned for completion -------------------------------------------------------------------------------
def test_a_returned_whistle_comes_back_with_a_clock_anew(world: World) -> None:
    whistle = blown(world)
    services.return_whistle(whistle=whistle, reason="缺门牌号", by=world.street_dispatcher, now=NOW + HOUR)
    assert (again(whistle).status, again(whistle).returns) == ("returned", 1)
    assert running(whistle) == ["complete"]
    complete = CaseDeadline.objects.get(whistle=whistle, step="complete")
    assert (complete.amount, complete.unit) == (2, "working_day")
    assert {"community_worker", "community_secretary"} <= told("whistle.return")
    services.complete(
        whistle=whistle,
        text="补充了门牌号",
        description="西坝路128号院3栋门口路面渗水下陷。",
        place="西坝路128号院3栋",
        by=world.community_worker,
        now=NOW + 2 * HOUR,
    )
    fresh = again(whistle)
    assert (fresh.status, fresh.case.place) == ("awaiting_acceptance", "西坝路128号院3栋")
    assert "3栋" in fresh.case.search.text
    assert running(whistle) == ["dispatch"]
    assert CaseDeadline.objects.running().get(whistle=whistle).started_at == NOW + 2 * HOUR
    assert "street_dispatcher" in told("whistle.complete")


def test_a_caller_who_does_not_complete_it_is_told_and_pressed_and_not_the_centre(world: World) -> None:
    whistle = blown(world)
    services.return_whistle(whistle=whistle, reason="缺门牌号", by=world.street_dispatcher, now=NOW)
    row = CaseDeadline.objects.get(whistle=whistle, step="complete")
    services.ring([row], row.due_at)
    assert "community_worker" in told("deadline.yellow")
    assert "street_dispatcher" not in told("deadline.yellow")
    services.press(whistle=whistle, by=world.county_dispatcher, now=NOW + HOUR)
    assert "community_worker" in told("whistle.pressed")


def test_an_emergency_is_completed_within_half_an_hour(world: World) -> None:
    whistle = blown(world, kind="emergency")
    services.return_whistle(whistle=whistle, reason="缺位置", by=world.street_dispatcher, now=NOW)
    complete = CaseDeadline.objects.get(whistle=whistle, step="complete")
    assert complete.due_at == NOW + timedelta(minutes=30)


def test_the_third_return_is_refused_with_what_to_do_instead(world: World) -> None:
    whistle = blown(world)
    for _time in range(2):
        services.return_whistle(whistle=whistle, reason="缺门牌号", by=world.street_dispatcher, now=NOW)
        services.complete(whistle=whistle, text="补了", by=world.community_worker, now=NOW)
    with pytest.raises(MoveRefused, match="withdraw|撤哨"):
        services.return_whistle(whistle=whistle, reason="还缺", by=world.street_dispatcher, now=NOW)
    assert not can_move(Move.RETURN, whistle=again(whistle), user=world.street_dispatcher)


def test_a_completion_says_what_was_added(world: World) -> None:
    whistle = services.return_whistle(
        whistle=blown(world), reason="缺门牌号", by=world.street_dispatcher, now=NOW
    )
    with pytest.raises(MoveRefused) as refused:
        services.complete(whistle=whistle, text="", by=world.community_worker, now=NOW)
    assert refused.value.code == "text"


def test_the_street_adds_to_an_upgraded_whistle_without_touching_the_communitys_words(world: World) -> None:
    lower = dispatched(world)[0].whistle
    upper = services.upgrade(whistle=lower, reason="超出权限", by=world.street_secretary, now=NOW)
    services.return_whistle(whistle=upper, reason="缺图纸", by=world.county_dispatcher, now=NOW)
    services.complete(whistle=upper, text="附图纸", place="别处", by=world.street_dispatcher, now=NOW)
    assert again(upper).case.place == "西坝路128号"


# -- both-way assessment -----------------------------------------------------------------------------------
def test_the_receiving_side_speaks_once_and_the_caller_is_told(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    services.assess(
        whistle=whistle,
        opinion="partly",
        cause="information",
        comment="位置不清",
        by=world.street_dispatcher,
        now=NOW,
    )
    said = again(whistle).assessment
    assert (said.opinion, said.cause, said.by) == ("partly", "information", world.street_dispatcher)
    assert "community_worker" in told("whistle.assess")
    with pytest.raises(MoveRefused):
        services.assess(whistle=whistle, opinion="justified", by=world.street_dispatcher, now=NOW)


def test_a_doubt_names_its_cause_and_a_justified_whistle_has_none(world: World) -> None:
    whistle = closed(world)
    with pytest.raises(MoveRefused) as refused:
        services.assess(whistle=whistle, opinion="not_justified", by=world.street_dispatcher, now=NOW)
    assert refused.value.code == "cause"
    said = services.assess(
        whistle=whistle, opinion="justified", cause="duplicate", by=world.street_dispatcher, now=NOW
    )
    assert said.cause == ""


def test_a_unit_is_rated_in_five_ways_and_a_rework_takes_them_back(world: World) -> None:
    whistle = fed_back(world)
    lead = Assignment.objects.select_related("whistle").get(whistle=whistle, is_lead=True)
    services.evaluate(
        assignment=lead,
        speed="good",
        cooperation="fair",
        effect="good",
        solved="partly",
        satisfaction="mostly",
        by=world.community_worker,
        now=NOW,
    )
    lead.refresh_from_db()
    assert (lead.solved, lead.satisfaction) == ("partly", "mostly")
    services.rework(whistle=whistle, units=[lead], reason="还漏水", by=world.community_worker, now=NOW)
    lead.refresh_from_db()
    assert (lead.solved, lead.satisfaction, lead.reworks) == ("", "", 1)


def test_a_rework_takes_the_share_of_the_kinds_rule(world: World) -> None:
    rule = KindRule.objects.get(kind__code="general", tier=1)
    services.set_rule(
        kind=rule.kind, tier=1, terms=RuleTerms(rework_share_percent=80), by=world.system_admin, now=NOW
    )
    whistle = fed_back(world)
    lead = Assignment.objects.get(whistle=whistle, is_lead=True)
    services.rework(whistle=whistle, units=[lead], reason="还漏水", by=world.community_worker, now=NOW)
    assert CaseDeadline.objects.running().get(whistle=whistle, step="close").amount == 4
    assert Assignment.objects.get(pk=lead.pk).status == "handling"
