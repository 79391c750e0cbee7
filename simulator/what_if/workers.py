"""Where runs are done: on threads of this program, in processes of this machine, or on a cluster.

Kernels let go of Python's lock, so threads are the default: they share a world and start at once. Processes and the
workers of a cluster open each world on their own, once, from the configuration that it was opened for. Whoever does a
run, its figures are the same to the last bit.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, Protocol

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.kept_answers import KeptAnswers
from simulator.run import simulate
from simulator.what_if.fingerprints import run_fingerprint
from simulator.what_if.run_figures import RunFigures
from simulator.world import World
from workbench.cluster import Task, connected, run_on_workers, worker_threads
from workbench.errors import CancelledError, ClusterError, UniverseError
from workbench.progress import Progress, ignore_progress

SECONDS_BETWEEN_REPORTS: Final = 0.2
"""How long a user who cancels waits at most until somebody listens."""
MAX_CELLS_PER_TASK: Final = 8
MAX_OWN_WORLDS: Final = 8
"""Worlds that a process keeps; configurations come in their order, so few are needed at a time."""
_ADVICE: Final = "run on threads"


class RunTask(NamedTuple):
    """One run that is to be done.

    Attributes
    ----------
    number : int
        By which the caller knows it.
    config : RunConfig
        With the seed of the replication.
    world : World
        That fits it.
    fingerprint : str
        Of the run, see `simulator.what_if.fingerprints`.
    """

    number: int
    config: RunConfig
    world: World
    fingerprint: str


class RunTasks(Protocol):
    """Does runs, and yields each with its number as it ends, in no order."""

    def __call__(self, tasks: Sequence[RunTask], listen: Callable[[], None]) -> Iterator[tuple[int, RunFigures]]:
        """Do runs; ``listen`` is called now and then from the calling thread, and may raise ``CancelledError``."""


class Workers(Protocol):
    """Somewhere to do runs."""

    def opened(self) -> AbstractContextManager[RunTasks]:
        """Start the workers; they end with the context."""


@dataclass(frozen=True)
class Threads:
    """Threads of this program; make them with `threads`."""

    n_threads: int

    @contextmanager
    def opened(self) -> Iterator[RunTasks]:
        """Start the threads."""
        is_stopped = threading.Event()

        def stop_when_asked(_n_done: int, _n_total: int, /) -> None:
            if is_stopped.is_set():
                raise CancelledError("the runs were stopped")

        def run(task: RunTask) -> RunFigures:
            return RunFigures.of(simulate(task.config, task.world, stop_when_asked))

        def run_tasks(tasks: Sequence[RunTask], listen: Callable[[], None]) -> Iterator[tuple[int, RunFigures]]:
            yield from _as_they_end(pool, run, {task.number: task for task in tasks}, listen)

        with ThreadPoolExecutor(self.n_threads) as pool:
            try:
                yield run_tasks
            finally:
                is_stopped.set()  # runs under way end at their next simulated hour
                pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Processes:
    """Processes of this machine; make them with `processes`."""

    n_processes: int

    @contextmanager
    def opened(self) -> Iterator[RunTasks]:
        """Start the processes."""
        # Spawned and not forked: threads and locks of this program would be copied in whatever state they are.
        context = multiprocessing.get_context("spawn")
        is_stopped = context.Event()

        def run_tasks(tasks: Sequence[RunTask], listen: Callable[[], None]) -> Iterator[tuple[int, RunFigures]]:
            yield from _as_they_end(pool, _run_here, {task.number: _sent(task) for task in tasks}, listen)

        with ProcessPoolExecutor(self.n_processes, context, _begin, (is_stopped,)) as pool:
            try:
                yield run_tasks
            except BrokenProcessPool:
                raise ClusterError(
                    "expected the processes to do their runs, but one of them ended; see to the memory, start them "
                    f"from a program whose main part is guarded by __name__ == '__main__', or {_ADVICE}"
                ) from None
            finally:
                is_stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Cluster:
    """The workers of a Dask scheduler; make them with `cluster`."""

    address: str

    @contextmanager
    def opened(self) -> Iterator[RunTasks]:
        """Connect to the scheduler."""
        with connected(self.address, _ADVICE) as client:
            workers = worker_threads(client)

            def run_tasks(tasks: Sequence[RunTask], listen: Callable[[], None]) -> Iterator[tuple[int, RunFigures]]:
                def tell(_n_done: int, _n_total: int, /) -> None:
                    listen()

                chunks = _chunks([(task.number, _sent(task)) for task in tasks], len(workers))
                shared_out = [Task(workers[number % len(workers)], chunk) for number, chunk in enumerate(chunks)]
                for found in run_on_workers(client, _run_chunk, shared_out, (), _ADVICE, tell):
                    yield from found

            yield run_tasks


def threads(n_threads: int = 2) -> Threads:
    """Do runs on threads of this program.

    Raises
    ------
    ConfigError
        If there are none.
    """
    if n_threads < 1:
        raise ConfigError(f"expected at least 1 thread, got {n_threads}")
    return Threads(n_threads)


def processes(n_processes: int = 2) -> Processes:
    """Do runs in processes of this machine; each opens the worlds on its own, which takes seconds.

    Raises
    ------
    ConfigError
        If there are none.
    """
    if n_processes < 1:
        raise ConfigError(f"expected at least 1 process, got {n_processes}")
    return Processes(n_processes)


def cluster(address: str) -> Cluster:
    """Do runs on the workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Such as ``tcp://192.168.0.5:8786``. Whoever can reach a scheduler can have any code run by it; name one that you
        trust. The workers need this package in the same version, and the universe and the lists under the same paths.
    """
    return Cluster(address)


class _Sent(NamedTuple):
    """A run as it is sent to another process: no members of audiences, those are personal data."""

    config: RunConfig
    opened_for: RunConfig
    fingerprint: str


def _sent(task: RunTask) -> _Sent:
    if task.world.opened_for is None:
        raise ConfigError(
            "expected a world that other processes can open, got one whose members were chosen; open it with "
            "World.open, or run on threads"
        )
    return _Sent(task.config, task.world.opened_for, task.fingerprint)


def _as_they_end(
    pool: Executor, run: Callable[[Any], RunFigures], tasks: dict[int, Any], listen: Callable[[], None]
) -> Iterator[tuple[int, RunFigures]]:
    # To wait for any of all futures would look at each of them every time.
    ended: SimpleQueue[Future[RunFigures]] = SimpleQueue()
    numbers = {pool.submit(run, task): number for number, task in tasks.items()}
    for future in numbers:
        future.add_done_callback(ended.put)
    while numbers:
        listen()
        try:
            future = ended.get(timeout=SECONDS_BETWEEN_REPORTS)
        except Empty:
            continue
        yield numbers.pop(future), future.result()


def _chunks(tasks: Sequence[tuple[int, _Sent]], n_workers: int) -> list[tuple[tuple[int, _Sent], ...]]:
    """Cut the tasks into pieces: many for each worker, so that all end together, yet not a message for every run."""
    size = max(1, min(MAX_CELLS_PER_TASK, len(tasks) // (4 * n_workers)))
    return [tuple(tasks[start : start + size]) for start in range(0, len(tasks), size)]


_own_worlds: KeptAnswers[str, World] = KeptAnswers(MAX_OWN_WORLDS)
"""Of a process that does runs for another one."""
_stops: list[Event] = []
"""What tells such a process that its runs are not wanted any more."""


def _begin(is_stopped: Event) -> None:
    """Make a process ready to do runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that asked
    _stops.append(is_stopped)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when whoever asked is gone; else a process would wait for its next run for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _stop_when_asked(_n_done: int, _n_total: int, /) -> None:
    if any(is_stopped.is_set() for is_stopped in _stops):
        raise CancelledError("the runs were stopped")


def _run_here(sent: _Sent, on_progress: Progress = _stop_when_asked) -> RunFigures:
    """Do a run in a process that has only been told about it."""
    opened_for = sent.opened_for
    latest = _own_worlds.latest
    open_world = World.open if latest is None else latest.opened_anew
    world = _own_worlds.answer(opened_for.model_dump_json(), lambda: open_world(opened_for, on_progress))
    if run_fingerprint(sent.config, world) != sent.fingerprint:
        raise UniverseError(
            "expected every worker to find the same people and the same program, but one finds others under the same "
            "path; give all of them the same universe, the same lists and the same version"
        )
    return RunFigures.of(simulate(sent.config, world, on_progress))


def _run_chunk(chunk: Sequence[tuple[int, _Sent]]) -> list[tuple[int, RunFigures]]:
    """Do some runs; on a worker of a cluster."""
    return [(number, _run_here(sent, ignore_progress)) for number, sent in chunk]
