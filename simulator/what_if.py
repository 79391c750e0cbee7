"""What if: two scenarios over the same people, and the difference with its uncertainty.

Each replication runs both scenarios from one seed, so that they meet the same people at the same moments against the
same rivals (common random numbers). Differences are taken pair by pair: what both runs share cancels, and far fewer
replications are needed than for two separate averages. The 95 % interval is Student's t over the pairs' differences
(Law, "Simulation Modeling and Analysis", comparing two systems by paired-t).
"""

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.config import BillableEvent, OptimizationGoal, RunConfig
from simulator.errors import ConfigError
from simulator.kernels.draws import replication_seed
from simulator.money import MICROS
from simulator.reports import (
    report_by_ad_group,
    report_by_day,
    report_totals,
)
from simulator.run import RunResult, simulate
from simulator.scenario import Scenario
from simulator.world import World
from workbench.errors import CancelledError
from workbench.progress import Progress, ignore_progress

CONFIDENCE = 0.95
MIN_REPLICATIONS = 2
MAX_REPLICATIONS = 10_000
BASE, ALTERNATIVE = "base", "alternative"


def _always(_config: RunConfig) -> bool:
    return True


def _wants_views(config: RunConfig) -> bool:
    return any(
        ad_group.billable_event is BillableEvent.VIDEO_V_50_MRC
        or ad_group.optimization_goal is OptimizationGoal.VIDEO_VIEW
        for ad_group in config.ad_groups
    )


def _has_conversions(config: RunConfig) -> bool:
    return any(ad_group.conversion_rate or ad_group.view_conversion_rate for ad_group in config.ad_groups)


def _has_worth(config: RunConfig) -> bool:
    return _has_conversions(config) and any(ad_group.conversion_value_micros for ad_group in config.ad_groups)


class Metric(NamedTuple):
    """One figure of a comparison.

    Attributes
    ----------
    metric : str
        Its name: a report column, or the same in units of money.
    label : str
        What people call it.
    unit : str
        ``dollars``, ``count``, ``people``, ``share`` or ``ratio``.
    read : callable
        Reads it from the totals of a run; NaN where the run has no such figure or it must not be shown.
    is_told_of : callable
        Whether it says anything about a configuration; a comparison leaves out what says nothing about either of its
        two, such as conversions where nobody can convert.
    """

    metric: str
    label: str
    unit: str
    read: Callable[["pd.Series"], float]
    is_told_of: Callable[[RunConfig], bool] = _always


METRICS = (
    Metric("spend", "Spend", "dollars", lambda totals: totals["SPEND_IN_DOLLAR"]),
    Metric("data_spend", "Data fees", "dollars", lambda totals: totals["data_spend_micros"] / MICROS),
    Metric("impressions", "Impressions", "count", lambda totals: totals["IMPRESSION_1"]),
    Metric("reach", "Reach", "people", lambda totals: totals["TOTAL_IMPRESSION_USER"]),
    Metric("frequency", "Frequency", "count", lambda totals: totals["TOTAL_IMPRESSION_FREQUENCY"]),
    Metric("clicks", "Clicks", "count", lambda totals: totals["CLICKTHROUGH_1"]),
    Metric("views", "Video views", "count", lambda totals: totals["VIDEO_MRC_VIEWS_1"], _wants_views),
    Metric("conversions", "Conversions", "count", lambda totals: totals["TOTAL_CONVERSIONS"], _has_conversions),
    Metric("ecpm", "eCPM", "dollars", lambda totals: totals["ECPM_IN_MICRO_DOLLAR"] / MICROS),
    Metric("ecpc", "Cost per click", "dollars", lambda totals: totals["ECPC_IN_MICRO_DOLLAR"] / MICROS),
    Metric(
        "cpa",
        "Cost per conversion",
        "dollars",
        lambda totals: totals["cost_per_conversion_micros"] / MICROS,
        _has_conversions,
    ),
    Metric("roas", "ROAS", "ratio", lambda totals: totals["roas"], _has_worth),
    Metric("win_rate", "Win rate", "share", lambda totals: totals["win_rate"]),
)
"""What is compared. Reach and frequency are those of reports: rounded down to tens in every run and hidden under 100,
so that whatever is computed from them says nothing that they do not say."""


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
    """

    base: Scenario
    alternative: Scenario
    n_replications: int
    replications: pd.DataFrame
    by_day: pd.DataFrame
    by_ad_group: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The answer: one row a metric that says something about either scenario.

        Returns
        -------
        DataFrame
            ``metric``, ``label``, ``unit``; ``base`` and ``alternative`` (means), ``difference``, ``low``, ``high``
            (95 % interval of the mean difference), ``probability_of_increase`` (share of pairs in which the alternative
            is higher, ties counting half) and ``n_pairs`` that have the figure; see `paired_difference`.
        """
        configs = (self.base.config, self.alternative.config)
        wide = self.replications.pivot_table(
            index="replication", columns=["metric", "scenario"], values="value", dropna=False
        )
        rows = [
            {
                "metric": metric.metric,
                "label": metric.label,
                "unit": metric.unit,
                **paired_difference(
                    wide[metric.metric, BASE].to_numpy(dtype=np.float64),
                    wide[metric.metric, ALTERNATIVE].to_numpy(dtype=np.float64),
                ),
            }
            for metric in METRICS
            if any(metric.is_told_of(config) for config in configs)
        ]
        return pd.DataFrame(rows)


def paired_difference(base: NDArray[np.float64], alternative: NDArray[np.float64]) -> dict[str, float]:
    """Compare two series of paired replications.

    Parameters
    ----------
    base, alternative : float64 array, shape (n_replications,)
        One figure in each replication.

    Returns
    -------
    dict
        ``base``, ``alternative`` and ``difference`` (means), ``low`` and ``high`` (95 % interval of the difference),
        ``probability_of_increase`` and ``n_pairs``: all over the pairs in which both runs have the figure, such as a
        cost per click where both were clicked. NaN with fewer than two such pairs; the means then are over whatever
        runs have it.
    """
    has_both = ~np.isnan(base + alternative)
    n_pairs = int(has_both.sum())
    if n_pairs < MIN_REPLICATIONS:
        levels = {BASE: _mean_of_some(base), ALTERNATIVE: _mean_of_some(alternative)}
        unknown = dict.fromkeys(("difference", "low", "high", "probability_of_increase"), math.nan)
        return {**levels, **unknown, "n_pairs": n_pairs}
    difference = (alternative - base)[has_both]
    mean = float(difference.mean())
    quantile = float(stdtrit(n_pairs - 1, 0.5 + CONFIDENCE / 2))
    margin = quantile * float(difference.std(ddof=1)) / n_pairs**0.5
    return {
        BASE: float(base[has_both].mean()),
        ALTERNATIVE: float(alternative[has_both].mean()),
        "difference": mean,
        "low": mean - margin,
        "high": mean + margin,
        "probability_of_increase": float((np.sign(difference) + 1).mean() / 2),
        "n_pairs": n_pairs,
    }


def _mean_of_some(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


def compare(
    base: Scenario,
    alternative: Scenario,
    world: World,
    *,
    n_replications: int = 20,
    n_threads: int = 2,
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
    n_threads : int
        Runs at once, at least 1; results do not depend on it.
    on_progress : Progress
        Called once a pair, from the calling thread; raise ``CancelledError`` in it to stop. Runs under way then end
        at their next simulated hour.

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
    _require_comparable(*configs, n_replications, n_threads)
    worlds = (world, world if world.fits(configs[1]) else World.open(configs[1]))
    pairs = _run_pairs(configs, worlds, n_replications, n_threads, on_progress)
    runs = [run for pair in pairs for run in pair]
    return Comparison(
        base=base,
        alternative=alternative,
        n_replications=n_replications,
        replications=pd.concat([run.totals for run in runs], ignore_index=True),
        by_day=_summarise_days(pd.concat([run.by_day for run in runs], ignore_index=True)),
        by_ad_group=_mean_report(pd.concat([run.by_ad_group for run in runs], ignore_index=True)),
        warnings=tuple(dict.fromkeys(warning for run in runs for warning in run.warnings)),
    )


class _Run(NamedTuple):
    """What is kept of one run; its ledger is not, a thousand of them would fill memory."""

    totals: pd.DataFrame
    by_day: pd.DataFrame
    by_ad_group: pd.DataFrame
    warnings: tuple[str, ...]


def _require_comparable(base: RunConfig, alternative: RunConfig, n_replications: int, n_threads: int) -> None:
    if not MIN_REPLICATIONS <= n_replications <= MAX_REPLICATIONS:
        raise ConfigError(
            f"expected {MIN_REPLICATIONS} to {MAX_REPLICATIONS:,} replications, got {n_replications:,}: fewer have no "
            "spread to make an interval from, more take too long"
        )
    if n_threads < 1:
        raise ConfigError(f"expected at least 1 thread, got {n_threads}")
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


def _run_pairs(
    configs: tuple[RunConfig, RunConfig],
    worlds: tuple[World, World],
    n_replications: int,
    n_threads: int,
    on_progress: Progress,
) -> Sequence[tuple[_Run, _Run]]:
    """Run every pair, keeping them in order; after an error or a cancellation runs under way stop at the next hour."""
    is_stopped = threading.Event()

    def stop_when_asked(_n_done: int, _n_total: int, /) -> None:
        if is_stopped.is_set():
            raise CancelledError("the comparison was stopped")

    def run_pair(replication: int) -> tuple[_Run, _Run]:
        labels = (BASE, ALTERNATIVE)
        first, second = (
            _run_once(config, label, replication, world, stop_when_asked)
            for config, label, world in zip(configs, labels, worlds, strict=True)
        )
        return first, second

    on_progress(0, n_replications)
    with ThreadPoolExecutor(n_threads) as pool:
        futures = [pool.submit(run_pair, replication) for replication in range(n_replications)]
        try:
            for n_done, future in enumerate(as_completed(futures), start=1):
                future.result()
                on_progress(n_done, n_replications)
        except BaseException:
            is_stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _run_once(config: RunConfig, label: str, replication: int, world: World, on_progress: Progress) -> _Run:
    rng_seed = replication_seed(config.rng_seed, replication)
    result = simulate(config.model_copy(update={"rng_seed": rng_seed}), world, on_progress)
    return _Run(
        totals=_figures(result).assign(replication=replication, scenario=label),
        by_day=_spend_by_day(result).assign(replication=replication, scenario=label),
        by_ad_group=report_by_ad_group(result).assign(scenario=label),
        warnings=result.warnings,
    )


def _figures(result: RunResult) -> pd.DataFrame:
    totals = report_totals(result).astype("float64").iloc[0]
    values = [float(metric.read(totals)) for metric in METRICS]
    return pd.DataFrame({"metric": [metric.metric for metric in METRICS], "value": values})


def _spend_by_day(result: RunResult) -> pd.DataFrame:
    days = report_by_day(result).groupby("DATE", as_index=False)[["SPEND_IN_DOLLAR", "IMPRESSION_1"]].sum()
    days = days.rename(columns={"DATE": "day", "SPEND_IN_DOLLAR": "spend", "IMPRESSION_1": "impressions"})
    return days.melt(id_vars="day", var_name="metric", value_name="value")


def _summarise_days(days: pd.DataFrame) -> pd.DataFrame:
    """Average each day and give the range of at least 95 % of the runs; nothing is interpolated between runs."""
    tail = (1 - CONFIDENCE) / 2
    grouped = days.groupby(["scenario", "day", "metric"])["value"]
    summary = {
        "mean": grouped.mean(),
        "low": grouped.quantile(tail, interpolation="lower"),
        "high": grouped.quantile(1 - tail, interpolation="higher"),
    }
    return pd.DataFrame(summary).reset_index()


def _mean_report(reports: pd.DataFrame) -> pd.DataFrame:
    """Average each ad group's report; reach is missing as soon as one run hides it."""
    keys = ["scenario", "CAMPAIGN_ID", "CAMPAIGN_NAME", "AD_GROUP_ID", "AD_GROUP_NAME"]
    people = ["TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"]
    grouped = reports.astype(dict.fromkeys(people, "float64")).groupby(keys, sort=False)
    means = grouped.mean(numeric_only=True)
    means[people] = grouped[people].mean().where(grouped[people].count().eq(grouped.size(), axis="index"))
    return means.reset_index()
