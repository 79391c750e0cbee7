"""Drawing from a distribution that is given by its quantiles at equal steps: its *knots*.

Between two knots values are spread evenly, so a draw is one look-up and one interpolation, in whole numbers.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

N_KNOTS: Final = 1_025
"""Knots of a distribution: quantiles at 0, 1/1024, …, 1."""

_HALF_STEP: Final = 0.5 / (N_KNOTS - 1)
KNOT_SHARES: Final = tuple(min(max(step / (N_KNOTS - 1), _HALF_STEP), 1 - _HALF_STEP) for step in range(N_KNOTS))
"""Which quantile each knot is; for a distribution without ends, whose ends are taken half a step inside."""

STEP_SHIFT: Final = np.uint64(54)
"""The ten highest bits of a draw choose a step."""

_FRACTION_SHIFT: Final = np.uint64(34)  # the twenty below them, a place in it
_FRACTION_BITS: Final = 20
_FRACTION_MASK: Final = np.uint64((1 << _FRACTION_BITS) - 1)


@kernel
def knot_draw(knots: NDArray[np.int32], bits: np.uint64) -> int:
    """Turn random bits into a value of the distribution.

    Parameters
    ----------
    knots : int32 array, shape (N_KNOTS,)
        Quantiles, ascending.
    bits : uint64
        Random; the 30 highest are used.

    Returns
    -------
    int64
        The value, rounded down.
    """
    step = np.int64(bits >> STEP_SHIFT)
    fraction = np.int64((bits >> _FRACTION_SHIFT) & _FRACTION_MASK)
    low = np.int64(knots[step])
    return int(low + (((np.int64(knots[step + 1]) - low) * fraction) >> _FRACTION_BITS))


@kernel
def knot_at_or_below(knots: NDArray[np.int32], bits: np.uint64) -> int:
    """Turn random bits into the knot at or below them: for distributions whose values are counts, such as hours."""
    return int(np.int64(knots[np.int64(bits >> STEP_SHIFT)]))
