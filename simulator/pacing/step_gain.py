"""How strongly a controller of bids acts on an error: less after it went too far, more while it does not get there.

How much spend answers to a bid is unknown and differs widely: a bid far below the rivals' may win ten times as much
when it is raised by a third, a bid far above them buys nothing more. A fixed gain is then either slow or swings. So
each ad group has a gain of its own, cut when the error changes sign and raised while it does not; the rule is that of
Rprop (Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", 1993). Noise changes the
sign all the time, so a thin ad group is steered gently.
"""

from workbench.jit import kernel

MIN_GAIN = 0.2
MAX_GAIN = 1.0
CUT = 0.5
GROWTH = 1.25


@kernel
def next_gain(gain: float, error: float, last_error: float) -> float:
    """Adapt the gain to two errors in a row.

    Parameters
    ----------
    gain : float
        The gain of the last step, `MIN_GAIN` to `MAX_GAIN`.
    error, last_error : float
        The error now and before the last step; only their signs matter.

    Returns
    -------
    float
        `MIN_GAIN` to `MAX_GAIN`.
    """
    if error * last_error < 0:
        return max(MIN_GAIN, gain * CUT)
    return min(MAX_GAIN, gain * GROWTH)
