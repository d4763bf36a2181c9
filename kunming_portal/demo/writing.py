"""Writes rows by COPY: a quarter of a million of them in seconds, keys and all constraints included."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from kunming_portal.audit import trail
from kunming_portal.audit.models import AuditEvent
from kunming_portal.audit.trail import ESCAPED, NULL
from kunming_portal.demo.rows import Ids, Rows
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseNote,
    CaseRung,
    Evidence,
    ExternalNumber,
    Whistle,
)

Rendering = Callable[[Any], str]
# Which counter of `Ids` numbers which table
NUMBERED: dict[str, type[models.Model]] = {
    "case": Case,
    "whistle": Whistle,
    "assignment": Assignment,
    "deadline": CaseDeadline,
    "rung": CaseRung,
    "note": CaseNote,
    "evidence": Evidence,
    "event": AuditEvent,
    "number": ExternalNumber,
}


def next_ids() -> Ids:
    """Return the keys after the greatest of each table. One query a table."""
    highest = {
        name: model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
        for name, model in NUMBERED.items()
    }
    return Ids(**{name: last + 1 for name, last in highest.items()})


class Writer:
    """Writes rows with the keys they carry, parents before children, while the caller prepares the next ones.

    One COPY a table, in a second thread on the caller's connection and inside its transaction: the database works on
    one core while the histories are walked on another. Foreign keys are checked at once, table by table, not in one
    long pause at the commit. What goes wrong there is raised by the next `write` or at the end. A query that the caller
    makes meanwhile waits for the COPY, which it would end.
    """

    def __enter__(self) -> "Writer":
        self._cursor = connection.cursor()
        self._cursor.execute("set constraints all immediate")
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._running: Future[None] | None = None
        self._turns = connection.execute_wrapper(self._in_turn)
        self._turns.__enter__()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._turns.__exit__(None, None, None)
        try:
            self._wait()
        finally:
            self._pool.shutdown()
            self._cursor.close()

    def _in_turn(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self._wait()
        return execute(*arguments)

    def write(self, rows: Rows) -> None:
        """Hand rows over; returns when the rows before them are written."""
        batches = (
            rows.cases,
            rows.searches,
            rows.reporters,
            rows.whistles,
            rows.assignments,
            rows.deadlines,
            rows.rungs,
        )
        files = (rows.attachments, rows.evidence, rows.locations)
        trail.bind_new_streams(rows.events)
        copies = [
            _copy_of(batch)
            for batch in (*batches, rows.answers, rows.notes, *files, rows.events, rows.numbers)
            if batch
        ]
        self._wait()
        self._running = self._pool.submit(_run, self._cursor, copies)

    def _wait(self) -> None:
        if self._running is not None:
            self._running.result()
            self._running = None


def _run(cursor: Any, copies: list[tuple[str, str]]) -> None:
    for statement, text in copies:
        cursor.copy_expert(statement, io.StringIO(text))


def advance_sequences() -> None:
    """Let the database number on after the rows that were written with keys of their own."""
    with connection.cursor() as cursor:
        for model in NUMBERED.values():
            table = model._meta.db_table
            cursor.execute(
                f"select setval(pg_get_serial_sequence(%s, 'id'), (select greatest(max(id), 1) from {table}))",
                [table],
            )


def _copy_of(rows: Sequence[models.Model]) -> tuple[str, str]:
    """Return the COPY statement and its lines for rows of one table."""
    model = type(rows[0])
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return f"copy {model._meta.db_table} ({columns}) from stdin", "".join(_lines(fields, rows))


def _lines(fields: Sequence[Any], rows: Sequence[models.Model]) -> Iterator[str]:
    plan = [(field.attname, _rendering(field)) for field in fields]
    for row in rows:
        values = row.__dict__
        yield (
            "\t".join([NULL if (value := values[name]) is None else render(value) for name, render in plan])
            + "\n"
        )


def _rendering(field: Any) -> Rendering:
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False).translate(ESCAPED)
    if isinstance(field, models.BinaryField):
        return lambda value: f"\\\\x{value.hex()}"
    if isinstance(field, ArrayField):
        return lambda value: "{" + ",".join(map(str, value)) + "}"
    if isinstance(field, models.BooleanField):
        return lambda value: "t" if value else "f"
    if isinstance(field, (models.DateTimeField, models.DateField)):
        return _moment
    if isinstance(field, (models.CharField, models.TextField)):
        return lambda value: str(value).translate(ESCAPED)
    return lambda value: str(int(value)) if isinstance(value, int) else str(value)


def _moment(value: date | datetime) -> str:
    return value.isoformat()
