"""What the pages of imports show: progress, the rows of a preview in words, the result of each row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.spreadsheets import keeping, limits, values
from kunming_portal.spreadsheets.columns import Column
from kunming_portal.spreadsheets.models import Import, ImportFault, ImportRow
from kunming_portal.spreadsheets.registers import Register
from kunming_portal.spreadsheets.writing import labels_of
from kunming_portal.ui import parts

MOST_SHOWN = 5  # values of a new row
State = Import.State
Outcome = ImportRow.Outcome
LIGHTS: dict[str, parts.Light] = {
    State.READING: "normal",
    State.FAULTY: "over",
    State.PREVIEW: "soon",
    State.SAVING: "normal",
    State.DONE: "closed",
    State.CANCELLED: "closed",
    State.FAILED: "over",
}


@dataclass(frozen=True)
class Progress:
    """How far an import got. `percent` is None while nobody can tell: rows are saved in one go."""

    title: str
    note: str
    percent: int | None


@dataclass(frozen=True)
class Line:
    """One row of a preview: its number, the words that tell it apart, and pairs or triples of what it holds."""

    number: int
    title: str
    facts: list[tuple[str, str]]
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Tab:
    """One kind of rows of a preview with its number."""

    name: str
    label: str
    number: int
    is_chosen: bool


def get_progress(job: Import) -> Progress:
    """Return how far the import got. No query."""
    if job.state == State.SAVING:
        note = _("All rows are written in one go. If anything is refused, none of them is.")
        return Progress(_("Saving %(rows)s rows") % {"rows": f"{job.to_save:,}"}, note, None)
    if not job.total:
        return Progress(_("Reading and checking the file"), _("It starts in a moment."), 0)
    percent = min(100 * job.done_rows // job.total, 100)
    note = _("%(done)s of %(total)s") % {"done": f"{job.done_rows:,}", "total": f"{job.total:,}"}
    return Progress(_("Reading and checking the file"), note, percent)


def get_tabs(job: Import, asked: str) -> list[Tab]:
    """Return the three kinds of rows; the one asked for is chosen, else the first that has any."""
    numbers = {Outcome.NEW: job.new, Outcome.CHANGED: job.changed, Outcome.UNCHANGED: job.unchanged}
    chosen = (
        asked if asked in numbers else next((name for name, number in numbers.items() if number), Outcome.NEW)
    )
    return [Tab(name, str(name.label), number, name == chosen) for name, number in numbers.items()]


def get_lines(register: Register, rows: Sequence[ImportRow]) -> list[Line]:
    """Return rows of a preview in words. The queries of the columns' choices, whatever the number of rows."""
    labels = {column.name: labels_of(column) for column in register.columns}
    return [_line(register, row, labels) for row in rows]


def _line(register: Register, row: ImportRow, labels: Mapping[str, Mapping[Any, str]]) -> Line:
    def words(column: Column, packed: Any) -> str:
        return values.show(column, values.unpack(column, packed), labels[column.name])

    kept, changes = keeping.open_row(row.kept)
    keys = [words(column, kept.get(column.name)) for column in register.columns if column.key]
    rest = [column for column in register.columns if not column.key]
    filled = [(str(column.head), words(column, kept.get(column.name))) for column in rest]
    columns = {column.name: column for column in register.columns}
    return Line(
        number=row.number,
        title=" · ".join(keys),
        facts=[(head, text) for head, text in filled if text][:MOST_SHOWN],
        changes=[
            (str(columns[name].head), words(columns[name], old), words(columns[name], new))
            for name, old, new in changes
            if name in columns
        ],
    )


def get_results(job: Import, *, rows: int) -> Iterator[str]:
    """Yield what came of each row of the file, from the second on. Two queries."""
    outcomes = dict(job.rows.values_list("number", "outcome"))
    faults: dict[int, list[str]] = {}
    for fault in job.found.order_by("row", "pk").iterator():
        faults.setdefault(fault.row, []).append(_fault_words(fault))
    for number in range(2, rows + 2):
        if number in faults:
            yield "\n".join(faults[number])
        else:
            yield _outcome_words(job, outcomes.get(number, ""))


def _fault_words(fault: ImportFault) -> str:
    where = f"{fault.letter} {fault.head}".strip()
    colon = pgettext("between a head and a sentence", ": ")
    return f"{where}{colon}{fault.sentence}" if where else fault.sentence


def _outcome_words(job: Import, outcome: str) -> str:
    if not outcome:
        return ""
    if outcome == Outcome.UNCHANGED:
        return pgettext("result of a row", "Unchanged")
    if job.state == State.DONE:
        done = {
            Outcome.NEW: pgettext("result of a row", "Added"),
            Outcome.CHANGED: pgettext("result of a row", "Updated"),
        }
        return done[Outcome(outcome)]
    return _("Not saved: %(outcome)s") % {"outcome": Outcome(outcome).label}


def describe(job: Import, register: Register | None) -> list[tuple[str, str]]:
    """Return the facts of an import: pairs of a term and its text. No query."""
    facts = [(_("Register"), str(register.title) if register else job.register), (_("File"), job.file_name)]
    if job.total and not job.is_at_work:
        facts.append((_("Rows"), f"{job.total:,}"))
    return facts


def kept_days() -> int:
    """Return for how many days files are kept."""
    return limits.KEPT.days
