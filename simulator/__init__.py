"""Simulate the ad auction that audiences are bid in, and ask what if.

The names below are the usual way in; each is imported when it is first used.
"""

from typing import Any

from workbench.facade import imported_on_first_use

_HOMES = {
    "AdGroup": "config",
    "Campaign": "config",
    "Comparison": "what_if",
    "Lever": "scenario",
    "RunConfig": "config",
    "RunResult": "run",
    "Scenario": "scenario",
    "SimulatorError": "errors",
    "World": "world",
    "compare": "what_if",
    "load_scenario": "scenario",
    "report_by_ad_group": "reports",
    "report_by_day": "reports",
    "report_by_hour": "reports",
    "report_totals": "reports",
    "simulate": "run",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    return imported_on_first_use(name, __name__, _HOMES)
