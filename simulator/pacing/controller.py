"""What every controller has: the running period of its ad groups, and one question before each tick."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.observed import Observed
from simulator.pacing.pace import Pace
from simulator.pacing.period import Period
from workbench.jit import typed_once


class Controller:
    """A controller of some ad groups; what it has learned outlasts a period.

    Parameters
    ----------
    is_own : bool array, shape (n,)
        Which of ``n`` ad groups it steers; nothing that it is told of the others matters.
    rule : callable
        A kernel that says what a tick is bid with, from `Observed`, who is active, ``is_own``, the `Period` and
        ``learned``, and writes it into a `Pace`.
    learned : NamedTuple of arrays
        What the rule knows of each ad group, and changes.
    """

    def __init__(self, is_own: NDArray[np.bool_], rule: Callable[..., None], learned: Any) -> None:
        self._is_own, self._period = is_own, Period.first(is_own.size)
        self._rule, self._learned = typed_once(rule), learned

    def start_period(self, is_new: NDArray[np.bool_]) -> None:
        """Begin a new period.

        Parameters
        ----------
        is_new : bool array, shape (n,)
            Whose budget is whole again.
        """
        self._period.is_new[is_new] = True

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
        self._rule(observed, is_active, self._is_own, self._period, self._learned, pace)
