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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.cold_start import cold_start_bp
from simulator.pacing.controller import Controller
from simulator.pacing.observed import HEADROOM, Observed
from simulator.pacing.pace import FULL_BP, Pace
from simulator.pacing.period import Period, overran, plan, tells
from simulator.pacing.step_gain import MAX_GAIN, next_gain
from workbench.jit import kernel

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


class _Learned(NamedTuple):
    """What is known of each ad group: its signal, the last correction, and how its period started."""

    signal_bp: NDArray[np.float64]
    has_learned: NDArray[np.bool_]
    gain: NDArray[np.float64]
    urge: NDArray[np.float64]
    start_micros: NDArray[np.float64]
    start_share: NDArray[np.float64]


class Mystique(Controller):
    """Pacing signal of each ad group: the product of its multiplier and its participation.

    Parameters
    ----------
    is_own : bool array, shape (n,)
        Which of ``n`` ad groups it steers.
    """

    def __init__(self, is_own: NDArray[np.bool_]) -> None:
        n = is_own.size
        has_learned, nothing = np.zeros(n, dtype=np.bool_), [np.zeros(n) for _ in range(3)]
        super().__init__(is_own, _pace, _Learned(np.full(n, START_BP), has_learned, np.full(n, MAX_GAIN), *nothing))


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
            if period.is_new[n]:
                learned.start_micros[n] = observed.remaining_micros[n]
                learned.start_share[n] = observed.remaining_share[n]
            if overran(period, observed, n):
                _correct(1.0, n, period.is_new[n], learned)
            elif tells(period, observed, n):
                _correct(_urge_to_slow(observed, n, learned), n, period.is_new[n], learned)
            if not learned.has_learned[n] and observed.remaining_share[n] > 0:
                learned.signal_bp[n] = cold_start_bp(observed, n, START_BP)
            plan(period, observed, n)
            multiplier_bp = max(SOFT_BP, learned.signal_bp[n])
            pace.multiplier_bp[n] = int(np.floor(multiplier_bp))
            pace.participation_bp[n] = int(np.floor(learned.signal_bp[n] * FULL_BP / multiplier_bp))


@kernel
def _urge_to_slow(observed: Observed, n: int, learned: _Learned) -> float:
    """Weigh distance and slope: 1 is to slow down as much as possible, −1 to speed up."""
    to_come = bounded_ratio(observed.remaining_share[n], learned.start_share[n], 0.0, 1.0)
    left = bounded_ratio(observed.remaining_micros[n], learned.start_micros[n], 0.0, 1.0)
    distance = to_come - HEADROOM * left
    slope_error = _slope(observed, n, learned) - 1.0
    weight = _distance_weight(distance, slope_error, observed.coming_share[n], learned.start_share[n])
    far = bounded_ratio(abs(distance), FULL_DISTANCE * to_come, 0.0, 1.0)
    steep = min(1.0, abs(slope_error) / FULL_SLOPE_ERROR)
    return weight * (far if distance > 0 else -far) + (1.0 - weight) * (steep if slope_error > 0 else -steep)


@kernel
def _slope(observed: Observed, n: int, learned: _Learned) -> float:
    """Divide the last tick's spend by what the plan from the period's start has for it."""
    spent = observed.last_spend_micros[n] * learned.start_share[n]
    return bounded_ratio(spent, learned.start_micros[n] * observed.last_share[n], 0.0, 1.0 + FULL_SLOPE_ERROR)


@kernel
def _distance_weight(distance: float, slope_error: float, coming_share: float, start_share: float) -> float:
    """Weigh the distance by the ticks until the course meets the plan: distance / (slope error · tick's share)."""
    if distance * slope_error > 0:
        return DIVERGING_WEIGHT
    far = DISTANCE_WEIGHT_PER_TICK * abs(distance) * start_share
    return bounded_ratio(far, abs(slope_error) * coming_share, 0.0, MAX_DISTANCE_WEIGHT)


@kernel
def _correct(urge: float, n: int, is_new: bool, learned: _Learned) -> None:
    """Correct the signal; the plan leaps at midnight, so a turn of the urge then is no sign of a step too far."""
    gain = next_gain(learned.gain[n], urge, urge if is_new else learned.urge[n])
    correction = MAX_CORRECTION * gain * urge
    signal_bp = learned.signal_bp[n]
    corrected_bp = signal_bp * (1.0 - correction) if urge > 0 else signal_bp / (1.0 + min(0.0, correction))
    learned.signal_bp[n] = min(float(FULL_BP), max(MIN_BP, corrected_bp))
    learned.gain[n] = gain
    learned.urge[n] = urge
    learned.has_learned[n] = True
