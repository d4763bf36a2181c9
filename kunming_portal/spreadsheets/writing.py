"""Workbooks of a register: the template, the export with the same columns, and the result of an import."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from kunming_portal.spreadsheets import heads, limits, values
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Register, Values
from kunming_portal.spreadsheets.workbook import check_size

LISTS = "lists"
# A list longer than that is refused by spreadsheets unless it stands in cells
INLINE = 255
FORMATS = {Kind.TEXT: "@", Kind.CODE: "@", Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm"}


class Sheets:
    """A workbook of a register that is being written: the sheet of the rows first, then explanation and lists."""

    def __init__(self, file: IO[bytes], register: Register) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book: Any = xlsxwriter.Workbook(file, options)
        self.register = register
        self.labels = {column.name: labels_of(column) for column in register.columns}
        self.sheet: Any = self.book.add_worksheet(heads.sheet_name(register))
        self.formats = {kind: self.book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        self.strong = self.book.add_format({"bold": True, "bg_color": "#EDF1F0", "text_wrap": True})
        self.plain = self.book.add_format({"text_wrap": True, "valign": "top"})
        self._write_heads()

    def _write_heads(self) -> None:
        for place, column in enumerate(self.register.columns):
            self.sheet.set_column(place, place, column.width, self.formats.get(column.kind))
            self.sheet.write_string(0, place, heads.head_of(column), self.strong)
            self.sheet.write_comment(0, place, explain(column), {"x_scale": 2})
        self.sheet.freeze_panes(1, 0)

    def write_row(self, number: int, row: Values) -> None:
        """Write the values of a record into a row, counted from 1 below the heads."""
        for place, column in enumerate(self.register.columns):
            self.write_cell(number, place, column, row.get(column.name))

    def write_cell(self, number: int, place: int, column: Column, value: Any) -> None:
        """Write one value in the way the reader of imports takes it back unchanged."""
        if value is None or value == "":
            return
        form = self.formats.get(column.kind)
        if column.kind in (Kind.INTEGER, Kind.DECIMAL):
            self.sheet.write_number(number, place, float(value) if isinstance(value, Decimal) else value)
        elif column.kind is Kind.MOMENT:
            self.sheet.write_datetime(number, place, timezone.localtime(value).replace(tzinfo=None), form)
        elif column.kind is Kind.DATE:
            self.sheet.write_datetime(number, place, value, form)
        else:
            text = values.show(column, value, self.labels[column.name])
            self.sheet.write_string(number, place, values.neutralise(text), form)

    def close(self, *, rows: int) -> None:
        """Write drop-downs for so many rows, the sheet of explanations and the lists, and close the file."""
        lists = [column for column in self.register.columns if column.kind is Kind.CHOICE]
        explanation: Any = self.book.add_worksheet(pgettext("sheet of a template", "How to fill in"))
        self._explain(explanation)
        hidden: Any = self.book.add_worksheet(LISTS) if lists else None
        if hidden is not None:
            hidden.hide()
            self._write_lists(hidden, lists)
        for place, column in enumerate(self.register.columns):
            rule = self._rule(column, lists)
            if rule:
                self.sheet.data_validation(1, place, max(rows, 1), place, rule)
        self.book.close()

    def _explain(self, sheet: Any) -> None:
        sheet.set_column(0, 0, 24, self.plain)
        sheet.set_column(1, 1, 80, self.plain)
        sheet.write_string(0, 0, _("Column"), self.strong)
        sheet.write_string(0, 1, pgettext("sheet of a template", "How to fill in"), self.strong)
        for number, column in enumerate(self.register.columns, 1):
            sheet.write_string(number, 0, heads.head_of(column), self.plain)
            sheet.write_string(number, 1, explain(column), self.plain)
        sheet.freeze_panes(1, 0)

    def _write_lists(self, sheet: Any, lists: Sequence[Column]) -> None:
        words = [words_of(self.labels[column.name]) for column in lists]
        for number in range(max(map(len, words), default=0)):
            for place, column in enumerate(words):
                if number < len(column):
                    sheet.write_string(number, place, column[number])

    def _rule(self, column: Column, lists: Sequence[Column]) -> dict[str, Any]:
        """Return the validation of a column as spreadsheets have it, empty for none."""
        told = {"error_title": str(column.head)[:32], "error_message": explain(column)[:255]}
        if column.kind is Kind.CHOICE:
            words = words_of(self.labels[column.name])
            if not words:
                return {}
            if len(",".join(words)) <= INLINE and not any("," in word for word in words):
                return {"validate": "list", "source": words, **told}
            there = xlsxwriter.utility.xl_col_to_name(lists.index(column))
            return {"validate": "list", "source": f"={LISTS}!${there}$1:${there}${len(words)}", **told}
        if column.kind is Kind.YES_NO:
            return {"validate": "list", "source": [values.yes(), values.no()], **told}
        return self._bounds(column, told)

    def _bounds(self, column: Column, told: dict[str, Any]) -> dict[str, Any]:
        if column.kind is Kind.DATE:
            ends = {"minimum": date(1900, 1, 1), "maximum": date(2199, 12, 31)}
            return {"validate": "date", "criteria": "between", **ends, **told}
        if column.kind not in (Kind.INTEGER, Kind.DECIMAL):
            return {}
        most = 10**values.EXACT_DIGITS
        low = -most if column.minimum is None else float(column.minimum)
        high = most if column.maximum is None else float(column.maximum)
        kind = "integer" if column.kind is Kind.INTEGER else "decimal"
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high, **told}


def labels_of(column: Column) -> dict[Any, str]:
    """Return the words of a column's choices by value, in the reader's language."""
    return {value: str(label) for value, label in column.options()}


def words_of(labels: Mapping[Any, str]) -> list[str]:
    """Return the words of a drop-down, each once."""
    return list(dict.fromkeys(labels.values()))


def explain(column: Column) -> str:
    """Return how a column is filled in: needed or not, what kind of thing, its limits, and its own note."""
    kinds = {
        Kind.TEXT: _("Text, at most %(limit)d characters.")
        % {"limit": column.max_length or limits.TEXT_LENGTH},
        Kind.CODE: _("Digits and letters, as text."),
        Kind.INTEGER: _("A whole number."),
        Kind.DECIMAL: _("A number."),
        Kind.DATE: _("A day, like 2026-03-05."),
        Kind.MOMENT: _("A moment, like 2026-03-05 14:30."),
        Kind.CHOICE: _("One word of the list."),
        Kind.YES_NO: _("%(yes)s or %(no)s.") % {"yes": values.yes(), "no": values.no()},
    }
    parts = [_("Required.") if column.must_be_filled else _("May be left empty."), kinds[column.kind]]
    if column.key:
        parts.append(_("Tells the row from others; to change it, change the record in the portal."))
    blank = "" if (get_language() or "").startswith("zh") else " "
    return blank.join([*parts, str(column.note)]).strip()


def write_template(file: IO[bytes], register: Register) -> None:
    """Write the empty workbook of a register, with drop-downs and explanations."""
    Sheets(file, register).close(rows=limits.ROWS)


def write_export(
    file: IO[bytes], register: Register, rows: Iterable[Values], *, limit: int = limits.ROWS
) -> int:
    """Write the rows into the columns of the template, a row at a time; return their number. Refuses too many."""
    sheets = Sheets(file, register)
    count = 0
    try:
        for count, row in enumerate(rows, 1):
            check_size(count - 1, limit)
            sheets.write_row(count, row)
    finally:
        sheets.close(rows=count)
    return count


def write_result(file: IO[bytes], name: str, cells: Sequence[Sequence[Any]], results: Iterator[str]) -> None:
    """Write the cells of an imported file again, with one column more that says what came of each row.

    `results` yields the words for each row below the heads. The cells keep their kinds, so that a mended file can be
    sent again; nothing becomes a formula.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(file, options)
    sheet: Any = book.add_worksheet(name)
    forms = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
    strong = book.add_format({"bold": True, "bg_color": "#EDF1F0"})
    last = _last_head(cells[0]) if cells else 0
    sheet.set_column(0, last - 1, 16)
    sheet.set_column(last, last, 60)
    for number, row in enumerate(cells):
        for place, cell in enumerate(row[:last]):
            _copy(sheet, number, place, cell, forms)
        if number:
            sheet.write_string(number, last, values.neutralise(next(results)))
        else:
            sheet.write_string(0, last, heads.result_head(), strong)
    sheet.freeze_panes(1, 0)
    book.close()


def _last_head(cells: Sequence[Any]) -> int:
    """Return how many columns the file has, without the result of an earlier import and empty ones behind it."""
    words = [heads.tidy_head(cell) for cell in cells]
    known = [
        place for place, word in enumerate(words) if word and word != heads.tidy_head(heads.result_head())
    ]
    return known[-1] + 1 if known else 0


def _copy(sheet: Any, number: int, place: int, cell: Any, forms: Mapping[Kind, Any]) -> None:
    if isinstance(cell, datetime):
        whole = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        sheet.write_datetime(number, place, cell, forms[Kind.DATE if whole else Kind.MOMENT])
    elif isinstance(cell, date):
        sheet.write_datetime(number, place, cell, forms[Kind.DATE])
    elif isinstance(cell, bool):
        sheet.write_boolean(number, place, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(number, place, cell)
    elif str(cell):
        sheet.write_string(number, place, values.neutralise(str(values.tidy(str(cell)))), forms[Kind.TEXT])
