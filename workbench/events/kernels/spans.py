"""Which stretches of a run a question is about: two binary searches for each source and action that it names."""

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

OUT_OF_PLACE = -1
"""Returned instead of a number of spans when the ends of the stretches make no sense."""


@kernel
def find_spans(
    source_rows: NDArray[np.int64],
    key_begins: NDArray[np.int64],
    key_actions: NDArray[np.uint8],
    is_wanted: NDArray[np.bool_],
    offsets: NDArray[np.int64],
    times: NDArray[np.integer],
    window: NDArray[np.int64],
    spans: NDArray[np.int64],
) -> int:
    """Find the events of some sources with wanted actions within a window of time.

    Parameters
    ----------
    source_rows : int64 array, shape (n,)
        The sources, ascending.
    key_begins : int64 array, shape (n_sources + 1,)
        Where the keys of each source begin; a key is a source and an action.
    key_actions : uint8 array, shape (n_keys,)
        Action of each key.
    is_wanted : bool array, shape (256,)
        Whether an action counts.
    offsets : int64 array, shape (n_keys + 1,)
        Where the events of each key begin.
    times : uint32 or int64 array, shape (n_events,)
        When each happened, in the run's units, ascending within a key.
    window : int64 array, shape (2,)
        First and last time that count, in the run's units.
    spans : int64 array, shape (most spans, 3)
        Receives where a stretch begins, where it ends and its key; stretches without events are left out.

    Returns
    -------
    int
        How many spans were found, or `OUT_OF_PLACE`.
    """
    n = 0
    for row in source_rows:
        if key_begins[row] < 0 or key_begins[row + 1] > key_actions.size:
            return OUT_OF_PLACE
        for key in range(key_begins[row], key_begins[row + 1]):
            if not is_wanted[key_actions[key]]:
                continue
            begin, end = offsets[key], offsets[key + 1]
            if begin < 0 or end < begin or end > times.size or n == spans.shape[0]:
                return OUT_OF_PLACE
            begin = _first_from(times, begin, end, window[0])
            end = _first_from(times, begin, end, window[1] + 1)
            if begin < end:
                spans[n, 0], spans[n, 1], spans[n, 2] = begin, end, key
                n += 1
    return n


@kernel
def _first_from(times: NDArray[np.integer], begin: int, end: int, time: int) -> int:
    """Return the place of the first event at or after a time; ``end`` if there is none."""
    if begin < end and np.int64(times[begin]) >= time:  # most windows are open at one side, which needs no search
        return begin
    if begin < end and np.int64(times[end - 1]) < time:
        return end
    while begin < end:
        middle = (begin + end) >> 1
        if np.int64(times[middle]) < time:
            begin = middle + 1
        else:
            end = middle
    return begin
