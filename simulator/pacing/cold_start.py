"""Where a controller starts that has seen no spend yet."""

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.observed import Observed
from simulator.pacing.pace import FULL_BP
from workbench.jit import kernel


@kernel
def cold_start_bp(observed: Observed, n: int, start_bp: float) -> float:
    """Choose a careful level, and full speed if the period ends with the coming tick.

    A tick is an hour: at full speed a small budget would be gone before anything is learned. LinkedIn starts slowly for
    the same reason, in a tenth of the auctions (Agarwal et al., KDD 2014).

    Parameters
    ----------
    observed : Observed
        How budget and traffic stand.
    n : int
        Place of the ad group.
    start_bp : float
        The careful level, basis points.

    Returns
    -------
    float
        Basis points: the coming tick's part of the traffic to come, at least ``start_bp``.
    """
    return bounded_ratio(observed.coming_share[n] * FULL_BP, observed.remaining_share[n], start_bp, float(FULL_BP))
