"""A whistle that a compound branch's proposal became: the form filled in from it, the case linked to it."""

import dataclasses
from typing import Any

from django.http import HttpRequest

from communities.models import Power, PowerRecord
from communities.selectors import get_powers
from kunming_portal.accounts.models import User
from whistle.models import Case
from whistle.services import Matter

LONGEST = 500  # of the form's field


def proposal_of(request: HttpRequest, user: User) -> PowerRecord | None:
    """Return the proposal that the address or the form names, if this person sees it. At most one query."""
    wanted = request.POST.get("proposal") or request.GET.get("proposal", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    rows = get_powers(user=user).filter(power=Power.PROPOSAL).with_details()
    return rows.filter(pk=int(wanted)).first()


def initial_of(proposal: PowerRecord | None) -> dict[str, Any]:
    """Return what a proposal fills in: its words, and where the compound lies. No query."""
    if proposal is None:
        return {}
    return {
        "proposal": proposal.pk,
        "description": f"{proposal.title}\n{proposal.text}"[:LONGEST],
        "place": proposal.compound.address,
        "compound": proposal.compound_id,
    }


def with_proposal(matter: Matter, proposal: PowerRecord | None) -> Matter:
    """Return the matter as coming from the branch, under the proposal's title. No query."""
    if proposal is None:
        return matter
    return dataclasses.replace(matter, proposal=proposal, title=proposal.title, source=Case.Source.BRANCH)
