"""A Dask cluster as the workbench uses it: one connection for one piece of work, and one sentence for what goes wrong.

The only module that knows Dask. It shares out tasks over parts that somebody made beforehand: partitions of a
directory, shards of events. Where a piece of work goes on and on over the same parts, objects on workers keep them. A
scheduler runs whatever code anybody sends it who can reach it: name only one that you trust.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

from workbench.errors import ClusterError, WorkbenchError
from workbench.progress import Progress

_CONNECTION_SECONDS: Final = 10
_SECONDS_BETWEEN_REPORTS: Final = 0.2  # so that a user who cancels is heard while workers are busy


class Task(NamedTuple):
    """One call for one worker.

    Parameters
    ----------
    worker : str
        Address of the worker.
    sent : object
        The first argument, sent to that worker and to nobody else; its ``repr`` may be logged.
    """

    worker: str
    sent: object


@contextmanager
def connected(address: str, advice: str) -> Iterator[Any]:
    """Connect to a scheduler that has workers.

    Parameters
    ----------
    address : str
        Such as ``tcp://192.168.0.5:8786``.
    advice : str
        What to do without a cluster, such as "match without".

    Yields
    ------
    distributed.Client
        The connection.

    Raises
    ------
    ClusterError
        If the scheduler cannot be reached or has no workers.
    """
    from distributed import Client  # imported late, it is large

    connect: Any = Client  # which has few types
    try:
        client = connect(address, timeout=_CONNECTION_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"expected a Dask scheduler at an address such as tcp://127.0.0.1:8786, got no answer at {address!r:.100} "
            f"({type(error).__name__}); start one with 'dask scheduler', or {advice}"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECTION_SECONDS)
        except TimeoutError:
            raise ClusterError(
                f"expected a Dask scheduler with workers at {address}, got one without any; start some with "
                f"'dask worker {address}'"
            ) from None
        yield client


def worker_threads(client: Any) -> list[str]:
    """Return the address of each worker, once for each of its threads, in the order of their addresses."""
    return [address for address, n_threads in sorted(client.nthreads().items()) for _ in range(n_threads)]


def run_on_workers(
    client: Any,
    function: Callable[..., Any],
    tasks: Sequence[Task],
    arguments: Sequence[object],
    advice: str,
    on_progress: Progress,
) -> Iterator[Any]:
    """Call a function on workers, and yield what it returns, as it comes, in no order.

    Parameters
    ----------
    client : distributed.Client
        What `connected` yields.
    function : callable
        Module-level function of what is sent and of the arguments.
    tasks : sequence of Task
        One for each call.
    arguments : sequence
        The same for every call; small, because they pass through the scheduler.
    advice : str
        What to do without a cluster.
    on_progress : Progress
        Called with the calls that are done and all calls, and now and then in between; raise ``CancelledError`` in it
        to stop, which also stops the workers.

    Raises
    ------
    ClusterError
        If a worker is lost or fails.
    WorkbenchError
        What the function raised.
    """
    futures: set[Any] = set()
    n_done = 0
    try:
        with _explaining_lost_workers(advice):
            for task in tasks:
                (sent,) = client.scatter([task.sent], workers=[task.worker], hash=False)
                futures.add(client.submit(function, sent, *arguments, workers=[task.worker], pure=False))
        waiting = set(futures)
        while waiting:
            on_progress(n_done, len(tasks))
            with _explaining_lost_workers(advice):
                done = _wait_a_moment(client, waiting)
                results = [future.result() for future in done]
            yield from results
            n_done += len(done)
            waiting -= done
        on_progress(n_done, len(tasks))
    finally:
        client.cancel(list(futures), force=True)


class Residents:
    """Objects that live on workers; `residents` makes them.

    Parameters
    ----------
    client : distributed.Client
        What `connected` yields.
    made : sequence of distributed.Future
        One an object, finished; an object is gone when its future is not finished any more.
    advice : str
        What to do without a cluster.
    listen : callable
        Called now and then while somebody waits; raise ``CancelledError`` in it to stop.
    """

    def __init__(self, client: Any, made: Sequence[Any], advice: str, listen: Callable[[], None]) -> None:
        self._made, self._advice, self._listen = made, advice, listen
        with client.as_current(), _explaining_lost_workers(advice):
            self._actors = [future.result() for future in made]

    def call(self, method: str, arguments: Sequence[Sequence[object]]) -> list[Any]:
        """Call a method of every object, all at once, and return what each returns.

        Parameters
        ----------
        method : str
            Which method.
        arguments : sequence of sequences
            For each object.

        Raises
        ------
        ClusterError
            If a worker is lost or fails.
        WorkbenchError
            What the method raised.
        """
        with _explaining_lost_workers(self._advice):
            answers = [getattr(actor, method)(*own) for actor, own in zip(self._actors, arguments, strict=True)]
        for answer in answers:
            while not _is_there(answer):
                self._listen()
                with _explaining_lost_workers(self._advice):
                    self._require_all()
        with _explaining_lost_workers(self._advice):
            return [answer.result() for answer in answers]

    def _require_all(self) -> None:
        """Refuse to wait for an object whose worker is gone: nobody would answer."""
        for future in self._made:
            if future.status != "finished":
                raise RuntimeError(f"an object on a worker is {future.status}")


@contextmanager
def residents(
    client: Any, make: type, tasks: Sequence[Task], arguments: Sequence[object], advice: str, listen: Callable[[], None]
) -> Iterator[Residents]:
    """Make an object on each of some workers, which stays there until the context ends.

    Parameters
    ----------
    client : distributed.Client
        What `connected` yields.
    make : type
        Class of a module; made of what is sent and of the arguments.
    tasks : sequence of Task
        One for each object.
    arguments : sequence
        The same for every object; small, because they pass through the scheduler.
    advice : str
        What to do without a cluster.
    listen : callable
        Called now and then; raise ``CancelledError`` in it to stop.

    Yields
    ------
    Residents
        One a task, in its order.

    Raises
    ------
    ClusterError
        If a worker is lost or fails.
    WorkbenchError
        What making one raised.
    """
    futures: list[Any] = []
    try:
        with _explaining_lost_workers(advice):
            for task in tasks:
                (sent,) = client.scatter([task.sent], workers=[task.worker], hash=False)
                futures.append(client.submit(make, sent, *arguments, workers=[task.worker], pure=False, actor=True))
        waiting = set(futures)
        while waiting:
            listen()
            with _explaining_lost_workers(advice):
                done = _wait_a_moment(client, waiting)
                for future in done:
                    future.result()
            waiting -= done
        yield Residents(client, futures, advice, listen)
    finally:
        client.cancel(futures, force=True)


def _is_there(answer: Any) -> bool:
    """Wait a moment for what a method returns or raises, and tell whether it has done so."""
    with suppress(Exception):  # which is raised again by whoever takes the answer
        answer.result(timeout=_SECONDS_BETWEEN_REPORTS)
    return bool(answer.done())


def _wait_a_moment(client: Any, futures: set[Any]) -> set[Any]:
    """Return those that are done, after at least one is or some time has passed."""
    import distributed

    wait: Any = distributed.wait
    with client.as_current(), suppress(TimeoutError):
        wait(futures, timeout=_SECONDS_BETWEEN_REPORTS, return_when="FIRST_COMPLETED")
    return {future for future in futures if future.done()}


@contextmanager
def _explaining_lost_workers(advice: str) -> Iterator[None]:
    """While inside, whatever Dask says of a worker that it lost, or that cannot do as asked, becomes one sentence."""
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as error:
        raise ClusterError(
            f"expected the workers to do what they were sent, but one was lost or failed ({type(error).__name__}); "
            f"see to its log and its memory, or {advice}"
        ) from error
