"""Words that people see in workbooks, in every language of the portal: a template in one goes back in with another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.spreadsheets import values
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.package import WorkbookRefused, letter
from kunming_portal.spreadsheets.registers import Register

REQUIRED = "*"
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
LONGEST_NAME = 31  # what a spreadsheet allows for the name of a sheet


def in_all_languages(word: str | Promise) -> set[str]:
    """Return a word as each language of the portal has it."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(str(word))
    return found


def sheet_name(register: Register) -> str:
    """Return the name of the sheet of a register in the reader's language."""
    return _as_name(str(register.title))


def _as_name(text: str) -> str:
    return NOT_IN_A_NAME.sub(" ", text)[:LONGEST_NAME].strip()


def result_head() -> str:
    """Return the head of the column that a result workbook has more than a template."""
    return pgettext("of an import", "Result")


def head_of(column: Column) -> str:
    """Return the head of a column as workbooks have it: with a mark where a value is required."""
    return f"{column.head}{REQUIRED if column.must_be_filled else ''}"


def tidy_head(cell: Any) -> str:
    """Return what a cell of the first row says, without the mark, blanks and line breaks."""
    return "".join(str(cell).split()).rstrip(REQUIRED).lower()


@dataclass(frozen=True)
class Layout:
    """Where the columns stand in a file: by the place of the cell in the row, from 0."""

    places: Mapping[int, Column]
    words: Mapping[str, Mapping[str, Any]]

    def letter_of(self, name: str) -> str:
        """Return the letters of a column, "" for one that does not stand in the file."""
        return next((letter(place + 1) for place, column in self.places.items() if column.name == name), "")


def find_sheet(register: Register, names: list[str]) -> str:
    """Return the sheet of the register among those of a file; refuses a file that has none."""
    wanted = {_as_name(word).casefold() for word in in_all_languages(register.title)}
    for name in names:
        if name.strip().casefold() in wanted:
            return name
    there = pgettext("between names", ", ").join(names[:6])
    raise WorkbookRefused(
        _("There is no sheet “%(sheet)s” in the file; it has: %(names)s. Use the template.")
        % {"sheet": sheet_name(register), "names": there},
        code="sheet",
    )


def read_layout(register: Register, cells: list[Any]) -> tuple[Layout, list[tuple[int, str]]]:
    """Find the columns by the first row of a file.

    Returns the layout, and what is wrong with the heads: pairs of the place of the cell (-1 for one that is missing)
    and a sentence.
    """
    by_word = {
        tidy_head(word): column for column in register.columns for word in in_all_languages(column.head)
    }
    ignored = {tidy_head(word) for word in _result_heads()}
    places: dict[int, Column] = {}
    wrong: list[tuple[int, str]] = []
    for place, cell in enumerate(cells):
        word = tidy_head(cell)
        if not word or word in ignored:
            continue
        column = by_word.get(word)
        if column is None:
            wrong.append((place, _("The head “%(head)s” is unknown.") % {"head": str(cell)[:40]}))
        elif column in places.values():
            wrong.append((place, _("The head “%(head)s” stands here twice.") % {"head": str(cell)[:40]}))
        else:
            places[place] = column
    wrong += [
        (-1, _("The column “%(head)s” is missing.") % {"head": column.head})
        for column in register.columns
        if column not in places.values()
    ]
    return Layout(places, {column.name: words_of(column) for column in places.values()}), wrong


def _result_heads() -> set[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(result_head())
    return found


def words_of(column: Column) -> dict[str, Any]:
    """Return what may stand in a cell of choices, in every language, with the value it means."""
    found: dict[str, Any] = {}
    if column.kind is Kind.CHOICE:
        for value, label in column.options():
            for word in in_all_languages(label):
                found.setdefault(word.strip(), value)
    elif column.kind is Kind.YES_NO:
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found |= {values.yes(): True, values.no(): False}
    return found
