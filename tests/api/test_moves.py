"""Every move over the API: once as it should be, once refused with a problem document; nothing is half done."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.callers import CASES, assert_problem, browser
from tests.whistle.people import NOW, World, blown, dispatched, fed_back, opened, whistle_of, worked
from whistle import services
from whistle.models import Case, CaseNote

Walk = Callable[[World], Case]


def draft(world: World) -> Case:
    return opened(world)


def awaiting_approval(world: World) -> Case:
    case = opened(world)
    services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    return case


def awaiting_acceptance(world: World) -> Case:
    return blown(world).case


def accepted(world: World) -> Case:
    whistle = blown(world)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    return whistle.case


def handling(world: World) -> Case:
    return dispatched(world)[0].whistle.case


def awaiting_verification(world: World) -> Case:
    return fed_back(world).case


def verified(world: World) -> Case:
    whistle = fed_back(world)
    services.verify(whistle=whistle, verdict="solved", by=world.community_worker, now=NOW)
    return whistle.case


def closed(world: World) -> Case:
    case = verified(world)
    services.close(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    return case


DISPATCH = {"lead": "enforcement", "assists": ["market"], "instruction": "今日内到场"}
CASE_MOVES: list[tuple[str, str, Walk, dict[str, Any], str]] = [
    ("blow", "community_worker", draft, {}, "awaiting_approval"),
    ("approve", "community_secretary", awaiting_approval, {}, "awaiting_acceptance"),
    ("send-back", "community_secretary", awaiting_approval, {"reason": "地点不清"}, "draft"),
    ("accept", "street_dispatcher", awaiting_acceptance, {}, "awaiting_dispatch"),
    ("dispatch", "street_dispatcher", accepted, DISPATCH, "handling"),
    (
        "verify",
        "community_worker",
        awaiting_verification,
        {"verdict": "solved", "satisfaction": "satisfied", "comment": "已修好"},
        "awaiting_evaluation",
    ),
    ("close", "community_worker", verified, {}, "closed"),
    ("upgrade", "street_secretary", handling, {"reason": "超出街道权限"}, "awaiting_acceptance"),
]


@pytest.mark.parametrize(
    ("move", "who", "walk", "sent", "status"), CASE_MOVES, ids=[row[0] for row in CASE_MOVES]
)
def test_a_move_on_the_case(
    world: World, move: str, who: str, walk: Walk, sent: dict[str, Any], status: str
) -> None:
    case = walk(world)
    answer = browser(world.people[who]).post(f"{CASES}{case.pk}/{move}/", sent)
    assert answer.status_code == 200, answer.content.decode()
    found = answer.json()
    assert found["whistle_status"] == status
    assert answer["ETag"] == f'"{found["version"]}"'
    assert found["version"] > case.version


@pytest.mark.parametrize("row", CASE_MOVES, ids=[row[0] for row in CASE_MOVES])
def test_a_move_on_a_closed_case_is_refused(world: World, row: Any) -> None:
    move, who, _walk, sent, _status = row
    case = closed(world)
    before = Case.objects.values().get(pk=case.pk)
    found = assert_problem(
        browser(world.people[who]).post(f"{CASES}{case.pk}/{move}/", sent), 409, code="closed"
    )
    assert found["detail"]
    assert Case.objects.values().get(pk=case.pk) == before


@pytest.mark.parametrize("row", CASE_MOVES, ids=[row[0] for row in CASE_MOVES])
def test_a_move_by_somebody_who_only_looks_on_is_refused(world: World, row: Any) -> None:
    move, _who, walk, sent, _status = row
    case = walk(world)
    answer = browser(world.inspector).post(f"{CASES}{case.pk}/{move}/", sent)
    assert_problem(answer, 409, code="role")


@pytest.mark.parametrize(
    ("move", "who", "walk", "sent"),
    [
        ("blow", "community_worker", awaiting_acceptance, {}),
        ("approve", "community_secretary", draft, {}),
        ("accept", "street_dispatcher", draft, {}),
        ("dispatch", "street_dispatcher", awaiting_acceptance, DISPATCH),
        ("verify", "community_worker", handling, {"verdict": "solved"}),
        ("close", "community_worker", awaiting_verification, {}),
        ("upgrade", "street_secretary", awaiting_acceptance, {"reason": "超出街道权限"}),
    ],
)
def test_a_move_too_early_or_too_late_is_refused(
    world: World, move: str, who: str, walk: Walk, sent: dict[str, Any]
) -> None:
    case = walk(world)
    answer = browser(world.people[who]).post(f"{CASES}{case.pk}/{move}/", sent)
    assert_problem(answer, 409, code="status")


def test_units_sign_report_in_feed_back_and_are_rated(world: World) -> None:
    duty = dispatched(world, assists=0)[0]
    liaison, here = browser(world.enforcement_liaison), f"/api/v1/assignments/{duty.pk}/"
    assert_problem(
        liaison.post(f"{here}report-in/", {"person": "王磊", "phone": "0871-1"}), 409, code="status"
    )
    assert (
        liaison.post(f"{here}sign/").json()["whistles"][0]["assignments"][0]["status"] == "awaiting_report_in"
    )
    assert_problem(liaison.post(f"{here}sign/"), 409, code="status")
    reported = liaison.post(f"{here}report-in/", {"person": "王磊", "phone": "0871-6000-0000"}).json()
    assert reported["whistles"][0]["assignments"][0]["reported_person"] == "王磊"
    assert_problem(
        browser(world.community_worker).post(f"{here}feed-back/", {"measures": "x"}), 409, code="role"
    )
    assert liaison.post(f"{here}feed-back/", {"measures": "已回填。"}).json()["whistle_status"] == (
        "awaiting_verification"
    )
    caller, grades = (
        browser(world.community_worker),
        {"speed": "good", "cooperation": "fair", "effect": "good"},
    )
    assert_problem(caller.post(f"{here}evaluate/", grades | {"speed": "splendid"}), 400)
    rated = caller.post(f"{here}evaluate/", grades).json()["whistles"][0]["assignments"][0]
    assert (rated["speed"], rated["cooperation"]) == ("good", "fair")
    assert_problem(caller.post(f"{here}evaluate/", grades), 409, code="status")


def test_reporting_in_before_the_call_is_refused(world: World) -> None:
    duty = dispatched(world, assists=0)[0]
    services.sign(assignment=duty, by=world.enforcement_liaison, now=NOW)
    sent = {"person": "王磊", "phone": "0871-1", "arrived_at": "2026-11-01T10:00:00+08:00"}
    answer = browser(world.enforcement_liaison).post(f"/api/v1/assignments/{duty.pk}/report-in/", sent)
    assert_problem(answer, 409, code="arrived")


def test_rework_names_duties_of_this_case_only(world: World) -> None:
    foreign = worked(world, dispatched(world, assists=0)[0])
    whistle = fed_back(world)
    caller, here = browser(world.community_worker), f"{CASES}{whistle.case_id}/rework/"
    refused = assert_problem(caller.post(here, {"reason": "仍渗水", "units": [foreign.pk]}), 400)
    assert [(e["field"], e["code"]) for e in refused["errors"]] == [("units", "does_not_exist")]
    assert_problem(caller.post(here, {"reason": "仍渗水", "units": []}), 400)
    lead = whistle.assignments.get(is_lead=True)
    found = caller.post(here, {"reason": "仍渗水", "units": [lead.pk]}).json()
    assert (found["whistle_status"], found["whistles"][0]["reworks"]) == ("handling", 1)


def test_not_solved_cannot_be_closed(world: World) -> None:
    whistle = fed_back(world)
    services.verify(whistle=whistle, verdict="not_solved", by=world.community_worker, now=NOW)
    answer = browser(world.community_worker).post(f"{CASES}{whistle.case_id}/close/")
    assert_problem(answer, 409, code="verdict")


def test_dispatch_refuses_units_nobody_could_hear(world: World) -> None:
    case = accepted(world)
    centre, here = browser(world.street_dispatcher), f"{CASES}{case.pk}/dispatch/"
    assert_problem(centre.post(here, {"lead": "empty"}), 409, code="nobody")
    assert_problem(centre.post(here, {"lead": "water_bureau"}), 409, code="units")
    assert_problem(centre.post(here, {"lead": "market", "assists": ["market"]}), 409, code="units")
    unknown = assert_problem(centre.post(here, {"lead": "no-such-unit"}), 400)
    assert unknown["errors"][0]["field"] == "lead"
    assert_problem(centre.post(here, {"lead": "market", "assists": ["enforcement"] * 21}), 400)
    case.refresh_from_db()
    assert case.called_units == []


def test_a_note_is_added_and_a_closed_case_takes_none(world: World) -> None:
    duty = dispatched(world, assists=0)[0]
    case = duty.whistle.case
    answer = browser(world.enforcement_liaison).post(
        f"{CASES}{case.pk}/note/", {"text": "正在调水泵。", "assignment": duty.pk}
    )
    assert answer.status_code == 200
    assert CaseNote.objects.get(case=case).assignment_id == duty.pk
    over = closed(world)
    assert_problem(
        browser(world.community_worker).post(f"{CASES}{over.pk}/note/", {"text": "x"}), 409, code="closed"
    )


def test_the_case_says_which_moves_are_mine_and_when(world: World) -> None:
    case = awaiting_acceptance(world)
    mine = {m["move"]: m for m in browser(world.street_dispatcher).get(f"{CASES}{case.pk}/").json()["moves"]}
    assert mine["accept"]["is_allowed"]
    assert not mine["dispatch"]["is_allowed"]
    assert mine["dispatch"]["refusal"]
    assert browser(world.inspector).get(f"{CASES}{case.pk}/").json()["moves"] == []
    assert browser(world.community_worker).get(f"{CASES}{closed(world).pk}/").json()["moves"] == []
