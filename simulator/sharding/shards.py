"""The shards of a run, wherever they are, and what all of them know together."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from simulator.config import RunConfig
from simulator.kernels.shard import OwnAccounts
from simulator.sharding.shard_room import ShardRoom
from simulator.world import World


class Shards(Protocol):
    """Shards that can be told to do something; each is a `ShardRoom`, in the order of their accounts."""

    n_shards: int

    def all(self, method: str, *arguments: object) -> list[Any]:
        """Call a method of every shard with the same arguments, and return what each returns."""

    def each(self, method: str, arguments: Sequence[tuple[object, ...]]) -> list[Any]:
        """Call a method of every shard with arguments of its own, and return what each returns."""


class ShardsHere:
    """Shards in this process, on threads.

    Parameters
    ----------
    rooms : sequence of ShardRoom
        The shards.
    pool : Executor
        Where they work.
    """

    def __init__(self, rooms: Sequence[ShardRoom], pool: ThreadPoolExecutor) -> None:
        self.n_shards = len(rooms)
        self._rooms, self._pool = rooms, pool

    def all(self, method: str, *arguments: object) -> list[Any]:
        """Call a method of every shard with the same arguments."""
        return self.each(method, [arguments] * self.n_shards)

    def each(self, method: str, arguments: Sequence[tuple[object, ...]]) -> list[Any]:
        """Call a method of every shard with arguments of its own."""

        def call(room: ShardRoom, own: tuple[object, ...]) -> Any:
            return getattr(room, method)(*own)

        return list(self._pool.map(call, self._rooms, arguments))


@contextmanager
def shards_here(
    config: RunConfig, world: World, owns: Sequence[OwnAccounts], n_threads: int, *, is_repeatable: bool
) -> Iterator[ShardsHere]:
    """Make shards in this process; they end with the context.

    Parameters
    ----------
    config, world
        The run.
    owns : sequence of OwnAccounts
        The accounts of each shard.
    n_threads : int
        Threads that they share.
    is_repeatable : bool
        As for `ShardRoom`.
    """
    with ThreadPoolExecutor(n_threads) as pool:
        make = [pool.submit(ShardRoom, config, world, own, is_repeatable=is_repeatable) for own in owns]
        yield ShardsHere([each.result() for each in make], pool)


def split_accounts(config: RunConfig, world: World, n_shards: int) -> list[OwnAccounts]:
    """Cut the accounts into stretches that expect about as much traffic each.

    Parameters
    ----------
    config, world
        The run.
    n_shards : int
        How many stretches, at least 1; some are empty where there are more of them than accounts.

    Returns
    -------
    list of OwnAccounts
        In the order of the accounts.
    """
    names = world.countries.names
    weights = np.array([config.traffic.country_weights.get(name, 1.0) for name in names])
    traffic = np.cumsum(world.activity * world.countries.spread(weights), dtype=np.float64)
    ends = np.searchsorted(traffic, traffic[-1] * np.arange(1, n_shards) / n_shards)
    bounds = [0, *ends.tolist(), traffic.size]
    return [OwnAccounts(first, end) for first, end in pairwise(bounds)]
