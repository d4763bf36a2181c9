"""Service records: written by the community or by the unit, once a fact; corrected or taken back with a trace."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import CheckIn, CommunityNeed, Compound, ServiceRecord
from communities.services import checking_in
from communities.services.broken_rules import save_or_refuse
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail

AT = {"service_is_recorded_once": "item", "service_lasts_a_day_at_most": "hours"}
EARLIEST = date(2010, 1, 1)


@dataclass(frozen=True)
class Service:
    """One service as somebody tells it."""

    on: date
    item: str
    outcome: str = ""
    hours: Decimal | None = None
    need: CommunityNeed | None = None
    compound: Compound | None = None


def record_service(*, check_in: CheckIn, service: Service, by: User, now: datetime) -> ServiceRecord:
    """Record a service of a unit or member that checked in; return it.

    Refuses everybody but the community and the unit itself, a day that is still to come, an item that is empty, what
    lies in another community, and what stands there already. About eight queries.
    """
    row = ServiceRecord(
        check_in=check_in, community_id=check_in.community_id, recorded_at=now, recorded_by=by
    )
    return _keep(row, service, by=by, now=now, event="recorded")


def correct_service(*, record: ServiceRecord, service: Service, by: User, now: datetime) -> ServiceRecord:
    """Correct a record; its history shows what stood there. Refuses as `record_service`."""
    with transaction.atomic():
        row = ServiceRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        return _keep(row, service, by=by, now=now, event="corrected", before=_fact(row))


def remove_service(*, record: ServiceRecord, by: User, now: datetime) -> None:
    """Take a wrong record back; its history keeps what it said. Refuses everybody but community and unit."""
    with transaction.atomic():
        row = ServiceRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        held = checking_in.check_keeps(row.community_id, row.check_in.unit, by=by)
        _trail(row, "removed", by=by, now=now, unit_name=held.unit.name, before=_fact(row))
        row.delete()


def _keep(
    row: ServiceRecord,
    service: Service,
    *,
    by: User,
    now: datetime,
    event: str,
    before: dict[str, str] | None = None,
) -> ServiceRecord:
    held = checking_in.check_keeps(row.community_id, row.check_in.unit, by=by)
    _check(row, service, now=now)
    row.on, row.item, row.outcome = service.on, service.item.strip(), service.outcome.strip()
    row.hours, row.need, row.compound = service.hours, service.need, service.compound
    row.keep_words()
    with transaction.atomic():
        save_or_refuse(row, at=AT)
        _trail(row, event, by=by, now=now, unit_name=held.unit.name, before=before)
    return row


def _check(row: ServiceRecord, service: Service, *, now: datetime) -> None:
    if not service.item.strip():
        raise CommunityRefused(_("Say what was done."), code="item")
    if service.on > timezone.localdate(now):
        raise CommunityRefused(_("This day is still to come."), code="on")
    if service.on < EARLIEST:
        raise CommunityRefused(_("This day lies too far back."), code="on")
    for name, place in (("need", service.need), ("compound", service.compound)):
        if place is not None and place.community_id != row.community_id:
            raise CommunityRefused(_("This lies in another community."), code=name)
    checking_in.refuse_citizen_numbers(service.item, service.outcome)


def _fact(row: ServiceRecord) -> dict[str, str]:
    return {"on": row.on.isoformat(), "item": row.item, "outcome": row.outcome}


def _trail(
    row: ServiceRecord,
    what: str,
    *,
    by: User,
    now: datetime,
    unit_name: str,
    before: dict[str, str] | None = None,
) -> None:
    trail.record(
        trail.Entry(
            stream=row.check_in.stream,
            event=f"service.{what}",
            subject=row,
            label=row.item,
            at=now,
            by=by,
            unit_name=unit_name,
            data={**_fact(row), **({"before": before} if before else {})},
        )
    )
