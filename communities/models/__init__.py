"""The records of communities, one family a module."""

from communities.models.compounds import Building, Compound, CompoundBranch, CrossPost
from communities.models.grids import Grid
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)

__all__ = [
    "Building",
    "Compound",
    "CompoundBranch",
    "CrossPost",
    "Grid",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
]
