"""Paging by key: every row once, in both directions, whatever ties and broken keys there are."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session

from kunming_portal.ui import pagination

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 11, 25, 10, 24, 0, 123456, tzinfo=dt.UTC)
ORDER = ("-expire_date", "session_key")


@pytest.fixture
def seven_rows() -> list[str]:
    """Seven rows, three of them at one moment, some apart by a microsecond only."""
    moments = [0, 0, 0, 1, 2, 1_000_000, 2_000_000]
    for at, microseconds in enumerate(moments):
        Session.objects.create(
            session_key=f"row{at}",
            session_data="",
            expire_date=START + dt.timedelta(microseconds=microseconds),
        )
    return ["row6", "row5", "row4", "row3", "row0", "row1", "row2"]


def page(**query: str) -> pagination.Listing[Session]:
    return pagination.page_by_key(Session.objects.all(), order=ORDER, query=query, size=3)


def keys(listing: pagination.Listing[Session]) -> list[str]:
    return [row.session_key for row in listing.rows]


def test_pages_lead_through_every_row_once(seven_rows: list[str]) -> None:
    first = page()
    second = page(after=first.page.next_key)
    third = page(after=second.page.next_key)
    assert keys(first) + keys(second) + keys(third) == seven_rows
    assert first.page.previous_key == ""
    assert third.page.next_key == ""


def test_pages_lead_back_the_same_way(seven_rows: list[str]) -> None:
    first = page()
    second = page(after=first.page.next_key)
    third = page(after=second.page.next_key)
    back = page(before=third.page.previous_key)
    start = page(before=back.page.previous_key)
    assert keys(back) == keys(second)
    assert keys(start) == keys(first)
    assert start.page.previous_key == ""
    assert start.page.next_key == first.page.next_key


def test_a_page_costs_one_query(seven_rows: list[str], django_assert_num_queries: object) -> None:
    key = page().page.next_key
    with django_assert_num_queries(1):  # type: ignore[operator]
        page(after=key)


@pytest.mark.parametrize(
    "broken", ["!", "bm90LWpzb24", "WyJhIl0", "WyJ3aGVuIiwgInJvdzEiXQ", "W251bGwsIG51bGxd"]
)
def test_a_broken_key_shows_the_first_page(seven_rows: list[str], broken: str) -> None:
    assert keys(page(after=broken)) == seven_rows[:3]
    assert keys(page(before=broken)) == seven_rows[:3]


def test_an_empty_list_leads_nowhere() -> None:
    listing = page()
    assert listing.rows == []
    assert listing.page.next_key == listing.page.previous_key == ""
