"""What if: two scenarios over the same people, and the difference with its uncertainty.

Each replication runs both scenarios from one seed, so that they meet the same people at the same moments against the
same rivals (common random numbers). Differences are taken pair by pair: what both runs share cancels, and far fewer
replications are needed than for two separate averages. The 95 % interval is Student's t over the pairs' differences
(Law, "Simulation Modeling and Analysis", comparing two systems by paired-t).
"""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.errors import ConfigError
from simulator.kernels.draws import replication_seed
from simulator.money import MICROS
from simulator.reports import (
    reach_by_ad_group,
    report_by_ad_group,
    report_by_day,
    report_totals,
    total_reach,
    with_safe_reach,
)
from simulator.run import RunResult, simulate
from simulator.scenario import Scenario
from simulator.world import World
from workbench.audiences import safe_size
from workbench.progress import Progress, ignore_progress

CONFIDENCE = 0.95
MIN_REPLICATIONS = 2
MAX_REPLICATIONS = 10_000
BASE, ALTERNATIVE = "base", "alternative"


class Metric(NamedTuple):
    """One figure of a comparison.

    Attributes
    ----------
    metric : str
        Its name: a report column, or the same in units of money.
    label : str
        What people call it.
    unit : str
        ``dollars``, ``count``, ``people`` or ``share``.
    read : callable
        Reads it from the totals of a run and its exact reach.
    """

    metric: str
    label: str
    unit: str
    read: Callable[[Mapping[Hashable, float], int], float]


METRICS = (
    Metric("spend", "Spend", "dollars", lambda totals, _: totals["SPEND_IN_DOLLAR"]),
    Metric("data_spend", "Data fees", "dollars", lambda totals, _: totals["data_spend_micros"] / MICROS),
    Metric("impressions", "Impressions", "count", lambda totals, _: totals["IMPRESSION_1"]),
    Metric("reach", "Reach", "people", lambda _, reach: reach),
    Metric("frequency", "Frequency", "count", lambda totals, reach: totals["IMPRESSION_1"] / (reach or np.nan)),
    Metric("clicks", "Clicks", "count", lambda totals, _: totals["CLICKTHROUGH_1"]),
    Metric("ecpm", "eCPM", "dollars", lambda totals, _: totals["ECPM_IN_MICRO_DOLLAR"] / MICROS),
    Metric("ecpc", "Cost per click", "dollars", lambda totals, _: totals["ECPC_IN_MICRO_DOLLAR"] / MICROS),
    Metric("win_rate", "Win rate", "share", lambda totals, _: totals["win_rate"]),
)


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
        ``scenario``, ``day``, ``metric``, ``mean``, ``low``, ``high``: means and the range that holds 95 % of runs.
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
        """The answer: one row a metric.

        Returns
        -------
        DataFrame
            ``metric``, ``label``, ``unit``, ``base`` and ``alternative`` (means), ``difference``, ``low``, ``high``
            (95 % interval of the mean difference) and ``probability_of_increase`` (share of pairs in which the
            alternative is higher, ties counting half). NaN where a run has no such figure. Numbers of people are as
            `workbench.audiences.disclosure` lets them be shown: see `_safe_people`.
        """
        wide = self.replications.pivot_table(
            index="replication", columns=["metric", "scenario"], values="value", dropna=False
        )
        figures = {
            metric.metric: paired_difference(
                wide[metric.metric, BASE].to_numpy(dtype=np.float64),
                wide[metric.metric, ALTERNATIVE].to_numpy(dtype=np.float64),
            )
            for metric in METRICS
        }
        labels = [{"metric": metric.metric, "label": metric.label, "unit": metric.unit} for metric in METRICS]
        return pd.DataFrame([label | _safe_people(figures)[label["metric"]] for label in labels])


def paired_difference(base: NDArray[np.float64], alternative: NDArray[np.float64]) -> dict[str, float]:
    """Compare two series of paired replications.

    Parameters
    ----------
    base, alternative : float64 array, shape (n_replications,)
        One figure in each replication.

    Returns
    -------
    dict
        ``base``, ``alternative``, ``difference``, ``low``, ``high``, ``probability_of_increase``. With NaN in any pair
        the figure is not defined there, so neither is the difference: all but the means of what exists are NaN.
    """
    difference = alternative - base
    n_pairs = len(difference)
    mean = float(difference.mean())
    quantile = float(stdtrit(n_pairs - 1, 0.5 + CONFIDENCE / 2))
    margin = quantile * float(difference.std(ddof=1)) / n_pairs**0.5
    return {
        "base": float(base.mean()),
        "alternative": float(alternative.mean()),
        "difference": mean,
        "low": mean - margin,
        "high": mean + margin,
        "probability_of_increase": float(np.where(np.isnan(difference), np.nan, (np.sign(difference) + 1) / 2).mean()),
    }


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
        With the same universe, audiences and flight.
    world : World
        Opened for the base.
    n_replications : int
        Pairs of runs, 2 to 10,000.
    n_threads : int
        Runs at once; results do not depend on it.
    on_progress : Progress
        Called once a pair, from the calling thread; raise ``CancelledError`` in it to stop.

    Returns
    -------
    Comparison

    Raises
    ------
    ConfigError
        If the number of replications is out of range or the scenarios have different flights.
    """
    if not MIN_REPLICATIONS <= n_replications <= MAX_REPLICATIONS:
        raise ConfigError(
            f"expected {MIN_REPLICATIONS} to {MAX_REPLICATIONS:,} replications, got {n_replications}: one pair has no "
            "spread to make an interval from"
        )
    if base.config.flight != alternative.config.flight:
        raise ConfigError(
            "expected two scenarios of the same days, got different flights; give both the same start and days"
        )
    pairs = _run_pairs(base, alternative, world, n_replications, n_threads, on_progress)
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


def _run_pairs(
    base: Scenario, alternative: Scenario, world: World, n_replications: int, n_threads: int, on_progress: Progress
) -> Sequence[tuple[_Run, _Run]]:
    """Run every pair, keeping them in order; on any error or cancellation nothing further is started."""

    def run_pair(replication: int) -> tuple[_Run, _Run]:
        return (
            _run_once(base, BASE, replication, world),
            _run_once(alternative, ALTERNATIVE, replication, world),
        )

    on_progress(0, n_replications)
    with ThreadPoolExecutor(n_threads) as pool:
        futures = [pool.submit(run_pair, replication) for replication in range(n_replications)]
        try:
            for n_done in _completions(futures):
                on_progress(n_done, n_replications)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _completions(futures: Sequence["Future[tuple[_Run, _Run]]"]) -> Iterator[int]:
    """Yield how many are done whenever some finish; the first error is raised at once."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        yield len(futures) - len(waiting)


def _safe_people(figures: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Round reach down to tens, hide it under 100 and its difference with it; take frequency from reach as shown."""
    reach, frequency, impressions = (dict(figures[metric]) for metric in ("reach", "frequency", "impressions"))
    for level in (BASE, ALTERNATIVE):
        shown = safe_size(round(reach[level]))
        reach[level] = math.nan if shown is None else shown
        frequency[level] = impressions[level] / reach[level]
    is_hidden = math.isnan(reach[BASE] + reach[ALTERNATIVE])
    for name in ("difference", "low", "high"):
        reach[name] = math.nan if is_hidden else round(reach[name], -1)
        frequency[name] = math.nan if is_hidden else frequency[name]
    return figures | {"reach": reach, "frequency": frequency}


def _run_once(scenario: Scenario, label: str, replication: int, world: World) -> _Run:
    rng_seed = replication_seed(scenario.config.rng_seed, replication)
    result = simulate(scenario.config.model_copy(update={"rng_seed": rng_seed}), world)
    return _Run(
        totals=_figures(result).assign(replication=replication, scenario=label),
        by_day=_spend_by_day(result).assign(replication=replication, scenario=label),
        by_ad_group=report_by_ad_group(result).assign(
            scenario=label, TOTAL_IMPRESSION_USER=reach_by_ad_group(result), TOTAL_IMPRESSION_FREQUENCY=np.nan
        ),
        warnings=result.warnings,
    )


def _figures(result: RunResult) -> pd.DataFrame:
    totals, reach = report_totals(result).to_dict("records")[0], total_reach(result)
    values = [float(metric.read(totals, reach)) for metric in METRICS]
    return pd.DataFrame({"metric": [metric.metric for metric in METRICS], "value": values})


def _spend_by_day(result: RunResult) -> pd.DataFrame:
    days = report_by_day(result).groupby("DATE", as_index=False)[["SPEND_IN_DOLLAR", "IMPRESSION_1"]].sum()
    days = days.rename(columns={"DATE": "day", "SPEND_IN_DOLLAR": "spend", "IMPRESSION_1": "impressions"})
    return days.melt(id_vars="day", var_name="metric", value_name="value")


def _summarise_days(days: pd.DataFrame) -> pd.DataFrame:
    tail = (1 - CONFIDENCE) / 2
    grouped = days.groupby(["scenario", "day", "metric"])["value"]
    summary = {"mean": grouped.mean(), "low": grouped.quantile(tail), "high": grouped.quantile(1 - tail)}
    return pd.DataFrame(summary).reset_index()


def _mean_report(reports: pd.DataFrame) -> pd.DataFrame:
    keys = ["scenario", "CAMPAIGN_ID", "CAMPAIGN_NAME", "AD_GROUP_ID", "AD_GROUP_NAME"]
    means = reports.groupby(keys, as_index=False, sort=False).mean(numeric_only=True)
    safe = with_safe_reach(means, means["TOTAL_IMPRESSION_USER"])
    return safe.astype({"TOTAL_IMPRESSION_USER": "float64", "TOTAL_IMPRESSION_FREQUENCY": "float64"})
