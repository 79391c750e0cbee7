"""Simulate the ad auction that audiences are bid in, and ask what if."""

from simulator.config import AdGroup, Campaign, RunConfig
from simulator.errors import SimulatorError
from simulator.reports import report_by_ad_group, report_by_day, report_by_hour, report_totals
from simulator.run import RunResult, simulate
from simulator.scenario import Lever, Scenario, load_scenario
from simulator.what_if import Comparison, compare
from simulator.world import World

__all__ = [
    "AdGroup",
    "Campaign",
    "Comparison",
    "Lever",
    "RunConfig",
    "RunResult",
    "Scenario",
    "SimulatorError",
    "World",
    "compare",
    "load_scenario",
    "report_by_ad_group",
    "report_by_day",
    "report_by_hour",
    "report_totals",
    "simulate",
]
