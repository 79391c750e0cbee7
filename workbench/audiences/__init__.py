"""Audiences: who is in one, whether an ad can use it, how several overlap, and whom a targeting reaches.

One file per audience type holds its definition and how it is populated; `audience` puts a name on a definition.
`overlap` and `targeting` work on populated audiences, and `disclosure` says how sizes are shown to people.
"""

from workbench.audiences.audience import Audience, AudienceDefinition, AudienceSpec, populate, tell_apart
from workbench.audiences.base import MIN_AUDIENCE_SIZE, AudienceStatus, AudienceType, population_delay_hours
from workbench.audiences.customer_list import CustomerListDefinition
from workbench.audiences.disclosure import safe_share, safe_size, shown_share, shown_size
from workbench.audiences.overlap import overlap_matrix, shown_overlap
from workbench.audiences.targeting import ResolvedTargeting, TargetingSpec, potential_reach, resolve_targeting
from workbench.audiences.third_party import ThirdPartyDefinition
from workbench.audiences.visitor import VisitorDefinition

__all__ = [
    "MIN_AUDIENCE_SIZE",
    "Audience",
    "AudienceDefinition",
    "AudienceSpec",
    "AudienceStatus",
    "AudienceType",
    "CustomerListDefinition",
    "ResolvedTargeting",
    "TargetingSpec",
    "ThirdPartyDefinition",
    "VisitorDefinition",
    "overlap_matrix",
    "populate",
    "population_delay_hours",
    "potential_reach",
    "resolve_targeting",
    "safe_share",
    "safe_size",
    "shown_overlap",
    "shown_share",
    "shown_size",
    "tell_apart",
]
