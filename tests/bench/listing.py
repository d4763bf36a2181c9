"""The lists of communities that are measured, short and a hundred times as long."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.bench.portal import Portal
from tests.bench.reading import Reading

# Compounds; of check-ins there are five times as many
SIZES = (200, 20_000)
PLACE = "530102"


def readings(facts: dict[str, Any]) -> list[Reading]:
    """Return the pages to measure: first pages, filtered ones, searches for rare and common words."""
    return [*_compounds(), *(_check_ins() if facts["has_check_ins"] else ())]


def _compounds() -> Iterator[Reading]:
    for title, who, query in (
        ("compounds of the city", "city", {}),
        ("compounds of the city, one type", "city", {"kind": "old"}),
        ("compounds of a county", "city", {"division": PLACE}),
        ("compounds of a street", "street", {}),
        ("compounds, a common word", "city", {"q": "丹桂"}),
        ("compounds, a rare word", "city", {"q": "翡翠"}),
        ("compounds, pinyin", "city", {"q": "feicui"}),
        ("compounds, initials", "city", {"q": "fcdg"}),
        ("compounds, nothing found", "city", {"q": "昆明湖"}),
    ):
        yield Reading(title, _page(who, "/compounds/", query))


def _check_ins() -> Iterator[Reading]:
    for title, who, query in (
        ("check-ins of the city", "city", {}),
        ("check-ins of a county", "city", {"division": PLACE}),
        ("check-ins of a street", "street", {}),
        ("check-ins, a rare word", "city", {"q": "翡翠"}),
        ("check-ins, nothing found", "city", {"q": "昆明湖"}),
    ):
        yield Reading(title, _page(who, "/check-ins/members/", query))


def _page(who: str, path: str, query: dict[str, str]) -> Any:
    address = f"{path}?{urlencode(query)}" if query else path

    def ask(portal: Portal) -> Any:
        return portal.get(who, address)

    return ask
