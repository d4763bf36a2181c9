"""The records of communities, one family a module."""

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
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)

__all__ = [
    "ONE_AND_FIVE",
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
    "CrossPost",
    "CompoundGrant",
    "GrantUse",
    "Grid",
    "GridPost",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
]
