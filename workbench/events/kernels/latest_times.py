"""The latest times of each account, in a few slots that stay sorted."""

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

NEVER = np.iinfo(np.int64).min
"""The time in a slot that has none."""


@kernel
def keep_latest(
    accounts: NDArray[np.int32],
    times: NDArray[np.integer],
    spans: NDArray[np.int64],
    clock: NDArray[np.int64],
    slots_of: NDArray[np.int32],
    latest: NDArray[np.int64],
) -> None:
    """Keep the latest times of the events in some spans, for the accounts that have slots.

    Parameters
    ----------
    accounts : int32 array, shape (n_events,)
        Whose event each is; every account in the spans exists, or is a stranger's, -1.
    times : uint32 or int64 array, shape (n_events,)
        When each happened, in the run's units.
    spans : int64 array, shape (n, 3)
        What `find_spans` found.
    clock : int64 array, shape (2,)
        Microseconds since 1970 of the run's time 0, and microseconds in a unit.
    slots_of : int32 array, shape (n_accounts + 1,)
        Row of each account in ``latest``, -1 if it has none; and a last -1 for strangers.
    latest : int64 array, shape (n_rows, k)
        The k latest times, ascending, microseconds since 1970; `NEVER` where there are fewer. Kept on in place.
    """
    last = latest.shape[1] - 1
    for span in range(spans.shape[0]):
        for event in range(spans[span, 0], spans[span, 1]):
            row = slots_of[accounts[event]]  # of a stranger, account -1, the last row, which is nobody's
            if row < 0:
                continue
            time = clock[0] + np.int64(times[event]) * clock[1]
            if time <= latest[row, 0]:
                continue
            slot = 0
            while slot < last and latest[row, slot + 1] < time:
                latest[row, slot] = latest[row, slot + 1]
                slot += 1
            latest[row, slot] = time
