"""What runs of many configurations came to, as arrays: one reading a configuration and replication.

Every configuration meets the same people in replication ``i``, so columns of two configurations are pairs. Beside the
totals of a run each ad group's own figures are kept, since money and results add up over ad groups; reach does not, as
people are reached by several.

With draws of what is not known about the market a replication is one possible market, and what is asked is the figure
in a market that is not known better, not the mean over all of them. Readings then have their deviations from the mean
multiplied by the root of replications + 1, replication by replication and everywhere alike: whatever makes the interval
of a mean from them, differences, ratios and roots of them included, makes the interval of one more market.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.money import MICROS
from simulator.sweeps.intervals import Readings
from simulator.what_if import METRICS, Cell, KeepsRuns, ParameterDraws, RunFigures, Workers, replicating
from simulator.what_if.replications import require_replications
from simulator.world import World
from workbench.progress import Progress, ignore_progress

ADDING_UP: Final = {
    "spend": ("SPEND_IN_DOLLAR", 1),
    "data_spend": ("data_spend_micros", MICROS),
    "redundant_data_spend": ("redundant_data_spend_micros", MICROS),
    "impressions": ("IMPRESSION_1", 1),
    "clicks": ("CLICKTHROUGH_1", 1),
    "views": ("VIDEO_MRC_VIEWS_1", 1),
    "conversions": ("TOTAL_CONVERSIONS", 1),
    "worth": ("conversion_value_micros", MICROS),
}
"""Figures of ad groups that add up: name → column of a report and its unit."""

NET_WORTH: Final = "net_worth"
"""What conversions are worth less what was spent; the figure that a bid or a budget is best by."""

RATIOS: Final = {
    "ecpm": ("spend", "impressions", 1_000),
    "ecpc": ("spend", "clicks", 1),
    "cpa": ("spend", "conversions", 1),
    "roas": ("worth", "spend", 1),
}
"""Figures that are one of those over another, times a factor."""

TOTAL_METRICS: Final = tuple(metric.metric for metric in METRICS)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What runs came to.

    Attributes
    ----------
    configs : tuple of RunConfig
        What was run.
    n_replications : int
        How often each.
    figures : tuple of tuple of RunFigures
        By configuration and replication.
    n_reused : int
        Runs that did not have to be done: kept from before, or the same as others.
    draws : ParameterDraws or None
        What each replication drew of what is not known about the market.
    """

    configs: tuple[RunConfig, ...]
    n_replications: int
    figures: tuple[tuple[RunFigures, ...], ...] = field(repr=False)
    n_reused: int
    draws: ParameterDraws | None = field(default=None, repr=False)

    def readings(self, metric: str, ad_group_ids: Collection[str] | None = None) -> Readings:
        """Return one figure as intervals are made from: of every run, or spread as markets differ that are drawn.

        Parameters and values are those of `runs`.
        """
        return self.spread(self.runs(metric, ad_group_ids))

    def spread(self, runs: Readings) -> Readings:
        """Spread figures of runs as markets differ that are drawn; without draws they stay as they are.

        Parameters
        ----------
        runs : float64 array, shape (..., n_replications)
            One figure of every run; NaN where a run has none.

        Returns
        -------
        float64 array of the same shape
            With the same means. Student's t makes of them not the interval of a mean, but that of one more draw, whose
            variance is 1 + 1/n times that of draws (Whitmore, "Prediction limits for a univariate normal observation",
            1986), where n counts the runs that have the figure.
        """
        if self.draws is None:
            return runs
        n_known = (~np.isnan(runs)).sum(axis=-1, keepdims=True)
        means = np.nansum(runs, axis=-1, keepdims=True) / np.maximum(n_known, 1)
        found: Readings = means + np.sqrt(n_known + 1) * (runs - means)
        return found

    def runs(self, metric: str, ad_group_ids: Collection[str] | None = None) -> Readings:
        """Return one figure of every run.

        Parameters
        ----------
        metric : str
            One of `METRICS`, of `ADDING_UP` or ``net_worth``; of ad groups only what adds up and what is made of that.
        ad_group_ids : collection of str, optional
            Of these ad groups together instead of all.

        Returns
        -------
        float64 array, shape (n_configs, n_replications)
            NaN where a run has no such figure or it must not be shown.
        """
        if ad_group_ids is None and metric in TOTAL_METRICS:
            return np.array([[run.totals[metric] for run in runs] for runs in self.figures], dtype=np.float64)
        if metric == NET_WORTH:
            return self.runs("worth", ad_group_ids) - self.runs("spend", ad_group_ids)
        if metric in RATIOS:
            top, bottom, factor = RATIOS[metric]
            numerator, denominator = self.runs(top, ad_group_ids), self.runs(bottom, ad_group_ids)
            ratio = np.full(numerator.shape, np.nan)
            np.divide(factor * numerator, denominator, out=ratio, where=denominator > 0)
            return ratio
        column, unit = ADDING_UP[metric]
        rows = self._by_ad_group(column)[..., self._places(ad_group_ids)]
        # Ad groups that give their conversions no worth add nothing to that of others; if none does, it is unknown.
        total: Readings = np.where(np.isnan(rows).all(axis=-1), np.nan, np.nansum(rows, axis=-1)) / unit
        return total

    def of_one(self, column: str, ad_group_id: str) -> Readings:
        """Return a column of `simulator.reports.report_by_ad_group` for one ad group, such as its reach."""
        return self._by_ad_group(column)[..., self._places([ad_group_id])[0]]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know, one sentence each, of any of the runs."""
        return tuple(dict.fromkeys(text for runs in self.figures for run in runs for text in run.warnings))

    def table(self) -> pd.DataFrame:
        """Return every total of every run.

        Returns
        -------
        DataFrame
            ``config`` (int), ``replication`` (int), ``metric`` (str), ``value`` (float64), sorted; the metrics of
            `METRICS`, then those of `ADDING_UP` that are none of them, then ``net_worth``.
        """
        metrics = [*TOTAL_METRICS, *(name for name in ADDING_UP if name not in TOTAL_METRICS), NET_WORTH]
        values = np.stack([self.runs(metric) for metric in metrics], axis=-1)
        n_configs, n_replications, n_metrics = values.shape
        return pd.DataFrame(
            {
                "config": np.repeat(np.arange(n_configs), n_replications * n_metrics),
                "replication": np.tile(np.repeat(np.arange(n_replications), n_metrics), n_configs),
                "metric": metrics * (n_configs * n_replications),
                "value": values.ravel(),
            }
        )

    def _by_ad_group(self, column: str) -> NDArray[np.float64]:
        return np.array([[run.by_ad_group[column] for run in runs] for runs in self.figures], dtype=np.float64)

    def _places(self, ad_group_ids: Collection[str] | None) -> list[int]:
        own = [ad_group.ad_group_id for ad_group in self.configs[0].ad_groups]
        return list(range(len(own))) if ad_group_ids is None else [own.index(an_id) for an_id in ad_group_ids]


def run_outcomes(
    configs: Sequence[RunConfig],
    world: World,
    *,
    n_replications: int | ParameterDraws,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Outcomes:
    """Run every configuration in the same replications.

    Parameters
    ----------
    configs : sequence of RunConfig
        With the same ad groups, universe, flight and run seed.
    world : World
        Serves every configuration that fits it; worlds of others are opened when they are needed.
    n_replications : int or ParameterDraws
        1 to 10,000; or draws of what is not known about the market, with one replication each.
    where, keep
        As for `simulator.what_if.run_cells`.
    on_progress : Progress
        Called with the runs that are done and all of them; raise ``CancelledError`` in it to stop.

    Raises
    ------
    ConfigError
        If a number is out of range, or configurations differ in what is drawn.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    draws = n_replications if isinstance(n_replications, ParameterDraws) else None
    if isinstance(n_replications, ParameterDraws):
        n_replications.require_alike(configs)
        n_replications = len(n_replications)
    require_replications(range(n_replications))
    # Configuration by configuration, so that what a configuration is made into is needed once and at one time.
    cells = [Cell(config, replication) for config in range(len(configs)) for replication in range(n_replications)]
    with replicating(configs, world, where=where, keep=keep, draws=draws) as runs:
        finished = list(runs.finished(cells, on_progress))
    found = {each.cell: each.figures for each in finished}
    figures = tuple(
        tuple(found[Cell(config, replication)] for replication in range(n_replications))
        for config in range(len(configs))
    )
    return Outcomes(tuple(configs), n_replications, figures, sum(each.is_reused for each in finished), draws)
