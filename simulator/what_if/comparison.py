"""What if: two scenarios over the same people, and the difference with its uncertainty.

Each replication runs both scenarios from one seed, so that they meet the same people at the same moments against the
same rivals; see `simulator.what_if.paired` for what is made of the pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.what_if.metrics import METRICS, Better
from simulator.what_if.paired import MIN_PAIRS, paired_difference, unpaired_difference
from simulator.what_if.replications import MAX_REPLICATIONS, Cell, figures_table, replicating
from simulator.what_if.run_figures import DAILY, RunFigures
from simulator.what_if.run_store import KeepsRuns
from simulator.what_if.summaries import mean_report, summarise_days
from simulator.what_if.workers import Workers
from simulator.world import World
from workbench.progress import Progress, ignore_progress

MIN_REPLICATIONS = MIN_PAIRS
BASE, ALTERNATIVE = "base", "alternative"
SIDES = (BASE, ALTERNATIVE)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two scenarios side by side.

    Attributes
    ----------
    base, alternative : Scenario
        What was compared.
    n_replications : int
        Pairs of runs.
    replications : DataFrame
        ``replication``, ``scenario``, ``metric``, ``value``: every figure of every run.
    by_day : DataFrame
        ``scenario``, ``day``, ``metric``, ``mean``, ``low``, ``high``: means, and the range of at least 95 % of runs.
    by_ad_group : DataFrame
        Mean report of each scenario, one row a scenario and ad group.
    warnings : tuple of str
        What a reader should know, one sentence each.
    n_reused : int
        How many of the runs did not have to be done: they were kept from before, or the same on both sides.
    """

    base: Scenario
    alternative: Scenario
    n_replications: int
    replications: pd.DataFrame
    by_day: pd.DataFrame
    by_ad_group: pd.DataFrame
    warnings: tuple[str, ...]
    n_reused: int = 0

    @property
    def table(self) -> pd.DataFrame:
        """The answer: one row a metric that says something about either scenario.

        Returns
        -------
        DataFrame
            ``metric``, ``label``, ``unit``; ``base`` and ``alternative`` (means), ``difference``, ``low``, ``high``
            (95 % interval of the mean difference), ``probability_of_increase`` (share of pairs in which the alternative
            is higher, ties counting half) and ``n_pairs`` that have the figure, see `paired_difference`; ``better``
            (``higher``, ``lower`` or ``neither``) and ``probability_of_better`` (share of pairs in which it is better;
            higher, where neither way is); and what the pairs are worth, see `unpaired_difference`.
        """
        configs = (self.base.config, self.alternative.config)
        wide = self.replications.pivot_table(
            index="replication", columns=["metric", "scenario"], values="value", dropna=False
        )
        rows = []
        for metric in METRICS:
            if any(metric.is_told_of(config) for config in configs):
                sides = [wide[metric.metric, side].to_numpy(dtype=np.float64) for side in SIDES]
                found = paired_difference(*sides)
                increase = found["probability_of_increase"]
                rows.append(
                    {
                        "metric": metric.metric,
                        "label": metric.label,
                        "unit": metric.unit,
                        **found,
                        "better": metric.better.value,
                        "probability_of_better": 1 - increase if metric.better is Better.LOWER else increase,
                        **unpaired_difference(*sides),
                    }
                )
        return pd.DataFrame(rows)


def compare(
    base: Scenario,
    alternative: Scenario,
    world: World,
    *,
    n_replications: int = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Comparison:
    """Run two scenarios over the same replications.

    Parameters
    ----------
    base, alternative : Scenario
        With the same universe, flight and run seed. Where their audiences differ, those of the alternative are
        populated first.
    world : World
        Opened for the base.
    n_replications : int
        Pairs of runs, 2 to 10,000.
    where : Workers, optional
        `threads`, `processes` or `cluster`; two threads if nothing is said. Results do not depend on it.
    keep : KeepsRuns, optional
        `RunStore` or `KeptRuns`, from which runs of before are used again: the base need not be run for every question.
    on_progress : Progress
        Called with the pairs that are done and all of them, from the calling thread; raise ``CancelledError`` in it to
        stop. Runs under way then end at their next simulated hour.

    Returns
    -------
    Comparison

    Raises
    ------
    ConfigError
        If a number is out of range, the scenarios cannot be compared, or the world is not the base's.
    LeverError
        If a scenario's lever names no setting.
    DataFeeError, DefinitionError, UnknownAudienceError
        If a targeting is not one the platform offers.
    CancelledError
        If ``on_progress`` raised it.
    """
    configs = (base.config, alternative.config)
    _require_comparable(*configs, n_replications, world)
    cells = [Cell(side, replication) for replication in range(n_replications) for side in range(2)]
    with replicating(configs, world, where=where, keep=keep) as runs:
        finished = list(runs.finished(cells, lambda n_done, n_total: on_progress(n_done // 2, n_total // 2)))
    found = {each.cell: each.figures for each in finished}
    in_order = [found[cell] for cell in cells]
    return Comparison(
        base=base,
        alternative=alternative,
        n_replications=n_replications,
        replications=_by_scenario(found),
        by_day=_summarise_days(configs, found),
        by_ad_group=_mean_reports(configs, found),
        warnings=tuple(dict.fromkeys(warning for figures in in_order for warning in figures.warnings)),
        n_reused=sum(each.is_reused for each in finished),
    )


def _require_comparable(base: RunConfig, alternative: RunConfig, n_replications: int, world: World) -> None:
    if not MIN_REPLICATIONS <= n_replications <= MAX_REPLICATIONS:
        raise ConfigError(
            f"expected {MIN_REPLICATIONS} to {MAX_REPLICATIONS:,} replications, got {n_replications:,}: fewer have no "
            "spread to make an interval from, more take too long"
        )
    for what, of_base, of_alternative in (
        ("flight", base.flight, alternative.flight),
        ("universe", base.universe, alternative.universe),
        ("rng_seed", base.rng_seed, alternative.rng_seed),
    ):
        if of_base != of_alternative:
            raise ConfigError(
                f"expected two scenarios with the same {what}, got different ones, whose runs would not meet the same "
                f"people at the same moments; give both the same {what}"
            )
    if not world.fits(base):
        raise ConfigError(
            "expected a world opened for the base's universe and audiences, got one of others; open one with World.open"
        )


def _by_scenario(found: Mapping[Cell, RunFigures]) -> pd.DataFrame:
    table = figures_table(found)
    table = table.assign(scenario=np.array(SIDES, dtype=object)[table["config"]])
    ordered = table.sort_values(["replication", "config"], kind="stable", ignore_index=True)
    return ordered[["replication", "scenario", "metric", "value"]]


def _of_side(found: Mapping[Cell, RunFigures], side: int) -> list[RunFigures]:
    """Return the figures of one scenario, in the order of the replications."""
    return [found[cell] for cell in sorted(found) if cell.config == side]


def _summarise_days(configs: Sequence[RunConfig], found: Mapping[Cell, RunFigures]) -> pd.DataFrame:
    parts = [
        summarise_days(configs[side], _of_side(found, side), sorted(DAILY)).assign(scenario=scenario)
        for side, scenario in enumerate(SIDES)
    ]
    by_day = pd.concat(parts, ignore_index=True).sort_values(["scenario", "day", "metric"], ignore_index=True)
    return by_day[["scenario", *by_day.columns.drop("scenario")]]


def _mean_reports(configs: Sequence[RunConfig], found: Mapping[Cell, RunFigures]) -> pd.DataFrame:
    reports = [
        mean_report(configs[side], _of_side(found, side)).assign(scenario=scenario)
        for side, scenario in enumerate(SIDES)
    ]
    both = pd.concat(reports, ignore_index=True)
    return both[["scenario", *both.columns.drop("scenario")]]
