"""The records of communities, one family a module."""

from communities.models.admissions import MOVES, AdmissionRequest, AdmissionState
from communities.models.asks import Ask
from communities.models.burden import (
    TIMES_A_MONTH,
    BurdenRules,
    Frequency,
    ListStep,
    PortalAsk,
    WorkItem,
    WorkKind,
)
from communities.models.check_ins import CheckIn, ServiceClass
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
    BigCommittee,
    CommitteePost,
    DutyReport,
    MemberAppraisal,
    MemberStatus,
    PartTimeMember,
    Post,
)
from communities.models.compounds import Building, Compound, CompoundBranch, CrossPost
from communities.models.grants import CompoundGrant, GrantUse
from communities.models.grid_posts import ONE_AND_FIVE, GridPost
from communities.models.grids import Grid
from communities.models.needs import CommunityNeed, NeedClaim
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
from communities.models.service_records import ServiceRecord, YearlyOpinion
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)
from communities.models.volunteers import Activity, SignUp, VolunteerBrand, VolunteerPlace
from communities.models.workers import (
    CommunityWorker,
    Education,
    Qualification,
    WorkerGrade,
    WorkerPost,
    YearlyAppraisal,
)

__all__ = [
    "Activity",
    "AdmissionRequest",
    "AdmissionState",
    "Appraisal",
    "AppraisalScore",
    "Ask",
    "BigCommittee",
    "Building",
    "BurdenRules",
    "CHAIN",
    "Candidate",
    "CheckIn",
    "CommitteeMeeting",
    "CommitteePost",
    "CommunityNeed",
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
    "Frequency",
    "Grade",
    "GrantUse",
    "Grid",
    "GridPost",
    "ListStep",
    "MEETING_MOVES",
    "MOST_PLACES",
    "MOVES",
    "MeetingAttendance",
    "MeetingDecision",
    "MeetingState",
    "MeetingTopic",
    "MemberAppraisal",
    "MemberStatus",
    "NeedClaim",
    "Nomination",
    "ONE_AND_FIVE",
    "PartTimeMember",
    "PayBand",
    "PointRule",
    "PopulationFigure",
    "PortalAsk",
    "Post",
    "PostClass",
    "Power",
    "PowerRecord",
    "Qualification",
    "ServiceClass",
    "ServiceRecord",
    "SignUp",
    "Sort",
    "TIMES_A_MONTH",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
    "VolunteerBrand",
    "VolunteerPlace",
    "WorkItem",
    "WorkKind",
    "WorkerGrade",
    "WorkerPost",
    "WorkerScheme",
    "YearlyAppraisal",
    "YearlyOpinion",
]
