"""A forecast: one scenario run again and again, what it comes to on average and how much that varies.

The range is one of runs, not of their mean: a campaign is flown once, and luck does not average out within it. It says
what chance alone does under the scenario's assumptions; how far those may be wrong is another question, which draws of
what is not known answer.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.scenario import Scenario
from simulator.what_if.metrics import METRICS
from simulator.what_if.parameter_draws import ParameterDraws
from simulator.what_if.replications import Cell, replicating, require_replications
from simulator.what_if.run_figures import DAILY, RunFigures
from simulator.what_if.run_store import KeepsRuns
from simulator.what_if.summaries import mean_report, run_range, summarise_days
from simulator.what_if.workers import Workers
from simulator.world import World
from workbench.progress import Progress, ignore_progress


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a scenario comes to.

    Attributes
    ----------
    scenario : Scenario
        What was run.
    n_replications : int
        How often.
    table : DataFrame
        ``metric``, ``label``, ``unit``, ``mean``, ``low``, ``high``: one row a metric that says something about the
        scenario; at least 95 % of the runs lie from ``low`` to ``high``, and NaN is a figure that some run hides or
        lacks.
    by_day : DataFrame
        ``day``, ``metric``, ``mean``, ``low``, ``high``, alike.
    by_ad_group : DataFrame
        The mean report, one row an ad group.
    warnings : tuple of str
        What a reader should know, one sentence each.
    """

    scenario: Scenario
    n_replications: int
    table: pd.DataFrame
    by_day: pd.DataFrame
    by_ad_group: pd.DataFrame
    warnings: tuple[str, ...]


def forecast(
    scenario: Scenario,
    world: World,
    *,
    n_replications: int = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    draws: ParameterDraws | None = None,
    on_progress: Progress = ignore_progress,
) -> Forecast:
    """Run a scenario several times.

    Parameters
    ----------
    scenario : Scenario
        Any.
    world : World
        Opened for it.
    n_replications : int
        1 to 10,000; one run has no range, so that low and high are its own figures.
    where, keep, draws, on_progress
        As for `simulator.what_if.compare`.

    Returns
    -------
    Forecast

    Raises
    ------
    ConfigError, LeverError, DataFeeError, DefinitionError, UnknownAudienceError, CancelledError
        As `simulator.what_if.compare`.
    """
    require_replications(range(n_replications))
    used = None if draws is None else draws.first(n_replications)
    config = scenario.config
    with replicating((config,), world, where=where, keep=keep, draws=used) as runs:
        cells = [Cell(0, replication) for replication in range(n_replications)]
        found = {each.cell: each.figures for each in runs.finished(cells, on_progress)}
    figures = [found[cell] for cell in cells]
    return Forecast(
        scenario=scenario,
        n_replications=n_replications,
        table=_table(config, figures),
        by_day=summarise_days(config, figures, sorted(DAILY)),
        by_ad_group=mean_report(config, figures),
        warnings=tuple(dict.fromkeys(warning for each in figures for warning in each.warnings)),
    )


def _table(config: RunConfig, figures: list[RunFigures]) -> pd.DataFrame:
    rows = []
    for metric in METRICS:
        if metric.is_told_of(config):
            values: NDArray[np.float64] = np.array([each.totals[metric.metric] for each in figures])
            rows.append({"metric": metric.metric, "label": metric.label, "unit": metric.unit, **run_range(values)})
    return pd.DataFrame(rows)
