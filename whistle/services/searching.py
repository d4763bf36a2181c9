"""Keeps what search looks in: written with the case, renewed when its words, its kind or its units change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.db import connection
from pypinyin import Style, lazy_pinyin

from kunming_portal.divisions.models import codes_above
from kunming_portal.grams import grams, place_grams, triples
from kunming_portal.organisations.models import Unit
from whistle.models import Case, CaseSearch, Kind, Whistle

# The units of a city come again and again; what they sound like is kept
NAMES = 4096


def refresh(cases: Sequence[Case]) -> None:
    """Write anew what these cases are found by. Four queries, however many; none for no case."""
    if not cases:
        return
    units = Unit.objects.in_bulk({pk for case in cases for pk in case.called_units})
    kinds: dict[int, list[int]] = defaultdict(list)
    for case_id, kind_id in Whistle.objects.filter(case__in=cases).values_list("case_id", "kind_id"):
        kinds[case_id].append(kind_id)
    known = Kind.objects.in_bulk({pk for found in kinds.values() for pk in found})
    rows = [
        row_of(
            case,
            units=[units[pk] for pk in sorted(case.called_units)],
            kinds=[known[pk] for pk in sorted(kinds[case.pk])],
        )
        for case in cases
    ]
    _write(rows)


def _write(rows: Sequence[CaseSearch]) -> None:
    """Write the rows anew. Some hundred grams a row are sent as one text: one by one they cost most of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into whistle_casesearch (case_id, text, grams)"
            " select u.case_id, u.text, u.grams::int[]"
            " from unnest(%s::bigint[], %s::text[], %s::text[]) u (case_id, text, grams)"
            " on conflict (case_id) do update set text = excluded.text, grams = excluded.grams",
            [
                [row.case_id for row in rows],
                [row.text for row in rows],
                [f"{{{','.join(map(str, row.grams))}}}" for row in rows],
            ],
        )


def row_of(case: Case, *, units: Iterable[Unit], kinds: Iterable[Kind]) -> CaseSearch:
    """Return the unsaved row: what was written, who was called, pinyin and initials of title and place. No query.

    The description is found by its characters only: its pinyin would be half of the index, and nobody types so
    long a sound.
    """
    units = list(units)
    named = [case.title, case.place, *(unit.short_name for unit in units)]
    words = [
        case.number,
        case.external_number,
        *named,
        case.description,
        case.affected,
        *map(initials, named),
    ]
    words += [word for kind in kinds for word in (kind.name, kind.name_en)]
    words += [unit.name for unit in units]
    text, sounds = joined(words), joined(map(pinyin, named))
    places = place_grams(codes_above(case.division_id), case.called_units)
    return CaseSearch(
        case=case, text=f"{text}\n{sounds}", grams=sorted(grams(text) | triples(sounds) | places)
    )


@lru_cache(maxsize=NAMES)
def pinyin(chinese: str) -> str:
    """Return how it sounds, without blanks: 路灯 -> ludeng."""
    return "".join(lazy_pinyin(chinese))


@lru_cache(maxsize=NAMES)
def initials(chinese: str) -> str:
    """Return the first letters of its sounds: 路灯 -> ld."""
    return "".join(lazy_pinyin(chinese, style=Style.FIRST_LETTER))


def joined(words: Iterable[str]) -> str:
    """Return each word once, in lower case, on lines of their own: no search reaches across."""
    return "\n".join(dict.fromkeys(word.lower() for word in words if word))
