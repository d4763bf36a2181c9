"""Files, posts, grades, schemes and pay of community workers, walked through the services."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from communities.grading import line_of, total
from communities.guards import CommunityRefused
from communities.models import (
    CommunityWorker,
    Grade,
    PayBand,
    PopulationFigure,
    WorkerGrade,
    WorkerPost,
    WorkerScheme,
)
from communities.services import regrading, schemes, worker_pay, workers
from communities.services.workers import Award, Person
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from tests.communities.workers import ON, entered, graded, honoured, place, post
from tests.whistle.people import CITY, COMMUNITY, COUNTY, NOW, OTHER_COMMUNITY, OTHER_STREET, STREET, World

pytestmark = pytest.mark.django_db


def refused(code: str, call: Any, **given: Any) -> str:
    with pytest.raises(CommunityRefused) as caught:
        call(**given, now=NOW)
    assert caught.value.code == code, caught.value.sentence
    return caught.value.sentence


# -- files and posts ---------------------------------------------------------------------------------
def test_a_file_begins_with_a_post_and_is_found_by_pinyin(world: World) -> None:
    worker = entered(world)
    held = worker.posts.get()
    assert (held.post_class.code, held.started_on, held.ended_on) == ("full_time", date(2016, 3, 1), None)
    assert "yangxiaolan" in worker.search_text
    assert "yxl" in worker.search_text
    event = AuditEvent.objects.get(stream=worker.stream)
    assert (event.event, event.unit_name) == ("worker.entered", "大观街道办事处")


@pytest.mark.parametrize(
    "name",
    ["community_worker", "community_secretary", "street_dispatcher", "compound_secretary", "inspector"],
)
def test_only_the_street_office_and_above_keep_files(world: World, name: str) -> None:
    with pytest.raises(CommunityRefused) as caught:
        entered(world, by=world.people[name])
    assert caught.value.code == "role"


@pytest.mark.parametrize(
    "name", ["street_secretary", "street_staff", "county_staff", "county_secretary", "city_official"]
)
def test_who_keeps_files(world: World, name: str) -> None:
    assert entered(world, by=world.people[name]).pk


def test_a_street_keeps_nobody_of_another_street(world: World) -> None:
    with pytest.raises(CommunityRefused) as caught:
        entered(world, community=OTHER_COMMUNITY)
    assert caught.value.code == "role"
    worker = entered(world)
    move: dict[str, Any] = {"worker": worker, "community": place(OTHER_COMMUNITY), "on": date(2026, 11, 1)}
    refused("role", workers.move, **move, by=world.street_staff)
    assert workers.move(**move, by=world.city_official, now=NOW).community_id == OTHER_COMMUNITY
    worker.refresh_from_db()
    assert worker.community_id == OTHER_COMMUNITY


def test_what_a_file_refuses(world: World) -> None:
    entered(world)
    with pytest.raises(CommunityRefused, match="already|已"):
        entered(world)
    for field, more in (
        ("started_on", {"started_on": date(2026, 12, 1)}),
        ("name", {"name": "  "}),
        ("account", {"name": "张三", "account": world.stranger}),
        ("education", {"name": "张三", "education": "none"}),
    ):
        with pytest.raises(CommunityRefused) as caught:
            entered(world, **more)
        assert caught.value.code == field
    assert CommunityWorker.objects.count() == 1


def test_posts_follow_each_other_without_a_gap_and_never_overlap(world: World) -> None:
    worker = entered(world)
    change: dict[str, Any] = {"worker": worker, "by": world.street_staff}
    workers.change_post(**change, post_class=post("deputy"), on=date(2022, 1, 1), now=NOW)
    periods = list(worker.posts.order_by("started_on").values_list("started_on", "ended_on"))
    assert periods == [(date(2016, 3, 1), date(2021, 12, 31)), (date(2022, 1, 1), None)]
    refused("on", workers.change_post, **change, post_class=post("chief"), on=date(2022, 1, 1))
    refused("on", workers.change_post, **change, post_class=post("chief"), on=date(2027, 1, 1))
    refused("post_class", workers.change_post, **change, post_class=post("deputy"), on=date(2023, 1, 1))
    with pytest.raises(IntegrityError, match="posts_of_a_worker_are_apart"), transaction.atomic():
        WorkerPost.objects.create(
            worker=worker,
            community_id=COMMUNITY,
            post_class=post(),
            started_on=date(2020, 1, 1),
            ended_on=date(2020, 2, 1),
        )


def test_whoever_left_keeps_the_file_and_gets_no_post(world: World) -> None:
    worker = entered(world)
    away: dict[str, Any] = {"worker": worker, "reason": "resigned", "by": world.street_staff}
    refused("on", workers.leave, **away, on=date(2026, 12, 1))
    refused("reason", workers.leave, **(away | {"reason": "x"}), on=date(2026, 11, 20))
    workers.leave(**away, on=date(2026, 11, 20), now=NOW)
    worker.refresh_from_db()
    assert (worker.left_on, worker.posts.get().ended_on) == (date(2026, 11, 20),) * 2
    refused("left", workers.leave, **away, on=date(2026, 11, 21))
    assert regrading.preview(division=place(STREET), on=ON, by=world.street_staff, now=NOW).changes == []


def test_correcting_a_file_keeps_it_before_its_first_post(world: World) -> None:
    worker = entered(world)
    person = Person("杨晓兰", date(2015, 1, 1), "master")
    workers.correct(worker=worker, person=person, by=world.street_staff, now=NOW)
    worker.refresh_from_db()
    assert (worker.name, worker.education) == ("杨晓兰", "master")
    assert "yangxiaolan" in worker.search_text
    late = replace(person, started_on=date(2017, 1, 1))
    refused("started_on", workers.correct, worker=worker, person=late, by=world.street_staff)


def test_titles_honours_and_appraisals(world: World) -> None:
    worker = entered(world)
    honoured(world, worker)
    wrong = Award("title", "city", "x", date(2024, 1, 1))
    refused("__all__", workers.record_award, worker=worker, award=wrong, by=world.street_staff)
    ahead = Award("honour", "city", "x", date(2027, 1, 1))
    refused("on", workers.record_award, worker=worker, award=ahead, by=world.street_staff)
    year: dict[str, Any] = {"worker": worker, "by": world.street_staff}
    refused("year", workers.record_appraisal, **year, year=2027, result="excellent")
    refused("result", workers.record_appraisal, **year, year=2025, result="splendid")
    for result in ("competent", "excellent"):
        workers.record_appraisal(**year, year=2025, result=result, now=NOW)
    assert worker.appraisals.get().result == "excellent"
    event = AuditEvent.objects.filter(event="worker.appraised").latest("seq")
    assert event.data == {"year": 2025, "from": "competent", "to": "excellent"}
    award = worker.qualifications.get()
    refused("reason", workers.remove_award, award=award, reason=" ", by=world.street_staff)
    workers.remove_award(award=award, reason="录错了人", by=world.street_staff, now=NOW)
    assert not worker.qualifications.exists()


# -- grades ------------------------------------------------------------------------------------------
def test_grades_are_shown_first_then_given_with_their_computation(world: World) -> None:
    worker = entered(world, account=world.community_worker)
    honoured(world, worker)
    shown = regrading.preview(division=place(STREET), on=ON, by=world.street_staff, now=NOW)
    change = shown.changes[0]
    # ten years at 1.5, bachelor 12, one honour of the city 4
    assert (change.points, change.after.name, change.before) == (Decimal(31), "四级", None)
    assert not WorkerGrade.objects.exists()
    regrading.regrade(division=place(STREET), on=ON, token=shown.token, by=world.street_staff, now=NOW)
    given = worker.grades.get()
    assert (given.grade.name, given.points, given.set_by) == ("四级", Decimal(31), world.street_staff)
    assert total(line_of(line) for line in given.lines) == given.points
    event = AuditEvent.objects.get(stream=worker.stream, event="worker.graded")
    assert event.data == {"from": "", "to": "四级", "points": "31.0", "on": "2026-11-23"}
    assert Notice.objects.get(recipient=world.community_worker).values["grade"] == "四级"
    again = regrading.preview(
        division=place(STREET), on=ON + timedelta(days=1), by=world.street_staff, now=NOW
    )
    assert (again.changes, again.unchanged) == ([], 1)


def test_what_is_confirmed_is_what_was_shown(world: World) -> None:
    worker = entered(world)
    shown = regrading.preview(division=place(STREET), on=ON, by=world.street_staff, now=NOW)
    honoured(world, worker)
    again: dict[str, Any] = {
        "division": place(STREET),
        "on": ON,
        "token": shown.token,
        "by": world.street_staff,
    }
    refused("token", regrading.regrade, **again)
    assert not WorkerGrade.objects.exists()


def test_who_was_graded_from_a_later_day_is_left_alone(world: World) -> None:
    entered(world)
    assert graded(world) == 1
    shown = regrading.preview(division=place(STREET), on=ON, by=world.street_staff, now=NOW)
    assert (len(shown.later), shown.changes) == (1, [])


def test_grading_refuses_strangers_counties_and_far_days(world: World) -> None:
    given: dict[str, Any] = {"division": place(STREET), "on": ON}
    refused("role", regrading.preview, **given, by=world.community_secretary)
    refused("role", regrading.preview, **(given | {"division": place(OTHER_STREET)}), by=world.street_staff)
    refused("division", regrading.preview, **(given | {"division": place(COUNTY)}), by=world.county_staff)
    refused("on", regrading.preview, **(given | {"on": date(2025, 1, 1)}), by=world.street_staff)


def test_grading_costs_the_same_for_two_and_for_twelve(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        entered(world, f"员工{number}")
    shown = regrading.preview(division=place(STREET), on=ON, by=world.street_staff, now=NOW)
    with django_assert_max_num_queries(22):
        regrading.regrade(division=place(STREET), on=ON, token=shown.token, by=world.street_staff, now=NOW)
    assert WorkerGrade.objects.count() == 12


# -- schemes -----------------------------------------------------------------------------------------
def draft(**more: Any) -> schemes.Draft:
    scheme = schemes.get_scheme(COUNTY, on=ON)
    assert scheme is not None
    return replace(schemes.draft_of(scheme), **more)


def lenient() -> schemes.Draft:
    """Everybody is in the second grade at once."""
    return draft(grades=[("一级", Decimal(0)), ("二级", Decimal(1))])


def test_the_default_scheme_reaches_the_highest_pay_and_keeps_the_lowest_bonus() -> None:
    scheme = schemes.get_scheme(COUNTY, on=ON)
    assert scheme is not None
    assert scheme.division is None
    bands = PayBand.objects.filter(grade__scheme=scheme)
    assert max(band.amount for band in bands) == 7540
    lowest = Grade.objects.filter(scheme=scheme).order_by("from_points").first()
    assert lowest is not None
    assert min(band.bonus for band in bands.filter(grade=lowest)) == 100


def test_a_new_version_moves_nobody_until_somebody_grades(world: World) -> None:
    worker = entered(world)
    graded(world)
    start = date(2026, 12, 1)
    effect = schemes.effect_of(
        division=place(COUNTY), draft=lenient(), valid_from=start, by=world.county_staff
    )
    assert (effect.moves, effect.moved, effect.unchanged) == ([("四级", "二级", 1)], 1, 0)
    schemes.change_scheme(
        division=place(COUNTY), draft=lenient(), valid_from=start, by=world.county_staff, now=NOW
    )
    assert worker.grades.get().grade.name == "四级"
    before = schemes.get_scheme(COUNTY, on=date(2026, 11, 30))
    after = schemes.get_scheme(COUNTY, on=start)
    assert before is not None
    assert after is not None
    assert (before.division_id, after.division_id) == (None, COUNTY)
    shown = regrading.preview(division=place(STREET), on=start, by=world.street_staff, now=NOW)
    assert [(c.before.grade.name, c.after.name) for c in shown.changes if c.before] == [("四级", "二级")]
    assert graded(world, on=start) == 1
    names = list(worker.grades.order_by("valid_from").values_list("grade__name", flat=True))
    assert names == ["四级", "二级"]


def test_pay_comes_over_unseen_when_rules_change(world: World) -> None:
    made = schemes.change_scheme(
        division=place(COUNTY), draft=lenient(), valid_from=ON, by=world.county_staff, now=NOW
    )
    assert schemes.bands_of(made)["二级", post("both").pk] == (5040, 300)
    told = AuditEvent.objects.get(event="worker.scheme_changed")
    assert "5040" not in str(told.data)


def test_what_a_version_refuses(world: World) -> None:
    given: dict[str, Any] = {"division": place(COUNTY), "valid_from": ON, "by": world.county_staff}
    first, second = ("一级", Decimal(0)), ("二级", Decimal(0))
    refused("grades", schemes.change_scheme, **given, draft=draft(grades=[first, second]))
    refused("grades", schemes.change_scheme, **given, draft=draft(grades=[("一级", Decimal(5))]))
    refused("grades", schemes.change_scheme, **given, draft=draft(grades=[first, ("一级", Decimal(9))]))
    refused("grades", schemes.change_scheme, **given, draft=draft(grades=[]))
    refused("valid_from", schemes.change_scheme, **(given | {"valid_from": date(2026, 1, 1)}), draft=draft())
    schemes.change_scheme(**given, draft=draft(), now=NOW)
    refused("valid_from", schemes.change_scheme, **given, draft=draft())


def test_who_sets_a_scheme_and_who_its_pay(world: World) -> None:
    given: dict[str, Any] = {"draft": draft(), "valid_from": ON}
    for person in (world.street_secretary, world.street_staff, world.community_secretary):
        refused("role", schemes.change_scheme, **given, division=place(COUNTY), by=person)
    refused("role", schemes.change_scheme, **given, division=place("530103"), by=world.county_staff)
    bands = {("一级", post().pk): (3400, 150)}
    paid: dict[str, Any] = given | {"draft": draft(bands=bands), "division": place(COUNTY)}
    refused("role", schemes.change_scheme, **paid, by=world.county_staff)
    low: dict[str, Any] = paid | {"draft": draft(bands={("一级", post().pk): (3400, 99)})}
    refused("bands", schemes.change_scheme, **low, by=world.county_secretary)
    made = schemes.change_scheme(**paid, by=world.county_secretary, now=NOW)
    assert schemes.bands_of(made) == bands
    city = schemes.change_scheme(**given, division=place(CITY), by=world.city_official, now=NOW)
    assert schemes.get_scheme("530103", on=ON) == city != schemes.get_scheme(COUNTY, on=ON)
    assert WorkerScheme.objects.count() == 3


# -- pay ---------------------------------------------------------------------------------------------
def test_pay_is_the_band_of_post_and_grade_and_reading_it_is_on_the_trail(world: World) -> None:
    worker = entered(world, account=world.community_worker)
    graded(world)
    for reader in (world.street_secretary, world.community_worker):
        pay = worker_pay.read_pay(worker=worker, by=reader, now=NOW)
        assert pay.amount == 3400 + 700
    readers = AuditEvent.objects.filter(event="worker.pay_read").values_list("actor_name", flat=True)
    assert set(readers) == {"street_secretary", "community_worker"}


@pytest.mark.parametrize(
    "name", ["community_secretary", "street_staff", "county_staff", "city_official", "inspector", "stranger"]
)
def test_nobody_else_reads_pay(world: World, name: str) -> None:
    worker = entered(world)
    graded(world)
    refused("role", worker_pay.read_pay, worker=worker, by=world.people[name])
    assert not AuditEvent.objects.filter(event="worker.pay_read").exists()


# -- population --------------------------------------------------------------------------------------
def test_a_population_figure_is_corrected_in_its_year(world: World) -> None:
    given: dict[str, Any] = {
        "division": place(COMMUNITY),
        "year": 2025,
        "source": "七普推算",
        "by": world.street_staff,
    }
    for residents in (6000, 6520):
        schemes.record_population(**given, residents=residents, now=NOW)
    assert PopulationFigure.objects.get().residents == 6520
    refused("residents", schemes.record_population, **given, residents=0)
    refused("source", schemes.record_population, **(given | {"source": ""}), residents=1)
    refused("year", schemes.record_population, **(given | {"year": 2027}), residents=1)
    refused("role", schemes.record_population, **(given | {"by": world.community_secretary}), residents=1)
