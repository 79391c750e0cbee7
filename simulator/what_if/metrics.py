"""The figures by which scenarios are compared, and which way each of them is better."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from simulator.config import BillableEvent, OptimizationGoal, RunConfig
from simulator.money import MICROS

Totals = Mapping[str, float]
"""The columns of a run's report in one row, by name."""


class Better(StrEnum):
    """Which way a figure is better for the advertiser."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"
    """It depends: more spend is neither good nor bad in itself."""


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
    better : Better
        Which way it is better.
    read : callable
        Reads it from the totals of a run; NaN where the run has no such figure or it must not be shown.
    is_told_of : callable
        Whether it says anything about a configuration; a comparison leaves out what says nothing about either of its
        two, such as conversions where nobody can convert.
    """

    metric: str
    label: str
    unit: str
    better: Better
    read: Callable[[Totals], float]
    is_told_of: Callable[[RunConfig], bool] = _always


def _column(name: str) -> Callable[[Totals], float]:
    return lambda totals: totals[name]


def _micros(name: str) -> Callable[[Totals], float]:
    return lambda totals: totals[name] / MICROS


_UP, _DOWN, _OPEN = Better.HIGHER, Better.LOWER, Better.NEITHER

METRICS = (
    Metric("spend", "Spend", "dollars", _OPEN, _column("SPEND_IN_DOLLAR")),
    Metric("data_spend", "Data fees", "dollars", _DOWN, _micros("data_spend_micros")),
    Metric("impressions", "Impressions", "count", _UP, _column("IMPRESSION_1")),
    Metric("reach", "Reach", "people", _UP, _column("TOTAL_IMPRESSION_USER")),
    Metric("frequency", "Frequency", "count", _OPEN, _column("TOTAL_IMPRESSION_FREQUENCY")),
    Metric("clicks", "Clicks", "count", _UP, _column("CLICKTHROUGH_1")),
    Metric("views", "Video views", "count", _UP, _column("VIDEO_MRC_VIEWS_1"), _wants_views),
    Metric("conversions", "Conversions", "count", _UP, _column("TOTAL_CONVERSIONS"), _has_conversions),
    Metric("ecpm", "eCPM", "dollars", _DOWN, _micros("ECPM_IN_MICRO_DOLLAR")),
    Metric("ecpc", "Cost per click", "dollars", _DOWN, _micros("ECPC_IN_MICRO_DOLLAR")),
    Metric("cpa", "Cost per conversion", "dollars", _DOWN, _micros("cost_per_conversion_micros"), _has_conversions),
    Metric("roas", "ROAS", "ratio", _UP, _column("roas"), _has_worth),
    Metric("win_rate", "Win rate", "share", _UP, _column("win_rate")),
)
"""What is compared. Reach and frequency are those of reports: rounded down to tens in every run and hidden under 100,
so that whatever is computed from them says nothing that they do not say."""

METRIC_NAMES = tuple(metric.metric for metric in METRICS)
