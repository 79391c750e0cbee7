"""Bid multiplier: every auction, with a part of the bid, steered by a PID controller.

The error compares what should be spent with what would be if the ad group went on as in the last tick, both until the
end of the period: e = (planned − expected) / (planned + expected). It lies between −1 and 1 and is close to half the
logarithm of planned over expected, so a factor too much and a factor too little weigh the same. The controller has the
velocity form (Åström and Hägglund, "Advanced PID Control", 2006, section 13.4): each step

    u = gain · (KI·e + KP·(e − e₁) + KD·(e − 2·e₁ + e₂)),    multiplier ← multiplier · (2 + u) / (2 − u)

changes the multiplier, which itself is the integral, by about the factor exp(u). Windup cannot happen: where the
multiplier is held at a bound, nothing goes on adding up behind it.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.cold_start import cold_start_bp
from simulator.pacing.controller import Controller
from simulator.pacing.observed import HEADROOM, Observed
from simulator.pacing.pace import FULL_BP, Pace, full_bp, whole_bp
from simulator.pacing.step_gain import MAX_GAIN, next_gain

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


class BidMultiplier(Controller):
    """Multiplier of each ad group.

    Parameters
    ----------
    n : int
        Number of ad groups.
    """

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self._multiplier_bp = np.full(n, START_BP)
        self._has_learned = np.zeros(n, dtype=np.bool_)
        self._gain = np.full(n, MAX_GAIN)
        self._error = np.zeros(n)
        self._error_before = np.zeros(n)

    def pace(self, observed: Observed, is_active: NDArray[np.bool_]) -> Pace:
        """Set the multiplier of the coming tick.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.
        is_active : bool array, shape (n,)
            Who bids in the coming tick; nothing changes for the others.

        Returns
        -------
        Pace
            The multiplier, and every auction.
        """
        is_learning = is_active & (self._period.tells(observed) | self._period.overran(observed))
        self._step(self._spend_error(observed), is_learning)
        is_cold = is_active & ~self._has_learned & (observed.remaining_share > 0)
        self._multiplier_bp = np.where(is_cold, cold_start_bp(observed, START_BP), self._multiplier_bp)
        self._period.plan(observed, is_active)
        return Pace(whole_bp(self._multiplier_bp), full_bp(len(is_active)))

    def _spend_error(self, observed: Observed) -> NDArray[np.float64]:
        """Compare planned with expected spend; after a tick that ran dry, its own plan with its own spend."""
        ran_dry = self._period.ran_dry(observed)
        to_spend = HEADROOM * observed.remaining_micros * observed.last_share
        planned = np.where(ran_dry, self._period.planned_micros, to_spend)
        expected = observed.last_spend_micros * np.where(ran_dry, 1.0, observed.remaining_share)
        both = planned + expected
        return np.divide(planned - expected, both, out=np.zeros_like(both), where=both > 0)

    def _step(self, error: NDArray[np.float64], is_learning: NDArray[np.bool_]) -> None:
        """Take a step; at midnight the plan leaps, so the errors of the day before say nothing of change."""
        last_error = np.where(self._period.is_new, error, self._error)
        error_before = np.where(self._period.is_new, error, self._error_before)
        gain = next_gain(self._gain, error, last_error)
        change = error - last_error
        bend = error - 2.0 * last_error + error_before
        u = np.minimum(MAX_RISE, np.maximum(-MAX_FALL, gain * (KI * error + KP * change + KD * bend)))
        stepped_bp = np.minimum(FULL_BP, np.maximum(MIN_BP, self._multiplier_bp * (2.0 + u) / (2.0 - u)))
        self._multiplier_bp = np.where(is_learning, stepped_bp, self._multiplier_bp)
        self._gain = np.where(is_learning, gain, self._gain)
        self._error_before = np.where(is_learning, last_error, self._error_before)
        self._error = np.where(is_learning, error, self._error)
        self._has_learned = self._has_learned | is_learning
