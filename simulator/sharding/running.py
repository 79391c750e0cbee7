"""Runs in shards: the accounts are shared out, and every shard holds the auctions of its own."""

import os
from enum import StrEnum

from simulator.config import RunConfig
from simulator.delivery import Room
from simulator.errors import ConfigError
from simulator.kernels.tables import Group
from simulator.ledger import Ledger
from simulator.offer_rows import group_rows
from simulator.run import RunResult, require_fit, simulate_in
from simulator.sharding.exact_room import ExactRoom
from simulator.sharding.reconciled_room import ReconciledRoom
from simulator.sharding.shards import Shards, shards_here, split_accounts
from simulator.world import World
from workbench.progress import Progress, ignore_progress


class BudgetSharing(StrEnum):
    """How shards share budgets."""

    EXACT = "exact"
    """The result of a run without shards, to the last bit; ticks in which money runs out are held several times."""

    RECONCILED = "reconciled"
    """Each shard gets a share of what is left at the beginning of every tick; the result depends on their number."""


def simulate_in_shards(
    config: RunConfig,
    world: World,
    n_shards: int,
    *,
    sharing: BudgetSharing = BudgetSharing.EXACT,
    n_threads: int | None = None,
    on_progress: Progress = ignore_progress,
) -> RunResult:
    """Run one configuration in shards on threads of this process.

    Parameters
    ----------
    config, world
        As for `simulator.run.simulate`.
    n_shards : int
        How many shards, at least 1.
    sharing : BudgetSharing
        How they share budgets.
    n_threads : int, optional
        Threads for them, at least 1; by default one for each shard, at most as many as there are processors.
    on_progress : Progress
        Called once a tick; raise ``CancelledError`` in it to stop.

    Returns
    -------
    RunResult
        With exact sharing that of `simulate`.

    Raises
    ------
    ConfigError
        As `simulate`, or for less than one shard or thread.
    """
    require_fit(config, world)
    require_shards(n_shards)
    n_threads = min(n_shards, os.cpu_count() or 1) if n_threads is None else n_threads
    if n_threads < 1:
        raise ConfigError(f"expected at least 1 thread, got {n_threads}")
    owns = split_accounts(config, world, n_shards)
    with shards_here(config, world, owns, n_threads, is_repeatable=sharing is BudgetSharing.EXACT) as shards:
        return simulate_on(shards, config, world, sharing, on_progress)


def require_shards(n_shards: int) -> None:
    """Refuse less than one shard."""
    if n_shards < 1:
        raise ConfigError(f"expected at least 1 shard, got {n_shards}")


def simulate_on(
    shards: Shards, config: RunConfig, world: World, sharing: BudgetSharing, on_progress: Progress
) -> RunResult:
    """Run one configuration on shards that are there already."""
    ledger = Ledger.blank(config, 0)
    room: Room
    if sharing is BudgetSharing.EXACT:
        room = ExactRoom(shards, ledger, group_rows(config)[:, Group.CAMPAIGN])
    else:
        room = ReconciledRoom(shards, ledger, config, world.traffic_classes(config))
    warnings = simulate_in(room, ledger, config, world, on_progress)
    return RunResult(config, ledger, world.eligibility(config), warnings)
