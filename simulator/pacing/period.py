"""What controllers remember of the running period: what the last tick had to spend, and whether it ran dry.

The spend of a tick in which the money ran out says little: with more money it would have been more. Taken for slow
spending it would raise the pace of the next day, which then ends still earlier. So controllers learn from a dry tick
only that it was too fast, if it was.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.observed import Observed
from workbench.jit import kernel

DRY_FACTOR = 8.0
"""A tick ran dry if less than one part in this many of its plan was left after it.

A bid that is not covered by the remainder is not made, so a dry remainder is rarely 0.
"""


class Period(NamedTuple):
    """The running period of each ad group; changed in place.

    Attributes
    ----------
    is_new : bool array, shape (n,)
        Whether the coming tick is the first that the ad group bids in in its period.
    planned_micros : float64 array, shape (n,)
        What the last tick that did not run dry was meant to spend, micro-currency.
    available_micros : float64 array, shape (n,)
        What there was before the last tick that it bid in, micro-currency.
    """

    is_new: NDArray[np.bool_]
    planned_micros: NDArray[np.float64]
    available_micros: NDArray[np.float64]

    @classmethod
    def first(cls, n: int) -> "Period":
        """Return the period that a flight begins with, for ``n`` ad groups."""
        return cls(np.ones(n, dtype=np.bool_), np.zeros(n), np.zeros(n))


@kernel
def ran_dry(period: Period, observed: Observed, n: int) -> bool:
    """Tell whether the money of an ad group ran out in the last tick, or has run out before.

    Told from what there was before the tick, not from what is left now: at midnight that is a new budget.

    Parameters
    ----------
    period : Period
        The running period.
    observed : Observed
        How budget and traffic stand.
    n : int
        Place of the ad group.
    """
    left = period.available_micros[n] - observed.last_spend_micros[n]
    return bool(left * DRY_FACTOR < period.planned_micros[n])


@kernel
def tells(period: Period, observed: Observed, n: int) -> bool:
    """Tell whether the spend of the last tick shows how fast an ad group spends.

    False without traffic then or to come, for an ad group that has not bid yet, and after a dry tick.

    Parameters
    ----------
    period, observed, n
        As for `ran_dry`.
    """
    return _has_bid(period, observed, n) and observed.remaining_share[n] > 0 and not ran_dry(period, observed, n)


@kernel
def overran(period: Period, observed: Observed, n: int) -> bool:
    """Tell whether the last tick ran dry because it spent more than was planned for it; never where `tells` is true.

    Parameters
    ----------
    period, observed, n
        As for `ran_dry`.
    """
    is_over = observed.last_spend_micros[n] > period.planned_micros[n]
    return _has_bid(period, observed, n) and ran_dry(period, observed, n) and is_over


@kernel
def plan(period: Period, observed: Observed, n: int) -> None:
    """Note what the coming tick has, and should spend: what is left, spread over the traffic that is left.

    Parameters
    ----------
    period, observed, n
        As for `ran_dry`; of an ad group that bids in the coming tick.
    """
    if period.is_new[n] or not ran_dry(period, observed, n):
        share = bounded_ratio(observed.coming_share[n], observed.remaining_share[n], 0.0, 1.0)
        period.planned_micros[n] = observed.remaining_micros[n] * share
    period.available_micros[n] = observed.remaining_micros[n]
    period.is_new[n] = False


@kernel
def _has_bid(period: Period, observed: Observed, n: int) -> bool:
    return bool(observed.last_share[n] > 0 and period.available_micros[n] > 0)
