"""Problems of a table that somebody exported: all of them with their lines, told in one sentence.

A file is refused as a whole, but only after everything in it was looked at: whoever has to correct it learns of all
that is wrong at once.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.errors import CampaignDataError

MAX_KEPT: Final = 100_000
"""Problems that are kept; of a file that is wrong all through, more would say nothing new."""

MAX_TOLD: Final = 5
"""Problems that a refusal's sentence names."""


class RowProblem(NamedTuple):
    """What is wrong with one row.

    Attributes
    ----------
    line_number : int
        Line of the file, counted from 1.
    fault : str
        What was expected and what came.
    """

    line_number: int
    fault: str


class RowProblems:
    """The problems of one file, collected check by check.

    Parameters
    ----------
    source : str
        What to call the file.
    lines : int64 array, shape (n_rows,)
        Line of each row.
    """

    def __init__(self, source: str, lines: NDArray[np.int64]) -> None:
        self._source = source
        self._lines = lines
        self._kept: list[RowProblem] = []
        self._n = 0
        self._is_wrong = np.zeros(lines.size, dtype=np.bool_)

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """Which rows have a problem so far: bool array, shape (n_rows,)."""
        return self._is_wrong

    def add(self, is_wrong: NDArray[np.bool_], fault: Callable[[int], str]) -> None:
        """Take note of rows that fail a check.

        Parameters
        ----------
        is_wrong : bool array, shape (n_rows,)
            Which rows do.
        fault : callable
            Says what is wrong with the row of a position.
        """
        rows = np.flatnonzero(is_wrong).tolist()
        self._is_wrong = self._is_wrong | is_wrong
        self._n += len(rows)
        self._kept += [RowProblem(int(self._lines[row]), fault(row)) for row in rows[: MAX_KEPT - len(self._kept)]]

    def add_lines(self, lines: NDArray[np.int64], fault: str) -> None:
        """Take note of lines that hold no row, for one and the same reason."""
        self._n += len(lines)
        self._kept += [RowProblem(int(line), fault) for line in lines[: MAX_KEPT - len(self._kept)]]

    def refuse_if_any(self) -> None:
        """Refuse the file if anything is wrong with it.

        Raises
        ------
        CampaignDataError
            With all problems that were kept, by their lines; its sentence has the first ones.
        """
        if not self._n:
            return
        problems = sorted(self._kept)
        told = "; ".join(f"line {problem.line_number}: {problem.fault}" for problem in problems[:MAX_TOLD])
        n_more = self._n - min(len(problems), MAX_TOLD)
        more = f"; and {n_more:,} more to correct" if n_more else ""
        raise CampaignDataError(f"{self._source}: {told}{more}", problems=problems, n_problems=self._n)
