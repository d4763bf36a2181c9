"""Finding cases by words: a rare word through the index of grams, a common one by walking the list itself."""

import json

from django.db.models import QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from kunming_portal.accounts.models import Scope
from kunming_portal.grams import needed, place_grams, words_of
from whistle.models import CaseSearch
from whistle.querysets import CaseQuerySet

# So many cases are fetched by key in a few milliseconds; of a word that more have, a page is soon full of itself
COMMON = 5000
SURELY = 4  # times as many by the statistics, and nobody need count


def find_cases(cases: CaseQuerySet, text: str, *, within: Scope | None = None) -> CaseQuerySet:
    """Return those of the cases in which every word occurs (`services.searching` says where). At most two queries.

    It asks the index first for the keys, because the database cannot know how many texts hold several grams at once:
    it would walk the whole city for a rare word, or fetch half of it for a common one. `within` narrows the index to
    the reader's territory and units; it does not replace `visible_to`.
    """
    words = words_of(text)
    keys = _keys(words, within)
    if keys is not None:
        return cases.filter(pk__in=keys)
    for word in words:
        cases = cases.filter(GreaterThan(StrIndex("search__text", Value(word)), 0))
    return cases


def _keys(words: list[str], within: Scope | None) -> list[int] | None:
    """Return the cases that hold the words, or None when they are too many or the index cannot say."""
    grams = set[int]().union(*map(needed, words))
    if not grams:
        return None
    found = CaseSearch.objects.filter(grams__contains=sorted(grams))
    if within is not None and (places := place_grams(within.prefixes, within.unit_ids)):
        found = found.filter(grams__overlap=sorted(places))
    for word in words:
        found = found.filter(GreaterThan(StrIndex("text", Value(word)), 0))
    if len(grams) == 1 and _expected(found) > SURELY * COMMON:
        return None
    keys = list(found.values_list("pk", flat=True)[: COMMON + 1])
    return keys if len(keys) <= COMMON else None


def _expected(found: QuerySet[CaseSearch]) -> int:
    """Return how many rows the database expects by its statistics, without reading one. One query.

    It knows how common each gram is and not how several come together, so this is asked for a single one only.
    """
    return int(json.loads(found.explain(format="json"))[0]["Plan"]["Plan Rows"])
