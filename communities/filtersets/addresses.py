"""What people type to ask who serves at an address: words that lead to grids."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex

from communities.models import Building, Compound
from communities.querysets import BuildingQuerySet, CompoundQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any

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


def reach_of(user: Any) -> tuple[str, ...]:
    """Return the codes below which this person sees grids; none: not narrowed. They keep a search small, no more.

    What is seen is decided by `visible_to`; here only fewer rows are read. No query once rights are loaded.
    """
    if not isinstance(user, User):
        return ()
    seats = tuple(held.unit.division_id for held in user.acting_appointments)
    return (*user.scope(P.COMMUNITY_VIEW).prefixes, *seats)


def leads_to_grid(term: Term, *, within: tuple[str, ...] = ()) -> Q:
    """Return the condition that a grid serves what the term names; `within`: codes outside which nothing is looked for.

    The grid's own words and code, its community, or a compound or building that lies in it. No query.
    """
    if term.building:
        return Q(pk__in=_buildings(term, within).values("grid_id"))
    compounds = _compounds(term.text, within)
    there = Building.objects.filter(grid__isnull=False, compound__in=compounds.values("pk"))
    return (
        Q(search_text__contains=term.text)
        | Q(code__startswith=term.text)
        | Q(
            community__in=Division.objects.filter(level="community", search_text__contains=term.text).values(
                "pk"
            )
        )
        | Q(pk__in=there.values("grid_id"))
    )


def _buildings(term: Term, within: tuple[str, ...]) -> BuildingQuerySet:
    names = [form.format(term.building) for form in FORMS]
    rows = Building.objects.filter(grid__isnull=False, name__in=names)
    return rows.filter(compound__in=_compounds(term.text, within).values("pk")) if term.text else rows


def _compounds(text: str, within: tuple[str, ...]) -> CompoundQuerySet:
    """Return compounds found by name, pinyin, initials or address, or whose name stands in a longer address."""
    found = Q(search_text__contains=text) | Q(address__contains=text)
    rows = Compound.objects.filter(ended_on=None)
    if within:
        rows = rows.filter(starts_with_any(within, field="community__code"))
    if len(text) < WHOLE_ADDRESS or text.isascii():
        return rows.filter(found)
    return rows.alias(at=StrIndex(Value(text), F("name"))).filter(found | Q(at__gt=0))
