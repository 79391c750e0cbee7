"""Where a controller starts that has seen no spend yet."""

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.observed import Observed
from simulator.pacing.pace import FULL_BP


def cold_start_bp(observed: Observed, start_bp: float) -> NDArray[np.float64]:
    """Choose a careful level, and full speed if the period ends with the coming tick.

    A tick is an hour: at full speed a small budget would be gone before anything is learned. LinkedIn starts slowly for
    the same reason, in a tenth of the auctions (Agarwal et al., KDD 2014).

    Parameters
    ----------
    observed : Observed
        How budget and traffic stand.
    start_bp : float
        The careful level, basis points.

    Returns
    -------
    float64 array, shape (n,)
        Basis points: the coming tick's part of the traffic to come, at least ``start_bp``.
    """
    return bounded_ratio(observed.coming_share * FULL_BP, observed.remaining_share, start_bp, float(FULL_BP))
