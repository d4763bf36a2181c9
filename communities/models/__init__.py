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
    "MOVES",
    "TIMES_A_MONTH",
    "AdmissionRequest",
    "AdmissionState",
    "Ask",
    "Building",
    "BurdenRules",
    "Compound",
    "CompoundBranch",
    "Frequency",
    "Grid",
    "ListStep",
    "PortalAsk",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
    "WorkItem",
    "WorkKind",
]
