"""Writing a case over the API: derived where it can be, whole or not at all, once a key."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from kunming_portal.audit.models import AuditEvent
from kunming_portal.organisations.models import Unit
from tests.api.callers import CASES, assert_problem, body, browser, with_token
from tests.whistle.people import NOW, World, build_world
from tests.whistle.people import person as appoint
from whistle import services
from whistle.models import Case, Reporter
from whistle.services import blowing


def test_a_case_is_written_and_found_where_the_answer_says(world: World) -> None:
    client = browser(world.community_worker)
    answer = client.post(CASES, body())
    assert answer.status_code == 201
    found = answer.json()
    assert answer["Location"] == f"{CASES}{found['id']}/"
    assert (found["whistle_status"], found["tier"], found["source"]) == ("draft", 1, "system")
    assert found["title"] == "路面渗水下陷"
    assert client.get(answer["Location"]).json() == found


def test_written_and_blown_in_one_request(world: World) -> None:
    found = browser(world.community_worker).post(CASES, body(blow=True)).json()
    assert found["whistle_status"] == "awaiting_approval"
    assert found["whistles"][0]["blown_at"] == found["opened_at"]


def test_both_or_neither(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_more: object) -> None:
        raise services.Stale("no", code="test")

    monkeypatch.setattr(blowing, "blow", refuse)
    assert_problem(browser(world.community_worker).post(CASES, body(blow=True)), 409, code="test")
    assert not Case.objects.exists()


def test_who_writes_for_several_units_says_for_which(world: World) -> None:
    worker = appoint("of_two", "community_worker", world.units["community"])
    worker.appointments.create(
        role="community_worker", unit=world.units["other_community"], starts_on=NOW.date()
    )
    found = assert_problem(browser(worker).post(CASES, body()), 400)
    assert [e["field"] for e in found["errors"]] == ["caller"]
    assert (
        browser(worker).post(CASES, body(caller="other_community")).json()["division"]["code"]
        == "530103001001"
    )


def test_writing_for_somebody_else_s_unit_is_refused(world: World) -> None:
    answer = browser(world.stranger).post(CASES, body(caller="community"))
    assert_problem(answer, 409)
    assert_problem(browser(world.inspector).post(CASES, body(caller="community")), 409)
    assert not Case.objects.exists()


def test_nobody_is_above_the_city(world: World) -> None:
    answer = browser(world.city_dispatcher).post(CASES, body(caller="city_centre"))
    assert_problem(answer, 409, code="top")


def test_a_token_of_the_street_writes_a_street_whistle(world: World) -> None:
    service = appoint("street_service", "integrator", world.units["street_centre"])
    found = with_token(service).post(CASES, body(blow=True, external_number="12345-7")).json()
    assert (found["tier"], found["external_number"]) == (2, "12345-7")


# -- the reporter ----------------------------------------------------------------------------------
def test_the_reporter_goes_in_and_never_comes_out(world: World) -> None:
    client = browser(world.community_worker)
    sent = body(reporter_name="杨桂芬", reporter_phone="13887654321", blow=True)
    answer = client.post(CASES, sent)
    case = Case.objects.get()
    assert Reporter.objects.filter(case=case).exists()
    assert answer.json()["has_reporter"] is True
    here = f"{CASES}{case.pk}/"
    for text in [answer, client.get(here), client.get(CASES), client.get(f"{here}timeline/")]:
        for secret in ("杨桂芬", "杨", "13887654321", "4321", "reporter_name", "reporter_phone"):
            assert secret not in text.content.decode()


# -- the same request twice ----------------------------------------------------------------------------
def test_the_same_key_twice_writes_one_case(world: World) -> None:
    client, key = browser(world.community_worker), str(uuid.uuid4())
    sent = body(reporter_name="杨桂芬", reporter_phone="13887654321", blow=True)
    first = client.post(CASES, sent, HTTP_IDEMPOTENCY_KEY=key)
    again = client.post(CASES, sent, HTTP_IDEMPOTENCY_KEY=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert Case.objects.count() == 1
    assert AuditEvent.objects.filter(event="whistle.blown").count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"place": "别处"},
        {"description": "别的事"},
        {"title": "别的题目"},
        {"kind": "sanitation"},
        {"blow": True},
        {"source": "visit"},
        {"reporter_name": "李四"},
        {"reporter_phone": "13800000000"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_the_same_key_for_another_body_is_refused(world: World, other: dict[str, object]) -> None:
    client, key = browser(world.community_worker), str(uuid.uuid4())
    sent = body(reporter_name="杨桂芬", reporter_phone="13887654321")
    assert client.post(CASES, sent, HTTP_IDEMPOTENCY_KEY=key).status_code == 201
    answer = client.post(CASES, {**sent, **other}, HTTP_IDEMPOTENCY_KEY=key)
    assert_problem(answer, 422, code="key_reused")
    assert Case.objects.count() == 1


def test_another_person_s_key_is_another_key(world: World) -> None:
    key = str(uuid.uuid4())
    mine = browser(world.community_worker).post(CASES, body(), HTTP_IDEMPOTENCY_KEY=key).json()
    theirs = browser(world.stranger).post(CASES, body(), HTTP_IDEMPOTENCY_KEY=key).json()
    assert mine["id"] != theirs["id"]


@pytest.mark.parametrize("key", ["", "7", "x" * 200])
def test_a_key_that_is_no_uuid_is_refused(world: World, key: str) -> None:
    answer = browser(world.community_worker).post(CASES, body(), HTTP_IDEMPOTENCY_KEY=key)
    found = assert_problem(answer, 400)
    assert found["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_key_at_the_same_moment_writes_one_case() -> None:
    world = build_world()
    key, answers = str(uuid.uuid4()), []
    clients = [browser(world.community_worker) for _ in range(4)]

    def send(client: object) -> None:
        try:
            answers.append(client.post(CASES, body(blow=True), HTTP_IDEMPOTENCY_KEY=key))  # type: ignore[attr-defined]
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Case.objects.count() == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1


def test_a_unit_that_has_ended_has_no_centre_to_call(world: World) -> None:
    Unit.objects.filter(pk=world.units["street_centre"].pk).update(valid_to=NOW.date() - timedelta(days=1))
    assert_problem(browser(world.community_worker).post(CASES, body()), 409, code="centre")
