"""Supervision as a workbook: exactly the filtered tasks, as text."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, check_size, export_list, moment
from whistle.models import SupervisionTask, TaskDeadline


def export_tasks(
    tasks: QuerySet[SupervisionTask], *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these tasks, newest first, in the reader's language.

    Give it tasks the person may see. Filter and number of rows go on the trail. Refuses without the right to
    export, and more than `limit` rows, because a part would pass for the whole.
    """
    return export_list("supervision", task_headers(), _read(tasks, limit), by=by, now=now, filters=filters)


def task_headers() -> list[str]:
    """Return the heads of the columns in the reader's language."""
    return [
        _("Number"),
        _("Sort"),
        _("Case"),
        _("Title"),
        _("Issuer"),
        _("Issued by"),
        _("Issued"),
        _("To"),
        _("What is required"),
        _("Reply due"),
        _("Status"),
        _("Replied on"),
        _("Reply text"),
        _("Times sent back"),
        _("Ended on"),
    ]


def _read(tasks: QuerySet[SupervisionTask], limit: int) -> Iterator[list[str]]:
    clocks = Prefetch("deadlines", queryset=TaskDeadline.objects.order_by("-id"))
    rows = tasks.order_by("-id").prefetch_related(clocks)
    for place, task in enumerate(rows.iterator(chunk_size=CHUNK)):
        check_size(place, limit)
        yield _cells(task)


def _cells(task: SupervisionTask) -> list[str]:
    clocks = list(task.deadlines.all())
    return [
        task.number,
        task.get_kind_display(),
        task.case.number,
        task.case.title,
        task.issuer.name,
        task.issued_by.name,
        moment(task.issued_at),
        task.unit.name,
        task.text,
        moment(clocks[0].due_at) if clocks else "",
        task.get_status_display(),
        moment(task.answered_at),
        task.answer,
        str(task.returns),
        moment(task.ended_at),
    ]
