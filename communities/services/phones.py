"""Phones of the people in grids: sealed at rest, masked where they are read, opened for who keeps or serves there."""

from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.encryption import cipher
from kunming_portal.encryption.masking import mask_phone
from kunming_portal.encryption.personal import tidy_phone
from kunming_portal.organisations.models import Unit

CONTEXT = "communities.gridpost.phone"
# Who keeps the records of a place, or answers for something there, may call its people; who only reads may not
CALLING = (P.COMMUNITY_KEEP, P.UNDERTAKING_HANDLE)


def seal(phone: str) -> str:
    """Return a typed phone sealed; refuse what is no phone number, a masked one above all."""
    kept = phone.strip()
    if not kept:
        return ""
    tidy = tidy_phone(kept)
    if tidy is None:
        raise CommunityRefused(_("This is not a phone number."), code="phone")
    return cipher.encrypt(tidy, context=CONTEXT)


def unseal(sealed: str) -> str:
    """Return the phone in clear. For forms of who keeps it, call links and their exports only."""
    return cipher.decrypt(sealed, context=CONTEXT)


def masked(sealed: str) -> str:
    """Return the phone as everybody reads it: 138****5678."""
    return mask_phone(unseal(sealed))


def may_call(community_code: str, *, by: User) -> bool:
    """Whether the person keeps or serves this community: its territory, or a compound branch seated in it.

    No query once rights are loaded.
    """
    prefixes = (prefix for right in CALLING for prefix in by.scope(right).prefixes)
    if any(community_code.startswith(prefix) for prefix in prefixes):
        return True
    return any(
        appointment.unit.kind == Unit.Kind.BRANCH and appointment.unit.division_id == community_code
        for appointment in by.acting_appointments
        if P.POWER_EXERCISE in appointment.role_definition.allows
    )
