"""Lengths of time as people read them: the two largest units, number and unit apart (interface.md §3.5).

Pure: minutes in, parts out; only the words depend on the active language.
"""

import dataclasses
import enum
from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

WORKING_DAY_MINUTES = 420
NATURAL_DAY_MINUTES = 1440

Unit = Literal["working", "natural"]


class Tense(enum.Enum):
    """What the length means; the value is the key of its sentence."""

    LEFT = "left"
    OVER = "over"
    LATE = "late"
    TOOK = "took"
    REVIEW = "review"
    PLAIN = "plain"


@dataclasses.dataclass(frozen=True)
class Part:
    """One figure and its unit, in the active language."""

    number: int
    unit: str


def format_span(
    minutes: int, unit: Unit = "working", *, per_day: int = WORKING_DAY_MINUTES, most: int = 2
) -> list[Part]:
    """Return the largest `most` units of a length; its sign is ignored.

    With `unit="working"` a day is `per_day` minutes of working time, with "natural" it is 24 hours.
    Smaller units are cut off, never rounded up; a unit that is nought is left out; nothing is "0 min".
    """
    day = per_day if unit == "working" else NATURAL_DAY_MINUTES
    days, rest = divmod(abs(minutes), day)
    hours, left = divmod(rest, 60)
    ladder = [
        Part(days, pgettext("unit of time", "d")),
        Part(hours, pgettext("unit of time", "h")),
        Part(left, pgettext("unit of time", "min")),
    ]
    while len(ladder) > 1 and ladder[0].number == 0:
        ladder.pop(0)
    shown = ladder[:most]
    return [part for part in shown if part.number] or shown[-1:]


def span_text(
    minutes: int, unit: Unit = "working", *, per_day: int = WORKING_DAY_MINUTES, most: int = 2
) -> str:
    """Return the length as one string: "2 d 5 h", in Chinese 2天5时."""
    parts = format_span(minutes, unit, per_day=per_day, most=most)
    return _join([_beside(str(part.number), part.unit) for part in parts])


def left_text(minutes: int, unit: Unit = "working", *, per_day: int = WORKING_DAY_MINUTES) -> str:
    """Return "2 d 5 h left" for a positive length, "19 min overdue" for a negative one."""
    text = span_text(minutes, unit, per_day=per_day)
    return sentence(tense_of(minutes)) % {"span": text}


def span_html(
    minutes: int,
    unit: Unit = "working",
    *,
    per_day: int = WORKING_DAY_MINUTES,
    tense: Tense = Tense.PLAIN,
) -> SafeString:
    """Return the sentence of the length with every figure in <b>, safe for a template."""
    parts = format_span(minutes, unit, per_day=per_day)
    figures = [_beside(format_html("<b>{}</b>", part.number), part.unit) for part in parts]
    before, after = sentence(tense).split("%(span)s")
    return format_html("{}{}{}", before, SafeString(_join(figures)), after)


def tense_of(minutes: int) -> Tense:
    """Return whether a signed rest is time left or time overdue; nought is left."""
    return Tense.OVER if minutes < 0 else Tense.LEFT


def sentence(tense: Tense) -> str:
    """Return the sentence of a tense, with the place of the length still open."""
    return {
        Tense.LEFT: gettext("%(span)s left"),
        Tense.OVER: gettext("%(span)s overdue"),
        Tense.LATE: gettext("%(span)s late"),
        Tense.TOOK: gettext("Took %(span)s"),
        Tense.REVIEW: gettext("Review in %(span)s"),
        Tense.PLAIN: "%(span)s",
    }[tense]


def _beside(number: str, unit: str) -> str:
    """Return figure and unit the way the language sets them: 5 h, 5时. Both are safe already."""
    return pgettext("figure and its unit", "%(number)s %(unit)s") % {"number": number, "unit": unit}


def _join(pieces: list[str]) -> str:
    text = pieces[0]
    for piece in pieces[1:]:
        text = pgettext("parts of one length", "%(first)s %(second)s") % {"first": text, "second": piece}
    return text
