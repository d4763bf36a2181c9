"""Two people at once: the version in the body, the ETag in If-Match."""

import pytest

from tests.api.callers import CASES, assert_problem, browser
from tests.whistle.people import NOW, World, blown
from whistle import services


def test_a_version_that_moved_on_refuses_with_409_in_the_body_and_412_in_the_header(world: World) -> None:
    whistle = blown(world)
    centre, here = browser(world.street_dispatcher), f"{CASES}{whistle.case_id}/"
    seen = centre.get(here)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    sent = {"lead": "enforcement"}
    assert_problem(
        centre.post(f"{here}dispatch/", sent | {"version": seen.json()["version"]}), 409, code="stale"
    )
    assert_problem(centre.post(f"{here}dispatch/", sent, HTTP_IF_MATCH=seen["ETag"]), 412, code="stale")
    assert centre.get(here).json()["whistle_status"] == "awaiting_dispatch"
    fresh = centre.get(here)["ETag"]
    assert centre.post(f"{here}dispatch/", sent, HTTP_IF_MATCH=fresh).status_code == 200


@pytest.mark.parametrize("tag", ["7", 'W/"1"', '"x"', '"1", "2"', '"99999999999"'])
def test_a_header_that_is_no_tag_of_ours_matches_nothing(world: World, tag: str) -> None:
    whistle = blown(world)
    answer = browser(world.street_dispatcher).post(f"{CASES}{whistle.case_id}/accept/", HTTP_IF_MATCH=tag)
    assert_problem(answer, 412)


def test_a_star_matches_whatever_the_case_is(world: World) -> None:
    whistle = blown(world)
    answer = browser(world.street_dispatcher).post(f"{CASES}{whistle.case_id}/accept/", HTTP_IF_MATCH="*")
    assert answer.status_code == 200


def test_an_assignment_asks_for_the_version_of_its_case(world: World) -> None:
    whistle = blown(world)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    duty = services.dispatch(
        whistle=whistle, lead=world.units["enforcement"], by=world.street_dispatcher, now=NOW
    )[0]
    liaison, here = browser(world.enforcement_liaison), f"/api/v1/assignments/{duty.pk}/sign/"
    whistle.case.refresh_from_db()
    version = whistle.case.version
    assert_problem(liaison.post(here, {"version": version - 1}), 409, code="stale")
    assert liaison.post(here, {"version": version}).status_code == 200
