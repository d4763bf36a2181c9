"""Who keeps community workers and their schemes, and who may see pay. `check_*` refuses, the others answer."""

from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, covering
from communities.models import CommunityWorker
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.organisations.models import Unit

Kind = Unit.Kind
# Streets and above grade; counties and the city set what grades are worth
KEEP_WORKERS = frozenset({Kind.STREET_OFFICE, Kind.PARTY_COMMITTEE, Kind.LEADING_GROUP})
KEEP_SCHEMES = frozenset({Kind.PARTY_COMMITTEE, Kind.LEADING_GROUP})


def keeper_of_workers(code: str, *, by: User) -> Appointment | None:
    """Return the appointment in which `by` keeps the workers of this community or division, or None.

    A street office or a body above it whose territory holds the place. At most two queries, kept on the person.
    """
    if not _holds(code, by.scope(P.WORKER_KEEP).prefixes):
        return None
    held = covering(code, _held(by, KEEP_WORKERS), by=by)
    return min(held, key=lambda a: (not code.startswith(a.unit.division_id), a.pk), default=None)


def check_keeps_workers(code: str, *, by: User) -> Appointment:
    """Return the appointment in which `by` keeps the workers of this place; refuse with a sentence otherwise."""
    held = keeper_of_workers(code, by=by)
    if held is None:
        raise CommunityRefused(
            _("Community workers are kept by the street office and the bodies above it."), code="role"
        )
    return held


def keeper_of_scheme(division_code: str, *, by: User) -> Appointment | None:
    """Return the appointment in which `by` sets the scheme of this county or city: at the body seated there, or None.

    No query once rights are loaded.
    """
    seated = [a for a in _held(by, KEEP_SCHEMES) if a.unit.division_id == division_code]
    return seated[0] if seated else None


def check_keeps_scheme(division_code: str, *, by: User) -> Appointment:
    """Return the appointment in which `by` sets this scheme; refuse with a sentence otherwise."""
    held = keeper_of_scheme(division_code, by=by)
    if held is None:
        raise CommunityRefused(
            _("The scheme is set by the Party committee of the county or the city's leading group."),
            code="role",
        )
    return held


def sees_pay_at(code: str, *, by: User) -> bool:
    """Whether the person may see pay at this place: holds the right over that territory. At most two queries."""
    return _holds(code, by.scope(P.PAY_VIEW).prefixes)


def sees_pay_of(worker: CommunityWorker, *, by: User) -> bool:
    """Whether the person may see this worker's pay: by right, or because it is their own."""
    return is_own(worker, by=by) or sees_pay_at(worker.community_id, by=by)


def is_own(worker: CommunityWorker, *, by: User) -> bool:
    """Whether this is the person's own file. No query."""
    return worker.account_id is not None and worker.account_id == by.pk


def check_sees_pay_of(worker: CommunityWorker, *, by: User) -> None:
    """Refuse who may not see this worker's pay."""
    if not sees_pay_of(worker, by=by):
        raise CommunityRefused(_("You do not hold a role that may see pay."), code="role")


def _held(by: User, kinds: frozenset[Kind]) -> list[Appointment]:
    return [
        a
        for a in by.acting_appointments
        if P.WORKER_KEEP in a.role_definition.allows and a.unit.kind in kinds
    ]


def _holds(code: str, prefixes: tuple[str, ...]) -> bool:
    return any(code.startswith(prefix) for prefix in prefixes)
