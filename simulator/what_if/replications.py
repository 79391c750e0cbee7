"""The engine of every what-if: runs configurations again and again, wherever, and never the same run twice.

A cell is one configuration in one replication. Replication ``i`` has the same seed in every configuration that starts
from the same ``rng_seed``, so all of them meet the same people at the same moments (common random numbers). Cells that
would give the same figures are run once; those that are kept from before are not run at all. Where and in which order
cells are run changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.kernels.draws import replication_seed
from simulator.what_if.fingerprints import run_fingerprint
from simulator.what_if.metrics import METRIC_NAMES
from simulator.what_if.parameter_draws import ParameterDraws
from simulator.what_if.run_figures import RunFigures
from simulator.what_if.run_store import KeepsRuns
from simulator.what_if.workers import RunTask, RunTasks, Workers, threads
from simulator.what_if.worlds import Worlds
from simulator.world import World
from workbench.progress import Progress, ignore_progress

MAX_REPLICATIONS = 10_000


class Cell(NamedTuple):
    """One configuration in one replication.

    Attributes
    ----------
    config : int
        Place of the configuration among all.
    replication : int
        Number of the replication, from 0.
    """

    config: int
    replication: int


class FinishedCell(NamedTuple):
    """A cell and what came of it.

    Attributes
    ----------
    cell : Cell
        Which.
    figures : RunFigures
        What it came to.
    is_reused : bool
        Whether the run had been done for another cell, or was kept from before.
    """

    cell: Cell
    figures: RunFigures
    is_reused: bool


class Replications:
    """Runs cells; make one with `replicating`.

    Parameters
    ----------
    configs : sequence of RunConfig
        What cells number.
    world : World
        Serves every configuration that fits it; worlds of others are opened when they are needed.
    run_tasks : RunTasks
        The workers.
    keep : KeepsRuns or None
        Where finished runs are found and kept.
    draws : ParameterDraws or None
        What each replication pulls on top of every configuration.
    """

    def __init__(
        self,
        configs: Sequence[RunConfig],
        world: World,
        run_tasks: RunTasks,
        keep: KeepsRuns | None = None,
        draws: ParameterDraws | None = None,
    ) -> None:
        self._configs = configs
        self._draws = draws
        self._worlds = Worlds(world)
        self._run_tasks = run_tasks
        self._keep = keep

    def finished(self, cells: Iterable[Cell], on_progress: Progress = ignore_progress) -> Iterator[FinishedCell]:
        """Run cells and yield each as it is done, in no order; whoever stops asking stops the runs.

        Parameters
        ----------
        cells : iterable of Cell
            Any, each once.
        on_progress : Progress
            Called with the cells that are done and all of them, and now and then in between, from the calling thread;
            raise ``CancelledError`` in it to stop.

        Yields
        ------
        FinishedCell

        Raises
        ------
        WorkbenchError
            What the universe, an audience, a targeting or the workers are refused for.
        InputFileError
            If a finished run cannot be kept.
        """
        todo = list(cells)
        n_done = 0

        def listen() -> None:
            on_progress(n_done, len(todo))

        listen()
        tasks, same_runs = self._tasks(todo, listen)
        for finished in self._runs(tasks, same_runs, listen):
            yield finished
            n_done += 1
            listen()

    def _tasks(self, cells: Sequence[Cell], listen: Callable[[], None]) -> tuple[list[RunTask], dict[str, list[Cell]]]:
        """Say which runs are to be done, each once, and for which cells."""
        tasks: list[RunTask] = []
        same_runs: dict[str, list[Cell]] = {}
        for cell in cells:
            config = self._config_of(cell)
            world = self._worlds.world_of(config, lambda _n_done, _n_total: listen())
            fingerprint = run_fingerprint(config, world)
            if fingerprint not in same_runs:
                tasks.append(RunTask(len(tasks), config, world, fingerprint))
            same_runs.setdefault(fingerprint, []).append(cell)
        return tasks, same_runs

    def _runs(
        self, tasks: Sequence[RunTask], same_runs: dict[str, list[Cell]], listen: Callable[[], None]
    ) -> Iterator[FinishedCell]:
        missing: list[RunTask] = []
        for task in tasks:
            kept = self._keep.find(task.fingerprint) if self._keep is not None else None
            if kept is None:
                missing.append(task)
                continue
            for cell in same_runs[task.fingerprint]:
                yield FinishedCell(cell, kept, is_reused=True)
        for number, figures in self._run_tasks(missing, listen):
            fingerprint = tasks[number].fingerprint
            if self._keep is not None:
                self._keep.keep(fingerprint, figures)
            for n_before, cell in enumerate(same_runs[fingerprint]):
                yield FinishedCell(cell, figures, is_reused=n_before > 0)

    def _config_of(self, cell: Cell) -> RunConfig:
        config = self._configs[cell.config]
        if self._draws is not None:
            config = self._draws.applied(config, cell.replication)
        return config.model_copy(update={"rng_seed": replication_seed(config.rng_seed, cell.replication)})


@contextmanager
def replicating(
    configs: Sequence[RunConfig],
    world: World,
    *,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    draws: ParameterDraws | None = None,
) -> Iterator[Replications]:
    """Make workers ready to run cells of some configurations, for as long as more may be asked for.

    Parameters
    ----------
    configs : sequence of RunConfig
        What cells number.
    world : World
        Serves every configuration that fits it; worlds of others are opened when they are needed, once.
    where : Workers, optional
        `threads`, `processes` or `cluster`; two threads if nothing is said.
    keep : KeepsRuns, optional
        `RunStore` or `KeptRuns`: finished runs are found there instead of being done again, and kept there as soon as
        they are done, so that whatever interrupts the work, they are not lost.
    draws : ParameterDraws, optional
        What is not known about the market: replication ``i`` uses draw ``i`` in every configuration.

    Yields
    ------
    Replications

    Raises
    ------
    ConfigError
        If there is no configuration.
    ClusterError
        If the workers cannot be had, or are lost.
    """
    if not configs:
        raise ConfigError("expected at least one configuration to run, got none")
    with (where or threads()).opened() as run_tasks:
        yield Replications(configs, world, run_tasks, keep, draws)


def run_cells(
    configs: Sequence[RunConfig],
    world: World,
    *,
    replications: range,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    draws: ParameterDraws | None = None,
    on_progress: Progress = ignore_progress,
) -> pd.DataFrame:
    """Run every configuration in every replication.

    Parameters
    ----------
    configs : sequence of RunConfig
        At least one.
    world, where, keep, draws
        As for `replicating`.
    replications : range
        Numbers of the replications, such as ``range(20)``; at most 10,000 of them, none below 0.
    on_progress : Progress
        As for `Replications.finished`.

    Returns
    -------
    DataFrame
        ``config`` (int, place among the configurations), ``replication`` (int), ``metric`` (str), ``value`` (float64):
        sorted by configuration and replication, metrics in the order of `METRICS`; the same wherever it was run.

    Raises
    ------
    ConfigError
        If there is nothing to run or too much.
    WorkbenchError
        As `Replications.finished`.
    """
    require_replications(replications)
    cells = [Cell(config, replication) for config in range(len(configs)) for replication in replications]
    with replicating(configs, world, where=where, keep=keep, draws=draws) as runs:
        found = {finished.cell: finished.figures for finished in runs.finished(cells, on_progress)}
    return figures_table(found)


def figures_table(found: Mapping[Cell, RunFigures]) -> pd.DataFrame:
    """Put the totals of cells into one table, sorted; see `run_cells`."""
    cells = sorted(found)
    n_metrics = len(METRIC_NAMES)
    return pd.DataFrame(
        {
            "config": np.repeat(np.array([cell.config for cell in cells], dtype=np.int64), n_metrics),
            "replication": np.repeat(np.array([cell.replication for cell in cells], dtype=np.int64), n_metrics),
            "metric": list(METRIC_NAMES) * len(cells),
            "value": np.array([list(found[cell].totals.values()) for cell in cells], dtype=np.float64).ravel(),
        }
    )


def require_replications(replications: range) -> None:
    """Refuse replications that are none, too many or below 0.

    Raises
    ------
    ConfigError
        What was expected and what came.
    """
    if not 1 <= len(replications) <= MAX_REPLICATIONS or min(replications) < 0:
        raise ConfigError(
            f"expected 1 to {MAX_REPLICATIONS:,} replications with numbers from 0 on, such as range(20), got "
            f"{replications}"
        )
