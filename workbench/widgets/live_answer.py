"""Answers that follow a form while somebody fills it in: after a short rest, beside the page, and never a stale one.

Every change asks anew. An answer is worked out once nothing has changed for a moment; while one is being worked out, of
all questions that come meanwhile only the last is kept. Answers are remembered, so going back is instant.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from workbench.progress import Progress
from workbench.widgets.work import Work

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

SECONDS_OF_REST = 0.25
N_REMEMBERED = 64


class AnswerListener(Protocol[T_contra]):
    """Whoever shows the answers; called on the thread that asks."""

    def on_waiting(self, share: float | None) -> None:
        """Take note that an answer is on its way, and how far it is, 0 to 1, if that can be told."""

    def on_answer(self, answer: T_contra) -> None:
        """Take the answer to the latest question."""

    def on_no_answer(self, error: Exception) -> None:
        """Take note why there is none."""


class LiveAnswer(Generic[T]):
    """The answer to the latest question.

    Parameters
    ----------
    listener : AnswerListener
        Hears of answers.
    on_compiling : callable, optional
        Called with True while an answer waits for its kernels to be compiled, and with False when it does so no longer.

    Attributes
    ----------
    work : Work
        What works them out.
    """

    def __init__(
        self, listener: AnswerListener[T], on_compiling: Callable[[bool], object] = lambda _is_compiling: None
    ) -> None:
        self._listener, self._on_compiling = listener, on_compiling
        self._known: OrderedDict[Hashable, T] = OrderedDict()
        self._question: tuple[Hashable, Callable[[Progress], T]] | None = None  # not begun yet
        self._asked: Hashable = None  # being worked out
        self._rest: asyncio.TimerHandle | None = None
        self.work: Work[T] = Work(self)

    def ask(self, key: Hashable, job: Callable[[Progress], T]) -> None:
        """Ask a question instead of the one before.

        Parameters
        ----------
        key : hashable
            Equal for equal questions.
        job : callable
            Works the answer out, in a thread of its own where a loop runs.
        """
        self.forget_question()
        if key in self._known:
            self._known.move_to_end(key)
            self._listener.on_answer(self._known[key])
            return
        self._question = (key, job)
        self._listener.on_waiting(None)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._begin()
            return
        self._rest = loop.call_later(SECONDS_OF_REST, self._on_rest)

    def forget_question(self) -> None:
        """Have no question; an answer that is being worked out is not shown any more."""
        if self._rest is not None:
            self._rest.cancel()
        self._rest = self._question = self._asked = None
        self.work.cancel()

    def forget_answers(self) -> None:
        """Remember nothing: what the answers rest on has changed."""
        self.forget_question()
        self._known.clear()

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Say how far the answer is if it is still asked for."""
        if self._asked is not None and n_total:
            self._listener.on_waiting(n_done / n_total)

    def on_compiling(self, is_compiling: bool) -> None:
        """Pass it on."""
        self._on_compiling(is_compiling)

    def on_done(self, answer: T) -> None:
        """Hand the answer on if it is still asked for."""
        if self._asked is not None:
            self._known[self._asked] = answer
            if len(self._known) > N_REMEMBERED:
                self._known.popitem(last=False)
            self._listener.on_answer(answer)
        self._begin()

    def on_failed(self, error: Exception) -> None:
        """Say why there is no answer if one is still asked for."""
        if self._asked is not None:
            self._listener.on_no_answer(error)
        self._begin()

    def _on_rest(self) -> None:
        self._rest = None
        self._begin()

    def _begin(self) -> None:
        """Work the latest question out, unless an earlier one is not through yet; that one begins it when it is."""
        if self.work.is_running or self._rest is not None or self._question is None:
            return
        (self._asked, job), self._question = self._question, None
        self.work.start(job)
