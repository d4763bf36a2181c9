"""Paging by key: every row once, in both directions, whatever ties and broken keys there are."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session

from kunming_portal.ui import keypages
from kunming_portal.ui.keypages import Column

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 11, 25, 10, 24, 0, 123456, tzinfo=dt.UTC)
ORDER = (Column("expire_date", dt.datetime, descending=True), Column("session_key", str))


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


def page(**query: str) -> keypages.Page[Session]:
    return keypages.read_page(Session.objects.all(), columns=ORDER, query=query, size=3)


def keys(listing: keypages.Page[Session]) -> list[str]:
    return [row.session_key for row in listing.rows]


def test_pages_lead_through_every_row_once(seven_rows: list[str]) -> None:
    first = page()
    second = page(after=first.key.next_key)
    third = page(after=second.key.next_key)
    assert keys(first) + keys(second) + keys(third) == seven_rows
    assert first.key.previous_key == ""
    assert third.key.next_key == ""


def test_pages_lead_back_the_same_way(seven_rows: list[str]) -> None:
    first = page()
    second = page(after=first.key.next_key)
    third = page(after=second.key.next_key)
    back = page(before=third.key.previous_key)
    start = page(before=back.key.previous_key)
    assert keys(back) == keys(second)
    assert keys(start) == keys(first)
    assert start.key.previous_key == ""
    assert start.key.next_key == first.key.next_key


def test_a_page_costs_one_query(seven_rows: list[str], django_assert_num_queries: object) -> None:
    key = page().key.next_key
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
    assert listing.key.next_key == listing.key.previous_key == ""
