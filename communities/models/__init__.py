"""The records of communities, one family a module."""

from communities.models.compounds import Building, Compound, CompoundBranch
from communities.models.grids import Grid
from communities.models.schemes import (
    Grade,
    PayBand,
    PointRule,
    PopulationFigure,
    PostClass,
    WorkerScheme,
)
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
    "Building",
    "Compound",
    "CompoundBranch",
    "Grid",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
    # community workers
    "CommunityWorker",
    "Education",
    "Grade",
    "PayBand",
    "PointRule",
    "PopulationFigure",
    "PostClass",
    "Qualification",
    "WorkerGrade",
    "WorkerPost",
    "WorkerScheme",
    "YearlyAppraisal",
]
