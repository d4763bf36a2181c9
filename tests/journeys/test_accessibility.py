"""Every kind of page, by axe, at a phone's and a desk's width; and nothing is wider than the smallest phone."""

from collections.abc import Iterator

import pytest

from tests.journeys.browser import Screen, barriers
from tests.journeys.conftest import Open
from tests.whistle.people import NOW, World, blown, dispatched, fed_back, worked
from tests.whistle.test_evidence import added
from whistle import services

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

# who looks, at which page; {case} is being handled, {verify} waits for its caller
PAGES = [
    ("", "/sign-in/"),
    ("community_worker", "/"),
    ("community_worker", "/cases/new/"),
    ("community_worker", "/cases/{case}/"),
    ("community_worker", "/cases/{case}/evidence/"),
    ("community_worker", "/cases/{verify}/verify/"),
    ("street_dispatcher", "/"),
    ("street_dispatcher", "/queue/"),
    ("street_dispatcher", "/cases/"),
    ("street_dispatcher", "/cases/{accepted}/dispatch/"),
    ("market_liaison", "/duties/"),
    ("market_liaison", "/cases/{case}/"),
    ("market_liaison", "/notices/"),
    ("city_official", "/city/"),
    ("street_dispatcher", "/roster/"),
    ("street_dispatcher", "/roster/new/"),
    ("enforcement_leader", "/absences/"),
    ("market_liaison", "/notices/channels/"),
    ("integrator", "/account/tokens/"),
    ("system_admin", "/admin/"),
]
OTHER_LOOKS = [
    ("community_worker", "/"),
    ("community_worker", "/cases/{case}/"),
    ("community_worker", "/cases/new/"),
    ("city_official", "/city/"),
]
SMALLEST = [
    ("", "/sign-in/"),
    ("community_worker", "/"),
    ("community_worker", "/cases/new/"),
    ("community_worker", "/cases/{case}/"),
    ("community_worker", "/cases/{case}/evidence/"),
    ("street_dispatcher", "/queue/"),
    ("market_liaison", "/duties/"),
    ("street_dispatcher", "/roster/"),
    ("enforcement_leader", "/absences/"),
    ("city_official", "/city/"),
]


@pytest.fixture
def numbers(town: World) -> dict[str, int]:
    """Cases in the states that pages show: being handled and partly fed back, to verify, to dispatch."""
    lead, assist = dispatched(town)
    worked(town, lead)
    before = added(town, lead.whistle.case, caption="井盖塌了半边")
    added(town, lead.whistle.case, moment="after", pair=before.pk)
    added(town, lead.whistle.case, moment="during")
    fed = fed_back(town)
    waiting = blown(town)
    services.accept(whistle=waiting, by=town.street_dispatcher, now=NOW)
    assert assist.status == "awaiting_signature"
    return {"case": lead.whistle.case_id, "verify": fed.case_id, "accepted": waiting.case_id}


def walk(screen: Screen, town: World, numbers: dict[str, int], pages: list[tuple[str, str]]) -> Iterator[str]:
    """Open each page as whom it is for; yield its address."""
    for name, address in pages:
        screen.context.clear_cookies(name="sessionid")
        if name:
            screen.enter(town.people[name])
        path = address.format(**numbers)
        screen.open(path)
        yield path


def test_no_page_puts_a_barrier_in_the_way(town: World, look: Open, numbers: dict[str, int]) -> None:
    found: list[str] = []
    for width in (390, 1280):
        screen = look(width)
        for path in walk(screen, town, numbers, PAGES):
            found += [f"{width} {path} {barrier}" for barrier in barriers(screen.page)]
            if screen.overflow() > 0:
                found.append(f"{width} {path} is {screen.overflow()} px too wide")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("chosen", [{"theme": "dark"}, {"text": "large"}], ids=["dark", "large"])
def test_no_look_puts_a_barrier_in_the_way(
    town: World, look: Open, numbers: dict[str, int], chosen: dict[str, str]
) -> None:
    found: list[str] = []
    for width in (390, 1280):
        screen = look(width)
        screen.prefer(**chosen)
        for path in walk(screen, town, numbers, OTHER_LOOKS):
            found += [f"{width} {path} {barrier}" for barrier in barriers(screen.page)]
            if screen.overflow() > 0:
                found.append(f"{width} {path} is {screen.overflow()} px too wide")
    assert not found, "\n".join(found)


def test_the_smallest_phone_scrolls_in_one_direction_only(
    town: World, look: Open, numbers: dict[str, int]
) -> None:
    found: list[str] = []
    screen = look(320)
    for path in walk(screen, town, numbers, SMALLEST):
        found += [f"{path} {barrier}" for barrier in barriers(screen.page)]
        if screen.overflow() > 0:
            found.append(f"{path} is {screen.overflow()} px too wide")
    screen.prefer(text="large")
    for path in walk(screen, town, numbers, SMALLEST):
        if screen.overflow() > 0:
            found.append(f"large {path} is {screen.overflow()} px too wide")
    assert not found, "\n".join(found)
