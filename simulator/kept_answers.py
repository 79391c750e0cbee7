"""Keeping the latest answers to questions that are asked again and again, for all threads together."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class KeptAnswers(Generic[K, V]):
    """The answers that were asked for last.

    Each is worked out once however many threads ask: the others wait for it.

    Parameters
    ----------
    n_kept : int
        How many are kept, at least 1; the one that nobody has asked for the longest goes first.
    """

    def __init__(self, n_kept: int) -> None:
        self._n_kept = n_kept
        self._answers: dict[K, V] = {}
        self._lock = Lock()

    def answer(self, question: K, work_out: Callable[[], V]) -> V:
        """Return the answer, worked out if it is not kept; what that raises is raised, and nothing is kept of it."""
        with self._lock:
            found = self._answers.pop(question) if question in self._answers else work_out()
            if len(self._answers) == self._n_kept:
                del self._answers[next(iter(self._answers))]
            self._answers[question] = found
            return found

    @property
    def latest(self) -> V | None:
        """The answer that was asked for last; None if nothing is kept. It may be read while another is worked out."""
        return next(reversed(self._answers.values()), None)

    def __len__(self) -> int:
        return len(self._answers)
