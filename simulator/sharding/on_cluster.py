"""Runs in shards on the workers of a Dask scheduler, for what outgrows a machine.

Every worker opens the world on its own, from the configuration, and keeps the entries and counters of its shards'
accounts for the whole run; what goes to and fro in every tick is as large as the number of ad groups. So no machine has
to hold what all hold together, and no members of audiences travel: those are personal data. What comes back at the end
is one byte an entry, the counters that reports count people by.

Scheduler and workers need this package in the same version, and the workers the universe and the lists under the same
paths. What they find there is compared with what is here.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Final, NamedTuple

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.kernels.shard import OwnAccounts
from simulator.run import RunResult, require_fit
from simulator.sharding.running import BudgetSharing, require_shards, simulate_on
from simulator.sharding.shard_room import ShardRoom
from simulator.sharding.shards import split_accounts
from simulator.what_if.fingerprints import run_fingerprint
from simulator.world import World
from workbench.cluster import Residents, Task, connected, residents, worker_threads
from workbench.errors import UniverseError
from workbench.progress import Progress, ignore_progress

_ADVICE: Final = "simulate without"


def simulate_on_cluster(
    config: RunConfig,
    world: World,
    scheduler_address: str,
    *,
    n_shards: int | None = None,
    sharing: BudgetSharing = BudgetSharing.EXACT,
    on_progress: Progress = ignore_progress,
) -> RunResult:
    """Run one configuration in shards on the workers of a Dask scheduler.

    Parameters
    ----------
    config : RunConfig
        What to run.
    world : World
        From `World.open`, so that workers can open it, too; for this configuration or one with the same universe and
        audiences.
    scheduler_address : str
        Such as ``tcp://192.168.0.5:8786``. Whoever can reach a scheduler can have any code run by it; name one that you
        trust.
    n_shards : int, optional
        How many shards, at least 1. By default one for each thread of a worker; with reconciled sharing it has to be
        given, because the result depends on it.
    sharing : BudgetSharing
        How the shards share budgets.
    on_progress : Progress
        Called once a tick, and now and then in between; raise ``CancelledError`` in it to stop.

    Returns
    -------
    RunResult
        With exact sharing that of `simulator.run.simulate`; with reconciled sharing it depends on the number of shards
        and not on the workers.

    Raises
    ------
    ConfigError
        As `simulate`; or if the world's members were chosen, or the shards are not said where they have to be.
    UniverseError
        If a worker finds other people, or another program.
    ClusterError
        If the scheduler cannot be reached, has no workers, or loses one.
    """
    require_fit(config, world)
    if n_shards is not None:
        require_shards(n_shards)
    elif sharing is BudgetSharing.RECONCILED:
        raise ConfigError("expected a number of shards with reconciled budgets, got none; the result depends on it")
    if world.opened_for is None:
        raise ConfigError(
            "expected a world that workers can open, got one whose members were chosen; open it with World.open, or "
            "simulate in shards without a cluster"
        )
    errand = _Errand(config, world.opened_for, run_fingerprint(config, world), sharing is BudgetSharing.EXACT)
    steps = _Steps(on_progress, config.flight.n_hours)
    with connected(scheduler_address, _ADVICE) as client:
        threads = worker_threads(client)
        owns = split_accounts(config, world, n_shards or len(threads))
        with _shards_on_workers(client, threads, owns, errand, steps.again) as shards:
            return simulate_on(shards, config, world, sharing, steps)


class _Errand(NamedTuple):
    """What a worker is told of a run."""

    config: RunConfig
    opened_for: RunConfig
    fingerprint: str
    is_repeatable: bool


class _Steps:
    """Progress that can be told again."""

    def __init__(self, on_progress: Progress, n_total: int) -> None:
        self._on_progress, self._latest = on_progress, (0, n_total)

    def __call__(self, n_done: int, n_total: int, /) -> None:
        self._latest = n_done, n_total
        self.again()

    def again(self) -> None:
        """Tell the latest step again, so that a user who cancels is heard."""
        self._on_progress(*self._latest)


class _Host:
    """Keeps shards on a worker."""

    def __init__(self, owns: Sequence[OwnAccounts], errand: _Errand) -> None:
        world = World.open(errand.opened_for)
        if run_fingerprint(errand.config, world) != errand.fingerprint:
            raise UniverseError(
                "expected every worker to find the same people and the same program, but one finds others under the "
                "same path; give all of them the same universe, the same lists and the same version"
            )
        self._pool = ThreadPoolExecutor(len(owns))
        make = [
            self._pool.submit(ShardRoom, errand.config, world, own, is_repeatable=errand.is_repeatable) for own in owns
        ]
        self._rooms = [each.result() for each in make]

    def call(self, method: str, arguments: Sequence[tuple[object, ...]]) -> list[Any]:
        """Call a method of every shard."""
        calls = [
            self._pool.submit(getattr(room, method), *own) for room, own in zip(self._rooms, arguments, strict=True)
        ]
        return [each.result() for each in calls]


class _ShardsOnWorkers:
    """Shards that hosts keep."""

    def __init__(self, hosts: Residents, n_each: Sequence[int]) -> None:
        self.n_shards = sum(n_each)
        self._hosts, self._n_each = hosts, n_each

    def all(self, method: str, *arguments: object) -> list[Any]:
        """Call a method of every shard with the same arguments."""
        return self.each(method, [arguments] * self.n_shards)

    def each(self, method: str, arguments: Sequence[tuple[object, ...]]) -> list[Any]:
        """Call a method of every shard with arguments of its own."""
        left = list(arguments)
        of_hosts = []
        for n in self._n_each:
            of_hosts.append((method, left[:n]))
            left = left[n:]
        return [answer for of_host in self._hosts.call("call", of_hosts) for answer in of_host]


@contextmanager
def _shards_on_workers(
    client: Any, threads: Sequence[str], owns: Sequence[OwnAccounts], errand: _Errand, listen: Callable[[], None]
) -> Iterator[_ShardsOnWorkers]:
    """Make shards on workers, on each as many as it has threads of all there are."""
    addresses = [threads[number * len(threads) // len(owns)] for number in range(len(owns))]
    of_workers = [
        (address, tuple(own for _, own in group))
        for address, group in groupby(zip(addresses, owns, strict=True), key=lambda pair: pair[0])
    ]
    tasks = [Task(address, of_worker) for address, of_worker in of_workers]
    with residents(client, _Host, tasks, [errand], _ADVICE, listen) as hosts:
        yield _ShardsOnWorkers(hosts, [len(of_worker) for _, of_worker in of_workers])
