"""Many questions answered in one pass over the events.

A nightly run populates hundreds of audiences. One by one, each reads its own stretches of the events, and what several
want is read as often, from disk where memory does not hold it. Here the stretches of all questions are cut into blocks,
and blocks are taken in the order in which they lie: what a block holds is read once and serves every question that
wants it. Counting is still done for each.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.events.index import EventIndex
from workbench.events.question import EventQuestion
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress

_BLOCK_EVENTS: Final = (
    1 << 22
)  # 16 MB of accounts: memory has them when the next question comes, whatever the disk does


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
    from workbench.events.kernels.tallies import new_planes, tally

    planes = [new_planes(question.min_count, -(-index.n_accounts // 64)) for question in questions]
    spans = _spans_of_runs(index, questions)
    n_total, n_done = sum(int((each[:, 1] - each[:, 0]).sum()) for each in spans), 0
    on_progress(0, n_total)
    for run, of_run in zip(index.runs, spans, strict=True):
        for number, pieces in _pieces(of_run):
            index.require_all_well(tally(run.accounts, pieces, index.n_accounts, planes[number]))
            n_done += int((pieces[:, 1] - pieces[:, 0]).sum())
            on_progress(n_done, n_total)
    planes.reverse()
    return [AccountSet(planes.pop()[0], index.n_accounts) for _ in questions]  # popped: a set is a copy


def _spans_of_runs(index: EventIndex, questions: Sequence[EventQuestion]) -> list[NDArray[np.int64]]:
    """Return for each run the stretches of all questions: where they begin and end, and the question's number."""
    spans = [[np.empty((0, 3), dtype=np.int64)] for _ in index.runs]
    for number, question in enumerate(questions):
        for of_run, (_, found) in zip(spans, index.spans(question), strict=True):
            found[:, 2] = number  # where the key was
            of_run.append(found)
    return [np.concatenate(each) for each in spans]


def _pieces(spans: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield the number of a question and its pieces in a block, block after block."""
    first, last = spans[:, 0] // _BLOCK_EVENTS, (spans[:, 1] - 1) // _BLOCK_EVENTS
    n_each = last - first + 1
    row = np.repeat(np.arange(len(spans)), n_each)
    block = first[row] + np.arange(row.size) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    begin = np.maximum(spans[row, 0], block * _BLOCK_EVENTS)
    end = np.minimum(spans[row, 1], (block + 1) * _BLOCK_EVENTS)
    question = spans[row, 2]
    order = np.lexsort((begin, question, block))
    pieces = np.stack([begin, end, question], axis=1)[order]
    is_new = np.diff(question[order], prepend=-1) | np.diff(block[order], prepend=-1)
    for a, b in pairwise([*np.flatnonzero(is_new).tolist(), len(pieces)]):
        yield int(pieces[a, 2]), pieces[a:b]
