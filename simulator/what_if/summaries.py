"""Many runs of one configuration in one table: means, and the range that holds at least 95 % of the runs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, RunConfig
from simulator.what_if.paired import CONFIDENCE
from simulator.what_if.run_figures import RunFigures

TAIL = (1 - CONFIDENCE) / 2
PEOPLE = ("TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY")
"""Columns of reports that are hidden where they are about few people."""


def run_range(values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return mean, low and high over runs; nothing is interpolated between runs.

    Parameters
    ----------
    values : float64 array, shape (n_runs, ...)
        A figure, or several, of each run; NaN in one run makes NaN of all.

    Returns
    -------
    dict of str to float64 array, shape (...)
        ``mean``, ``low``, ``high``.
    """
    return {
        "mean": values.mean(axis=0),
        "low": np.quantile(values, TAIL, axis=0, method="lower"),
        "high": np.quantile(values, 1 - TAIL, axis=0, method="higher"),
    }


def summarise_days(config: RunConfig, figures: Sequence[RunFigures], metrics: Sequence[str]) -> pd.DataFrame:
    """Return ``day``, ``metric`` and `run_range` of each: one row a day and metric, days first."""
    days = [config.flight.time_at(HOURS_PER_DAY * day) for day in range(config.flight.n_days)]
    parts = [
        pd.DataFrame({"day": days, "metric": metric, **run_range(np.array([each.by_day[metric] for each in figures]))})
        for metric in metrics
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["day", "metric"], ignore_index=True)


def mean_report(config: RunConfig, figures: Sequence[RunFigures]) -> pd.DataFrame:
    """Average the reports by ad group; reach is missing as soon as one run hides it, another figure if all lack it."""
    keys = [
        (campaign.campaign_id, campaign.name, ad_group.ad_group_id, ad_group.name)
        for campaign in config.campaigns
        for ad_group in campaign.ad_groups
    ]
    names = ["CAMPAIGN_ID", "CAMPAIGN_NAME", "AD_GROUP_ID", "AD_GROUP_NAME"]
    means = {
        column: _mean(column, np.array([each.by_ad_group[column] for each in figures]))
        for column in figures[0].by_ad_group
    }
    return pd.concat([pd.DataFrame(keys, columns=names), pd.DataFrame(means)], axis="columns")


def _mean(column: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    if column in PEOPLE:
        known = np.broadcast_to(known.all(axis=0), values.shape)
    means = np.full(values.shape[1], np.nan)
    np.divide(np.where(known, values, 0).sum(axis=0), known.sum(axis=0), out=means, where=known.any(axis=0))
    return means
