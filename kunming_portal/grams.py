"""What the search index holds: every two neighbouring characters, and three letters or digits in a row. Pure.

Trigrams alone do not find 路灯: most Chinese words have two characters. A gram is packed into one integer, which
takes a third of the room of text and compares at once (ADR 0025).
"""

import re
import zlib
from collections.abc import Iterable

RUN = re.compile(r"[^\W_]+")
LONGEST = 6  # words of one search
WORDS_NEED = 2  # characters


def words_of(text: str) -> list[str]:
    """Return the words a person typed, in lower case, at most six."""
    return text.lower().split()[:LONGEST]


def grams(text: str) -> set[int]:
    """Return the grams of a text in lower case. No gram crosses a blank or a mark of punctuation."""
    pairs = {_pair(a, b) for run in RUN.findall(text) for a, b in zip(run, run[1:], strict=False)}
    return pairs | triples(text)


def triples(text: str) -> set[int]:
    """Return the grams of three only: for pinyin, in which two letters say nothing."""
    return {
        _triple(a, b, c)
        for run in RUN.findall(text)
        for a, b, c in zip(run, run[1:], run[2:], strict=False)
        if a.isascii() and b.isascii() and c.isascii()
    }


def needed(word: str) -> set[int]:
    """Return the grams a text must have in which this word occurs; none for a single character."""
    found: set[int] = set()
    for run in RUN.findall(word):
        for piece in re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]+", run):
            if piece.isascii() and len(piece) > WORDS_NEED:  # three in a row say more than two
                found.update(_triple(*three) for three in zip(piece, piece[1:], piece[2:], strict=False))
        found.update(
            _pair(a, b)
            for a, b in zip(run, run[1:], strict=False)
            if len(run) == WORDS_NEED or not (a.isascii() and b.isascii())
        )
    return found


def place_grams(codes: Iterable[str], unit_ids: Iterable[int]) -> set[int]:
    """Return the grams that say where a case lies and who was called: they narrow a search to a person's scope.

    They may coincide with a pair of rare characters: the scope itself is asked for besides.
    """
    return {_hashed(f"division:{code}") for code in codes} | {_hashed(f"unit:{pk}") for pk in unit_ids}


def _pair(a: str, b: str) -> int:
    return _signed((ord(a) & 0xFFFF) << 16 | (ord(b) & 0xFFFF))


def _triple(a: str, b: str, c: str) -> int:
    return ord(a) << 14 | ord(b) << 7 | ord(c)  # below every pair: no text holds the control characters there


def _hashed(text: str) -> int:
    return _signed(zlib.crc32(text.encode()))


def _signed(number: int) -> int:
    return number - (1 << 32) if number >= 1 << 31 else number
