"""Mystique: a pacing signal, corrected by the distance to the planned course of spend and by the difference of slope.

After Yahoo's pacing (Stram et al., "Mystique: a budget pacing system for performance optimization in online
advertising", WWW 2024): the signal falls while more is spent than planned by now, or while it is spent faster than
planned. Which of the two counts more depends on when the course would meet the plan: far from it the distance counts,
close to it the slope, so that the course bends into the plan and does not cross it.

What differs, and why. Yahoo corrects every minute by a small constant; a tick here is an hour, so a correction is a
factor of up to 2, and each ad group has a gain of its own (`simulator.pacing.step_gain`). The distance is measured
against what is still to come, not against the day: two hundredths of a budget are nothing at noon and all that is
left at eleven at night. Yahoo learns the course of a campaign's day from its days before; the expected traffic is known
here, so the plan is proportional to it.

Yahoo acts on the signal softly, on the bid, or hard, on the share of auctions. Here the soft way comes first, because a
lower bid gives up the dearest impressions and keeps the cheap ones. From a quarter of the bid on the hard one takes
over: a bid that low soon is below every floor and wins nothing, and spend would answer to the signal by leaps; to
participation it answers in proportion.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.cold_start import cold_start_bp
from simulator.pacing.controller import Controller
from simulator.pacing.observed import HEADROOM, Observed
from simulator.pacing.pace import FULL_BP, Pace, whole_bp
from simulator.pacing.step_gain import MAX_GAIN, next_gain

START_BP = 1_000.0
"""The first tick's signal."""

MIN_BP = 10.0
"""The signal never falls to 0: from there nothing would be learned."""

SOFT_BP = 2_500.0
"""Down to this signal the bid is lowered, below it participation."""

MAX_CORRECTION = 0.5
"""A correction halves the signal at most, or doubles it."""

FULL_DISTANCE = 0.5
"""Distance to the plan that asks for the whole correction, as a part of what is still to come."""

FULL_SLOPE_ERROR = 0.5
"""Difference from the planned slope that asks for the whole correction, as a part of that slope."""

DISTANCE_WEIGHT_PER_TICK = 0.2
MAX_DISTANCE_WEIGHT = 0.9
"""The distance's weight grows with the ticks until the course would meet the plan; the numbers are Yahoo's."""

DIVERGING_WEIGHT = 0.5
"""Where the course leaves the plan, distance and slope count the same (Yahoo's number)."""


class Mystique(Controller):
    """Pacing signal of each ad group.

    Parameters
    ----------
    n : int
        Number of ad groups.
    """

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self._signal_bp = np.full(n, START_BP)
        self._has_learned = np.zeros(n, dtype=np.bool_)
        self._gain = np.full(n, MAX_GAIN)
        self._urge = np.zeros(n)
        self._start_micros = np.zeros(n)
        self._start_share = np.zeros(n)

    def pace(self, observed: Observed, is_active: NDArray[np.bool_]) -> Pace:
        """Set bid and participation of the coming tick.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.
        is_active : bool array, shape (n,)
            Who bids in the coming tick; nothing changes for the others.

        Returns
        -------
        Pace
            Their product is the signal.
        """
        is_starting = is_active & self._period.is_new
        self._start_micros = np.where(is_starting, observed.remaining_micros, self._start_micros)
        self._start_share = np.where(is_starting, observed.remaining_share, self._start_share)
        overran = self._period.overran(observed)
        urge = np.where(overran, 1.0, self._urge_to_slow(observed))
        self._correct(urge, is_active & (self._period.tells(observed) | overran))
        is_cold = is_active & ~self._has_learned & (observed.remaining_share > 0)
        self._signal_bp = np.where(is_cold, cold_start_bp(observed, START_BP), self._signal_bp)
        self._period.plan(observed, is_active)
        multiplier_bp = np.maximum(SOFT_BP, self._signal_bp)
        return Pace(whole_bp(multiplier_bp), whole_bp(self._signal_bp * FULL_BP / multiplier_bp))

    def _urge_to_slow(self, observed: Observed) -> NDArray[np.float64]:
        """Weigh distance and slope: 1 is to slow down as much as possible, −1 to speed up."""
        to_come = bounded_ratio(observed.remaining_share, self._start_share, 0.0, 1.0)
        left = bounded_ratio(observed.remaining_micros, self._start_micros, 0.0, 1.0)
        distance = to_come - HEADROOM * left
        slope_error = self._slope(observed) - 1.0
        weight = self._distance_weight(distance, slope_error, observed.coming_share)
        far = bounded_ratio(np.abs(distance), FULL_DISTANCE * to_come, 0.0, 1.0)
        steep = np.minimum(1.0, np.abs(slope_error) / FULL_SLOPE_ERROR)
        return weight * np.where(distance > 0, far, -far) + (1.0 - weight) * np.where(slope_error > 0, steep, -steep)

    def _slope(self, observed: Observed) -> NDArray[np.float64]:
        """Divide the last tick's spend by what the plan from the period's start has for it."""
        spent = observed.last_spend_micros * self._start_share
        return bounded_ratio(spent, self._start_micros * observed.last_share, 0.0, 1.0 + FULL_SLOPE_ERROR)

    def _distance_weight(
        self, distance: NDArray[np.float64], slope_error: NDArray[np.float64], coming_share: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Weigh the distance by the ticks until the course meets the plan: distance / (slope error · tick's share)."""
        far = DISTANCE_WEIGHT_PER_TICK * np.abs(distance) * self._start_share
        meeting = bounded_ratio(far, np.abs(slope_error) * coming_share, 0.0, MAX_DISTANCE_WEIGHT)
        return np.where(distance * slope_error > 0, DIVERGING_WEIGHT, meeting)

    def _correct(self, urge: NDArray[np.float64], is_learning: NDArray[np.bool_]) -> None:
        """Correct the signal; the plan leaps at midnight, so a turn of the urge then is no sign of a step too far."""
        gain = next_gain(self._gain, urge, np.where(self._period.is_new, urge, self._urge))
        correction = MAX_CORRECTION * gain * urge
        slower_bp = self._signal_bp * (1.0 - correction)
        faster_bp = self._signal_bp / (1.0 + np.minimum(0.0, correction))
        corrected_bp = np.minimum(FULL_BP, np.maximum(MIN_BP, np.where(urge > 0, slower_bp, faster_bp)))
        self._signal_bp = np.where(is_learning, corrected_bp, self._signal_bp)
        self._gain = np.where(is_learning, gain, self._gain)
        self._urge = np.where(is_learning, urge, self._urge)
        self._has_learned = self._has_learned | is_learning
