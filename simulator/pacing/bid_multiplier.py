"""Bid multiplier: every auction, with a part of the bid, steered by a PID controller.

The error compares what should be spent with what would be if the ad group went on as in the last tick, both until the
end of the period: e = (planned − expected) / (planned + expected). It lies between −1 and 1 and is close to half the
logarithm of planned over expected, so a factor too much and a factor too little weigh the same. The controller has the
velocity form (Åström and Hägglund, "Advanced PID Control", 2006, section 13.4): each step

    u = gain · (KI·e + KP·(e − e₁) + KD·(e − 2·e₁ + e₂)),    multiplier ← multiplier · (2 + u) / (2 − u)

changes the multiplier, which itself is the integral, by about the factor exp(u). Windup cannot happen: where the
multiplier is held at a bound, nothing goes on adding up behind it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.cold_start import cold_start_bp
from simulator.pacing.controller import Controller
from simulator.pacing.observed import HEADROOM, Observed
from simulator.pacing.pace import FULL_BP, Pace
from simulator.pacing.period import Period, overran, plan, ran_dry, tells
from simulator.pacing.step_gain import MAX_GAIN, next_gain
from workbench.jit import kernel

START_BP = 2_000.0
"""The first tick's multiplier: of an automatic bid, whose ceiling is 5 times the rivals' median, about that median."""

MIN_BP = 500.0
"""The multiplier never goes below 5 % of the bid: from there it finds back within a day, from 0 it never would."""

KI = 1.0
KP = 0.2
KD = 0.05

MAX_RISE = 0.5
"""A step up is at most the factor 2.5 / 1.5."""

MAX_FALL = 1.0
"""A step down is at most the factor 1 / 3; larger than up, for what is overspent cannot be had back."""


class _Learned(NamedTuple):
    """What is known of each ad group: its multiplier, and the errors and the gain of its last steps."""

    multiplier_bp: NDArray[np.float64]
    has_learned: NDArray[np.bool_]
    gain: NDArray[np.float64]
    error: NDArray[np.float64]
    error_before: NDArray[np.float64]


class BidMultiplier(Controller):
    """Multiplier of each ad group, which takes part in every auction.

    Parameters
    ----------
    is_own : bool array, shape (n,)
        Which of ``n`` ad groups it steers.
    """

    def __init__(self, is_own: NDArray[np.bool_]) -> None:
        n = is_own.size
        has_learned, errors = np.zeros(n, dtype=np.bool_), [np.zeros(n) for _ in range(2)]
        super().__init__(is_own, _pace, _Learned(np.full(n, START_BP), has_learned, np.full(n, MAX_GAIN), *errors))


@kernel
def _pace(
    observed: Observed,
    is_active: NDArray[np.bool_],
    is_own: NDArray[np.bool_],
    period: Period,
    learned: _Learned,
    pace: Pace,
) -> None:
    for n in range(is_active.size):
        if is_own[n] and is_active[n]:
            if tells(period, observed, n) or overran(period, observed, n):
                _step(_spend_error(observed, n, period), n, period.is_new[n], learned)
            if not learned.has_learned[n] and observed.remaining_share[n] > 0:
                learned.multiplier_bp[n] = cold_start_bp(observed, n, START_BP)
            plan(period, observed, n)
            pace.multiplier_bp[n] = int(np.floor(learned.multiplier_bp[n]))
            pace.participation_bp[n] = FULL_BP


@kernel
def _spend_error(observed: Observed, n: int, period: Period) -> float:
    """Compare planned with expected spend; after a tick that ran dry, its own plan with its own spend."""
    if ran_dry(period, observed, n):
        planned, expected = period.planned_micros[n], observed.last_spend_micros[n]
    else:
        planned = HEADROOM * observed.remaining_micros[n] * observed.last_share[n]
        expected = observed.last_spend_micros[n] * observed.remaining_share[n]
    both = planned + expected
    return (planned - expected) / both if both > 0 else 0.0


@kernel
def _step(error: float, n: int, is_new: bool, learned: _Learned) -> None:
    """Take a step; at midnight the plan leaps, so the errors of the day before say nothing of change."""
    last_error = error if is_new else learned.error[n]
    error_before = error if is_new else learned.error_before[n]
    gain = next_gain(learned.gain[n], error, last_error)
    change = error - last_error
    bend = error - 2.0 * last_error + error_before
    u = min(MAX_RISE, max(-MAX_FALL, gain * (KI * error + KP * change + KD * bend)))
    stepped_bp = learned.multiplier_bp[n] * (2.0 + u) / (2.0 - u)
    learned.multiplier_bp[n] = min(float(FULL_BP), max(MIN_BP, stepped_bp))
    learned.gain[n] = gain
    learned.error_before[n] = last_error
    learned.error[n] = error
    learned.has_learned[n] = True
