"""Matters on hold as a workbook."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, check_size, export_list, moment
from whistle.models import Assignment, CaseDeadline, Hold, HoldMilestone
from whistle.workflow import Step


def export_holds(
    holds: QuerySet[Hold], *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these holds, those that end first on top. Like `export_cases`."""
    return export_list("holds", hold_headers(), _read_holds(holds, limit), by=by, now=now, filters=filters)


def hold_headers() -> list[str]:
    """Return the heads of the columns of matters on hold in the reader's language."""
    return [
        _("Number"),
        _("Title"),
        _("Division"),
        _("Kind"),
        _("Lead"),
        _("Class of reason"),
        _("Reason"),
        _("On hold since"),
        _("On hold until"),
        _("Next review"),
        _("Plan"),
    ]


def _read_holds(holds: QuerySet[Hold], limit: int) -> Iterator[list[str]]:
    """Yield the cells of each hold."""
    leads = Assignment.objects.counting().filter(is_lead=True).select_related("unit")
    reviews = CaseDeadline.objects.running().filter(step=Step.REVIEW)
    rows = holds.select_related("whistle__case", "whistle__kind").prefetch_related(
        "milestones",
        Prefetch("whistle__assignments", queryset=leads),
        Prefetch("whistle__deadlines", queryset=reviews),
    )
    names = get_full_paths(holds.order_by().values_list("whistle__case__division_id", flat=True).distinct())
    for place, hold in enumerate(rows.order_by("until", "id").iterator(chunk_size=CHUNK)):
        check_size(place, limit)
        yield _hold_cells(hold, "".join(names[hold.whistle.case.division_id]))


def _hold_cells(hold: Hold, division: str) -> list[str]:
    whistle = hold.whistle
    review = next(iter(whistle.deadlines.all()), None)
    plan = sorted(hold.milestones.all(), key=lambda mile: (mile.due_on, mile.pk))
    return [
        whistle.case.number,
        whistle.case.title,
        division,
        whistle.kind.label,
        "".join(duty.unit.name for duty in whistle.assignments.all()),
        hold.get_reason_class_display(),
        hold.reason,
        moment(hold.started_at),
        hold.until.isoformat(),
        moment(review.due_at if review is not None else None),
        "\n".join(_mile(mile) for mile in plan),
    ]


def _mile(mile: HoldMilestone) -> str:
    words = {"day": mile.due_on.isoformat(), "text": mile.text}
    return (_("%(day)s %(text)s, reached") if mile.reached_at else _("%(day)s %(text)s")) % words
