"""Throttle: the whole bid, in a share of the auctions.

Spend is proportional to the share of auctions that an ad group takes part in, so the share needed is planned spend over
spend at full participation. The idea is that of LinkedIn's pacing (Agarwal et al., "Budget pacing for targeted online
advertisements at LinkedIn", KDD 2014) and of Karande, Mehta and Srikant, "Optimizing budget constrained spend in search
advertising", WSDM 2013. LinkedIn raises or lowers the share by a tenth every minute, which makes up for not knowing the
rate of spend; a tick here is an hour, so the rate is estimated and the share follows at once.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.cold_start import cold_start_bp
from simulator.pacing.controller import Controller
from simulator.pacing.observed import HEADROOM, Observed
from simulator.pacing.pace import FULL_BP, Pace, full_bp, whole_bp

START_BP = 1_000.0
"""The first tick's participation."""

MIN_BP = 1.0
"""Participation never falls to 0: from there nothing would be learned."""

MAX_RISE = 4.0
"""Participation rises at most to this many times, so that one unlucky hour of a thin ad group does not burn its day."""

MEMORY = 0.75
"""Weight of what is known against the last tick: the rate is of the last four ticks or so."""


class Throttle(Controller):
    """Participation of each ad group.

    Parameters
    ----------
    n : int
        Number of ad groups.
    """

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self._participation_bp = np.full(n, START_BP)
        self._spend_micros = np.zeros(n)
        self._entered = np.zeros(n)

    def pace(self, observed: Observed, is_active: NDArray[np.bool_]) -> Pace:
        """Set the participation of the coming tick.

        Parameters
        ----------
        observed : Observed
            How budget and traffic stand.
        is_active : bool array, shape (n,)
            Who bids in the coming tick; nothing changes for the others.

        Returns
        -------
        Pace
            The whole bid, and the participation.
        """
        self._learn(observed, is_active)
        is_steered = (
            is_active & (observed.remaining_share > 0) & (self._period.is_new | ~self._period.ran_dry(observed))
        )
        self._participation_bp = np.where(is_steered, np.floor(self._wanted_bp(observed)), self._participation_bp)
        self._period.plan(observed, is_active)
        return Pace(full_bp(len(is_active)), whole_bp(self._participation_bp))

    def _learn(self, observed: Observed, is_active: NDArray[np.bool_]) -> None:
        """Add the last tick to the rate of spend; a dry one is a lower bound, so only if it raises the rate."""
        entered = self._participation_bp * observed.last_share
        is_faster = observed.last_spend_micros * self._entered > self._spend_micros * entered
        is_first = (self._entered == 0) & (observed.last_spend_micros > 0)
        overran = self._period.overran(observed) & (is_faster | is_first)
        is_learning = is_active & (self._period.tells(observed) | overran)
        spend_micros = self._spend_micros * MEMORY + observed.last_spend_micros
        self._spend_micros = np.where(is_learning, spend_micros, self._spend_micros)
        self._entered = np.where(is_learning, self._entered * MEMORY + entered, self._entered)

    def _wanted_bp(self, observed: Observed) -> NDArray[np.float64]:
        """Divide planned spend by the rate of spend: (remaining / remaining share) / (spend / entered share)."""
        most = np.minimum(FULL_BP, np.maximum(START_BP, self._participation_bp * MAX_RISE))
        planned = HEADROOM * observed.remaining_micros * self._entered
        wanted = bounded_ratio(planned, observed.remaining_share * self._spend_micros, MIN_BP, most)
        return np.where(self._entered > 0, wanted, cold_start_bp(observed, START_BP))
