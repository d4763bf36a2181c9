"""The filters of the pages, described for the OpenAPI document where it cannot guess."""

from copy import deepcopy

from drf_spectacular.utils import extend_schema_field

from whistle.filtersets import CaseFilter
from whistle.workflow import Tier

TIER = {"type": "integer", "enum": Tier.values, "description": "Cases that stand at this tier."}
KIND = {"type": "string", "description": "Cases whose present whistle is of this kind: its code."}
SUB_CLASS = {"type": "string", "description": "Cases whose present whistle is of this sub-class: its code."}


class CaseApiFilter(CaseFilter):
    """What the pages filter by, under the same names."""

    tier = extend_schema_field(TIER)(deepcopy(CaseFilter.base_filters["tier"]))
    kind = extend_schema_field(KIND)(deepcopy(CaseFilter.base_filters["kind"]))
    sub_class = extend_schema_field(SUB_CLASS)(deepcopy(CaseFilter.base_filters["sub_class"]))
