"""Records of the five powers as a workbook."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import PowerRecord, UndertakingDeadline
from communities.models.power_steps import Step
from communities.presenters.power_pages import facts_of
from communities.querysets import PowerQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, check_size, export_list, moment


def export_powers(
    rows: PowerQuerySet, *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook with a row for each of these records, the newest on top. Like `export_undertakings`."""
    return export_list("powers", _heads(), _read(rows, limit), by=by, now=now, filters=filters)


def _heads() -> list[str]:
    return [
        _("Title"),
        _("Power"),
        _("Division"),
        _("Compound"),
        _("Compound branch"),
        _("Begun"),
        _("Step"),
        _("Responsible"),
        _("Due"),
        pgettext("moment", "Closed"),
        _("Outcome"),
        _("Particulars"),
        _("Text"),
    ]


def _read(rows: PowerQuerySet, limit: int) -> Iterator[list[str]]:
    clocks = Prefetch("undertaking__deadlines", queryset=UndertakingDeadline.objects.order_by("-id"))
    names = get_full_paths(rows.order_by().values_list("compound__community_id", flat=True).distinct())
    found = rows.with_details().prefetch_related(clocks).order_by("-id")
    for place, one in enumerate(found.iterator(chunk_size=CHUNK)):
        check_size(place, limit)
        yield _cells(one, "".join(names[one.compound.community_id]))


def _cells(one: PowerRecord, division: str) -> list[str]:
    asked = one.undertaking
    clock = next(iter(asked.deadlines.all()), None) if asked is not None else None
    return [
        one.title,
        one.get_power_display(),
        division,
        one.compound.name,
        one.branch.name,
        one.opened_on.isoformat(),
        str(Step(one.step).label),
        asked.addressee if asked is not None else "",
        moment(clock.due_at if clock is not None else None),
        moment(one.closed_at),
        one.get_result_display(),
        "\n".join(f"{label} {text}" for label, text in facts_of(one)),
        one.text,
    ]
