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
from communities.models.compounds import Building, Compound, CompoundBranch, CrossPost
from communities.models.grants import CompoundGrant, GrantUse
from communities.models.grid_posts import ONE_AND_FIVE, GridPost
from communities.models.grids import Grid
from communities.models.power_steps import Power
from communities.models.powers import (
    Appraisal,
    AppraisalScore,
    Candidate,
    Decision,
    Finding,
    Nomination,
    PowerRecord,
)
from communities.models.schemes import Grade, PayBand, PointRule, PopulationFigure, PostClass, WorkerScheme
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)
from communities.models.workers import (
    CommunityWorker,
    Education,
    Qualification,
    WorkerGrade,
    WorkerPost,
    YearlyAppraisal,
)

__all__ = [
    "Appraisal",
    "AppraisalScore",
    "BigCommittee",
    "Building",
    "CHAIN",
    "Candidate",
    "CommitteeMeeting",
    "CommitteePost",
    "CommunityWorker",
    "Compound",
    "CompoundBranch",
    "CompoundGrant",
    "CrossPost",
    "Decision",
    "DutyReport",
    "ENDED",
    "Education",
    "Finding",
    "Grade",
    "GrantUse",
    "Grid",
    "GridPost",
    "MEETING_MOVES",
    "MOST_PLACES",
    "MeetingAttendance",
    "MeetingDecision",
    "MeetingState",
    "MeetingTopic",
    "MemberStatus",
    "Nomination",
    "ONE_AND_FIVE",
    "PartTimeMember",
    "PayBand",
    "PointRule",
    "PopulationFigure",
    "Post",
    "PostClass",
    "Power",
    "PowerRecord",
    "Qualification",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
    "WorkerGrade",
    "WorkerPost",
    "WorkerScheme",
    "YearlyAppraisal",
]
