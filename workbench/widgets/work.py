"""Long work beside a page that keeps answering: one thread, progress at most ten times a second, and a way to stop.

In a kernel the work runs in a thread and its news come back on the kernel's own event loop. Where no loop runs, in a
script or a test, the same call simply does the work before it returns.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from workbench.errors import CancelledError
from workbench.jit import telling_of_compilation
from workbench.progress import Progress

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

SECONDS_BETWEEN_NEWS = 0.1


class Listener(Protocol[T_contra]):
    """Whoever waits for the work; called on the thread that started it."""

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Take note of how far it is."""

    def on_compiling(self, is_compiling: bool) -> None:
        """Take note that the work waits for its kernels to be compiled, or does so no longer."""

    def on_done(self, result: T_contra) -> None:
        """Take the result."""

    def on_failed(self, error: Exception) -> None:
        """Take the error; `CancelledError` if it was stopped."""


class Work(Generic[T]):
    """At most one piece of work at a time.

    Parameters
    ----------
    listener : Listener
        Hears of progress, result and failure.
    """

    def __init__(self, listener: Listener[T]) -> None:
        self._listener = listener
        self._stop = threading.Event()
        self.task: asyncio.Task[None] | None = None
        self.is_running = False

    def start(self, job: Callable[[Progress], T]) -> None:
        """Begin ``job(on_progress)``; work that still runs is asked to stop, and its news are no longer passed on.

        Parameters
        ----------
        job : callable
            Takes a `Progress` that raises `CancelledError` once `cancel` was called.
        """
        self.cancel()
        self._stop = threading.Event()
        self.is_running = True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            reporter = self._reporter(self._stop, self._listener.on_progress)
            self._finish(self._stop, *_attempt(job, reporter, self._listener.on_compiling))
            return
        self.task = loop.create_task(self._in_thread(job, self._stop, loop))

    def cancel(self) -> None:
        """Ask the work to stop at its next step; without work, nothing happens."""
        self._stop.set()

    async def _in_thread(
        self, job: Callable[[Progress], T], stop: threading.Event, loop: asyncio.AbstractEventLoop
    ) -> None:
        def tell(n_done: int, n_total: int) -> None:
            loop.call_soon_threadsafe(self._pass_on, stop, n_done, n_total)

        def tell_compiling(is_compiling: bool) -> None:
            loop.call_soon_threadsafe(self._pass_on_compiling, stop, is_compiling)

        result, error = await asyncio.to_thread(_attempt, job, self._reporter(stop, tell), tell_compiling)
        self._finish(stop, result, error)

    def _pass_on(self, stop: threading.Event, n_done: int, n_total: int) -> None:
        if stop is self._stop and self.is_running:
            self._listener.on_progress(n_done, n_total)

    def _pass_on_compiling(self, stop: threading.Event, is_compiling: bool) -> None:
        if stop is self._stop and self.is_running:
            self._listener.on_compiling(is_compiling)

    def _finish(self, stop: threading.Event, result: T | None, error: Exception | None) -> None:
        if stop is not self._stop:
            return  # newer work has taken its place
        self.is_running = False
        if error is None and stop.is_set():
            error = CancelledError("stopped")
        if error is not None:
            self._listener.on_failed(error)
        else:
            self._listener.on_done(result)  # type: ignore[arg-type] # a job may well return None

    @staticmethod
    def _reporter(stop: threading.Event, tell: Callable[[int, int], None]) -> Progress:
        last = 0.0

        def on_progress(n_done: int, n_total: int, /) -> None:
            nonlocal last
            if stop.is_set():
                raise CancelledError("stopped")
            now = time.monotonic()
            if now - last >= SECONDS_BETWEEN_NEWS:
                last = now
                tell(n_done, n_total)

        return on_progress


def _attempt(
    job: Callable[[Progress], T], on_progress: Progress, on_compiling: Callable[[bool], None]
) -> tuple[T | None, Exception | None]:
    try:
        with telling_of_compilation(on_compiling):
            return job(on_progress), None
    except Exception as error:  # handed to the listener, who shows it
        return None, error
