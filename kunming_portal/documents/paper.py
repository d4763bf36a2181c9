"""What stands on a paper, without how it looks: plain values that Word and PDF are made from."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

# What XML 1.0 and a page cannot carry; a line break stays
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Heading:
    """A heading of the first (一、), second (（一）) or third level; its number is written out in the text."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the body; line breaks begin a new one. Indented by two characters unless it says otherwise."""

    text: str
    indented: bool = True


@dataclass(frozen=True)
class Facts:
    """Pairs of name and value, as a table of two columns. Empty values are left out."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table with heads that repeat on every page; `widths` are shares of the type area."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


Block = Heading | Paragraph | Facts | Table


@dataclass(frozen=True)
class Paper:
    """One paper. With an issuer it has a red head; `signature` and `date` close it; `imprint` is its last line.

    `imprint` names who printed it; `copies` to whom copies go.
    """

    title: str
    body: Sequence[Block]
    issuer: str = ""
    number: str = ""
    addressee: str = ""
    signature: str = ""
    date: dt.date | None = None
    copies: str = ""
    imprint: str = ""


def chinese_date(date: dt.date) -> str:
    """Return the date in Arabic figures without leading noughts: 2026年11月8日."""
    return f"{date.year}年{date.month}月{date.day}日"


def clean(text: str) -> str:
    """Return the text without characters that neither Word nor PDF can carry."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def paragraphs(text: str) -> list[str]:
    """Return the lines of a text that have something on them."""
    return [line.strip() for line in clean(text).split("\n") if line.strip()]
