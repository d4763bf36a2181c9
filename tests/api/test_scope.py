"""Not yours is not there: every address with an object, read and moved by people it does not belong to."""

import pytest
from django.urls import reverse

from tests.api.callers import CASES, assert_problem, browser, with_token
from tests.whistle.people import NOW, World, dispatched, unit
from tests.whistle.people import person as appoint
from whistle import services
from whistle.api.urls import urlpatterns
from whistle.models import Case, CaseDeadline

WITH_OBJECT = [p.name for p in urlpatterns if "pk" in p.pattern.converters]
READS = {"api-case", "api-case-deadlines", "api-case-timeline", "api-deadline"}


def address(name: str, case: Case) -> str:
    """Return the address of this route for the case, its first duty or its first deadline."""
    duty = case.whistles.get().assignments.order_by("id")[0]
    deadline = CaseDeadline.objects.filter(case=case).order_by("id")[0]
    pk = {"assignment": duty.pk, "deadline": deadline.pk}.get(name.split("-")[1], case.pk)
    return reverse(name, args=[pk])


def test_every_route_with_an_object_is_known_here() -> None:
    assert len(WITH_OBJECT) == 18
    assert set(WITH_OBJECT) > READS


@pytest.mark.parametrize("name", WITH_OBJECT)
@pytest.mark.parametrize(
    "who", ["stranger", "other_dispatcher", "water_liaison", "system_admin", "construction_liaison"]
)
def test_a_foreign_object_is_not_there(world: World, name: str, who: str) -> None:
    case = dispatched(world)[0].whistle.case
    client, there = browser(world.people[who]), address(name, case)
    answer = client.get(there) if name in READS else client.post(there, {"reason": "x"})
    assert_problem(answer, 404, code="not_found")


@pytest.mark.parametrize("name", sorted(READS))
@pytest.mark.parametrize(
    "who", ["community_worker", "street_dispatcher", "county_secretary", "inspector", "enforcement_liaison"]
)
def test_the_chain_reads(world: World, name: str, who: str) -> None:
    case = dispatched(world)[0].whistle.case
    assert browser(world.people[who]).get(address(name, case)).status_code == 200


@pytest.mark.parametrize("name", WITH_OBJECT)
def test_what_does_not_exist_answers_like_what_is_foreign(world: World, name: str) -> None:
    client, there = browser(world.community_worker), reverse(name, args=[10**30])
    assert_problem(client.get(there) if name in READS else client.post(there, {}), 404, code="not_found")


def test_lists_show_only_what_is_mine(world: World) -> None:
    case = dispatched(world)[0].whistle.case
    for who, seen in (("community_worker", [case.pk]), ("enforcement_liaison", [case.pk]), ("stranger", [])):
        rows = browser(world.people[who]).get(CASES).json()["results"]
        assert [row["id"] for row in rows] == seen


def test_a_token_reaches_its_holder_s_territory_and_no_further(world: World) -> None:
    case = dispatched(world)[0].whistle.case
    there = appoint("other_street_service", "integrator", world.units["other_centre"])
    here = appoint("street_service", "integrator", world.units["street_centre"])
    assert with_token(here).get(f"{CASES}{case.pk}/").status_code == 200
    assert_problem(with_token(there).get(f"{CASES}{case.pk}/"), 404)
    assert_problem(with_token(there).post(f"{CASES}{case.pk}/close/"), 404)


def test_the_role_switch_of_the_browser_narrows_the_api_too(world: World) -> None:
    case = dispatched(world)[0].whistle.case
    both = appoint("two_roles", "liaison", world.units["enforcement"])
    far = unit("other_force", "拓东中队", "force", "530103001")
    elsewhere = both.appointments.create(role="liaison", unit=far, starts_on=NOW.date())
    client = browser(both)
    assert client.get(f"{CASES}{case.pk}/").status_code == 200
    session = client.session
    session["acting_appointment"] = elsewhere.pk
    session.save()
    assert_problem(client.get(f"{CASES}{case.pk}/"), 404)
    assert [a["counts"] for a in client.get("/api/v1/me/").json()["appointments"]] == [False, True]


def test_somebody_called_and_released_still_reads_what_they_were_called_on(world: World) -> None:
    duty = dispatched(world)[0]
    services.upgrade(whistle=duty.whistle, reason="超出街道权限", by=world.street_secretary, now=NOW)
    assert browser(world.enforcement_liaison).get(f"{CASES}{duty.whistle.case_id}/").status_code == 200
