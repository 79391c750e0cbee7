"""Glances: telling that an offer cannot matter without working out its score.

Nearly all that ranking looks at loses. A glance multiplies an offer's *promise*, the score it has for the average
person, by the highest factor that the person's draw allows, in float32, and asks whether that reaches the worst of the
best. It is a third of the work and touches a quarter of the memory. All is rounded upwards, so a glance errs on the
side of looking: who wins and what it costs is decided in whole numbers and is the same without any glance.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.draws import U64
from simulator.kernels.knots import STEP_SHIFT
from simulator.kernels.tables import RATE_BITS, RATE_ONE, SCORE_BITS, Glances
from workbench.jit import borrowing_kernel

F32: Final = np.float32
_UP: Final = F32(1 + 2.0**-20)  # more than all roundings to 24 bits together, that of the score compared with included
_RATE: Final = F32(2.0**-RATE_BITS)
_SCORE: Final = F32(2.0 ** (SCORE_BITS - RATE_BITS))
ANYTHING: Final = F32(np.inf)
"""Promise of an offer that a glance tells nothing of."""

NOTHING: Final = F32(-1)
"""Promise of an offer that does not take part: less than a score of 0, which may win."""


def new_glances(n_offers: int, personal: NDArray[np.int32]) -> Glances:
    """Make room for what `simulator.kernels.bids.submit_bids` tells of offers.

    Parameters
    ----------
    n_offers : int
        How many there are.
    personal : int32 array, shape (N_KNOTS,)
        Distribution of the personal factor, in 2**-20.
    """
    return Glances(
        bounds=np.zeros(n_offers, dtype=F32),
        promises=np.zeros(n_offers, dtype=F32),
        lanes=np.zeros(n_offers, dtype=U64),
        factors=np.maximum(personal[1:], 1).astype(F32) * (_RATE * _UP),
    )


@borrowing_kernel
def highest_score(score: int) -> np.float32:
    """Round a score upwards."""
    return F32(score) * _UP


@borrowing_kernel
def promise_of(effective: int, rate: int, is_personal: int, personal: NDArray[np.int32]) -> np.float32:
    """Return the score of an offer for the average person, rounded upwards.

    Parameters
    ----------
    effective : int64
        Its effective bid, micro-currency; 0 if it does not bid.
    rate : int64
        Expected billable events, in 2**-20.
    is_personal : int
        Whether the rate differs from person to person.
    personal : int32 array, shape (N_KNOTS,)
        How, in 2**-20.

    Returns
    -------
    float32
        In 2**-8 micro-currency for an impression. `ANYTHING` where the rate is the same for everybody, as bounds tell
        all there is to tell then, and where it is so low that scores do not follow it down.
    """
    if effective == 0:
        return NOTHING
    if not is_personal or rate * personal[1] < RATE_ONE:
        return ANYTHING
    return F32(effective) * F32(rate) * (_SCORE * _UP)


@borrowing_kernel
def may_reach(least: np.float32, offer: np.uint64, bits: np.uint64, glances: Glances) -> bool:
    """Tell whether an offer's score may come to this much, if these are the bits that its ad group has drawn."""
    return bool(glances.promises[offer] * glances.factors[bits >> STEP_SHIFT] >= least)
