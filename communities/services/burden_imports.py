"""Items and asks that come in from a workbook: written in sets, with one entry on the trail for each import."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Ask, WorkItem
from communities.services.asks import Asked
from communities.services.work_items import Work, can_decide, fill, keeps_lists
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit

ITEM_FIELDS = [
    "title",
    "kind",
    "department",
    "unit",
    "legal_basis",
    "frequency",
    "hours",
    "resources",
    "scope",
    "valid_from",
    "valid_to",
    "approval_number",
    "search_text",
]
ASK_FIELDS = ["means", "hours", "item"]


def import_items(*, new: Sequence[Work], changed: Sequence[Work], by: User, now: datetime) -> None:
    """Write items by number: new ones, and what changed in those that are there. Refuses places that are not `by`'s.

    Set operations: five statements, however many items.
    """
    if not all(can_decide(work.scope.code, by=by) for work in (*new, *changed)):
        raise CommunityRefused(_("A row is for a place in which you do not keep the lists."), code="scope")
    with transaction.atomic():
        there = {
            item.number: item
            for item in WorkItem.objects.select_for_update(of=("self",)).filter(
                number__in=[work.number for work in changed]
            )
        }
        if not all(can_decide(item.scope_id, by=by) for item in there.values()):
            raise CommunityRefused(
                _("A row is for a place in which you do not keep the lists."), code="scope"
            )
        made = []
        for work in new:
            row = WorkItem()
            fill(row, work)
            made.append(row)
        for work in changed:
            fill(there[work.number], work)
        WorkItem.objects.bulk_create(made, batch_size=500)
        WorkItem.objects.bulk_update(there.values(), ITEM_FIELDS, batch_size=500)
        _record("work_items", WorkItem(), len(made), len(there), by=by, now=now, unit=keeps_lists(by))


def import_asks(
    *,
    new: Sequence[tuple[Division, Asked]],
    changed: Sequence[tuple[Division, Asked]],
    by: User,
    now: datetime,
) -> None:
    """Write asks by community, day, asker and title. Nobody is told and nothing is refused: that is done on the page.

    Refuses communities that `by` does not keep. Set operations, however many.
    """
    prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
    if not all(place.code.startswith(prefixes) for place, _asked in (*new, *changed)):
        raise CommunityRefused(
            _("You do not hold a role that may change the records of this community."), code="community"
        )
    with transaction.atomic():
        there = {_key(row.community_id, row.asked_on, row.asker, row.title): row for row in _there(changed)}
        made = [_ask(place, asked, by=by, now=now) for place, asked in new]
        for place, asked in changed:
            row = there[_key(place.code, asked.asked_on, asked.asker, asked.title)]
            row.means, row.hours, row.item = asked.means, asked.hours, asked.item
        Ask.objects.bulk_create(made, batch_size=500)
        Ask.objects.bulk_update(there.values(), ASK_FIELDS, batch_size=500)
        _record("asks", Ask(), len(made), len(there), by=by, now=now, unit=None)


def units_named(names: set[str], *, now: datetime) -> dict[str, Unit]:
    """Return the units that alone have one of these names. One query."""
    found: dict[str, list[Unit]] = {}
    for unit in Unit.objects.active(timezone.localdate(now)).filter(name__in=names):
        found.setdefault(unit.name, []).append(unit)
    return {name: units[0] for name, units in found.items() if len(units) == 1}


def _there(asked: Sequence[tuple[Division, Asked]]) -> list[Ask]:
    rows = Ask.objects.select_for_update(of=("self",)).filter(
        community__in={place.code for place, _one in asked},
        asked_on__in={one.asked_on for _place, one in asked},
        title__in={one.title for _place, one in asked},
    )
    wanted = {_key(place.code, one.asked_on, one.asker, one.title) for place, one in asked}
    return [row for row in rows if _key(row.community_id, row.asked_on, row.asker, row.title) in wanted]


def _key(*parts: object) -> tuple[object, ...]:
    return parts


def _ask(place: Division, asked: Asked, *, by: User, now: datetime) -> Ask:
    return Ask(
        community=place,
        asked_on=asked.asked_on,
        asker=asked.asker,
        unit=asked.unit,
        title=asked.title,
        means=asked.means,
        item=asked.item,
        hours=asked.hours,
        recorded_by=by,
        recorded_at=now,
    )


def _record(
    stream: str,
    subject: Ask | WorkItem,
    new: int,
    changed: int,
    *,
    by: User,
    now: datetime,
    unit: Unit | None,
) -> None:
    trail.record(
        trail.Entry(
            stream=stream,
            event=f"{stream}.imported",
            subject=subject,
            label=str(subject._meta.verbose_name_plural),
            at=now,
            by=by,
            unit_name=unit.name if unit is not None else "",
            data={"new": new, "changed": changed},
        )
    )
