"""Sweeps: one scenario at many points, over the same people, and what the points tell together."""

from simulator.sweeps.break_even import break_even, cost_gains
from simulator.sweeps.curves import best_point, marginal_costs, response_curve, saturation_point
from simulator.sweeps.design import Design, grid, latin_hypercube
from simulator.sweeps.offered_levers import OfferedLever, offered_levers
from simulator.sweeps.pareto import pareto_front
from simulator.sweeps.sensitivity import main_effects, sobol_design, sobol_indices
from simulator.sweeps.sweep import SweepPlan, SweepResult, load_plan, sweep
from simulator.sweeps.swept_lever import LeverRange, LeverValues, swept_lever_from_text

__all__ = [
    "Design",
    "LeverRange",
    "LeverValues",
    "OfferedLever",
    "SweepPlan",
    "SweepResult",
    "best_point",
    "break_even",
    "cost_gains",
    "grid",
    "latin_hypercube",
    "load_plan",
    "main_effects",
    "marginal_costs",
    "offered_levers",
    "pareto_front",
    "response_curve",
    "saturation_point",
    "sobol_design",
    "sobol_indices",
    "sweep",
    "swept_lever_from_text",
]
