"""What becomes known of a big Party committee: its history in the trail, and notices to those who act next."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from communities.models import BigCommittee, PartTimeMember
from communities.services.committee_rights import COUNTY_DIGITS, STREET_DIGITS
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit

KIND = "committee"


def record(
    committee: BigCommittee,
    what: str,
    *,
    subject: Model,
    by: User,
    now: datetime,
    unit: Unit | None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an event to the committee's history, in the transaction of the change. Three statements."""
    trail.record(
        trail.Entry(
            stream=committee.stream,
            event=f"committee.{what}",
            subject=subject,
            label=label_of(committee, subject),
            at=now,
            by=by,
            unit_name=unit.name if unit is not None else "",
            reason=reason,
            data=dict(data or {}),
        )
    )


def label_of(committee: BigCommittee, subject: Model) -> str:
    """Return what the trail calls a subject: a member with the community, the others say it themselves. No query."""
    if isinstance(subject, PartTimeMember):
        return f"{committee.community.short_name} {subject}"
    return str(subject)


def tell_street(
    committee: BigCommittee, sentence: str, values: dict[str, str], *, link: str, but: User, now: datetime
) -> None:
    """Tell those who approve for the street. Two queries."""
    people = get_people(
        permission=P.COMMITTEE_APPROVE, division_codes=[committee.community_id[:STREET_DIGITS]]
    )
    _tell(people, sentence, values, link=link, but=but, now=now)


def tell_county(
    committee: BigCommittee, sentence: str, values: dict[str, str], *, link: str, but: User, now: datetime
) -> None:
    """Tell those who file for the county. Two queries."""
    people = get_people(permission=P.COMMITTEE_FILE, division_codes=[committee.community_id[:COUNTY_DIGITS]])
    _tell(people, sentence, values, link=link, but=but, now=now)


def tell_community(
    committee: BigCommittee, sentence: str, values: dict[str, str], *, link: str, but: User, now: datetime
) -> None:
    """Tell those who keep the community's records there. Two queries."""
    people = get_people(permission=P.COMMUNITY_KEEP, division_codes=[committee.community_id])
    _tell(people, sentence, values, link=link, but=but, now=now)


def tell_member_units(
    committee: BigCommittee, sentence: str, values: dict[str, str], *, link: str, but: User, now: datetime
) -> int:
    """Tell the people of the members' units that are in the portal; return how many. Three queries."""
    units = committee.members.in_office().exclude(unit=None).values_list("unit_id", flat=True)
    people = get_people(permission=P.UNDERTAKING_HANDLE, unit_ids=set(units))
    return _tell(people, sentence, values, link=link, but=but, now=now)


def _tell(
    people: Iterable[User], sentence: str, values: dict[str, str], *, link: str, but: User, now: datetime
) -> int:
    message = Message(kind=KIND, sentence=sentence, values=values, link=link, about=values.get("name", ""))
    pairs = [(user, message) for user in people if user.pk != but.pk]
    notifications.write(pairs, now=now)
    return len(pairs)
