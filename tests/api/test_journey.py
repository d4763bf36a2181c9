"""One case from the community to the city and its end, over the API alone."""

from typing import Any

from tests.api.callers import CASES, body, browser, with_token
from tests.whistle.people import World
from tests.whistle.people import person as appoint


def test_a_case_goes_through_three_tiers(world: World) -> None:
    def move(who: str, name: str, **sent: Any) -> dict[str, Any]:
        answer = browser(world.people[who]).post(f"{here}{name}/", sent)
        assert answer.status_code == 200, answer.content.decode()
        found: dict[str, Any] = answer.json()
        return found

    def handle(who: str, found: dict[str, Any]) -> dict[str, Any]:
        duty = found["whistles"][-1]["assignments"][0]["id"]
        for name, sent in (
            ("sign", {}),
            ("report-in", {"person": "王磊", "phone": "0871-6000-0000"}),
            ("feed-back", {"measures": "已清理。", "met_whom": "社区书记"}),
        ):
            answer = browser(world.people[who]).post(f"/api/v1/assignments/{duty}/{name}/", sent)
            assert answer.status_code == 200, answer.content.decode()
        after: dict[str, Any] = answer.json()
        return after

    written = browser(world.community_worker).post(CASES, body(blow=True)).json()
    here = f"{CASES}{written['id']}/"
    move("community_secretary", "approve")
    street = with_token(appoint("street_service", "integrator", world.units["street_centre"]))
    assert street.post(f"{here}accept/", {}).status_code == 200
    called = street.post(f"{here}dispatch/", {"lead": "enforcement"}).json()
    handle("enforcement_liaison", called)
    move("community_worker", "verify", verdict="not_solved")
    second = move("street_secretary", "upgrade", reason="超出街道权限")
    assert [w["status"] for w in second["whistles"]] == ["upgraded", "awaiting_acceptance"]
    move("county_dispatcher", "accept")
    move("county_dispatcher", "dispatch", lead="water_bureau")
    move("county_secretary", "upgrade", reason="需市级统筹")
    move("city_dispatcher", "accept")
    third = move("city_dispatcher", "dispatch", lead="city_water")
    assert (third["tier"], third["whistle_status"]) == (3, "handling")
    done = handle("city_water_liaison", third)
    assert done["whistle_status"] == "awaiting_verification"
    move("county_dispatcher", "verify", verdict="solved", satisfaction="satisfied")
    closed = move("county_dispatcher", "close")
    assert [w["status"] for w in closed["whistles"]] == ["upgraded", "upgraded", "closed"]
    assert (closed["status"], closed["light"], closed["moves"]) == ("closed", "closed", [])
    assert browser(world.community_worker).get(here).json()["status"] == "closed"
