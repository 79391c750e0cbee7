"""How strongly a controller of bids acts on an error: less after it went too far, more while it does not get there.

How much spend answers to a bid is unknown and differs widely: a bid far below the rivals' may win ten times as much
when it is raised by a third, a bid far above them buys nothing more. A fixed gain is then either slow or swings. So
each ad group has a gain of its own, cut when the error changes sign and raised while it does not; the rule is that of
Rprop (Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", 1993). Noise changes the
sign all the time, so a thin ad group is steered gently.
"""

import numpy as np
from numpy.typing import NDArray

MIN_GAIN = 0.2
MAX_GAIN = 1.0
CUT = 0.5
GROWTH = 1.25


def next_gain(
    gain: NDArray[np.float64], error: NDArray[np.float64], last_error: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Adapt the gain to two errors in a row.

    Parameters
    ----------
    gain : float64 array, shape (n,)
        The gain of the last step, `MIN_GAIN` to `MAX_GAIN`.
    error, last_error : float64 array, shape (n,)
        The error now and before the last step; only their signs matter.

    Returns
    -------
    float64 array, shape (n,)
        `MIN_GAIN` to `MAX_GAIN`.
    """
    has_turned = error * last_error < 0
    return np.where(has_turned, np.maximum(MIN_GAIN, gain * CUT), np.minimum(MAX_GAIN, gain * GROWTH))
