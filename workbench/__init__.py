"""Build and inspect ad audiences: who is on a list, who visited, how audiences overlap, whom a targeting reaches.

The names below are the usual way in; the packages they come from hold the rest. A name is imported when it is first
used, so that a command which needs no tables does not wait for pandas.
"""

from typing import Any

from workbench.facade import imported_on_first_use

_HOMES = {
    "AccountSet": "identity",
    "AudienceSpec": "audiences",
    "Catalog": "catalog",
    "CustomerListDefinition": "audiences",
    "ListProfile": "identity",
    "SavedList": "customer_lists",
    "SuppressionList": "identity",
    "TargetingSpec": "audiences",
    "ThirdPartyDefinition": "audiences",
    "Upload": "customer_lists",
    "VisitorDefinition": "audiences",
    "WorkbenchError": "errors",
    "build_sample": "universe",
    "clean_list": "customer_lists",
    "import_engagement_log": "universe",
    "match": "identity",
    "open_universe": "universe",
    "overlap_matrix": "audiences",
    "populate": "audiences",
    "read_list": "identity",
    "resolve_targeting": "audiences",
    "shown_overlap": "audiences",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    return imported_on_first_use(name, __name__, _HOMES)
