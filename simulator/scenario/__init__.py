"""Scenarios: a base configuration plus levers, saved as JSON, versioned, told apart in words."""

from simulator.scenario.difference_in_words import describe_difference
from simulator.scenario.lever import Lever, with_levers_pulled
from simulator.scenario.lever_kinds import LEVER_KINDS, LeverKind, Unit, levers_of
from simulator.scenario.scenario import PastVersion, Scenario
from simulator.scenario.scenario_file import load_scenario, read_json, save_scenario
from simulator.scenario.settings import EVERY, Setting, settings_named

__all__ = [
    "EVERY",
    "LEVER_KINDS",
    "Lever",
    "LeverKind",
    "PastVersion",
    "Scenario",
    "Setting",
    "Unit",
    "describe_difference",
    "levers_of",
    "load_scenario",
    "read_json",
    "save_scenario",
    "settings_named",
    "with_levers_pulled",
]
