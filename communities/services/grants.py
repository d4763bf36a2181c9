"""Funds and services that sink to compounds: entered by the community, used by the branch, every use a fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, check_exercises, check_keeps, keeper_of
from communities.models import Compound, CompoundGrant, GrantUse
from communities.services.grid_words import checked, filled
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail

FIRST_YEAR = 2000
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Gift:
    """What is entered: money with an amount, or a service with how much of it in words."""

    year: int
    kind: str
    title: str
    source: str
    amount: Decimal | None = None
    quantity: str = ""
    purpose: str = ""


def give(*, compound: Compound, gift: Gift, by: User, now: datetime) -> CompoundGrant:
    """Enter what a compound gets in a year; return the row.

    Refuses who does not keep the community, funds without an amount, a year before 2000 or after next year, and the
    same kind and title of a year twice. Four queries.
    """
    held = check_keeps(compound.community_id, by=by)
    grant = CompoundGrant(compound=compound)
    with transaction.atomic():
        _write(grant, gift, now=now)
        grant.save()
        record(grant, "given", by=by, now=now, held=held, data=_said(grant))
    return grant


def change(*, grant: CompoundGrant, gift: Gift, by: User, now: datetime) -> CompoundGrant:
    """Change an entry. Refuses as `give`, less than was used already, and money that becomes a service once used."""
    with transaction.atomic():
        locked = lock(grant)
        held = check_keeps(locked.compound.community_id, by=by)
        used, was_money = used_of(locked), locked.is_money
        _write(locked, gift, now=now)
        if locked.is_money != was_money and locked.uses.exists():
            raise CommunityRefused(_("Uses are recorded; the kind stays as it is."), code="kind")
        if locked.amount is not None and locked.amount < used:
            raise CommunityRefused(
                _("%(used)s yuan were used already.") % {"used": f"{used:f}"}, code="amount"
            )
        locked.save()
        record(locked, "changed", by=by, now=now, held=held, data=_said(locked))
    return locked


def use(
    *,
    grant: CompoundGrant,
    text: str,
    by: User,
    now: datetime,
    amount: Decimal | None = None,
    used_on: date | None = None,
) -> GrantUse:
    """Record a use: what for, when (else today), and of money how much; return it.

    Refuses who neither keeps the community nor leads the compound's branch, more than is left, money without an
    amount, and a day to come. Five queries.
    """
    said, today = filled(text, field="text"), timezone.localdate(now)
    day = used_on or today
    if day > today:
        raise CommunityRefused(_("The day must not lie after today."), code="used_on")
    with transaction.atomic():
        locked = lock(grant)
        held = check_uses(locked.compound, by=by)
        spent = _check_amount(locked, amount)
        row = GrantUse(grant=locked, used_on=day, amount=spent, text=said, recorded_by=by, recorded_at=now)
        row.save()
        record(locked, "used", by=by, now=now, held=held, reason=said, data=_used(row))
    return row


def strike_use(*, use: GrantUse, by: User, now: datetime) -> CompoundGrant:
    """Take a use out that was entered by mistake; the trail keeps what it said. Refuses as `use`. Four queries."""
    with transaction.atomic():
        locked = lock(use.grant)
        held = check_uses(locked.compound, by=by)
        row = GrantUse.objects.filter(pk=use.pk, grant=locked).first()
        if row is None:
            raise CommunityRefused(_("This use was taken out already."), code="use")
        record(locked, "use_struck", by=by, now=now, held=held, reason=row.text, data=_used(row))
        row.delete()
    return locked


def check_uses(compound: Compound, *, by: User) -> Appointment:
    """Return the appointment in which `by` records uses: of the community, or of the compound's branch."""
    return keeper_of(compound.community_id, by=by) or check_exercises(compound, by=by)


def used_of(grant: CompoundGrant) -> Decimal:
    """Return how much of the money was used. One query."""
    total: Decimal | None = grant.uses.aggregate(total=Sum("amount"))["total"]
    return total or NOTHING


def lock(grant: CompoundGrant) -> CompoundGrant:
    """Return the row as it stands, locked until the transaction ends. One query."""
    rows = CompoundGrant.objects.select_for_update(of=("self",))
    return rows.select_related("compound__branch__unit", "compound__community").get(pk=grant.pk)


def record(
    grant: CompoundGrant,
    what: str,
    *,
    by: User,
    now: datetime,
    held: Appointment,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append what happened to its history, in the transaction of the change."""
    trail.record(
        trail.Entry(
            stream=grant.stream,
            event=f"grant.{what}",
            subject=grant,
            label=f"{grant.compound.name} {grant.year} {grant.title}",
            at=now,
            by=by,
            unit_name=held.unit.name,
            reason=reason,
            data=dict(data or {}) | held.absence_of(by),
        )
    )


def _write(grant: CompoundGrant, gift: Gift, *, now: datetime) -> None:
    if gift.kind not in CompoundGrant.Kind.values:
        raise CommunityRefused(_("Choose a kind."), code="kind")
    if not FIRST_YEAR <= gift.year <= timezone.localdate(now).year + 1:
        raise CommunityRefused(_("Write a year from 2000 to next year."), code="year")
    grant.year, grant.kind = gift.year, gift.kind
    grant.title = filled(gift.title, field="title")
    grant.source = filled(gift.source, field="source")
    grant.purpose = checked(gift.purpose, field="purpose")
    grant.quantity = checked(gift.quantity, field="quantity")
    grant.amount = gift.amount if grant.is_money else None
    if grant.is_money and (grant.amount is None or grant.amount <= 0):
        raise CommunityRefused(_("Write how many yuan it is."), code="amount")
    same = CompoundGrant.objects.filter(
        compound=grant.compound, year=grant.year, kind=grant.kind, title=grant.title
    )
    if same.exclude(pk=grant.pk).exists():
        raise CommunityRefused(_("The compound has this entry for the year already."), code="title")


def _check_amount(grant: CompoundGrant, amount: Decimal | None) -> Decimal | None:
    """Return what is spent; nothing of a service. Refuses money without an amount and more than is left."""
    if not grant.is_money:
        return None
    if amount is None or amount <= 0:
        raise CommunityRefused(_("Write how many yuan it is."), code="amount")
    assert grant.amount is not None
    left = grant.amount - used_of(grant)
    if amount > left:
        raise CommunityRefused(_("%(left)s yuan are left.") % {"left": f"{left:f}"}, code="amount")
    return amount


def _said(grant: CompoundGrant) -> dict[str, Any]:
    return {
        "kind": grant.kind,
        "year": grant.year,
        "amount": str(grant.amount) if grant.amount is not None else "",
        "quantity": grant.quantity,
        "source": grant.source,
    }


def _used(row: GrantUse) -> dict[str, Any]:
    return {"day": row.used_on.isoformat(), "amount": str(row.amount) if row.amount is not None else ""}
