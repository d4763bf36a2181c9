"""Numbers of the side paths and what no denominator holds (domain.md §1.6): one test a kind."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from kunming_portal.accounts.models import Scope
from kunming_portal.reporting import figures, periods
from kunming_portal.reporting.beside import Beside, get_beside
from kunming_portal.reporting.periods import Period, Span
from kunming_portal.reporting.rates import Rate
from tests.whistle.people import NOW, World, at, blown, dispatched, fed_back, objected, on_hold
from tests.whistle.test_exclusions import asked, decided
from whistle import services
from whistle.models import Assignment, Exclusion

CITY = Scope(prefixes=("5301",))
LATE = at("2026-11-24 10:00")  # past the two working hours to sign, within the day to object


def month() -> Period:
    return periods.current(Span.MONTH, now=NOW + timedelta(days=5))


def found() -> Beside:
    return get_beside(CITY, month())


def test_nothing_at_all_is_an_empty_denominator(world: World) -> None:
    assert found() == Beside(Rate(), Rate(), Rate(), 0, 0)


def test_extended_and_on_hold_are_of_the_whistles_open_in_the_period(world: World) -> None:
    blown(world)
    on_hold(world)
    lead = dispatched(world)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    services.extend(assignment=lead, days=3, reason="管线未迁。", by=world.enforcement_liaison, now=NOW)
    services.decide_extension(whistle=lead.whistle, is_granted=True, by=world.street_dispatcher, now=NOW)
    assert (found().extended, found().held) == (Rate(1, 3), Rate(1, 3))


def test_a_rework_sends_back_one_feedback_and_a_reopening_none(world: World) -> None:
    whistle = fed_back(world)  # two units
    lead = Assignment.objects.get(whistle=whistle, is_lead=True)
    services.rework(
        whistle=whistle,
        units=[lead],
        reason="还漏水",
        by=world.community_worker,
        now=NOW + timedelta(hours=1),
    )
    other = services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=other, by=world.community_worker, now=NOW)
    later = NOW + timedelta(hours=2)
    services.reopen(whistle=other, reason="又坏", by=world.community_worker, now=later)
    assert found().returned == Rate(1, 4)


@pytest.mark.parametrize("upheld", [True, False])
def test_an_upheld_objection_counts_in_no_rate_even_when_it_signed_late(world: World, upheld: bool) -> None:
    lead = dispatched(world, assists=0)[0]
    objected(world, lead, now=LATE)
    services.decide_objection(
        assignment=lead,
        upheld=upheld,
        replacement=world.units["construction"] if upheld else None,
        decision="按清单办理。",
        by=world.street_dispatcher,
        now=LATE,
    )
    mine = figures.counted_deadlines(CITY).filter(assignment=lead)
    assert list(mine.filter(step="sign").values_list("outcome", flat=True)) == ([] if upheld else ["met"])
    assert mine.exists() is not upheld
    assert (found().objections, found().upheld) == (1, int(upheld))


def test_a_merged_whistle_is_in_no_denominator(world: World) -> None:
    root, child = blown(world), blown(world)
    services.merge(whistle=child, into=root.case, reason="同一处", by=world.street_dispatcher, now=NOW)
    assert found().held == Rate(0, 1)


def test_what_a_leader_excluded_is_in_no_denominator(world: World) -> None:
    duty = Assignment.objects.get(whistle=fed_back(world), is_lead=True)
    assert found().returned == Rate(0, 2)
    decided(world, asked(world, duty))
    assert found().returned == Rate(0, 1), "one unit's duty"
    Exclusion.objects.update(assignment=None)
    assert (found().returned, found().held) == (Rate(), Rate()), "the whole whistle"


def test_a_final_answer_and_what_nobody_evaluated_are_in_no_verdict(world: World) -> None:
    answered = services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)
    fed_back(world)
    assert figures.evaluated_whistles(CITY).count() == 1
    services.answer(
        whistle=answered,
        text="需业主表决同意。",
        legal_basis="民法典第二百七十八条",
        evidence="",
        by=world.street_secretary,
        now=NOW,
    )
    assert figures.evaluated_whistles(CITY).count() == 0


def test_a_whistle_withdrawn_in_time_owes_nothing(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    services.withdraw(whistle=whistle, reason="已自行解决", by=world.community_worker, now=NOW)
    assert not figures.counted_deadlines(CITY).filter(whistle=whistle, step="close").exists()
    assert figures.evaluated_whistles(CITY).count() == 0


def test_the_numbers_cost_three_queries(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fed_back(world)
    with django_assert_num_queries(3):
        found()


def test_the_city_page_prints_the_fractions(world: World, client: Client) -> None:
    on_hold(world)
    with time_machine.travel(NOW + timedelta(hours=1)):
        client.force_login(world.city_official)
        html = " ".join(client.get("/city/").content.decode().split())
    assert "延期 0 / 1 · 挂账 1 / 1 · 返工 – · 退单0件，成立0件" in html
