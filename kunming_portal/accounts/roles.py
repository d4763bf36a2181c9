"""The roles, on one page. A person who does not program can check it; `docs/roles.md` is generated from it.

A role is held by an appointment (who, which role, at which unit, from when to when). `reach` says which
cases, and which records of communities, the rights extend to:

- TERRITORY: everything that happened in the unit's division and in the divisions of units it supervises;
- UNIT: only cases on which the unit itself was called, and only records of communities that are the unit's own;
- NONE: no case at all.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.organisations.models import Unit

Kind = Unit.Kind


class Reach(StrEnum):
    """How far the rights of a role extend."""

    TERRITORY = "territory"
    UNIT = "unit"
    NONE = "none"


@dataclass(frozen=True)
class Role:
    """One role: its key in the database, its name, what it is for, where it may be held, what it allows."""

    key: str
    name: str | Promise
    description: str | Promise
    at: tuple[Kind, ...]
    reach: Reach
    allows: tuple[P, ...]
    in_charge: bool = False  # a leader: hears of late deadlines of the unit


COMMUNITY_WORKER = Role(
    key="community_worker",
    name=_("Community worker"),
    description=_("Writes cases, blows the whistle to the street, verifies and rates what came of it."),
    at=(Kind.COMMUNITY,),
    reach=Reach.TERRITORY,
    allows=(
        P.CASE_VIEW,
        P.CASE_OPEN,
        P.CASE_NOTE,
        P.WHISTLE_VERIFY,
        P.REPORTER_REVEAL,
        P.LIST_EXPORT,
        P.SUPERVISION_REPLY,
        P.COMMUNITY_VIEW,
        P.COMMUNITY_KEEP,
        P.POWER_EXERCISE,
        P.UNDERTAKING_HANDLE,
    ),
)
COMMUNITY_SECRETARY = Role(
    key="community_secretary",
    name=_("Community secretary"),
    description=_("Signs off the community's whistles and answers for them; may do all a worker does."),
    at=(Kind.COMMUNITY,),
    reach=Reach.TERRITORY,
    allows=(
        P.CASE_VIEW,
        P.CASE_OPEN,
        P.CASE_NOTE,
        P.WHISTLE_APPROVE,
        P.WHISTLE_VERIFY,
        P.REPORTER_REVEAL,
        P.LIST_EXPORT,
        P.SUPERVISION_REPLY,
        P.UNIT_ARRANGE,
        P.COMMUNITY_VIEW,
        P.COMMUNITY_KEEP,
        P.POWER_EXERCISE,
        P.UNDERTAKING_HANDLE,
    ),
    in_charge=True,
)
COMPOUND_SECRETARY = Role(
    key="compound_secretary",
    name=_("Compound branch secretary"),
    description=_(
        "Secretary of a compound's Party branch: keeps the records of its five powers, answers for what it undertakes."
    ),
    at=(Kind.BRANCH,),
    reach=Reach.UNIT,
    allows=(P.COMMUNITY_VIEW, P.POWER_EXERCISE, P.UNDERTAKING_HANDLE, P.LIST_EXPORT),
)
DISPATCHER = Role(
    key="dispatcher",
    name=_("Dispatcher"),
    description=_(
        "Works the queue of a street, county or city centre: accepts, dispatches, blows to the next tier."
    ),
    at=(Kind.CENTRE,),
    reach=Reach.TERRITORY,
    allows=(
        P.CASE_VIEW,
        P.CASE_OPEN,
        P.CASE_NOTE,
        P.WHISTLE_ACCEPT,
        P.WHISTLE_DISPATCH,
        P.CASE_MERGE,
        P.CATALOGUE_EDIT,
        P.WHISTLE_VERIFY,
        P.FIGURES_VIEW,
        P.LIST_EXPORT,
        P.CASE_SUPERVISE,
        P.SUPERVISION_REPLY,
        P.UNIT_ARRANGE,
        P.COMMUNITY_VIEW,
        P.UNDERTAKING_HANDLE,
    ),
)
PARTY_SECRETARY = Role(
    key="party_secretary",
    name=_("Party secretary"),
    description=_(
        "Secretary of a street or county: signs off whistles to the next tier and upgrades unsolved cases."
    ),
    at=(Kind.STREET_OFFICE, Kind.PARTY_COMMITTEE, Kind.WORK_COMMITTEE),
    reach=Reach.TERRITORY,
    allows=(
        P.CASE_VIEW,
        P.CASE_OPEN,
        P.CASE_NOTE,
        P.CASE_UPGRADE,
        P.CASE_DECIDE,
        P.WHISTLE_APPROVE,
        P.WHISTLE_VERIFY,
        P.SUPERVISION_RECEIVE,
        P.FIGURES_VIEW,
        P.LIST_EXPORT,
        P.CASE_SUPERVISE,
        P.CASE_INSTRUCT,
        P.SUPERVISION_REPLY,
        P.UNIT_ARRANGE,
        P.COMMUNITY_VIEW,
        P.UNDERTAKING_HANDLE,
        P.COMMITTEE_APPROVE,
        P.BURDEN_APPLY,
        P.WORKER_KEEP,
        P.PAY_VIEW,
    ),
    in_charge=True,
)
OFFICE_STAFF = Role(
    key="office_staff",
    name=_("Office staff"),
    description=_(
        "Staff of a street office, a work committee or a leading group's office: sees and reports."
    ),
    at=(Kind.STREET_OFFICE, Kind.PARTY_COMMITTEE, Kind.WORK_COMMITTEE, Kind.LEADING_GROUP),
    reach=Reach.TERRITORY,
    allows=(
        P.CASE_VIEW,
        P.CASE_NOTE,
        P.SUPERVISION_RECEIVE,
        P.FIGURES_VIEW,
        P.LIST_EXPORT,
        P.CASE_SUPERVISE,
        P.SUPERVISION_REPLY,
        P.UNIT_ARRANGE,
        P.COMMUNITY_VIEW,
        P.COMMUNITY_KEEP,
        P.UNDERTAKING_HANDLE,
        P.COMMITTEE_FILE,
        P.BURDEN_DECIDE,
        P.WORKER_KEEP,
    ),
)
LIAISON = Role(
    key="liaison",
    name=_("Unit liaison"),
    description=_("Signs for what the unit is called to, names who comes, feeds back what was done."),
    at=(Kind.DEPARTMENT, Kind.FORCE, Kind.COMPANY),
    reach=Reach.UNIT,
    allows=(
        P.CASE_VIEW,
        P.CASE_NOTE,
        P.ASSIGNMENT_HANDLE,
        P.REPORTER_REVEAL,
        P.LIST_EXPORT,
        P.SUPERVISION_REPLY,
        P.UNDERTAKING_HANDLE,
        P.CHECK_IN,
        P.BURDEN_APPLY,
    ),
)
UNIT_LEADER = Role(
    key="unit_leader",
    name=_("Unit leader"),
    description=_(
        "The leader in charge of a called unit: hears of red lights and supervision, may act for the unit."
    ),
    at=(Kind.DEPARTMENT, Kind.FORCE, Kind.COMPANY),
    reach=Reach.UNIT,
    allows=(
        P.CASE_VIEW,
        P.CASE_NOTE,
        P.ASSIGNMENT_HANDLE,
        P.SUPERVISION_RECEIVE,
        P.LIST_EXPORT,
        P.SUPERVISION_REPLY,
        P.UNIT_ARRANGE,
        P.UNDERTAKING_HANDLE,
        P.CHECK_IN,
        P.BURDEN_APPLY,
    ),
    in_charge=True,
)
INSPECTOR = Role(
    key="inspector",
    name=_("Inspector"),
    description=_("Reads cases and figures, changes nothing."),
    at=tuple(Kind),
    reach=Reach.TERRITORY,
    allows=(P.CASE_VIEW, P.FIGURES_VIEW, P.COMMUNITY_VIEW),
)
INTEGRATOR = Role(
    key="integrator",
    name=_("Integrator"),
    description=_(
        "A service account of another system: moves cases through the API for its unit's territory."
    ),
    at=(Kind.CENTRE, Kind.STREET_OFFICE, Kind.PARTY_COMMITTEE, Kind.LEADING_GROUP),
    reach=Reach.TERRITORY,
    allows=(
        P.API_USE,
        P.CASE_VIEW,
        P.CASE_OPEN,
        P.CASE_NOTE,
        P.WHISTLE_ACCEPT,
        P.WHISTLE_DISPATCH,
        P.WHISTLE_VERIFY,
        P.COMMUNITY_VIEW,
    ),
)
SYSTEM_ADMINISTRATOR = Role(
    key="system_administrator",
    name=_("System administrator"),
    description=_("Keeps units, kinds, deadline policies and the calendar. Sees no case."),
    at=(Kind.LEADING_GROUP, Kind.PARTY_COMMITTEE),
    reach=Reach.NONE,
    allows=(P.CONFIGURE, P.OPERATIONS_WATCH),
)
SECURITY_ADMINISTRATOR = Role(
    key="security_administrator",
    name=_("Security administrator"),
    description=_("Keeps accounts and appointments. Sees no case."),
    at=(Kind.LEADING_GROUP, Kind.PARTY_COMMITTEE),
    reach=Reach.NONE,
    allows=(P.APPOINT,),
)
AUDIT_ADMINISTRATOR = Role(
    key="audit_administrator",
    name=_("Audit administrator"),
    description=_("Reads the audit trail. Sees no case and changes nothing."),
    at=(Kind.LEADING_GROUP, Kind.PARTY_COMMITTEE),
    reach=Reach.NONE,
    allows=(P.AUDIT_VIEW,),
)

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        COMMUNITY_WORKER,
        COMMUNITY_SECRETARY,
        COMPOUND_SECRETARY,
        DISPATCHER,
        PARTY_SECRETARY,
        OFFICE_STAFF,
        LIAISON,
        UNIT_LEADER,
        INSPECTOR,
        INTEGRATOR,
        SYSTEM_ADMINISTRATOR,
        SECURITY_ADMINISTRATOR,
        AUDIT_ADMINISTRATOR,
    )
}
# One account never holds two of these (standards.md §1.3).
ADMINISTRATORS = frozenset({"system_administrator", "security_administrator", "audit_administrator"})
# Nobody acts in these instead of an absent holder: administrators are kept apart, service accounts have no leave.
NEVER_STOOD_IN = ADMINISTRATORS | {"integrator"}


def roles_allowing(permission: str) -> list[Role]:
    """Return the roles that carry this right, in the order of this page."""
    return [role for role in ROLES.values() if permission in role.allows]
