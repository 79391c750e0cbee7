"""A run: events sorted by source, action and time, in arrays that are mapped and never changed.

Think of a drawer of index cards. A guide card stands before each source and action (the *keys*); behind it are the
accounts that did it, in the order of time. Who did one of two things with one of three sources in the last thirty days
is six stretches of cards, each found by two binary searches, and nothing else is read. Of an event there are its time
(4 bytes, 8 if it takes more to state it exactly) and its account (4 bytes); source and action are where it stands.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.array_file import map_array
from workbench.events.index_description import RunDescription, damaged

_TYPES = {
    "key_begins": (np.int64,),
    "key_actions": (np.uint8,),
    "offsets": (np.int64,),
    "times": (np.uint32, np.int64),
    "accounts": (np.int32,),
}


class Run(NamedTuple):
    """The arrays of one run.

    Parameters
    ----------
    sources : bytes array, shape (n_sources,)
        The sources in UTF-8, ascending.
    key_begins : int64 array, shape (n_sources + 1,)
        Where the keys of each source begin.
    key_actions : uint8 array, shape (n_keys,)
        Code of the action of each key, ascending within a source.
    offsets : int64 array, shape (n_keys + 1,)
        Where the events of each key begin.
    times : uint32 or int64 array, shape (n_events,)
        When each event happened, in units since the origin, ascending within a key.
    accounts : int32 array, shape (n_events,)
        Whose event each is; -1 for a visitor who was not recognised.
    clock : int64 array, shape (2,)
        Microseconds since 1970 of time 0, and microseconds in a unit.
    """

    sources: NDArray[np.bytes_]
    key_begins: NDArray[np.int64]
    key_actions: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    times: NDArray[np.integer[Any]]
    accounts: NDArray[np.int32]
    clock: NDArray[np.int64]

    @property
    def n_keys(self) -> int:
        """How many sources and actions there are together."""
        return self.key_actions.size

    def sources_of_keys(self) -> NDArray[np.int64]:
        """Return the row of the source of each key: int64 array, shape (n_keys,)."""
        return np.repeat(np.arange(self.sources.size), np.diff(self.key_begins))

    def micros(self, times: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return times of the run as microseconds since 1970."""
        micros: NDArray[np.int64] = self.clock[0] + times.astype(np.int64) * self.clock[1]
        return micros

    def rows_of(self, sources: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Return which of the run's sources are among some: int64 array, ascending.

        Parameters
        ----------
        sources : bytes array, shape (n,)
            Sources in UTF-8, ascending and distinct.
        """
        # Cast to the same width, or all of the run's sources would be widened for the search.
        known = sources[np.char.str_len(sources) <= self.sources.itemsize].astype(self.sources.dtype)
        places = np.searchsorted(self.sources, known)
        places[places == self.sources.size] = 0
        rows: NDArray[np.int64] = places[self.sources[places] == known]
        return rows

    def spans(
        self, sources: NDArray[np.bytes_] | None, is_wanted: NDArray[np.bool_], window_micros: tuple[int, int]
    ) -> NDArray[np.int64]:
        """Return the stretches of events that a question is about.

        Parameters
        ----------
        sources : bytes array, shape (n,), or None
            Sources in UTF-8, ascending and distinct; None for all.
        is_wanted : bool array, shape (256,)
            Whether an action counts.
        window_micros : tuple of int
            First and last instant that count, microseconds since 1970.

        Returns
        -------
        int64 array, shape (n, 3)
            Where a stretch begins, where it ends, and its key.

        Raises
        ------
        ValueError
            If the arrays of the run do not belong together.
        """
        from workbench.events.kernels.spans import OUT_OF_PLACE, find_spans  # imported late: opening needs no compiler

        rows = np.arange(self.sources.size) if sources is None else self.rows_of(sources)
        n_most = int((self.key_begins[rows + 1] - self.key_begins[rows]).sum())
        spans = np.empty((max(n_most, 0), 3), dtype=np.int64)
        origin, unit = (int(number) for number in self.clock)
        window = np.array([-((origin - window_micros[0]) // unit), (window_micros[1] - origin) // unit])
        n = find_spans(rows, self.key_begins, self.key_actions, is_wanted, self.offsets, self.times, window, spans)
        if n == OUT_OF_PLACE:
            raise ValueError("expected the arrays of a run to belong together, found others")
        return spans[:n]


def open_run(folder: Path, description: RunDescription) -> Run:
    """Map the files of a run.

    Parameters
    ----------
    folder : Path
        The folder of the index.
    description : RunDescription
        One of its runs.

    Raises
    ------
    InputFileError
        If the system refuses.
    UniverseError
        If they do not hold what they should.
    """
    arrays = {field: map_array(folder / file.name) for field, file in description.files.items()}
    for field, types in _TYPES.items():
        if arrays[field].dtype not in types or arrays[field].ndim != 1:
            names = " or ".join(each.__name__ for each in types)
            raise damaged(folder, f"an array of {names} in {description.files[field].name}, found something else")
    run = Run(**arrays, clock=np.array([description.origin_micros, description.unit_micros]))
    if not _belong_together(run, description):
        raise damaged(folder, f"arrays that belong together around {description.files['sources'].name}, found others")
    return run


def encoded(sources: Sequence[str]) -> NDArray[np.bytes_]:
    """Return sources as runs hold them: in UTF-8, ascending and distinct.

    Parameters
    ----------
    sources : sequence of str
        In any order.
    """
    if not sources:
        return np.empty(0, dtype="S1")
    if not (joined := "".join(sources)).isascii() or "\0" in joined:
        # A text that ends with a null character would lose it, and then be another.
        texts = [text.encode("utf-8", "surrogatepass") for text in sources if "\0" not in text]
        return np.unique(np.array(texts, dtype=np.bytes_)) if texts else np.empty(0, dtype="S1")
    return np.unique(np.array(sources, dtype=np.bytes_))


def _belong_together(run: Run, description: RunDescription) -> bool:
    return (
        run.sources.dtype.kind == "S"
        and run.sources.ndim == 1
        and run.key_begins.size == run.sources.size + 1
        and run.offsets.size == run.n_keys + 1
        and (run.key_begins[0], run.key_begins[-1]) == (0, run.n_keys)
        and (run.offsets[0], run.offsets[-1]) == (0, description.n_events)
        and run.times.size == run.accounts.size == description.n_events
        and description.unit_micros > 0
    )
