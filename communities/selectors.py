"""Answers about communities. Every function that lists takes the user and goes through `visible_to`."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from communities.models import Compound, Grid, Undertaking, UndertakingDeadline
from communities.querysets import CompoundQuerySet, GridQuerySet, UndertakingQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


def get_compounds(*, user: User, permission: P = P.COMMUNITY_VIEW) -> CompoundQuerySet:
    """Return the compounds this right of the person reaches: lists, pages, exports, choices."""
    return Compound.objects.visible_to(user, permission)


def get_grids(*, user: User, permission: P = P.COMMUNITY_VIEW) -> GridQuerySet:
    """Return the grids this right of the person reaches."""
    return Grid.objects.visible_to(user, permission)


def get_undertakings(*, user: User) -> UndertakingQuerySet:
    """Return the undertakings the person sees: of the territory, of the unit that owes or issued them."""
    seen = Undertaking.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | Undertaking.objects.visible_to(user, P.UNDERTAKING_HANDLE)


def sees_undertaking(user: User, pk: int) -> bool:
    """Whether the person sees this undertaking today: asked before a notice about it is sent. One query."""
    return get_undertakings(user=user).filter(pk=pk).exists()


def get_waiting(*, user: User, now: datetime) -> UndertakingQuerySet:
    """Return the undertakings that wait for this person's units: to report on, and reports to judge.

    What a body outside the portal owes is the issuer's to keep after; it counts from its yellow light on.
    """
    units = units_of(user)
    if not units:
        return Undertaking.objects.none()
    near = UndertakingDeadline.objects.filter(undertaking=OuterRef("pk"), ended_at=None, yellow_at__lte=now)
    return Undertaking.objects.filter(
        Q(unit_id__in=units, status="open")
        | Q(issuer_id__in=units, status="reported")
        | Q(Exists(near), issuer_id__in=units, unit=None, status="open")
    )


def units_of(user: User) -> list[int]:
    """Return the units for which the person reports and judges, by the appointments that count now. No query."""
    held = (a for a in user.acting_appointments if P.UNDERTAKING_HANDLE in a.role_definition.allows)
    return sorted({a.unit_id for a in held})
