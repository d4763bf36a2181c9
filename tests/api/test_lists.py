"""Lists: filters, pages by key, the directory, and what each costs."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kunming_portal.accounts.models import Appointment
from kunming_portal.api.pagination import KeyPagination
from tests.api.callers import CASES, assert_problem, browser
from tests.whistle.people import NOW, START, World, at, blown, dispatched, fed_back, opened, unit, whistle_of
from whistle import services
from whistle.api.views import CaseList
from whistle.models import Case


def ids(answer: Any) -> list[int]:
    """Return the ids of a page."""
    assert answer.status_code == 200, answer.content.decode()
    return [row["id"] for row in answer.json()["results"]]


def queries(call: Callable[[], Any]) -> int:
    """Return how many queries the call makes."""
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code == 200
    return len(captured)


def key_of(*values: Any) -> str:
    """Return a key as the list would write it."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


# -- filters ----------------------------------------------------------------------------------------------
def test_each_filter_narrows(world: World) -> None:
    draft = opened(world, place="翠湖南路", now=NOW - timedelta(days=2), source="visit")
    sent = blown(world, kind="sanitation").case
    called = dispatched(world)[0].whistle.case
    late = blown(world, now=at("2026-10-08 09:00")).case
    client = browser(world.community_worker)
    assert ids(client.get(CASES)) == [called.pk, sent.pk, draft.pk, late.pk]
    for query, expected in (
        ("status=draft", [draft.pk]),
        ("tier=1", [called.pk, sent.pk, draft.pk, late.pk]),
        ("tier=2", []),
        ("kind=sanitation", [sent.pk]),
        ("light=over", [late.pk]),
        ("light=normal", [called.pk, sent.pk, draft.pk]),
        ("status=open", [called.pk, sent.pk, draft.pk, late.pk]),
        ("mine=true", [called.pk, sent.pk, draft.pk, late.pk]),
        ("unit=enforcement", [called.pk]),
        ("unit=no-such", []),
        ("source=visit", [draft.pk]),
        ("q=翠湖", [draft.pk]),
        ("division=530102003", [called.pk, sent.pk, draft.pk, late.pk]),
        ("division=530103", []),
        ("opened_before=2026-10-31", [late.pk]),
        ("opened_after=2026-11-23", [called.pk, sent.pk]),
    ):
        assert ids(client.get(f"{CASES}?{query}")) == expected, query


@pytest.mark.parametrize("query", ["tier=9", "status=x", "light=green", "opened=yesterday", "divsion=5301"])
def test_a_filter_that_is_not_understood_is_refused(world: World, query: str) -> None:
    found = assert_problem(browser(world.community_worker).get(f"{CASES}?{query}"), 400)
    assert [e["field"] for e in found["errors"]] == [query.split("=")[0]]


# -- pages ----------------------------------------------------------------------------------------------------
def test_pages_by_key_hold_every_row_once_while_rows_are_added(world: World) -> None:
    same_moment = [opened(world).pk for _ in range(5)]
    earlier = [opened(world, now=NOW - timedelta(days=d)).pk for d in (1, 2)]
    client, seen = browser(world.community_worker), []
    page = client.get(f"{CASES}?page_size=3").json()
    seen += [row["id"] for row in page["results"]]
    opened(world, now=NOW + timedelta(minutes=5))
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [row["id"] for row in page["results"]]
    assert seen == [*reversed(same_moment), *earlier]
    back = client.get(page["previous"]).json()
    assert [row["id"] for row in back["results"]] == seen[3:6]


def test_pages_are_fifty_rows_and_at_most_two_hundred() -> None:
    assert CaseList.pagination_class is KeyPagination
    assert (KeyPagination.page_size, KeyPagination.max_page_size) == (50, 200)


@pytest.mark.parametrize("size", ["0", "201", "-1", "many", ""])
def test_a_page_of_another_size_is_refused(world: World, size: str) -> None:
    found = assert_problem(browser(world.community_worker).get(f"{CASES}?page_size={size}"), 400)
    assert [e["field"] for e in found["errors"]] == ["page_size"]


@pytest.mark.parametrize(
    "key", ["", "x", "%ff", key_of("a", 1), key_of(1), key_of(None, 1), key_of("a\0", "b"), "5301"]
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_key_from_elsewhere_is_refused(world: World, name: str, key: str) -> None:
    opened(world)
    found = assert_problem(browser(world.community_worker).get(f"{CASES}?{name}={key}"), 400)
    assert [e["field"] for e in found["errors"]] == [name]


def test_a_key_with_characters_no_code_has_is_refused(world: World) -> None:
    assert_problem(browser(world.community_worker).get(f"/api/v1/units/?after={key_of(chr(0))}"), 400)


# -- cost ---------------------------------------------------------------------------------------------------------
def test_a_list_costs_the_same_with_one_row_and_with_twenty(world: World) -> None:
    client = browser(world.street_dispatcher)
    dispatched(world)
    one = queries(lambda: client.get(CASES))
    for _ in range(19):
        dispatched(world)
    assert len(ids(client.get(CASES))) == 20
    assert queries(lambda: client.get(CASES)) == one


def test_a_case_costs_the_same_with_one_unit_and_with_six(world: World) -> None:
    few = dispatched(world, assists=0)[0].whistle.case
    whistle = blown(world)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    more = [unit(f"dept{n}", f"街道第{n}办", "department", "530102003") for n in range(5)]
    for extra in more:
        Appointment.objects.create(user=world.market_liaison, role="liaison", unit=extra, starts_on=START)
    services.dispatch(
        whistle=whistle, lead=world.units["enforcement"], assists=more, by=world.street_dispatcher, now=NOW
    )
    client = browser(world.street_dispatcher)
    for tail in ("", "deadlines/", "timeline/"):
        first = queries(lambda tail=tail: client.get(f"{CASES}{few.pk}/{tail}"))  # type: ignore[misc]
        assert queries(lambda tail=tail: client.get(f"{CASES}{whistle.case_id}/{tail}")) == first  # type: ignore[misc]
    assert len(client.get(f"{CASES}{whistle.case_id}/").json()["whistles"][0]["assignments"]) == 6


# -- time -------------------------------------------------------------------------------------------------------
def test_deadlines_say_limit_light_and_rungs(world: World) -> None:
    case = dispatched(world, now=at("2026-11-02 10:00"))[0].whistle.case
    rows = browser(world.community_worker).get(f"{CASES}{case.pk}/deadlines/").json()
    signing = next(row for row in rows if row["step"] == "sign" and row["unit"]["code"] == "enforcement")
    assert signing["light"] == "over"
    assert [rung["rung"] for rung in signing["rungs"]][:2] == ["yellow", "red"]
    assert all(rung["climbed_at"] is None for rung in signing["rungs"])
    closing = next(row for row in rows if row["step"] == "close")
    assert closing["unit"] is None


def test_a_deadline_explains_itself_across_national_day(world: World) -> None:
    case = blown(world, now=at("2026-09-29 10:00")).case
    row = browser(world.community_worker).get(f"{CASES}{case.pk}/deadlines/").json()[-1]
    sheet = browser(world.community_worker).get(f"/api/v1/deadlines/{row['id']}/").json()
    assert {key: sheet[key] for key in row} == row
    assert sheet["worksheet"][0]["first"] == "2026-09-29"
    assert all(set(line) >= {"reason", "words", "minutes"} for line in sheet["worksheet"])


def test_the_timeline_is_the_trail_in_order(world: World) -> None:
    case = fed_back(world).case
    rows = browser(world.community_worker).get(f"{CASES}{case.pk}/timeline/").json()["results"]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["event"] for row in rows][:3] == ["case.opened", "whistle.blown", "whistle.approved"]
    assert rows[0]["actor"] == "community_worker"
    assert rows[0]["unit"] == "篆塘社区"


# -- the directory ------------------------------------------------------------------------------------------------
def test_divisions_are_listed_searched_and_read(world: World) -> None:
    client = browser(world.community_worker)

    def codes(query: str) -> list[str]:
        return [row["code"] for row in client.get(f"/api/v1/divisions/?{query}").json()["results"]]

    assert codes("level=street") == ["530102003", "530103001"]
    assert codes("parent=530102") == ["530102003"]
    assert codes("within=530103") == ["530103", "530103001", "530103001001"]
    assert codes("q=篆塘") == ["530102003004"]
    one = client.get("/api/v1/divisions/530102003004/").json()
    assert one["path"] == ["昆明市", "五华区", "大观", "篆塘社区"]
    assert_problem(client.get("/api/v1/divisions/530199/"), 404)
    assert_problem(client.get("/api/v1/divisions/abc/"), 404)


def test_units_a_centre_may_call(world: World) -> None:
    client = browser(world.street_dispatcher)
    rows = client.get("/api/v1/units/?division=530102003&can_be_called=true").json()["results"]
    assert {row["code"]: row["has_people"] for row in rows} == {
        "construction": True,
        "empty": False,
        "enforcement": True,
        "market": True,
    }
    everything = client.get("/api/v1/units/?division=530102003").json()["results"]
    assert {"street_office", "street_centre"} < {row["code"] for row in everything}
    assert [row["code"] for row in client.get("/api/v1/units/?q=水务").json()["results"]] == [
        "city_water",
        "water_bureau",
    ]


def test_kinds_are_the_ones_in_use(world: World) -> None:
    rows = browser(world.community_worker).get("/api/v1/kinds/").json()
    assert "general" in {row["code"] for row in rows}
    assert all(row["tiers"] for row in rows)


def test_me_is_what_i_may(world: World) -> None:
    found = browser(world.enforcement_liaison).get("/api/v1/me/").json()
    assert found["username"] == "enforcement_liaison"
    assert [a["role"] for a in found["appointments"]] == ["liaison"]
    assert "assignment.handle" in found["permissions"]
    assert "case.open" not in found["permissions"]


def test_a_closed_case_has_no_light_but_closed(world: World) -> None:
    whistle = fed_back(world)
    services.verify(whistle=whistle, verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=whistle_of(whistle.case), by=world.community_worker, now=NOW)
    row = browser(world.community_worker).get(f"{CASES}?status=closed").json()["results"][0]
    assert (row["light"], row["status"], row["due_at"]) == ("closed", "closed", None)
    assert Case.objects.get().closed_at is not None
