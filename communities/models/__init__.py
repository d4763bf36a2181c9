"""The records of communities, one family a module."""

from communities.models.committee_meetings import (
    MEETING_MOVES,
    CommitteeMeeting,
    MeetingAttendance,
    MeetingDecision,
    MeetingState,
    MeetingTopic,
)
from communities.models.committees import (
    CHAIN,
    ENDED,
    MOST_PLACES,
    Appraisal,
    BigCommittee,
    CommitteePost,
    DutyReport,
    MemberStatus,
    PartTimeMember,
    Post,
)
from communities.models.compounds import Building, Compound, CompoundBranch
from communities.models.grids import Grid
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)

__all__ = [
    "CHAIN",
    "ENDED",
    "MOST_PLACES",
    "MEETING_MOVES",
    "Appraisal",
    "BigCommittee",
    "Building",
    "CommitteeMeeting",
    "CommitteePost",
    "Compound",
    "CompoundBranch",
    "DutyReport",
    "Grid",
    "MeetingAttendance",
    "MeetingDecision",
    "MeetingState",
    "MeetingTopic",
    "MemberStatus",
    "PartTimeMember",
    "Post",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
]
