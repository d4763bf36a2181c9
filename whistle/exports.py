"""Lists as workbooks: exactly the filtered rows, as text, never with the reporter."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

import xlsxwriter
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.errors import Refused
from whistle import exclusions
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    Exclusion,
    Hold,
    HoldMilestone,
    RecalculatedDeadline,
    Recalculation,
    Whistle,
)
from whistle.workflow import Step, WhistleStatus

LIMIT = 20_000
CHUNK = 1000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MOMENT = "%Y-%m-%d %H:%M"


class ExportRefused(Refused):
    """An export that the person's rights or its size do not allow."""


def export_cases(
    cases: QuerySet[Case], *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these cases, newest first, in the reader's language.

    Give it cases the person may see and the filter they were chosen by: both filter and number of rows go on
    the trail. Refuses without the right to export, and more than `limit` rows, because a part would pass for
    the whole. Rows are streamed: memory does not grow with them. A few queries per thousand rows.
    """
    return _export("cases", headers(), _read(cases, limit), by=by, now=now, filters=filters)


def export_exclusions(
    found: QuerySet[Exclusion], *, by: User, now: datetime, filters: dict[str, str]
) -> IO[bytes]:
    """Return a workbook of these requests to leave something out of the figures; the same rules as for cases."""
    heads = [
        _("Number"),
        _("Title"),
        _("What is left out"),
        _("Asking unit"),
        _("Ground"),
        _("Reason"),
        _("Legal basis"),
        _("Asked"),
        _("Answer"),
        _("Reason of the decision"),
        _("Decided by"),
        _("Decided"),
    ]
    return _export("exclusions", heads, _read_exclusions(found), by=by, now=now, filters=filters)


def _export(
    name: str,
    heads: list[str],
    rows: Iterator[list[str]],
    *,
    by: User,
    now: datetime,
    filters: dict[str, str],
) -> IO[bytes]:
    """Write a list into a file and the export onto the trail, in one transaction."""
    if not by.can(Permission.LIST_EXPORT):
        raise ExportRefused(_("You do not hold a role that may export lists."), code="role")
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    with transaction.atomic():  # so that the rows are read by a cursor on the server
        try:
            count = write_rows(file, heads, rows)
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
                data={"list": name, "filter": filters, "rows": count},
            )
        )
    file.seek(0)
    return file


def export_holds(
    holds: QuerySet[Hold], *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these holds, those that end first on top. Like `export_cases`."""
    return _export("holds", hold_headers(), _read_holds(holds, limit), by=by, now=now, filters=filters)


def export_recalculation(
    job: Recalculation, results: QuerySet[RecalculatedDeadline], *, by: User, now: datetime
) -> IO[bytes]:
    """Return a workbook with a row for each deadline a job found: number and moments, nothing of the matter.

    Refuses who may not configure. Recorded as `config.recalculation.exported`. Rows are streamed.
    """
    if not by.can(Permission.CONFIGURE):
        raise ExportRefused(_("You do not hold a role that may export lists."), code="role")
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    with transaction.atomic():
        try:
            rows = results.order_by("id").iterator(chunk_size=CHUNK)
            count = write_rows(file, recalculation_headers(), (_recalculated(row) for row in rows))
        except BaseException:
            file.close()
            raise
        trail.record(
            trail.Entry(
                stream=job.stream,
                event="config.recalculation.exported",
                subject=job,
                label=str(job),
                at=now,
                by=by,
                data={"rows": count},
            )
        )
    file.seek(0)
    return file


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


def safe(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula: a leading ' where it could."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


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
        _check_size(place, limit)
        yield _hold_cells(hold, "".join(names[hold.whistle.case.division_id]))


def _check_size(place: int, limit: int) -> None:
    if place == limit:
        raise ExportRefused(
            _("These are more than %(limit)s rows. Narrow the filter, for example by the date.")
            % {"limit": limit},
            code="size",
        )


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
        _check_size(place, limit)
        yield _cells(case, "".join(names[case.division_id]))


def _read_exclusions(found: QuerySet[Exclusion]) -> Iterator[list[str]]:
    """Yield the cells of each request, newest first."""
    for place, asked in enumerate(found.order_by("-asked_at", "-id").iterator(chunk_size=CHUNK)):
        if place == LIMIT:
            raise ExportRefused(
                _("These are more than %(limit)s rows. Narrow the filter, for example by the date.")
                % {"limit": LIMIT},
                code="size",
            )
        yield [
            asked.whistle.case.number,
            asked.whistle.case.title,
            exclusions.what_of(asked),
            asked.unit.name,
            asked.get_ground_display(),
            asked.reason,
            asked.legal_basis,
            moment(asked.asked_at),
            asked.get_answer_display(),
            asked.decision,
            asked.decided_by.name if asked.decided_by is not None else "",
            moment(asked.decided_at),
        ]


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


def export_rows(
    name: str,
    heads: list[str],
    rows: Iterator[list[str]],
    *,
    by: User,
    now: datetime,
    filters: dict[str, str],
) -> IO[bytes]:
    """Return a workbook of a short list that is no list of cases; recorded like every export.

    For who may export lists or configures; others are refused.
    """
    if not (by.can(Permission.LIST_EXPORT) or by.can(Permission.CONFIGURE)):
        raise ExportRefused(_("You do not hold a role that may export lists."), code="role")
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to the response, which closes it
    with transaction.atomic():
        try:
            count = write_rows(file, heads, rows)
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
                data={"list": name, "filter": filters, "rows": count},
            )
        )
    file.seek(0)
    return file


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
