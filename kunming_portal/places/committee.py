"""The big Party committee on the page of a place: who sits on it, and when it meets next, about what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from communities.committee_selectors import get_committees, get_meetings, get_part_time_members
from communities.models import BigCommittee, CommitteeMeeting
from kunming_portal.accounts.models import User


@dataclass(frozen=True)
class Committee:
    """The committee of today's term, its part-time members in office, and its next meeting with the topics."""

    committee: BigCommittee
    members: int
    meeting: CommitteeMeeting | None
    topics: Sequence[str]


def get_committee(community_code: str, *, user: User, now: datetime) -> Committee | None:
    """Return the committee as this person may see it, or None where there is none for them. At most four queries."""
    today = timezone.localdate(now)
    found = (
        get_committees(user=user)
        .filter(community=community_code, starts_on__lte=today, ends_on__gte=today)
        .order_by("-starts_on")
        .first()
    )
    if found is None:
        return None
    members = get_part_time_members(user=user).filter(committee=found).in_office().count()
    coming = get_meetings(user=user).filter(committee=found, held_at=None, planned_at__gte=now)
    meeting = coming.order_by("planned_at", "pk").first()
    topics = list(meeting.topics.order_by("place").values_list("title", flat=True)) if meeting else []
    return Committee(committee=found, members=members, meeting=meeting, topics=topics)
