"""Running two configurations over the same replications, until so many pairs are done or a rule says stop."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.what_if.paired import MIN_PAIRS
from simulator.what_if.replications import Cell, FinishedCell, Replications
from simulator.what_if.run_figures import RunFigures
from simulator.what_if.stopping import Ending, StopRule
from workbench.progress import Progress

BASE_SIDE, ALTERNATIVE_SIDE = range(2)


class PairedRuns(NamedTuple):
    """Pairs of runs.

    Attributes
    ----------
    sides : tuple of list of RunFigures
        Those of the base and those of the alternative, in the order of the replications.
    ending : Ending
        Why there are no more.
    n_reused : int
        How many of the runs did not have to be done.
    """

    sides: tuple[list[RunFigures], list[RunFigures]]
    ending: Ending
    n_reused: int

    def readings(self, metric: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a metric of both sides in each pair."""
        base, alternative = (np.array([run.totals[metric] for run in side]) for side in self.sides)
        return base, alternative


class _TimeIsUp(Exception):  # noqa: N818 - no error: it ends the runs under way, as a cancellation does
    """Raised from where runs are listened to."""


def run_pairs(runs: Replications, until: int | StopRule, on_progress: Progress) -> PairedRuns:
    """Run both configurations in one replication after the other.

    Parameters
    ----------
    runs : Replications
        Of the base and the alternative.
    until : int or StopRule
        How many pairs, or when to stop.
    on_progress : Progress
        Called with the pairs that are done and how many there will probably be.

    Returns
    -------
    PairedRuns
        All pairs up to the first that is not complete; at least two.
    """
    if isinstance(until, int):
        finished = {each.cell: each for each in runs.finished(_cells(0, until), _in_pairs(on_progress, 0, until))}
        return _paired(finished, Ending.AS_ASKED)
    return _Sequence(runs, until, on_progress).run()


class _Sequence:
    """Runs batches of pairs and looks at what there is after each."""

    def __init__(self, runs: Replications, rule: StopRule, on_progress: Progress) -> None:
        self._runs, self._rule, self._on_progress = runs, rule, on_progress
        self._finished: dict[Cell, FinishedCell] = {}
        self._ends_at = time.monotonic() + rule.seconds if rule.seconds is not None else None

    def run(self) -> PairedRuns:
        """Run until the rule says stop."""
        n_done, n_expected = 0, self._rule.looks[0]
        for look in self._rule.looks:
            try:
                self._run_batch(n_done, look, max(n_expected, look))
            except _TimeIsUp:
                return _paired(self._finished, Ending.OUT_OF_TIME)
            n_done = look
            pairs = _paired(self._finished, Ending.PRECISE)
            readings = [(wanted, pairs.readings(wanted.metric)) for wanted in self._rule.precisions]
            if readings and all(wanted.is_met(*sides) for wanted, sides in readings):
                return pairs
            n_expected = min(
                self._rule.max_replications,
                max([look, *(wanted.expected_pairs(*sides) for wanted, sides in readings)]),
            )
        return _paired(self._finished, Ending.AT_LIMIT if self._rule.precisions else Ending.AS_ASKED)

    def _run_batch(self, n_before: int, n_after: int, n_expected: int) -> None:
        tell = _in_pairs(self._on_progress, n_before, n_expected)

        def tell_and_watch_the_time(n_done: int, n_total: int, /) -> None:
            tell(n_done, n_total)
            is_over = self._ends_at is not None and time.monotonic() >= self._ends_at
            if is_over and _n_complete(self._finished) >= MIN_PAIRS:
                raise _TimeIsUp

        for each in self._runs.finished(_cells(n_before, n_after), tell_and_watch_the_time):
            self._finished[each.cell] = each


def _cells(first: int, end: int) -> list[Cell]:
    """Return the cells of some replications, pair by pair, so that pairs are complete one after the other."""
    return [Cell(side, replication) for replication in range(first, end) for side in (BASE_SIDE, ALTERNATIVE_SIDE)]


def _in_pairs(on_progress: Progress, n_before: int, n_expected: int) -> Progress:
    return lambda n_done, _n_total, /: on_progress(n_before + n_done // 2, n_expected)


def _n_complete(finished: Mapping[Cell, object]) -> int:
    """Return how many pairs are complete without a gap."""
    n = 0
    while Cell(BASE_SIDE, n) in finished and Cell(ALTERNATIVE_SIDE, n) in finished:
        n += 1
    return n


def _paired(finished: Mapping[Cell, FinishedCell], ending: Ending) -> PairedRuns:
    n_pairs = _n_complete(finished)
    base, alternative = (
        [finished[Cell(side, replication)] for replication in range(n_pairs)] for side in (BASE_SIDE, ALTERNATIVE_SIDE)
    )
    n_reused = sum(each.is_reused for each in (*base, *alternative))
    return PairedRuns(([each.figures for each in base], [each.figures for each in alternative]), ending, n_reused)
