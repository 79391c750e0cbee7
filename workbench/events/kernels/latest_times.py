"""The latest times of each account, in a few slots that stay sorted.

Events are given in slices of time, the latest slice first. Whoever has all slots filled by later slices is done, and of
the events of the done nothing is read but one bit: in a broad question that is nearly all of them.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

NEVER = np.iinfo(np.int64).min
"""The time in a slot that has none."""

_ONE, _LOW_BITS, _WORD_SHIFT = np.uint64(1), np.uint64(63), np.uint64(6)


@kernel
def keep_latest(
    accounts: NDArray[np.int32],
    times: NDArray[np.integer],
    spans: NDArray[np.int64],
    clock: NDArray[np.int64],
    waiting: NDArray[np.uint64],
    slots_of: NDArray[np.int32],
    latest: NDArray[np.int64],
) -> None:
    """Keep the latest times of the events in some spans, for the accounts that wait for them.

    Parameters
    ----------
    accounts : int32 array, shape (n_events,)
        Whose event each is; every account in the spans exists, or is a stranger's, -1.
    times : uint32 or int64 array, shape (n_events,)
        When each happened, in the run's units.
    spans : int64 array, shape (n, 3)
        What `find_spans` found in one slice of time.
    clock : int64 array, shape (2,)
        Microseconds since 1970 of the run's time 0, and microseconds in a unit.
    waiting : uint64 array, shape (n_words,)
        Bits of the accounts with slots that later slices did not fill.
    slots_of : int32 array, shape (n_accounts,)
        Row in ``latest`` of each account that waits.
    latest : int64 array, shape (n_rows, k)
        The k latest times, ascending, microseconds since 1970; `NEVER` where there are fewer. Kept on in place.
    """
    last = latest.shape[1] - 1
    for span in range(spans.shape[0]):
        for event in range(spans[span, 0], spans[span, 1]):
            account = np.uint64(np.uint32(accounts[event]))
            if account >= np.uint64(slots_of.size):  # a stranger
                continue
            if (waiting[account >> _WORD_SHIFT] >> (account & _LOW_BITS)) & _ONE == 0:
                continue
            row = slots_of[account]
            time = clock[0] + np.int64(times[event]) * clock[1]
            if time <= latest[row, 0]:
                continue
            slot = 0
            while slot < last and latest[row, slot + 1] < time:
                latest[row, slot] = latest[row, slot + 1]
                slot += 1
            latest[row, slot] = time


@kernel
def stop_waiting(members: NDArray[np.int64], latest: NDArray[np.int64], waiting: NDArray[np.uint64]) -> int:
    """Take the bits of the accounts whose slots are all filled.

    Parameters
    ----------
    members : int64 array, shape (n_rows,)
        Account of each row of ``latest``.
    latest : int64 array, shape (n_rows, k)
        As for `keep_latest`.
    waiting : uint64 array, shape (n_words,)
        As for `keep_latest`; changed in place.

    Returns
    -------
    int
        How many accounts still wait.
    """
    n = 0
    for row in range(members.size):
        if latest[row, 0] == NEVER:
            n += 1
        else:
            account = np.uint64(members[row])
            waiting[account >> _WORD_SHIFT] &= ~(_ONE << (account & _LOW_BITS))
    return n
