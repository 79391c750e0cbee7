"""Sorted stretches become one: of several queues, whoever is first goes next."""

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel


@kernel
def merge_keys(
    begins: NDArray[np.int64],
    times: NDArray[np.int64],
    accounts: NDArray[np.int32],
    merged_times: NDArray[np.int64],
    merged_accounts: NDArray[np.int32],
) -> None:
    """Merge the events of several runs, key by key, in the order of time and account.

    Runs are few, so the first of their next events is found by looking at each.

    Parameters
    ----------
    begins : int64 array, shape (n_runs, n_keys + 1)
        Where each run's events of each key begin.
    times : int64 array, shape (n_events,)
        When each event happened, ascending within a run's key.
    accounts : int32 array, shape (n_events,)
        Whose it is; ascending where times are equal.
    merged_times, merged_accounts : int64 and int32 array, shape (n_events,)
        Receive the events.
    """
    n_runs = begins.shape[0]
    nexts = np.empty(n_runs, dtype=np.int64)
    n = 0
    for key in range(begins.shape[1] - 1):
        for run in range(n_runs):
            nexts[run] = begins[run, key]
        while True:
            first, event = -1, 0
            for run in range(n_runs):
                other = nexts[run]
                if other == begins[run, key + 1]:
                    continue
                if (
                    first < 0
                    or times[other] < times[event]
                    or (times[other] == times[event] and accounts[other] < accounts[event])
                ):
                    first, event = run, other
            if first < 0:
                break
            nexts[first] += 1
            merged_times[n] = times[event]
            merged_accounts[n] = accounts[event]
            n += 1
