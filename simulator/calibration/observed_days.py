"""What a report says of each stretch of days: how many impressions a day, at what price, and how much days differ.

A day whose budget was spent says only that there was as much to be had; how much more is censored. A stretch that has
such days among others is told by the median of its days, which does not ask how far above it they would have been.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.campaign_report import CampaignReport
from simulator.calibration.history import Stretch
from simulator.config import AdGroup, BidStrategyType, BudgetType, Campaign, RunConfig
from simulator.config import PacingDeliveryType as Pacing

SPENT_SHARE: Final = 0.95
"""A budget of which so much is spent is taken for spent: bids that a rest does not cover leave some of it."""

_MEDIAN_VARIANCE: Final = np.pi / 2  # of a median against a mean, for normal deviations
_PROMPT: Final = (Pacing.STANDARD, Pacing.ACCELERATED, Pacing.NONE)


class ObservedStretch(NamedTuple):
    """One stretch as it was reported.

    Attributes
    ----------
    stretch : Stretch
        What was set.
    impressions, spend_micros : float64 array, shape (n_days, n_ad_groups)
        Day by day; NaN where the report has no row.
    is_bound : bool array, shape (n_days, n_ad_groups)
        Whether the budget was spent.
    """

    stretch: Stretch
    impressions: NDArray[np.float64]
    spend_micros: NDArray[np.float64]
    is_bound: NDArray[np.bool_]


class Moment(NamedTuple):
    """One number that a fit has to meet.

    Attributes
    ----------
    stretch, ad_group : int
        Whose it is.
    is_price : bool
        Whether it is the price of an impression, micro-currency; otherwise impressions a day.
    is_bound : bool
        Whether the truth may be above it: the budget was spent on most days.
    log_value : float
        Its logarithm.
    n_days : int
        Days it is of.
    is_median : bool
        Whether it is their median.
    """

    stretch: int
    ad_group: int
    is_price: bool
    is_bound: bool
    log_value: float
    n_days: int
    is_median: bool

    @property
    def inflation(self) -> float:
        """What the standard deviation of a mean is multiplied by to get this one's."""
        return float(np.sqrt(_MEDIAN_VARIANCE)) if self.is_median else 1.0


class Moments(NamedTuple):
    """All numbers that a fit has to meet.

    Attributes
    ----------
    rows : tuple of Moment
        In order of stretches.
    deviations : float64 array, shape (n_days, n_ad_groups, 2)
        Relative deviation of each day from its stretch: of impressions and of price; NaN where it is not known.
    n_freedom : int
        Days less stretches: what is left to see how days differ.
    """

    rows: tuple[Moment, ...]
    deviations: NDArray[np.float64]
    n_freedom: int


def observe(report: CampaignReport, stretches: Sequence[Stretch]) -> list[ObservedStretch]:
    """Sort the days of a report into stretches."""
    by_day = report.by_day()
    observed = []
    for stretch in stretches:
        ids = [ad_group.ad_group_id for ad_group in stretch.config.ad_groups]
        days = pd.date_range(stretch.first_day, periods=stretch.n_days, freq="D")
        impressions, spend = (
            by_day.pivot_table(index="day", columns="ad_group_id", values=name, aggfunc="sum")
            .reindex(index=days, columns=ids)
            .to_numpy(dtype=np.float64)
            for name in ("impressions", "spend_micros")
        )
        observed.append(ObservedStretch(stretch, impressions, spend, spent_budgets(stretch.config, spend)))
    return observed


def moments_of(observed: Sequence[ObservedStretch]) -> Moments:
    """Boil stretches down to the numbers that a fit has to meet, and how far days are off them."""
    rows: list[Moment] = []
    deviations = []
    for number, each in enumerate(observed):
        off = np.full((*each.impressions.shape, 2), np.nan)
        for place, ad_group in enumerate(each.stretch.config.ad_groups):
            if ad_group.bid_strategy_type is not BidStrategyType.AUTOMATIC_BID:
                rows += _moments(number, place, ad_group, each, off[:, place])
        deviations.append(off)
    off_all = np.concatenate(deviations)
    n_days = int((~np.isnan(off_all).all(axis=(1, 2))).sum())
    n_stretches = len({row.stretch for row in rows})
    return Moments(tuple(rows), off_all, n_days - n_stretches)


def last_day_of(stretch: Stretch) -> date:
    """Return the last day of a stretch."""
    return date.fromordinal(stretch.first_day.toordinal() + stretch.n_days - 1)


def _moments(
    number: int, place: int, ad_group: AdGroup, each: ObservedStretch, off: NDArray[np.float64]
) -> list[Moment]:
    """Return what one ad group's days say; how far each is off goes into ``off``, shape (n_days, 2)."""
    impressions, spend = each.impressions[:, place], each.spend_micros[:, place]
    is_bound = each.is_bound[:, place]
    is_known = ~np.isnan(impressions)
    if not np.nansum(impressions):
        return []
    is_free = is_known & ~is_bound
    rows = []
    if 2 * is_free.sum() >= is_known.sum():
        is_median = bool((is_known & is_bound).any())
        daily = float(np.median(impressions[is_known]) if is_median else impressions[is_known].mean())
        if daily > 0:
            rows.append(Moment(number, place, False, False, float(np.log(daily)), int(is_known.sum()), is_median))
            off[is_free, 0] = impressions[is_free] / impressions[is_free].mean() - 1
    else:
        bought = float(impressions[is_known & is_bound].mean())
        if bought > 0:
            rows.append(Moment(number, place, False, True, float(np.log(bought)), int(is_known.sum()), False))
    # Where pacing scales the bid, a spent budget says that the bid was lower, and not how low.
    tells = is_known if ad_group.pacing_delivery_type in _PROMPT else is_free
    total = impressions[tells].sum()
    if total and spend[tells].sum():
        price = spend[tells].sum() / total
        rows.append(Moment(number, place, True, False, float(np.log(price)), int(tells.sum()), False))
        off[tells, 1] = (spend[tells] - price * impressions[tells]) / (price * impressions[tells].mean())
    return rows


def spent_budgets(config: RunConfig, spend: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell on which days which ad group's budget, or that of its campaign, was spent.

    Parameters
    ----------
    config : RunConfig
        Has the budgets.
    spend : float64 array, shape (n_days, n_ad_groups)
        Micro-currency.

    Returns
    -------
    bool array, shape (n_days, n_ad_groups)
    """
    is_bound = np.zeros(spend.shape, dtype=np.bool_)
    first = 0
    for campaign in config.campaigns:
        own = slice(first, first + len(campaign.ad_groups))
        first += len(campaign.ad_groups)
        together = np.nansum(spend[:, own], axis=1, keepdims=True)
        is_bound[:, own] |= together >= SPENT_SHARE * _daily_budget(campaign, config)
        for place, ad_group in enumerate(campaign.ad_groups, start=own.start):
            is_bound[:, place] |= spend[:, place] >= SPENT_SHARE * _daily_budget(ad_group, config)
    return is_bound


def _daily_budget(owner: Campaign | AdGroup, config: RunConfig) -> float:
    """Return what a day may cost; a budget of the whole flight is spread evenly."""
    if owner.budget_micros is None:
        return np.inf
    return owner.budget_micros / (1 if owner.budget_type is BudgetType.DAILY else config.flight.n_days)
