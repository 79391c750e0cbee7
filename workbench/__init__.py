"""Build and inspect ad audiences: who is on a list, who visited, how audiences overlap, whom a targeting reaches.

The names below are the usual way in; the packages they come from hold the rest. A name is imported when it is first
used, so that a command which needs no tables does not wait for pandas.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "AccountSet": "identity",
    "AudienceSpec": "audiences",
    "CustomerListDefinition": "audiences",
    "TargetingSpec": "audiences",
    "ThirdPartyDefinition": "audiences",
    "VisitorDefinition": "audiences",
    "WorkbenchError": "errors",
    "build_sample": "universe",
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
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}; it offers: {', '.join(__all__)}")
    return getattr(import_module(f"workbench.{_HOMES[name]}"), name)
