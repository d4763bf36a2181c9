"""What a deadline change finds, as a workbook: number and moments, nothing of the matter."""

from datetime import datetime
from typing import IO

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.spreadsheets.workbook import CHUNK, Record, export_recorded, moment
from whistle.models import RecalculatedDeadline, Recalculation


def export_recalculation(
    job: Recalculation, results: QuerySet[RecalculatedDeadline], *, by: User, now: datetime
) -> IO[bytes]:
    """Return a workbook with a row for each deadline a job found: number and moments, nothing of the matter.

    Refuses who may not configure. Recorded as `config.recalculation.exported`. Rows are streamed.
    """
    record = Record("config.recalculation.exported", stream=job.stream, subject=job)
    rows = (_recalculated(row) for row in results.order_by("id").iterator(chunk_size=CHUNK))
    rights = (Permission.CONFIGURE,)
    return export_recorded(record, recalculation_headers(), rows, by=by, now=now, rights=rights)


def recalculation_headers() -> list[str]:
    """Return the heads of a deadline change's columns in the reader's language."""
    return [
        _("Number"),
        _("Tier"),
        _("Kind"),
        _("Step"),
        _("Called unit"),
        _("Due until now"),
        _("Due then"),
        _("Direction"),
        _("Overdue by the change"),
        _("Outcome"),
        _("Why"),
    ]


def _recalculated(row: RecalculatedDeadline) -> list[str]:
    deadline = row.deadline
    return [
        deadline.case.number,
        deadline.whistle.get_tier_display(),
        deadline.whistle.kind.label,
        deadline.get_step_display(),
        deadline.assignment.unit.name if deadline.assignment is not None else "",
        moment(row.old_due),
        moment(row.new_due),
        row.get_shift_display(),
        _("yes") if row.newly_overdue else "",
        row.get_outcome_display(),
        row.get_reason_display(),
    ]
