"""The records of communities, one family a module."""

from communities.models.compounds import Building, Compound, CompoundBranch
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
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)

__all__ = [
    "Appraisal",
    "AppraisalScore",
    "Candidate",
    "Decision",
    "Finding",
    "Nomination",
    "Power",
    "PowerRecord",
    "Building",
    "Compound",
    "CompoundBranch",
    "Grid",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
]
