"""Pacing: controllers that spread a budget over the traffic of its period.

A controller runs once a tick, for all its ad groups at once. It is told how the budget and the traffic stand
(`Observed`) and sets what the coming tick is bid with (`Pace`). Each keeps what it has learned over midnight. One
pacing rule acts at every opportunity instead, inside the auction's kernel; `adaptive_terms` prepares its numbers.

Only + − × ÷, square roots and comparisons of float64 are used, which IEEE 754 rounds alike everywhere, and what leaves
a controller is whole: the same run has the same bids on every machine.
"""

from simulator.pacing.adaptive import AdaptiveTerms, adaptive_terms
from simulator.pacing.bid_multiplier import BidMultiplier
from simulator.pacing.controller import Controller
from simulator.pacing.mystique import Mystique
from simulator.pacing.observed import Observed
from simulator.pacing.pace import FULL_BP, Pace, full_pace
from simulator.pacing.plan import TrafficPlan, traffic_plan
from simulator.pacing.throttle import Throttle

__all__ = [
    "FULL_BP",
    "AdaptiveTerms",
    "BidMultiplier",
    "Controller",
    "Mystique",
    "Observed",
    "Pace",
    "Throttle",
    "TrafficPlan",
    "adaptive_terms",
    "full_pace",
    "traffic_plan",
]
