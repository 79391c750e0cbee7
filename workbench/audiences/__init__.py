"""Audiences: who is in one, whether an ad can use it, how several overlap, and whom a targeting reaches.

One file per audience type holds its definition and how it is populated; `audience` puts a name on a definition,
`populating` finds out who is in it and `lifecycle` says when. `overlap` and `targeting` work on populated audiences,
and `disclosure` says how sizes are shown to people.
"""

from workbench.audiences.actalike_definition import ActalikeDefinition
from workbench.audiences.ad_countries import region_notice
from workbench.audiences.audience import Audience, AudienceDefinition, AudienceSpec, tell_apart
from workbench.audiences.base import MIN_AUDIENCE_SIZE, AudienceStatus, AudienceType
from workbench.audiences.combination import AllOf, AnyOf, CombinationDefinition, NoneOf
from workbench.audiences.customer_list import LIST_FILE_FIELDS, CustomerListDefinition
from workbench.audiences.demographics import Demographics
from workbench.audiences.disclosure import safe_share, safe_size, shown_share, shown_size
from workbench.audiences.engagement_actions import EngagerType
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.expiry import days_left
from workbench.audiences.lifecycle import population_delay_hours
from workbench.audiences.overlap import overlap_matrix, shown_overlap
from workbench.audiences.populating import populate
from workbench.audiences.populating_many import populate_all
from workbench.audiences.reach import Breadth, ReachEstimate, ReachStep, breadth, estimate_reach, potential_reach
from workbench.audiences.source_order import sources_first
from workbench.audiences.targeting import (
    ResolvedTargeting,
    require_country_of_third_parties,
    require_offered,
    resolve_targeting,
)
from workbench.audiences.targeting_spec import TargetingSpec
from workbench.audiences.third_party import ThirdPartyDefinition
from workbench.audiences.visitor import VisitorDefinition

__all__ = [
    "LIST_FILE_FIELDS",
    "MIN_AUDIENCE_SIZE",
    "ActalikeDefinition",
    "AllOf",
    "AnyOf",
    "Audience",
    "AudienceDefinition",
    "AudienceSpec",
    "AudienceStatus",
    "AudienceType",
    "Breadth",
    "CombinationDefinition",
    "CustomerListDefinition",
    "Demographics",
    "EngagementDefinition",
    "EngagerType",
    "NoneOf",
    "ReachEstimate",
    "ReachStep",
    "ResolvedTargeting",
    "TargetingSpec",
    "ThirdPartyDefinition",
    "VisitorDefinition",
    "breadth",
    "days_left",
    "estimate_reach",
    "overlap_matrix",
    "populate",
    "populate_all",
    "population_delay_hours",
    "potential_reach",
    "region_notice",
    "require_country_of_third_parties",
    "require_offered",
    "resolve_targeting",
    "safe_share",
    "safe_size",
    "shown_overlap",
    "shown_share",
    "shown_size",
    "sources_first",
    "tell_apart",
]
