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
    "audience_value": "answers",
    "bid_landscape": "answers",
    "budget_curve": "answers",
    "compare": "what_if",
    "data_fee_break_even": "answers",
    "grid": "sweeps",
    "load_scenario": "scenario",
    "overlap_cost": "answers",
    "reach_frequency": "answers",
    "report_by_ad_group": "reports",
    "report_by_day": "reports",
    "report_by_hour": "reports",
    "report_totals": "reports",
    "simulate": "run",
    "sweep": "sweeps",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    return imported_on_first_use(name, __name__, _HOMES)
