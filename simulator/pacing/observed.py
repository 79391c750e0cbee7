"""What a controller is told before a tick."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HEADROOM = 1.03
"""Controllers aim to spend this many times what is left, so to be done a little early.

No budget can be overspent, but what is left at the end of a period is lost; so an error of the last tick should fall on
the side of the budget's end. LinkedIn's pacing finishes early for the same reason (Agarwal et al., "Budget pacing for
targeted online advertisements at LinkedIn", KDD 2014).
"""


class Observed(NamedTuple):
    """How budget and traffic stand; one element per paced ad group.

    Shares are in one unit for all ticks of a flight: a whole period's expected traffic (see `traffic_plan`). Where a
    campaign's budget counts, it is the campaign's spend and remainder that are observed.

    Attributes
    ----------
    budget_micros : float64 array, shape (n,)
        The period's budget, micro-currency.
    remaining_micros : float64 array, shape (n,)
        What is left of it, micro-currency.
    last_spend_micros : float64 array, shape (n,)
        What the last tick spent, micro-currency.
    last_share : float64 array, shape (n,)
        Expected traffic of the last tick; 0 where the ad group did not bid in it: then nothing is learned from it.
    coming_share : float64 array, shape (n,)
        Expected traffic of the coming tick.
    remaining_share : float64 array, shape (n,)
        Expected traffic until the end of the period, the coming tick's included; 0 if none is to come.
    """

    budget_micros: NDArray[np.float64]
    remaining_micros: NDArray[np.float64]
    last_spend_micros: NDArray[np.float64]
    last_share: NDArray[np.float64]
    coming_share: NDArray[np.float64]
    remaining_share: NDArray[np.float64]
