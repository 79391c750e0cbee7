"""The files of a run that is being written, event by event in their order, without all of it in memory."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.array_file import ArrayFile, write_array
from workbench.events.index_description import RunDescription


class RunFiles:
    """Files that grow in a folder; nobody reads them before a description names them.

    Parameters
    ----------
    folder : Path
        Where.
    run : tuple of int
        Shard of the run, and its number, for the names of its files.
    n_events : int
        How many events there will be, at least one.
    longest : int
        The last time, in the run's units; decides how many bytes a time takes.
    """

    def __init__(self, folder: Path, run: tuple[int, int], n_events: int, longest: int) -> None:
        self._folder, (self._shard, self._number) = folder, run
        self.n_done = 0
        self._times = self._new("times", np.uint32 if longest <= np.iinfo(np.uint32).max else np.int64, n_events)
        self._accounts = self._new("accounts", np.int32, n_events)

    def append(self, times: NDArray[np.int64], accounts: NDArray[Any]) -> None:
        """Write the next events.

        Parameters
        ----------
        times : int64 array, shape (n,)
            In the run's units.
        accounts : int array, shape (n,)
            Whose they are.
        """
        place = slice(self.n_done, self.n_done + times.size)
        self._times[place] = times
        self._accounts[place] = accounts
        self.n_done += times.size

    def finish(
        self,
        key_sources: NDArray[np.bytes_],
        key_actions: NDArray[np.uint8],
        n_events_each: NDArray[np.int64],
        clock: tuple[int, int],
    ) -> RunDescription:
        """Write the keys, and describe all.

        Parameters
        ----------
        key_sources, key_actions, n_events_each : array, shape (n_keys,)
            Source of each key, code of its action, and its events.
        clock : tuple of int
            Microseconds since 1970 of time 0, and microseconds in a unit.
        """
        self._times.flush()
        self._accounts.flush()
        sources, first_keys = np.unique(key_sources, return_index=True)
        small = {
            "sources": sources,
            "key_begins": np.append(first_keys, key_sources.size).astype(np.int64),
            "key_actions": key_actions,
            "offsets": np.concatenate([[0], np.cumsum(n_events_each)]).astype(np.int64),
        }
        files = {field: write_array(self._path(field), array) for field, array in small.items()}
        files |= {field: ArrayFile.of_written(self._path(field)) for field in ("times", "accounts")}
        return RunDescription(self._shard, self.n_done, *clock, files)

    def _new(self, field: str, dtype: type[np.integer[Any]], n_events: int) -> "np.memmap[Any, Any]":
        return np.lib.format.open_memmap(self._path(field), mode="w+", dtype=dtype, shape=(n_events,))

    def _path(self, field: str) -> Path:
        return self._folder / f"run-{self._number:06d}-{field}.npy"
