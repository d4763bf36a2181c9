"""The pages: every number leads to as many rows; scope, refusals, query counts, the workbook."""

import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.whistle.people import NOW, World, at, blown, dispatched, fed_back, opened
from whistle import services
from whistle.filtersets import CaseFilter
from whistle.selectors import get_cases

LATER = at("2026-11-26 12:00")


@pytest.fixture
def busy(world: World) -> World:
    """A world in which every section of the page has something to show."""
    opened(world)
    blown(world)
    dispatched(world)
    whistle = fed_back(world)
    services.verify(
        whistle=whistle, verdict="partly", satisfaction="mostly", by=world.community_worker, now=NOW
    )
    upgraded = dispatched(world, kind="service")[0].whistle
    services.upgrade(whistle=upgraded, reason="超出街道权限", by=world.street_secretary, now=NOW)
    return world


@pytest.fixture(autouse=True)
def later() -> Iterator[None]:
    """Read the pages three days after the cases were written."""
    with time_machine.travel(LATER, tick=False):
        yield


def page(user: User, address: str = "/city/", status: int = 200) -> str:
    """Return the page as this person reads it."""
    client = Client()
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status
    return str(answer.content.decode())


def listed(user: User, address: str) -> int:
    """Return how many cases the list holds under the address a number leads to."""
    query = QueryDict(urlsplit(address.replace("&amp;", "&")).query)
    found = CaseFilter(query, queryset=get_cases(user=user), now=LATER)
    assert found.is_valid(), found.errors
    return int(found.qs.count())


def test_every_number_that_leads_to_the_list_is_the_number_of_its_rows(busy: World) -> None:
    html = page(busy.city_official)
    links = re.findall(r'<a [^>]*?href="(/cases/\?[^"]+)"[^>]*>(.*?)</a>', html, re.DOTALL)
    checked = 0
    for address, inner in links:
        number = re.search(r"(\d[\d,]*)\D*$", re.sub(r"<[^>]+>", " ", inner))
        if number is None:
            continue
        assert listed(busy.city_official, address) == int(number[1].replace(",", "")), address
        checked += 1
    assert checked >= 10


def test_every_kind_of_the_bars_has_as_many_cases_in_the_list(busy: World) -> None:
    html = page(busy.city_official)
    bars = re.findall(r'<th scope="row"><a href="(/cases/\?[^"]*kind=[^"]+)">.*?<b>([\d,]+)</b>', html)
    assert len(bars) == 2
    assert [listed(busy.city_official, address) for address, _n in bars] == [int(n) for _a, n in bars]


def test_tiers_units_and_fractions_lead_to_their_rows(busy: World) -> None:
    client = Client()
    client.force_login(busy.city_official)
    city = client.get("/city/").context["city"]
    for tier in city.tiers:
        for part, number in (("all", tier.total), ("open", tier.open)):
            answer = client.get(f"/city/rows/whistles/?tier={tier.tier.value}&part={part}")
            assert answer.context["listed"].count == number
    for shown in city.measures:
        assert client.get(shown.all_url).context["listed"].count == shown.figures.rate.total
        assert client.get(shown.url).context["listed"].count == shown.figures.rate.missed
    assert city.holders
    for row in city.holders:
        assert client.get(row.url).context["cases"] == row.holder.cases


def test_the_rows_page_by_key(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kunming_portal.reporting.rows.PAGE", 1)
    client = Client()
    client.force_login(busy.city_official)
    address, seen = "/city/rows/overdue/", []
    while True:
        listed_page = client.get(address).context["listed"]
        seen += [(row.case_id, row.what, row.who) for row in listed_page.rows]
        if not listed_page.next_key:
            break
        address = f"/city/rows/overdue/?after={listed_page.next_key.replace('+', '%2B')}"
    assert len(seen) == len(set(seen)) == listed_page.count > 1


@pytest.mark.parametrize(
    ("person", "title"),
    [("city_official", "全市一览"), ("county_secretary", "五华区一览"), ("street_secretary", "大观一览")],
)
def test_the_page_is_about_the_persons_own_territory(busy: World, person: str, title: str) -> None:
    client = Client()
    client.force_login(busy.people[person])
    answer = client.get("/city/")
    codes = [top.code for top in answer.context["city"].territory.tops]
    assert len(codes) == 1
    if "一览" in answer.content.decode():  # the catalogue is compiled
        assert title in answer.content.decode()


def test_a_foreign_street_sees_an_empty_page_that_says_so(busy: World) -> None:
    client = Client()
    client.force_login(busy.other_dispatcher)
    answer = client.get("/city/")
    assert answer.context["city"].since is None
    assert "kp-empty" in answer.content.decode()
    assert "data-chart" not in answer.content.decode()


@pytest.mark.parametrize("address", ["/city/", "/city/units/", "/city/units/export/", "/city/rows/closing/"])
def test_who_has_no_right_to_figures_is_told_so(busy: World, address: str) -> None:
    for person in (busy.enforcement_liaison, busy.community_worker, busy.system_admin):
        assert "kp-trouble" in page(person, address, status=403)


def test_an_inspector_may_look_but_not_export(busy: World) -> None:
    assert "/city/units/export/" not in page(busy.inspector, "/city/units/")
    page(busy.inspector, "/city/units/export/", status=403)


def test_the_workbook_holds_the_units_and_the_trail_knows_of_it(busy: World) -> None:
    client = Client()
    client.force_login(busy.city_official)
    answer = client.get("/city/units/export/")
    assert 'filename="overdue-units-2026-11-26.xlsx"' in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        words = book.read("xl/sharedStrings.xml").decode()
    assert busy.units["market"].name in words
    event = AuditEvent.objects.get(event="figures.exported")
    assert (event.actor_id, event.data["list"]) == (busy.city_official.pk, "units")


@pytest.mark.parametrize(
    "address",
    [
        "/city/rows/nonsense/",
        "/city/rows/whistles/?tier=4",
        "/city/rows/whistles/?tier=x",
        "/city/rows/overdue/?unit=0",
        "/city/rows/overdue/?unit=1e9",
        "/city/rows/overdue/?unit=99999999999999999999",
    ],
)
def test_rows_that_do_not_exist_are_not_found(busy: World, address: str) -> None:
    page(busy.city_official, address, status=404)


def test_a_bad_period_is_answered_with_a_sentence_and_the_running_month(busy: World) -> None:
    html = page(busy.city_official, "/city/?period=custom&from=2026-11-02&to=2026-11-01")
    assert 'role="alert"' in html
    assert 'value="2026-11-02"' in html  # what was typed is still there


def test_the_number_of_queries_does_not_grow(busy: World) -> None:
    client = Client()
    client.force_login(busy.city_official)
    client.get("/city/")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/city/").status_code == 200
        counts.append(len(seen))
        with time_machine.travel(NOW, tick=False):
            for _case in range(4):
                dispatched(busy, kind="service")
    assert counts[0] == counts[1] <= 35


def test_rows_need_no_query_each(busy: World) -> None:
    client = Client()
    client.force_login(busy.city_official)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get("/city/rows/overdue/")
        counts.append(len(seen))
        with time_machine.travel(NOW, tick=False):
            dispatched(busy)
    assert counts[0] == counts[1]


def test_no_measure_is_a_ranking_of_places(busy: World) -> None:
    client = Client()
    client.force_login(busy.city_official)
    matters = client.get("/city/").context["city"].matters
    codes = [row.division.code for row in matters.rows]
    assert codes == sorted(codes)  # by code, never by number (domain.md §1.1)


def test_the_period_goes_with_the_numbers(busy: World) -> None:
    html = page(busy.city_official, "/city/?period=year")
    written = next(a for a in re.findall(r'href="(/cases/\?[^"]+)"', html) if "opened_after" in a)
    query = parse_qs(urlsplit(written.replace("&amp;", "&")).query)
    assert (query["opened_after"], query["opened_before"]) == (["2026-01-01"], ["2026-11-26"])
