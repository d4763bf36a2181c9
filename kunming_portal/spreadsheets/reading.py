"""A file becomes rows with values, and a list of everything that is wrong with it. Touches no database."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from kunming_portal.spreadsheets import heads, limits, values
from kunming_portal.spreadsheets.columns import Column
from kunming_portal.spreadsheets.heads import Layout
from kunming_portal.spreadsheets.package import (
    Package,
    Survey,
    WorkbookRefused,
    column_number,
    letter,
    row_number,
)
from kunming_portal.spreadsheets.registers import Register, Row

Cells = list[Any]
TELL_EVERY = 500
HEAD_ROW = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what, and what stands there. `column` is a name, "" for the whole row."""

    row: int
    column: str
    sentence: str
    shown: str = ""
    letter: str = ""


@dataclass
class Reading:
    """What was read: the good rows, everything wrong, and how many rows the file has."""

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    total: int = 0
    layout: Layout = field(default_factory=lambda: Layout({}, {}))


def read(
    content: bytes,
    register: Register,
    *,
    limit: int = limits.ROWS,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Reading:
    """Read the sheet of the register; `tell(done, total)` is called now and then.

    Refuses with `WorkbookRefused` what is no workbook, has no such sheet, or too many rows. Everything else that is
    wrong is a finding; rows without one are in `rows`.
    """
    name, survey = look(content, register, limit=limit)
    cells = open_sheet(content, name)
    reading = Reading()
    reading.layout, wrong = heads.read_layout(register, cells[0] if cells else [])
    if len(reading.layout.places) < len(register.columns) and not reading.layout.places:
        raise WorkbookRefused(
            _("The first row does not hold the heads of the template. Copy the rows into the template."),
            code="heads",
        )
    for place, sentence in wrong:
        where = letter(place + 1) if place >= 0 else ""
        shown = values.shown_cell(cells[0][place]) if place >= 0 else ""
        reading.findings.append(Finding(HEAD_ROW, "", sentence, shown, where))
    skipped = _note_structure(reading, survey)
    body = cells[HEAD_ROW:]
    for place, row in enumerate(body):
        if place % TELL_EVERY == 0:
            tell(place, len(body))
        _read_row(reading, row, place + HEAD_ROW + 1, skipped)
    if not reading.total and not reading.findings:
        raise WorkbookRefused(_("There is no row below the heads."), code="empty")
    reading.findings.sort(key=lambda one: one.row)
    return reading


def look(content: bytes, register: Register, *, limit: int = limits.ROWS) -> tuple[str, Survey]:
    """Return the name of the register's sheet and what stands in it; reads no values. Refuses like `read`."""
    package = Package(content)
    sheets = package.sheets()
    name = heads.find_sheet(register, list(sheets))
    survey = package.survey(sheets[name], rows=limit + HEAD_ROW)
    if survey.rows > limit + HEAD_ROW:
        raise WorkbookRefused(
            _("The file has more than %(limit)s rows. Divide it into several files.")
            % {"limit": f"{limit:,}"},
            code="rows",
        )
    if survey.far:
        raise WorkbookRefused(
            _(
                "Cell %(cell)s holds something far outside the table. Delete it, or copy the rows into the template."
            )
            % {"cell": survey.far},
            code="far",
        )
    package.verify()
    return name, survey


def open_sheet(content: bytes, name: str) -> list[Cells]:
    """Return the cells of a sheet that was surveyed; refuses what the reader cannot read."""
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, python_calamine.XmlError, python_calamine.ZipError) as error:
        raise WorkbookRefused(
            _("The file is damaged and cannot be read. Open it in Excel or WPS, save it again as .xlsx."),
            code="file",
        ) from error


def _note_structure(reading: Reading, survey: Survey) -> set[tuple[int, int]]:
    """Note merged cells and formulas; return the cells (row, place) whose values are not looked at any more."""
    skipped: set[tuple[int, int]] = set()
    for cell in survey.formulas:
        row, place = row_number(cell), column_number(cell) - 1
        skipped.add((row, place))
        sentence = _("Cell %(cell)s holds a formula. Paste the result as a value.") % {"cell": cell}
        reading.findings.append(_at(reading.layout, row, place, sentence))
    for area in survey.merged:
        first, _colon, last = area.partition(":")
        row, place = row_number(first), column_number(first) - 1
        sentence = _("The cells %(area)s are merged. Unmerge them and write the value into each row.") % {
            "area": area
        }
        reading.findings.append(_at(reading.layout, row, place, sentence))
        ends = min(row_number(last), row + limits.ROWS), min(column_number(last), place + 100)
        skipped |= {(r, p) for r in range(row, ends[0] + 1) for p in range(place, ends[1])}
    return skipped


def _at(layout: Layout, row: int, place: int, sentence: str, shown: str = "") -> Finding:
    column = layout.places.get(place)
    return Finding(row, column.name if column else "", sentence, shown, letter(place + 1))


def _read_row(reading: Reading, row: Cells, number: int, skipped: set[tuple[int, int]]) -> None:
    """Read one row into the values or the findings; a row in which nothing stands is none."""
    cells = {place: values.tidy(row[place]) for place in reading.layout.places if place < len(row)}
    if all(cell == "" for cell in cells.values()):
        return
    reading.total += 1
    read_values: dict[str, Any] = {}
    good = True
    for place, column in reading.layout.places.items():
        if skipped and (number, place) in skipped:
            good = False
            continue
        cell = cells.get(place, "")
        try:
            read_values[column.name] = _read_cell(reading.layout, column, cell)
        except values.WrongCell as wrong:
            good = False
            reading.findings.append(
                _at(reading.layout, number, place, wrong.sentence, values.shown_cell(cell))
            )
    if good:
        reading.rows.append(Row(number, read_values))


def _read_cell(layout: Layout, column: Column, cell: Any) -> Any:
    if cell != "":
        return values.read(column, cell, layout.words[column.name])
    if column.must_be_filled:
        raise values.WrongCell(_("Nothing stands here, and a value is needed."))
    return column.empty()
