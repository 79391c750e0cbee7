"""Merging sorted runs into one, block by block, so that memory holds a block and not the events.

Runs are merged when they have become many, and then the small ones: the latest runs up to the first that is larger than
all after it together. Each event is so written anew a few times only, as often as the index doubles.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.events.index_description import MAX_ACTIONS, RunDescription
from workbench.events.run import Run
from workbench.events.run_files import RunFiles
from workbench.progress import Progress

MAX_RUNS: Final = 16
"""More runs than that are merged: a question searches each of them."""

_BLOCK_EVENTS: Final = 1 << 21


class _Keys(NamedTuple):
    """The keys of several runs together.

    Parameters
    ----------
    sources : bytes array, shape (n_keys,)
        Source of each key.
    actions : uint8 array, shape (n_keys,)
        Code of its action.
    offsets : int64 array, shape (n_runs, n_keys + 1)
        Where the events of each key begin in each run.
    """

    sources: NDArray[np.bytes_]
    actions: NDArray[np.uint8]
    offsets: NDArray[np.int64]


def n_runs_due(sizes: Sequence[int]) -> int:
    """Return how many of the latest runs should be merged now; 0 if there are few.

    Parameters
    ----------
    sizes : sequence of int
        Events of each run, the oldest first.
    """
    if len(sizes) <= MAX_RUNS:
        return 0
    n, total = 1, sizes[-1]
    while n < len(sizes) and (n < 2 or sizes[-n - 1] <= total):
        n += 1
        total += sizes[-n]
    return n


def merge_runs(runs: Sequence[Run], folder: Path, run: tuple[int, int], on_progress: Progress) -> RunDescription:
    """Write the events of several runs as one.

    Parameters
    ----------
    runs : sequence of Run
        At least one.
    folder : Path
        Where to write.
    run : tuple of int
        Shard of the new run, and its number, for the names of its files.
    on_progress : Progress
        Called with the events merged and all events.
    """
    from workbench.events.kernels.merges import merge_keys

    keys = _united(runs)
    origin, unit = min(int(each.clock[0]) for each in runs), min(int(each.clock[1]) for each in runs)
    last = max(int(each.micros(each.times[each.offsets[1:] - 1]).max()) for each in runs)
    n_total = sum(each.times.size for each in runs)
    files = RunFiles(folder, run, n_total, (last - origin) // unit)
    for begins in _blocks(runs, keys.offsets):
        parts = [(each, slice(*ends)) for each, ends in zip(runs, begins[:, [0, -1]].tolist(), strict=True)]
        times = np.concatenate([(each.micros(each.times[part]) - origin) // unit for each, part in parts])
        accounts = np.concatenate([each.accounts[part] for each, part in parts])
        n_each = begins[:, -1] - begins[:, 0]
        within = begins - begins[:, :1] + (np.cumsum(n_each) - n_each)[:, np.newaxis]
        merged = np.empty_like(times), np.empty_like(accounts)
        merge_keys(within, times, accounts, *merged)
        files.append(*merged)
        on_progress(files.n_done, n_total)
    return files.finish(keys.sources, keys.actions, np.diff(keys.offsets).sum(axis=0), (origin, unit))


def _united(runs: Sequence[Run]) -> _Keys:
    sources = np.unique(np.concatenate([run.sources for run in runs]))
    numbers = []  # of each key of each run: its source among all, and its action
    for run in runs:
        rows = np.searchsorted(sources, run.sources.astype(sources.dtype))
        numbers.append(rows[run.sources_of_keys()] * MAX_ACTIONS + run.key_actions)
    united = np.unique(np.concatenate(numbers))
    offsets = np.zeros((len(runs), united.size + 1), dtype=np.int64)
    for run, own, offset in zip(runs, numbers, offsets, strict=True):
        offset[1 + np.searchsorted(united, own)] = np.diff(run.offsets)
        np.cumsum(offset, out=offset)
    return _Keys(sources[united // MAX_ACTIONS], (united % MAX_ACTIONS).astype(np.uint8), offsets)


def _blocks(runs: Sequence[Run], offsets: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield where each run's events of some keys begin: int64 arrays, shape (n_runs, keys + 1)."""
    ends = offsets.sum(axis=0)  # events before each key, in all runs
    first = 0
    while first < ends.size - 1:
        after = int(np.searchsorted(ends, ends[first] + _BLOCK_EVENTS, side="right")) - 1
        if after > first:
            yield offsets[:, first : after + 1]
        else:
            after = first + 1
            yield from _slices_of_key(runs, offsets[:, first : after + 1])
        first = after


def _slices_of_key(runs: Sequence[Run], key: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Cut one key that has too many events for a block where times differ."""
    begins, ends = key[:, 0].copy(), key[:, 1]
    step = max(_BLOCK_EVENTS // len(runs), 1)
    while (begins < ends).any():
        nexts = [
            int(run.micros(run.times[[begin + step - 1]])[0])
            for run, begin, end in zip(runs, begins.tolist(), ends.tolist(), strict=True)
            if begin + step <= end
        ]
        stops = ends.copy()
        if nexts:
            for i, run in enumerate(runs):
                cut = (min(nexts) - int(run.clock[0])) // int(run.clock[1])
                part = run.times[begins[i] : ends[i]]
                # In the type of the array, or all of it would be converted for the search.
                bound = part.dtype.type(min(max(cut, 0), np.iinfo(part.dtype).max))
                stops[i] = begins[i] + (np.searchsorted(part, bound, side="right") if cut >= 0 else 0)
        yield np.stack([begins, stops], axis=1)
        begins = stops
