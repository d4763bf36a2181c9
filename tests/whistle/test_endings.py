"""Beside the main road: returned, withdrawn, answered finally, lapsed, reopened; what each leaves behind."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.notifications.models import Notice
from tests.whistle.people import NOW, World, at, build_world, dispatched, fed_back, opened, whistle_of
from whistle import services
from whistle.guards import MoveRefused, can_move
from whistle.models import Assignment, CaseDeadline, CaseRung, FinalAnswer, KindRule, Whistle
from whistle.services.ruling import RuleTerms
from whistle.workflow import Move

LAPSES = at("2026-11-30 17:00")  # five working days after Monday, 23 November
HOUR = timedelta(hours=1)


def sweep(now: object) -> timers.Sweep:
    return timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now)  # type: ignore[arg-type]


def again(whistle: Whistle) -> Whistle:
    return Whistle.objects.select_related("case", "kind").get(pk=whistle.pk)


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def closed(world: World) -> Whistle:
    whistle = services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)
    return services.close(whistle=whistle, by=world.community_worker, now=NOW)


def running(whistle: Whistle) -> list[str]:
    return sorted(CaseDeadline.objects.running().filter(whistle=whistle).values_list("step", flat=True))


# -- not evaluated -----------------------------------------------------------------------------------------
def test_what_the_caller_does_not_answer_ends_as_not_evaluated_once(world: World) -> None:
    whistle = fed_back(world)
    sweep(LAPSES - timedelta(seconds=1))
    assert again(whistle).status == "awaiting_verification"
    sweep(LAPSES)
    sweep(LAPSES + HOUR)
    whistle = again(whistle)
    assert (whistle.status, whistle.verdict, whistle.case.ending) == ("closed", "", "not_evaluated")
    assert whistle.case.closed_at == whistle.ended_at == LAPSES
    assert CaseRung.objects.filter(rung="lapse").count() == 1
    events = AuditEvent.objects.filter(stream=whistle.case.stream, event="whistle.lapsed")
    assert list(events.values_list("actor_name", "unit_name")) == [
        (User.objects.get(username="system").name, "")
    ]
    assert {"community_worker", "street_dispatcher", "enforcement_liaison"} <= told("whistle.lapse")
    assert running(whistle) == []


def test_after_an_outage_it_lapses_late_and_in_order(world: World) -> None:
    whistle = fed_back(world)
    sweep(LAPSES + timedelta(days=9))
    rungs = list(
        CaseRung.objects.filter(deadline__step="verify").order_by("id").values_list("rung", flat=True)
    )
    assert rungs == ["yellow", "red", "lapse"]
    event = AuditEvent.objects.get(stream=whistle.case.stream, event="deadline.lapse")
    assert event.data["late_reason"] == "outage"
    assert again(whistle).status == "closed"


def test_a_verdict_that_was_given_stays_when_the_rest_lapses(world: World) -> None:
    whistle = services.verify(
        whistle=fed_back(world), verdict="partly", satisfaction="mostly", by=world.community_worker, now=NOW
    )
    sweep(LAPSES)
    whistle = again(whistle)
    assert (whistle.status, whistle.verdict, whistle.case.ending) == ("closed", "partly", "partly")
    assert not Assignment.objects.filter(whistle=whistle).exclude(evaluated_at=None).exists()


def test_what_is_not_solved_never_lapses(world: World) -> None:
    whistle = services.verify(
        whistle=fed_back(world), verdict="not_solved", by=world.community_worker, now=NOW
    )
    sweep(LAPSES + timedelta(days=9))
    assert again(whistle).status == "awaiting_evaluation"
    assert not CaseRung.objects.filter(rung="lapse").exists()
    with pytest.raises(MoveRefused, match=r"lapse|未评价"):
        services.lapse(whistle=whistle, by=User.objects.get(username="system"), now=LAPSES)


def test_nobody_lapses_a_whistle_by_hand(world: World) -> None:
    whistle = fed_back(world)
    with pytest.raises(MoveRefused):
        services.lapse(whistle=whistle, by=world.community_worker, now=NOW)


def test_the_rule_of_the_kind_says_when_it_lapses(world: World) -> None:
    rule = KindRule.objects.get(kind__code="general", tier=1)
    services.set_rule(
        kind=rule.kind, tier=1, terms=RuleTerms(verification_lapse_days=8), by=world.system_admin, now=NOW
    )
    whistle = fed_back(world)
    sweep(LAPSES)
    assert again(whistle).status == "awaiting_verification"
    sweep(at("2026-12-03 17:00"))
    assert again(whistle).status == "closed"


# -- reopening ---------------------------------------------------------------------------------------------
def test_a_reopened_case_is_handled_again_in_the_whole_limit_and_keeps_its_history(world: World) -> None:
    whistle = closed(world)
    lead = Assignment.objects.get(whistle=whistle, is_lead=True)
    services_before = CaseDeadline.objects.filter(whistle=whistle).count()
    later = NOW + timedelta(days=30)
    services.reopen(whistle=whistle, reason="路面再次下陷", by=world.community_worker, now=later)
    whistle = again(whistle)
    assert (whistle.status, whistle.reopenings, whistle.verdict, whistle.ended_at) == (
        "handling",
        1,
        "",
        None,
    )
    assert (whistle.case.status, whistle.case.ending, whistle.case.closed_at) == ("open", "", None)
    statuses = dict(Assignment.objects.filter(whistle=whistle).values_list("is_lead", "status"))
    assert statuses == {True: "handling", False: "fed_back"}
    assert running(whistle) == ["close", "feed_back"]
    limits = set(CaseDeadline.objects.running().filter(whistle=whistle).values_list("amount", "unit"))
    assert limits == {(5, "working_day")}
    assert CaseDeadline.objects.filter(whistle=whistle).count() == services_before + 2
    verdicts = AuditEvent.objects.filter(stream=whistle.case.stream, event="whistle.verified")
    assert verdicts.get().data["verdict"] == "solved"
    assert {"enforcement_liaison", "street_dispatcher"} <= told("whistle.reopen")
    assert "market_liaison" not in told("whistle.reopen")
    lead.refresh_from_db()
    services.feed_back(assignment=lead, measures="重新夯实。", by=world.enforcement_liaison, now=later)
    assert again(whistle).status == "awaiting_verification"


def test_chosen_assisting_units_come_again_and_a_foreign_one_is_refused(world: World) -> None:
    whistle = closed(world)
    assist = Assignment.objects.get(whistle=whistle, is_lead=False)
    foreign = dispatched(world)[0]
    with pytest.raises(MoveRefused):
        services.reopen(whistle=whistle, reason="又坏", units=[foreign], by=world.community_worker, now=NOW)
    services.reopen(whistle=whistle, reason="又坏", units=[assist], by=world.community_worker, now=NOW)
    assert set(Assignment.objects.filter(whistle=whistle).values_list("status", flat=True)) == {"handling"}


def test_after_the_window_and_without_a_reason_it_is_refused_with_the_way_on(world: World) -> None:
    whistle = closed(world)
    late = NOW + timedelta(days=30, seconds=1)
    with pytest.raises(MoveRefused, match="Write a new case|另行吹哨"):
        services.reopen(whistle=whistle, reason="又坏", by=world.community_worker, now=late)
    with pytest.raises(MoveRefused):
        services.reopen(whistle=whistle, reason=" ", by=world.community_worker, now=NOW)
    assert again(whistle).status == "closed"


def test_what_lapsed_can_be_reopened(world: World) -> None:
    whistle = fed_back(world)
    sweep(LAPSES)
    services.reopen(
        whistle=again(whistle), reason="出差回来，仍未解决", by=world.community_worker, now=LAPSES + HOUR
    )
    assert again(whistle).status == "handling"


# -- final answers -----------------------------------------------------------------------------------------
def answer(world: World, whistle: Whistle) -> FinalAnswer:
    return services.answer(
        whistle=whistle,
        text="加装电梯需本单元业主表决同意，现未达法定比例。",
        legal_basis="民法典第二百七十八条",
        evidence="表决票复印件存社区",
        by=world.street_secretary,
        now=NOW + HOUR,
    )


def test_a_final_answer_ends_everything_and_is_not_reopened(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    signed = answer(world, whistle)
    whistle = again(whistle)
    assert (whistle.status, whistle.case.ending, whistle.case.status) == (
        "answered",
        "final_answer",
        "closed",
    )
    assert (signed.signed_by, signed.signed_at) == (world.street_secretary, NOW + HOUR)
    assert running(whistle) == []
    assert set(Assignment.objects.filter(whistle=whistle).values_list("status", flat=True)) == {"released"}
    outcomes = CaseDeadline.objects.filter(whistle=whistle, step="close").values_list("outcome", flat=True)
    assert list(outcomes) == ["cancelled"]
    assert {"community_worker", "enforcement_liaison"} <= told("whistle.answer")
    with pytest.raises(MoveRefused, match="new case|另行吹哨"):
        services.reopen(whistle=whistle, reason="不服", by=world.community_worker, now=NOW + HOUR)


def test_a_final_answer_is_possible_until_the_case_is_closed(world: World) -> None:
    answer(world, fed_back(world))
    unsolved = services.verify(
        whistle=fed_back(world), verdict="not_solved", by=world.community_worker, now=NOW
    )
    answer(world, unsolved)
    assert FinalAnswer.objects.count() == 2
    with pytest.raises(MoveRefused):
        answer(world, closed(world))


@pytest.mark.parametrize(("text", "basis", "code"), [(" ", "条例", "text"), ("无法办理", " ", "legal_basis")])
def test_a_final_answer_needs_words_and_a_basis(world: World, text: str, basis: str, code: str) -> None:
    whistle = dispatched(world)[0].whistle
    with pytest.raises(MoveRefused) as refused:
        services.answer(whistle=whistle, text=text, legal_basis=basis, by=world.street_secretary, now=NOW)
    assert refused.value.code == code
    assert again(whistle).status == "handling"


# -- withdrawal --------------------------------------------------------------------------------------------
def test_a_withdrawn_whistle_releases_units_and_clocks_and_tells_them(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    services.withdraw(whistle=whistle, reason="物业已修好", by=world.community_worker, now=NOW + HOUR)
    whistle = again(whistle)
    assert (whistle.status, whistle.case.ending) == ("withdrawn", "withdrawn")
    assert running(whistle) == []
    assert {"street_dispatcher", "enforcement_liaison", "market_liaison"} <= told("whistle.withdraw")
    event = AuditEvent.objects.get(stream=whistle.case.stream, event="whistle.withdrawn")
    assert event.reason == "物业已修好"


def test_the_centre_hears_nothing_of_a_whistle_that_never_reached_it(world: World) -> None:
    whistle = whistle_of(opened(world))
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    services.withdraw(whistle=whistle, reason="写错了", by=world.community_worker, now=NOW)
    assert "street_dispatcher" not in told("whistle.withdraw")


def test_an_upgraded_whistle_is_not_withdrawn(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    upper = services.upgrade(whistle=whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    with pytest.raises(MoveRefused, match="note|备注"):
        services.withdraw(whistle=upper, reason="算了", by=world.street_dispatcher, now=NOW)
    assert not can_move(Move.WITHDRAW, whistle=again(upper), user=world.street_dispatcher)
    assert not can_move(Move.WITHDRAW, whistle=again(upper), user=world.community_worker)


def test_what_was_fed_back_wholly_is_not_withdrawn(world: World) -> None:
    with pytest.raises(MoveRefused):
        services.withdraw(whistle=fed_back(world), reason="算了", by=world.community_worker, now=NOW)


# -- concurrency -------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_caller_who_verifies_while_it_lapses_meets_one_end() -> None:
    world = build_world()
    whistle = fed_back(world)
    barrier = threading.Barrier(2)
    results: list[str] = []

    def person() -> None:
        try:
            barrier.wait()
            services.verify(
                whistle=Whistle.objects.get(pk=whistle.pk),
                verdict="solved",
                by=world.community_worker,
                now=LAPSES,
            )
            results.append("verified")
        except MoveRefused:
            results.append("refused")
        finally:
            connection.close()

    def beat() -> None:
        try:
            barrier.wait()
            sweep(LAPSES)
        finally:
            connection.close()

    threads = [threading.Thread(target=person), threading.Thread(target=beat)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep(LAPSES + HOUR)
    fresh = again(whistle)
    assert fresh.status == "closed"
    assert fresh.case.ending == ("solved" if results == ["verified"] else "not_evaluated")
    assert CaseRung.objects.filter(rung="lapse").count() == 1
