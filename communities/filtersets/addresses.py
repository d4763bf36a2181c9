"""What people type to ask who serves at an address: words that lead to grids."""

import re
from dataclasses import dataclass

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex

from communities.models import Building, Compound
from communities.querysets import BuildingQuerySet, CompoundQuerySet

LONGEST = 6  # words of one search
# 3栋, 3幢, 3座, 3号楼, and whatever stands behind (2单元501): the flat does not matter
BUILDING = re.compile(r"(?P<place>.*?)(?P<number>\d+)(?:栋|幢|座|号楼)")
FORMS = ("{}栋", "{}幢", "{}座", "{}号楼", "{}")
WHOLE_ADDRESS = 5  # characters from which a word may hold a compound's name and more


@dataclass(frozen=True)
class Term:
    """One word of a search: a text, and the building's number when it names one."""

    text: str
    building: str = ""


def terms_of(typed: str) -> list[Term]:
    """Return what is asked for: at most six words. A building alone belongs to the word before it."""
    terms: list[Term] = []
    for word in typed.lower().split()[:LONGEST]:
        found = BUILDING.match(word)
        if found is None:
            terms.append(Term(word))
        elif found["place"]:
            terms.append(Term(found["place"], found["number"]))
        elif terms and not terms[-1].building:
            terms[-1] = Term(terms[-1].text, found["number"])
        else:
            terms.append(Term("", found["number"]))
    return terms


def leads_to_grid(term: Term, *, grid: str = "") -> Q:
    """Return the condition that the grid serves what the term names. `grid`: the path to it, with two underscores.

    The grid's own words and code, its community, or a compound or building that lies in it. No query.
    """
    if term.building:
        return Q(**{f"{grid}pk__in": _buildings(term).values("grid_id")})
    there = Building.objects.filter(grid__isnull=False, compound__in=_compounds(term.text).values("pk"))
    return (
        Q(**{f"{grid}search_text__contains": term.text})
        | Q(**{f"{grid}code__startswith": term.text})
        | Q(**{f"{grid}community__search_text__contains": term.text})
        | Q(**{f"{grid}pk__in": there.values("grid_id")})
    )


def _buildings(term: Term) -> BuildingQuerySet:
    names = [form.format(term.building) for form in FORMS]
    rows = Building.objects.filter(grid__isnull=False, name__in=names)
    return rows.filter(compound__in=_compounds(term.text).values("pk")) if term.text else rows


def _compounds(text: str) -> CompoundQuerySet:
    """Return compounds found by name, pinyin, initials or address, or whose name stands in a longer address."""
    found = Q(search_text__contains=text) | Q(address__contains=text)
    rows = Compound.objects.filter(ended_on=None)
    if len(text) < WHOLE_ADDRESS or text.isascii():
        return rows.filter(found)
    return rows.alias(at=StrIndex(Value(text), F("name"))).filter(found | Q(at__gt=0))
