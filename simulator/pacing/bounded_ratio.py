"""Division that cannot fail: controllers must survive a tick without spend and an hour without traffic."""

import numpy as np
from numpy.typing import NDArray


def bounded_ratio(
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    least: NDArray[np.float64] | float,
    most: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Divide, and stay within bounds.

    The bounds are compared before dividing, so neither 0 nor a tiny denominator ever divides.

    Parameters
    ----------
    numerator, denominator : float64 array, shape (n,)
        Not negative.
    least, most : float64 array, shape (n,), or float
        Bounds of the result, not negative.

    Returns
    -------
    float64 array, shape (n,)
        ``numerator / denominator`` between the bounds; ``most`` where both are 0.
    """
    is_most = numerator >= most * denominator
    is_least = ~is_most & (numerator <= least * denominator)
    bound = np.where(is_most, most, least)
    return np.divide(numerator, denominator, out=bound, where=~(is_most | is_least))
