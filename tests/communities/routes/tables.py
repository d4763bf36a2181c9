"""The kinds of rows of the route tables, and who is who in them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Elsewhere:
    """What an address answers: to people named, and to all others."""

    kwargs: dict[str, Any]
    named: dict[str, int]
    others: int = 404


EVERYBODY = frozenset({"*"})
# Who of the small world sees registers of communities at all, whatever lies in them
SEES_COMMUNITIES = {
    "community_worker",
    "community_secretary",
    "compound_secretary",
    "stranger",
    "street_dispatcher",
    "other_dispatcher",
    "county_dispatcher",
    "city_dispatcher",
    "street_secretary",
    "street_staff",
    "county_secretary",
    "county_staff",
    "city_official",
    "inspector",
    "integrator",
}
# Who keeps the registers of some community
KEEPS_COMMUNITIES = {
    "community_worker",
    "community_secretary",
    "stranger",
    "street_staff",
    "county_staff",
    "city_official",
}
# The units that are called: liaisons and leaders of departments, forces, companies
LIAISONS = {
    "enforcement_liaison",
    "enforcement_leader",
    "market_liaison",
    "construction_liaison",
    "water_liaison",
    "city_water_liaison",
}
