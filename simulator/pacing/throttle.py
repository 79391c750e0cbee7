"""Throttle: the whole bid, in a share of the auctions.

Spend is proportional to the share of auctions that an ad group takes part in, so the share needed is planned spend over
spend at full participation. The idea is that of LinkedIn's pacing (Agarwal et al., "Budget pacing for targeted online
advertisements at LinkedIn", KDD 2014) and of Karande, Mehta and Srikant, "Optimizing budget constrained spend in search
advertising", WSDM 2013. LinkedIn raises or lowers the share by a tenth every minute, which makes up for not knowing the
rate of spend; a tick here is an hour, so the rate is estimated and the share follows at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.pacing.bounded_ratio import bounded_ratio
from simulator.pacing.cold_start import cold_start_bp
from simulator.pacing.controller import Controller
from simulator.pacing.observed import HEADROOM, Observed
from simulator.pacing.pace import FULL_BP, Pace
from simulator.pacing.period import Period, overran, plan, ran_dry, tells
from workbench.jit import kernel

START_BP = 1_000.0
"""The first tick's participation."""

MIN_BP = 1.0
"""Participation never falls to 0: from there nothing would be learned."""

MAX_RISE = 4.0
"""Participation rises at most to this many times, so that one unlucky hour of a thin ad group does not burn its day."""

MEMORY = 0.75
"""Weight of what is known against the last tick: the rate is of the last four ticks or so."""


class _Learned(NamedTuple):
    """What is known of each ad group: its participation, and its rate of spend as spend over what it entered."""

    participation_bp: NDArray[np.float64]
    spend_micros: NDArray[np.float64]
    entered: NDArray[np.float64]


class Throttle(Controller):
    """Participation of each ad group; the bid stays whole.

    Parameters
    ----------
    is_own : bool array, shape (n,)
        Which of ``n`` ad groups it steers.
    """

    def __init__(self, is_own: NDArray[np.bool_]) -> None:
        n = is_own.size
        super().__init__(is_own, _pace, _Learned(np.full(n, START_BP), np.zeros(n), np.zeros(n)))


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
            _learn(observed, n, period, learned)
            is_steered = period.is_new[n] or not ran_dry(period, observed, n)
            if is_steered and observed.remaining_share[n] > 0:
                learned.participation_bp[n] = np.floor(_wanted_bp(observed, n, learned))
            plan(period, observed, n)
            pace.multiplier_bp[n] = FULL_BP
            pace.participation_bp[n] = int(learned.participation_bp[n])


@kernel
def _learn(observed: Observed, n: int, period: Period, learned: _Learned) -> None:
    """Add the last tick to the rate of spend; a dry one is a lower bound, so only if it raises the rate."""
    spent, entered = observed.last_spend_micros[n], learned.participation_bp[n] * observed.last_share[n]
    is_faster = spent * learned.entered[n] > learned.spend_micros[n] * entered
    is_first = learned.entered[n] == 0 and spent > 0
    if tells(period, observed, n) or (overran(period, observed, n) and (is_faster or is_first)):
        learned.spend_micros[n] = learned.spend_micros[n] * MEMORY + spent
        learned.entered[n] = learned.entered[n] * MEMORY + entered


@kernel
def _wanted_bp(observed: Observed, n: int, learned: _Learned) -> float:
    """Divide planned spend by the rate of spend: (remaining / remaining share) / (spend / entered share)."""
    if learned.entered[n] <= 0:
        return cold_start_bp(observed, n, START_BP)
    most = min(float(FULL_BP), max(START_BP, learned.participation_bp[n] * MAX_RISE))
    planned = HEADROOM * observed.remaining_micros[n] * learned.entered[n]
    return bounded_ratio(planned, observed.remaining_share[n] * learned.spend_micros[n], MIN_BP, most)
