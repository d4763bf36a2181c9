"""What a row is found by: its words, how they sound and their grams, in columns of its own (docs/adr/0037)."""

from collections.abc import Iterable
from functools import lru_cache

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from kunming_portal.grams import grams, triples

NAMES = 8192  # names of units come again and again; what they sound like is kept


class Findable(models.Model):
    """A row with a search text. Who changes a name calls `found_by` before saving."""

    search_text = models.TextField(_("search text"), blank=True, editable=False)
    grams = ArrayField(models.IntegerField(), default=list, blank=True, editable=False)

    class Meta:
        abstract = True
        indexes = [
            # the search box: two characters and more, Chinese, pinyin or initials
            GinIndex(fields=["grams"], name="%(class)s_grams"),
        ]

    def found_by(self, *names: str, plain: Iterable[str] = ()) -> None:
        """Keep what the row is found by: names also by pinyin and initials, `plain` texts by their characters only."""
        given = [name for name in names if name]
        text = _joined([*given, *map(initials, given), *plain])
        sounds = _joined(map(pinyin, given))
        self.search_text = f"{text}\n{sounds}"
        self.grams = sorted(grams(text) | triples(sounds))


@lru_cache(maxsize=NAMES)
def pinyin(chinese: str) -> str:
    """Return how it sounds, without blanks: 税务局 -> shuiwuju."""
    return "".join(lazy_pinyin(chinese))


@lru_cache(maxsize=NAMES)
def initials(chinese: str) -> str:
    """Return the first letters of its sounds: 税务局 -> swj."""
    return "".join(lazy_pinyin(chinese, style=Style.FIRST_LETTER))


def _joined(words: Iterable[str]) -> str:
    """Return each word once, in lower case, on lines of their own: no search reaches across."""
    return "\n".join(dict.fromkeys(word.lower() for word in words if word))
