"""What controllers remember of the running period: what the last tick had to spend, and whether it ran dry.

The spend of a tick in which the money ran out says little: with more money it would have been more. Taken for slow
spending it would raise the pace of the next day, which then ends still earlier. So controllers learn from a dry tick
only that it was too fast, if it was.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.observed import Observed

DRY_FACTOR = 8.0
"""A tick ran dry if less than one part in this many of its plan was left after it.

A bid that is not covered by the remainder is not made, so a dry remainder is rarely 0.
"""


class Period:
    """The running period of each ad group.

    Parameters
    ----------
    n : int
        Number of ad groups.

    Attributes
    ----------
    is_new : bool array, shape (n,)
        Whether the coming tick is the first that the ad group bids in in its period.
    planned_micros : float64 array, shape (n,)
        What the last tick that did not run dry was meant to spend, micro-currency.
    """

    def __init__(self, n: int) -> None:
        self.is_new = np.ones(n, dtype=np.bool_)
        self.planned_micros = np.zeros(n)
        self._available_micros = np.zeros(n)

    def start(self, is_new: NDArray[np.bool_]) -> None:
        """Begin a new period: the budget is whole again.

        Parameters
        ----------
        is_new : bool array, shape (n,)
            Whose.
        """
        self.is_new = self.is_new | is_new

    def ran_dry(self, observed: Observed) -> NDArray[np.bool_]:
        """Tell where the money ran out in the last tick, or has run out before.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.

        Returns
        -------
        bool array, shape (n,)
            Told from what there was before the tick, not from what is left now: at midnight that is a new budget.
        """
        return (self._available_micros - observed.last_spend_micros) * DRY_FACTOR < self.planned_micros

    def tells(self, observed: Observed) -> NDArray[np.bool_]:
        """Tell where the spend of the last tick shows how fast the ad group spends.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.

        Returns
        -------
        bool array, shape (n,)
            False without traffic then or to come, for an ad group that has not bid yet, and after a dry tick.
        """
        return self._has_bid(observed) & (observed.remaining_share > 0) & ~self.ran_dry(observed)

    def overran(self, observed: Observed) -> NDArray[np.bool_]:
        """Tell where the last tick ran dry because it spent more than was planned for it.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.

        Returns
        -------
        bool array, shape (n,)
            Never where `tells` is true.
        """
        return self._has_bid(observed) & self.ran_dry(observed) & (observed.last_spend_micros > self.planned_micros)

    def plan(self, observed: Observed, is_active: NDArray[np.bool_]) -> None:
        """Note what the coming tick has, and should spend: what is left, spread over the traffic that is left.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.
        is_active : bool array, shape (n,)
            Who bids in the coming tick; nothing changes for the others.
        """
        planned = observed.remaining_micros * bounded_ratio(observed.coming_share, observed.remaining_share, 0.0, 1.0)
        is_planned = is_active & (self.is_new | ~self.ran_dry(observed))
        self.planned_micros = np.where(is_planned, planned, self.planned_micros)
        self._available_micros = np.where(is_active, observed.remaining_micros, self._available_micros)
        self.is_new = self.is_new & ~is_active

    def _has_bid(self, observed: Observed) -> NDArray[np.bool_]:
        return (observed.last_share > 0) & (self._available_micros > 0)
