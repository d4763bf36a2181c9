"""The records of communities, one family a module."""

from communities.models.check_ins import CheckIn, ServiceClass
from communities.models.compounds import Building, Compound, CompoundBranch
from communities.models.grids import Grid
from communities.models.needs import CommunityNeed, NeedClaim
from communities.models.service_records import ServiceRecord, YearlyOpinion
from communities.models.undertakings import (
    Sort,
    Undertaking,
    UndertakingDeadline,
    UndertakingPolicy,
    UndertakingRung,
)
from communities.models.volunteers import Activity, SignUp, VolunteerBrand, VolunteerPlace

__all__ = [
    "Activity",
    "Building",
    "CheckIn",
    "CommunityNeed",
    "Compound",
    "CompoundBranch",
    "Grid",
    "NeedClaim",
    "ServiceClass",
    "ServiceRecord",
    "SignUp",
    "Sort",
    "Undertaking",
    "UndertakingDeadline",
    "UndertakingPolicy",
    "UndertakingRung",
    "VolunteerBrand",
    "VolunteerPlace",
    "YearlyOpinion",
]
