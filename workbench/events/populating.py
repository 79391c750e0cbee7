"""Many questions answered in one pass over the events.

A nightly run populates hundreds of audiences. One by one, each reads its own stretches of the events, and what several
want is read as often, from disk where memory does not hold it. Here the stretches of all questions are cut into blocks,
and blocks are taken in the order in which they lie: what a block holds is read once and serves every question that
wants it. Counting is still done for each.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.events.index import EventIndex
from workbench.events.question import EventQuestion
from workbench.events.run import Run
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

_BLOCK_EVENTS: Final = 1 << 15  # 128 kB of accounts, which stay in the cache while each question looks at them
_EVENTS_BETWEEN_REPORTS: Final = 1 << 24


class _Pieces(NamedTuple):
    """Stretches of a run's events in the order of their blocks.

    Parameters
    ----------
    run : Run
        The run.
    pieces : int64 array, shape (n, 3)
        Where a piece begins, where it ends, and the number of the question that wants it.
    """

    run: Run
    pieces: NDArray[np.int64]

    @property
    def n_events(self) -> int:
        """Events in all pieces; one that several questions want counts for each."""
        return int((self.pieces[:, 1] - self.pieces[:, 0]).sum())


def answer_all(
    index: EventIndex, questions: Sequence[EventQuestion], *, on_progress: Progress = ignore_progress
) -> list[AccountSet]:
    """Answer many questions in one pass over the events.

    Parameters
    ----------
    index : EventIndex
        The events.
    questions : sequence of EventQuestion
        Any number. Memory holds their answers: an eighth of a byte for each account and question, and where
        ``min_count`` is more than 1 as much again for each of its binary places.
    on_progress : Progress
        Called with the events counted and all that are to be, once for each question; raise ``CancelledError`` in it to
        stop.

    Returns
    -------
    list of AccountSet
        For each question what `EventIndex.accounts` would answer.

    Raises
    ------
    UniverseError
        If the index is damaged.
    """
    from workbench.events.kernels.tallies import new_planes, tally_pieces

    planes_each = [new_planes(question.min_count, -(-index.n_accounts // 64)) for question in questions]
    ends = np.cumsum([0, *(len(planes) for planes in planes_each)])
    planes = np.concatenate(planes_each) if questions else np.empty((0, 0), dtype=np.uint64)
    del planes_each
    wanted = _wanted(index, questions)
    n_total, n_done = sum(each.n_events for each in wanted), 0
    on_progress(0, n_total)
    for run, pieces in wanted:
        for part in _parts(pieces):
            index.require_all_well(tally_pieces(run.accounts, part, index.n_accounts, ends, planes))
            n_done += int((part[:, 1] - part[:, 0]).sum())
            on_progress(n_done, n_total)
    return [AccountSet(planes[first], index.n_accounts) for first in ends[:-1].tolist()]


def _wanted(index: EventIndex, questions: Sequence[EventQuestion]) -> list[_Pieces]:
    spans: list[list[NDArray[np.int64]]] = [[] for _ in index.runs]
    for number, question in enumerate(questions):
        for of_run, (_, found) in zip(spans, index.spans(question), strict=True):
            found[:, 2] = number  # of the question, where the key was
            of_run.append(found)
    return [_Pieces(run, _cut(np.concatenate(each))) for run, each in zip(index.runs, spans, strict=True) if each]


def _cut(spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut stretches at the ends of blocks, and order them by block and question."""
    first, last = spans[:, 0] // _BLOCK_EVENTS, (spans[:, 1] - 1) // _BLOCK_EVENTS
    n_each = last - first + 1
    row = np.repeat(np.arange(len(spans)), n_each)
    block = first[row] + np.arange(row.size) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    begin = np.maximum(spans[row, 0], block * _BLOCK_EVENTS)
    end = np.minimum(spans[row, 1], (block + 1) * _BLOCK_EVENTS)
    pieces = np.stack([begin, end, spans[row, 2]], axis=1)
    return pieces[np.lexsort((spans[row, 2], block))]


def _parts(pieces: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the pieces in parts that take some hundredths of a second."""
    n_before = np.cumsum(pieces[:, 1] - pieces[:, 0]) // _EVENTS_BETWEEN_REPORTS
    yield from np.split(pieces, np.flatnonzero(np.diff(n_before)) + 1)
