"""Who may do what with the records of communities. `check_*` refuses with a sentence, `can_*` answers for a button."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from communities.models import Compound, Sort, Undertaking
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.roles import Reach
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_territory


class CommunityRefused(Refused):
    """A change of a community's records that a rule does not allow."""


def keeper_of(community_code: str, *, by: User, permission: P = P.COMMUNITY_KEEP) -> Appointment | None:
    """Return the appointment whose territory holds the community and that carries the right, or None.

    The community's own seat comes before the seats above it, who is in charge there before the others. At most two
    queries, kept on the person.
    """
    if not any(community_code.startswith(prefix) for prefix in by.scope(permission).prefixes):
        return None
    held = [
        a
        for a in by.acting_appointments
        if permission in a.role_definition.allows and a.role_definition.reach is Reach.TERRITORY
    ]
    return min(
        covering(community_code, held, by=by),
        key=lambda a: (a.unit.division_id != community_code, not a.role_definition.in_charge, a.pk),
        default=None,
    )


def covering(code: str, held: Sequence[Appointment], *, by: User) -> list[Appointment]:
    """Return which of these appointments reach the place: somebody with two seats acts here in the one that does.

    No query where the place lies below a seat; else one an appointment, kept on the person.
    """
    known: dict[int, tuple[str, ...]] = by.__dict__.setdefault("_reaches", {})
    found = [a for a in held if code.startswith(a.unit.division_id)]
    if found:
        return found
    for a in held:
        if a.unit_id not in known:
            known[a.unit_id] = tuple(get_territory([a.unit_id]))
    return [a for a in held if code.startswith(known[a.unit_id])]


def check_keeps(community_code: str, *, by: User, permission: P = P.COMMUNITY_KEEP) -> Appointment:
    """Return the appointment in which `by` keeps this community's records; refuse with a sentence otherwise."""
    held = keeper_of(community_code, by=by, permission=permission)
    if held is None:
        raise CommunityRefused(
            _("You do not hold a role that may change the records of this community."), code="role"
        )
    return held


def check_exercises(compound: Compound, *, by: User) -> Appointment:
    """Return the appointment in which `by` keeps the powers of the compound's branch: its secretary, or the community.

    Refuses a compound without a branch, and everybody else. No query when branch and rights are loaded.
    """
    branch = compound.branch
    if branch is None:
        raise CommunityRefused(
            _("%(compound)s has no Party branch yet. Enter the branch first.") % {"compound": compound.name},
            code="branch",
        )
    held = by.appointment_for(P.POWER_EXERCISE, unit=branch.unit) if branch.unit is not None else None
    held = held or keeper_of(compound.community_id, by=by, permission=P.POWER_EXERCISE)
    if held is None:
        raise CommunityRefused(
            _("The powers of %(branch)s are exercised by its secretary or the community.")
            % {"branch": branch.name},
            code="role",
        )
    return held


def check_reports(undertaking: Undertaking, *, by: User) -> Appointment:
    """Return the appointment in which `by` reports: of the unit that owes it, or of the issuer for a body outside.

    Refuses everybody else, and an undertaking that is not in hand. No query once rights are loaded.
    """
    if undertaking.sort == Sort.ADMISSION:
        raise CommunityRefused(_("A request is decided on its own page, with reasons."), code="sort")
    unit: Unit = undertaking.unit or undertaking.issuer
    held = by.appointment_for(P.UNDERTAKING_HANDLE, unit=unit)
    if held is None:
        raise CommunityRefused(
            _("The report is for the people of %(unit)s to write.") % {"unit": unit.name}, code="role"
        )
    if undertaking.status != Undertaking.Status.OPEN:
        raise CommunityRefused(
            _("Now: %(status)s. A report is possible while one is owed.")
            % {"status": undertaking.get_status_display()},
            code="status",
        )
    return held


def check_judges(undertaking: Undertaking, *, by: User) -> Appointment:
    """Return the appointment in which `by` accepts, sends back or drops: the issuer's people.

    Refuses everybody else, and an undertaking that has ended. No query once rights are loaded.
    """
    held = by.appointment_for(P.UNDERTAKING_HANDLE, unit=undertaking.issuer)
    if held is None:
        raise CommunityRefused(
            _("%(unit)s issued it; the people there judge the report.") % {"unit": undertaking.issuer.name},
            code="role",
        )
    if not undertaking.is_running:
        raise CommunityRefused(_("It has ended; nothing can be changed."), code="status")
    return held
