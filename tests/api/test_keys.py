"""The keys of every answer, written down: a key more or less is a decision, not an accident."""

from typing import Any

from tests.api.callers import CASES, browser
from tests.whistle.people import World, fed_back

REF = {"code", "name"}
CASE = {
    "id", "number", "title", "place", "source", "external_number", "division", "status", "light", "due_at",
    "tier", "kind", "whistle_status", "opened_at", "closed_at", "ending", "hold_until", "compound",
    "version",
}  # fmt: skip
DETAIL = CASE | {
    "description", "affected", "tried", "external_numbers", "merged_into", "callers", "opened_by", "has_reporter",
    "whistles", "moves",
}  # fmt: skip
WHISTLE = {
    "tier", "kind", "sub_class", "caller", "receiver", "status", "reason", "blown_at", "approved_at", "accepted_at",
    "dispatched_at", "verified_at", "verdict", "satisfaction", "reworks", "ended_at", "assignments",
}  # fmt: skip
ASSIGNMENT = {
    "id", "unit", "is_lead", "status", "called_at", "signed_at", "reported_at", "reported_person",
    "reported_phone", "fed_back_at", "measures", "met_whom", "reworks", "evaluated_at", "speed", "cooperation",
    "effect", "comment",
}  # fmt: skip
MOVE = {"move", "assignment", "is_allowed", "refusal"}
DEADLINE = {
    "id", "case", "tier", "step", "unit", "amount", "unit_of_time", "clock", "started_at", "due_at", "yellow_at",
    "light", "provisional", "ended_at", "outcome", "was_late", "rungs",
}  # fmt: skip
LINE = {"first", "last", "reason", "words", "name", "minutes", "days", "provisional"}
EVENT = {"seq", "at", "event", "actor", "unit", "reason", "data"}
DIVISION = {
    "code", "name", "short_name", "level", "kind", "parent", "zone_class", "valid_from", "valid_to",
}  # fmt: skip
UNIT = {"code", "name", "short_name", "kind", "posting", "division", "can_be_called", "has_people"}
ME = {"username", "name", "appointments", "permissions"}
APPOINTMENT = {"id", "role", "role_name", "unit", "division", "starts_on", "ends_on", "counts"}


def test_the_keys_of_cases(world: World) -> None:
    case = fed_back(world).case
    client = browser(world.community_worker)
    page = client.get(CASES).json()
    assert set(page) == {"next", "previous", "results"}
    assert set(page["results"][0]) == CASE
    detail = client.get(f"{CASES}{case.pk}/").json()
    assert set(detail) == DETAIL
    assert set(detail["division"]) == REF
    whistle = detail["whistles"][0]
    assert set(whistle) == WHISTLE
    assert set(whistle["kind"]) == set(whistle["caller"]) == set(whistle["receiver"]) == REF
    assert set(whistle["assignments"][0]) == ASSIGNMENT
    assert set(whistle["assignments"][0]["unit"]) == REF
    assert set(detail["moves"][0]) == MOVE


def test_the_keys_of_deadlines_and_events(world: World) -> None:
    case = fed_back(world).case
    client = browser(world.community_worker)
    deadlines = client.get(f"{CASES}{case.pk}/deadlines/").json()
    assert all(set(row) == DEADLINE for row in deadlines)
    assert {frozenset(row["unit"]) for row in deadlines if row["unit"]} == {frozenset(REF)}
    assert set(deadlines[0]["rungs"][0]) == {"rung", "planned_at", "climbed_at"}
    sheet = client.get(f"/api/v1/deadlines/{deadlines[0]['id']}/").json()
    assert set(sheet) == DEADLINE | {"worksheet"}
    assert set(sheet["worksheet"][0]) == LINE
    events = client.get(f"{CASES}{case.pk}/timeline/").json()["results"]
    assert all(set(row) == EVENT for row in events)


def test_the_keys_of_the_directory(world: World) -> None:
    client = browser(world.community_worker)

    def first(there: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"/api/v1/{there}/").json()["results"][0]
        return found

    assert set(first("divisions")) == DIVISION
    assert set(client.get("/api/v1/divisions/5301/").json()) == DIVISION | {"path"}
    assert set(first("units")) == UNIT
    kinds = client.get("/api/v1/kinds/").json()
    assert set(kinds[0]) == {"code", "name", "scope", "tiers", "approval_tiers", "is_emergency"}
    me = client.get("/api/v1/me/").json()
    assert set(me) == ME
    assert set(me["appointments"][0]) == APPOINTMENT
    assert set(me["appointments"][0]["unit"]) == REF
