"""What is left out of the figures, as a workbook."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, check_size, export_list, moment
from whistle import exclusions
from whistle.models import Exclusion


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
    return export_list("exclusions", heads, _read_exclusions(found), by=by, now=now, filters=filters)


def _read_exclusions(found: QuerySet[Exclusion]) -> Iterator[list[str]]:
    """Yield the cells of each request, newest first."""
    for place, asked in enumerate(found.order_by("-asked_at", "-id").iterator(chunk_size=CHUNK)):
        check_size(place, LIMIT)
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
