"""Supervision as a workbook: exactly the filtered tasks, as text."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from whistle.exports import CHUNK, LIMIT, ExportRefused, moment, write_rows
from whistle.models import SupervisionTask, TaskDeadline


def export_tasks(
    tasks: QuerySet[SupervisionTask], *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these tasks, newest first, in the reader's language.

    Give it tasks the person may see. Filter and number of rows go on the trail. Refuses without the right to
    export, and more than `limit` rows, because a part would pass for the whole.
    """
    if not by.can(Permission.LIST_EXPORT):
        raise ExportRefused(_("You do not hold a role that may export lists."), code="role")
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    with transaction.atomic():
        try:
            count = write_rows(file, headers(), _read(tasks, limit))
        except BaseException:
            file.close()
            raise
        trail.record(
            trail.Entry(
                stream=f"user:{by.pk}",
                event="list.exported",
                subject=by,
                label=by.name,
                at=now,
                by=by,
                data={"list": "supervision", "filter": filters, "rows": count},
            )
        )
    file.seek(0)
    return file


def headers() -> list[str]:
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
        if place == limit:
            raise ExportRefused(
                _("These are more than %(limit)s rows. Narrow the filter, for example by the date.")
                % {"limit": limit},
                code="size",
            )
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
