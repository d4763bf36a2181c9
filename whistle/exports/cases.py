"""Cases as a workbook: exactly the filtered rows, never with the reporter."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, check_size, export_list, moment
from whistle.models import Assignment, Case, Whistle
from whistle.workflow import WhistleStatus


def export_cases(
    cases: QuerySet[Case], *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these cases, newest first, in the reader's language.

    Give it cases the person may see and the filter they were chosen by: both filter and number of rows go on
    the trail. Refuses without the right to export, and more than `limit` rows, because a part would pass for
    the whole. Rows are streamed: memory does not grow with them. A few queries per thousand rows.
    """
    return export_list("cases", headers(), _read(cases, limit), by=by, now=now, filters=filters)


def headers() -> list[str]:
    """Return the heads of the columns in the reader's language."""
    return [
        _("Number"),
        _("Title"),
        _("Place"),
        _("Division"),
        _("Tier"),
        _("Kind"),
        _("Status"),
        _("Source"),
        _("External number"),
        _("Caller"),
        _("Receiver"),
        _("Lead"),
        _("Assisting units"),
        _("Written"),
        _("Due"),
        _("Closed on"),
        _("Verdict"),
        _("Satisfaction"),
        _("Ending"),
    ]


def _read(cases: QuerySet[Case], limit: int) -> Iterator[list[str]]:
    """Yield the cells of each case, newest first."""
    duties = Assignment.objects.counting().select_related("unit").order_by("-is_lead", "id")
    whistles = Whistle.objects.exclude(status=WhistleStatus.UPGRADED).select_related(
        "kind", "caller", "receiver"
    )
    rows = cases.order_by("-opened_at", "-id").prefetch_related(
        Prefetch("whistles", queryset=whistles.prefetch_related(Prefetch("assignments", queryset=duties)))
    )
    names = get_full_paths(cases.order_by().values_list("division_id", flat=True).distinct())
    for place, case in enumerate(rows.iterator(chunk_size=CHUNK)):
        check_size(place, limit)
        yield _cells(case, "".join(names[case.division_id]))


def _cells(case: Case, division: str) -> list[str]:
    whistle = case.whistles.all()[0]
    duties = list(whistle.assignments.all())
    return [
        case.number,
        case.title,
        case.place,
        division,
        whistle.get_tier_display(),
        whistle.kind.label,
        whistle.get_status_display(),
        case.get_source_display(),
        case.external_number,
        whistle.caller.name,
        whistle.receiver.name,
        pgettext("between names", ", ").join(duty.unit.name for duty in duties if duty.is_lead),
        pgettext("between names", ", ").join(duty.unit.name for duty in duties if not duty.is_lead),
        moment(case.opened_at),
        moment(case.due_at),
        moment(case.closed_at),
        whistle.get_verdict_display(),
        whistle.get_satisfaction_display(),
        case.get_ending_display(),
    ]
