"""Undertakings as a workbook."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from communities.models import Undertaking, UndertakingDeadline
from communities.querysets import UndertakingQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, check_size, export_list, moment


def export_undertakings(
    rows: UndertakingQuerySet, *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these undertakings, the newest on top.

    Refuses who may not export lists, and more than `limit` rows. Queries grow with chunks, not with rows.
    """
    return export_list("undertakings", _heads(), _read(rows, limit), by=by, now=now, filters=filters)


def _heads() -> list[str]:
    return [
        _("Title"),
        _("Sort"),
        _("Division"),
        _("Compound"),
        _("Responsible"),
        _("Issuer"),
        _("Issued"),
        _("Due"),
        _("Status"),
        _("Reported"),
        _("Report"),
        _("Sent back"),
        _("Ended"),
    ]


def _read(rows: UndertakingQuerySet, limit: int) -> Iterator[list[str]]:
    clocks = Prefetch("deadlines", queryset=UndertakingDeadline.objects.order_by("-id"))
    found = rows.select_related("compound", "issuer").prefetch_related(clocks)
    names = get_full_paths(rows.order_by().values_list("community_id", flat=True).distinct())
    for place, one in enumerate(found.order_by("-id").iterator(chunk_size=CHUNK)):
        check_size(place, limit)
        yield _cells(one, "".join(names[one.community_id]))


def _cells(one: Undertaking, division: str) -> list[str]:
    clock = next(iter(one.deadlines.all()), None)
    return [
        one.title,
        one.get_sort_display(),
        division,
        one.compound.name if one.compound is not None else "",
        one.addressee,
        one.issuer.name,
        moment(one.issued_at),
        moment(clock.due_at if clock is not None else None),
        one.get_status_display(),
        moment(one.answered_at),
        one.answer,
        str(one.returns),
        moment(one.ended_at),
    ]
