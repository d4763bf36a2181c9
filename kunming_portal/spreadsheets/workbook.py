"""Lists as workbooks: every cell is text, and each export goes on the trail with the file."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import xlsxwriter
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.errors import Refused

LIMIT = 20_000
CHUNK = 1000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MOMENT = "%Y-%m-%d %H:%M"


class ExportRefused(Refused):
    """An export that the person's rights or its size do not allow."""


@dataclass(frozen=True)
class Record:
    """What goes on the trail of an export beside the number of rows: by default in the history of who exports."""

    event: str
    data: dict[str, Any] = field(default_factory=dict)
    stream: str = ""
    subject: Model | None = None


def export_list(
    name: str,
    heads: list[str],
    rows: Iterator[list[str]],
    *,
    by: User,
    now: datetime,
    filters: dict[str, str],
    rights: tuple[Permission, ...] = (Permission.LIST_EXPORT,),
) -> IO[bytes]:
    """Return a workbook of a list; its name, filter and number of rows go on the trail. Like `export_recorded`."""
    record = Record("list.exported", {"list": name, "filter": filters})
    return export_recorded(record, heads, rows, by=by, now=now, rights=rights)


def export_recorded(
    record: Record,
    heads: list[str],
    rows: Iterator[list[str]],
    *,
    by: User,
    now: datetime,
    rights: tuple[Permission, ...],
) -> IO[bytes]:
    """Return a workbook of these rows and put the export on the trail, both or neither. Like `write_recorded`."""
    return write_recorded(record, lambda file: write_rows(file, heads, rows), by=by, now=now, rights=rights)


def write_recorded(
    record: Record,
    write: Callable[[IO[bytes]], int],
    *,
    by: User,
    now: datetime,
    rights: tuple[Permission, ...],
) -> IO[bytes]:
    """Return the workbook that `write` makes and put the export on the trail, both or neither.

    `write` returns the number of rows. Refuses who holds none of the rights. Rows are streamed: memory does not grow
    with them.
    """
    if not any(by.can(right) for right in rights):
        raise ExportRefused(_("You do not hold a role that may export lists."), code="role")
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    with transaction.atomic():  # so that the rows are read by a cursor on the server
        try:
            count = write(file)
        except BaseException:
            file.close()
            raise
        subject = record.subject or by
        trail.record(
            trail.Entry(
                stream=record.stream or f"user:{by.pk}",
                event=record.event,
                subject=subject,
                label=str(subject),
                at=now,
                by=by,
                data={**record.data, "rows": count},
            )
        )
    file.seek(0)
    return file


def safe(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula: a leading ' where it could."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def check_size(place: int, limit: int) -> None:
    """Refuse a list that is longer than the limit: a part would pass for the whole."""
    if place == limit:
        raise ExportRefused(
            _("These are more than %(limit)s rows. Narrow the filter, for example by the date.")
            % {"limit": limit},
            code="size",
        )


def write_rows(file: IO[bytes], heads: list[str], rows: Iterator[list[str]]) -> int:
    """Write heads and rows as text, a row at a time; return the number of rows."""
    book: Any = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    strong = book.add_format({"bold": True})
    count = 0
    try:
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, strong)
            sheet.set_column(column, column, 18)
        sheet.freeze_panes(1, 2)
        for count, cells in enumerate(rows, start=1):  # noqa: B007  # the last one is the number of rows
            for column, text in enumerate(cells):
                sheet.write_string(count, column, safe(text))
    finally:
        book.close()
    return count


def moment(value: datetime | None) -> str:
    """Return a moment as cells show it."""
    return timezone.localtime(value).strftime(MOMENT) if value is not None else ""
