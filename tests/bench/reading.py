"""The pages that are measured, each beside its bare view."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import quote

from tests.bench.portal import Answer, Portal

Facts = dict[str, Any]
STREET, CITY = "530102003", "5301"
TYPED = {"description": "西坝路12号院路灯不亮，居民多次反映，夜间尤其严重。", "place": "西坝路12号院"}


@dataclass(frozen=True)
class Reading:
    """One page: how it is asked, and how the bare view that reads the same rows."""

    title: str
    page: Callable[[Portal], Answer]
    bare: Callable[[Portal], Answer] | None = None


def readings(facts: Facts) -> list[Reading]:
    """Return the pages to measure in this database."""
    cases, bare_cases = cycle(facts["cases"]), cycle(facts["cases"])
    found = [
        Reading(
            "queue, 128 open matters",
            lambda portal: portal.get("dispatcher", "/queue/?turn=open"),
            lambda portal: portal.get("dispatcher", f"/bare/queue/?unit={facts['centre']}"),
        ),
        Reading(
            "queue, 1,000 open matters",
            lambda portal: portal.get("busy", "/queue/?turn=open"),
            lambda portal: portal.get("busy", f"/bare/queue/?unit={facts['busy_centre']}"),
        ),
        Reading(
            "case page",
            lambda portal: portal.get("dispatcher", f"/cases/{next(cases)}/"),
            lambda portal: portal.get("dispatcher", f"/bare/cases/{next(bare_cases)}/"),
        ),
        Reading(
            "what may be the same matter", lambda portal: portal.post("worker", "/cases/similar/", **TYPED)
        ),
    ]
    for title, who, place, words in (
        ("street, two characters", "dispatcher", STREET, "路灯"),
        ("street, a rare word", "dispatcher", STREET, "白蚁"),
        ("street, a unit", "dispatcher", STREET, "应急管理"),
        ("street, pinyin", "dispatcher", STREET, "ludeng"),
        ("street, initials", "dispatcher", STREET, "ldbl"),
        ("street, a number", "dispatcher", STREET, facts["number"]),
        ("city, two characters", "city", CITY, "路灯"),
        ("city, a word of three", "city", CITY, "电动车"),
        ("city, two words", "city", CITY, "翠湖 油烟"),
        ("city, nothing found", "city", CITY, "翡翠原石"),
    ):
        found.append(search(title, who, place, words))
    return found


def search(title: str, who: str, place: str, words: str) -> Reading:
    """Return the search of somebody for these words."""
    text = quote(words)
    return Reading(
        f"search, {title}",
        lambda portal: portal.get(who, f"/cases/?q={text}"),
        lambda portal: portal.get(who, f"/bare/search/?place={place}&q={text}"),
    )
