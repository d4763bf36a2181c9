"""What the rows of a file would do: new, changed, unchanged - or what is wrong with them among each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.spreadsheets import values
from kunming_portal.spreadsheets.columns import Column
from kunming_portal.spreadsheets.heads import Layout
from kunming_portal.spreadsheets.models import ImportRow
from kunming_portal.spreadsheets.reading import Finding, Reading
from kunming_portal.spreadsheets.registers import Key, Register, Row, Values
from kunming_portal.spreadsheets.writing import labels_of

Outcome = ImportRow.Outcome
Change = list[Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what it would do, and the values it changes: name, from, to, as JSON holds them."""

    row: Row
    outcome: str
    changes: list[Change]


def check(register: Register, reading: Reading, *, by: User, now: datetime) -> None:
    """Add what is wrong between rows and against the database to the findings; take such rows out of the good ones.

    Rows stand against each other only when every column was found. A constant number of queries.
    """
    if len(reading.layout.places) < len(register.columns):
        return
    found = list(_duplicates(register, reading))
    reading.findings += found
    _drop(reading, {one.row for one in found})
    by_number = {row.number: row for row in reading.rows}
    labels = {column.name: labels_of(column) for column in register.columns}
    if by_number:
        for fault in register.check(reading.rows, by=by, now=now):
            column, row = register.column(fault.column), by_number.get(fault.row)
            shown = ""
            if column is not None and row is not None:
                shown = values.mask(values.show(column, row.values[column.name], labels[column.name])[:80])
            letter = reading.layout.letter_of(fault.column)
            reading.findings.append(Finding(fault.row, fault.column, fault.sentence, shown, letter))
    _drop(reading, {one.row for one in reading.findings})
    reading.findings.sort(key=lambda one: one.row)


def _drop(reading: Reading, numbers: set[int]) -> None:
    if numbers:
        reading.rows = [row for row in reading.rows if row.number not in numbers]


def _duplicates(register: Register, reading: Reading) -> Iterator[Finding]:
    """Yield a finding for each row whose key stands above it already."""
    keys = [column for column in register.columns if column.key]
    heads = pgettext("between names", ", ").join(str(column.head) for column in keys)
    seen: dict[Key, int] = {}
    for row in reading.rows:
        first = seen.setdefault(register.key_of(row.values), row.number)
        if first != row.number:
            yield Finding(
                row.number,
                keys[0].name,
                _("Row %(row)d has the same %(heads)s. Each may stand once.")
                % {"row": first, "heads": heads},
                shown_key(keys, row),
                _letter(reading.layout, keys[0]),
            )


def _letter(layout: Layout, column: Column) -> str:
    return layout.letter_of(column.name)


def shown_key(keys: Sequence[Column], row: Row) -> str:
    """Return the key of a row as people read it."""
    words = [values.show(column, row.values[column.name], labels_of(column)) for column in keys]
    return pgettext("between names", ", ").join(words)[:80]


def judge(register: Register, rows: Sequence[Row], *, by: User) -> list[Judged]:
    """Compare the rows with what is there. A constant number of queries."""
    there = register.existing(rows, by=by)
    return [_judge(register, row, there.get(register.key_of(row.values))) for row in rows]


def _judge(register: Register, row: Row, there: Values | None) -> Judged:
    if there is None:
        return Judged(row, Outcome.NEW, [])
    changes = [
        [column.name, values.pack(column, there[column.name]), values.pack(column, row.values[column.name])]
        for column in register.columns
        if column.name in there and not values.same(column, there[column.name], row.values[column.name])
    ]
    return Judged(row, Outcome.CHANGED if changes else Outcome.UNCHANGED, changes)
