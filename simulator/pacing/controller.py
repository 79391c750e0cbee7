"""What every controller has: the running period of its ad groups, and one question before each tick."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.observed import Observed
from simulator.pacing.pace import Pace
from simulator.pacing.period import Period


class Controller(ABC):
    """A controller of some ad groups; what it has learned outlasts a period.

    Parameters
    ----------
    is_own : bool array, shape (n,)
        Which of ``n`` ad groups it steers; nothing that it is told of the others matters.
    """

    def __init__(self, is_own: NDArray[np.bool_]) -> None:
        self._is_own, self._period = is_own, Period.first(is_own.size)

    def start_period(self, is_new: NDArray[np.bool_]) -> None:
        """Begin a new period.

        Parameters
        ----------
        is_new : bool array, shape (n,)
            Whose budget is whole again.
        """
        self._period.is_new[is_new] = True

    @abstractmethod
    def pace(self, observed: Observed, is_active: NDArray[np.bool_], pace: Pace) -> None:
        """Set what the coming tick is bid with.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.
        is_active : bool array, shape (n,)
            Who bids in the coming tick; nothing changes for the others.
        pace : Pace
            Changed in place.
        """
