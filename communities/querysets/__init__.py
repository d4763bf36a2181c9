"""Scope: what a right of a person reaches among the records of communities, one family a module."""

from communities.querysets.burden import AdmissionQuerySet, AskQuerySet, WorkItemQuerySet, touching
from communities.querysets.check_ins import (
    COMMON,
    ActivityQuerySet,
    CheckInQuerySet,
    HoldingWords,
    NeedQuerySet,
    OpinionQuerySet,
    ServiceRecordQuerySet,
    VolunteerPlaceQuerySet,
)
from communities.querysets.committees import (
    BigCommitteeQuerySet,
    CommitteeMeetingQuerySet,
    MeetingDecisionQuerySet,
    PartTimeMemberQuerySet,
)
from communities.querysets.places import (
    BranchQuerySet,
    BuildingQuerySet,
    CompoundQuerySet,
    CrossPostQuerySet,
    GrantQuerySet,
    GridPostQuerySet,
    GridQuerySet,
)
from communities.querysets.promises import PowerQuerySet, UndertakingQuerySet
from communities.querysets.scope import within
from communities.querysets.workers import SchemeQuerySet, WorkerQuerySet

__all__ = [
    "ActivityQuerySet",
    "AdmissionQuerySet",
    "AskQuerySet",
    "BigCommitteeQuerySet",
    "BranchQuerySet",
    "BuildingQuerySet",
    "COMMON",
    "CheckInQuerySet",
    "CommitteeMeetingQuerySet",
    "CompoundQuerySet",
    "CrossPostQuerySet",
    "GrantQuerySet",
    "GridPostQuerySet",
    "GridQuerySet",
    "HoldingWords",
    "MeetingDecisionQuerySet",
    "NeedQuerySet",
    "OpinionQuerySet",
    "PartTimeMemberQuerySet",
    "PowerQuerySet",
    "SchemeQuerySet",
    "ServiceRecordQuerySet",
    "UndertakingQuerySet",
    "VolunteerPlaceQuerySet",
    "WorkItemQuerySet",
    "WorkerQuerySet",
    "touching",
    "within",
]
