"""Keeps what search looks in: written with the case, renewed when its words, its kind or its units change."""

from collections.abc import Iterable

from pypinyin import Style, lazy_pinyin

from kunming_portal.divisions.models import codes_above
from kunming_portal.organisations.models import Unit
from whistle.grams import grams, place_grams, triples
from whistle.models import Case, CaseSearch, Kind


def refresh(case: Case) -> None:
    """Write anew what this case is found by. Three queries."""
    units = Unit.objects.filter(pk__in=case.called_units).order_by("pk")
    row = row_of(case, units=units, kinds=Kind.objects.filter(whistles__case=case).order_by("pk"))
    CaseSearch.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["case"], update_fields=["text", "grams"]
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


def pinyin(chinese: str) -> str:
    """Return how it sounds, without blanks: 路灯 -> ludeng."""
    return "".join(lazy_pinyin(chinese))


def initials(chinese: str) -> str:
    """Return the first letters of its sounds: 路灯 -> ld."""
    return "".join(lazy_pinyin(chinese, style=Style.FIRST_LETTER))


def joined(words: Iterable[str]) -> str:
    """Return each word once, in lower case, on lines of their own: no search reaches across."""
    return "\n".join(dict.fromkeys(word.lower() for word in words if word))
