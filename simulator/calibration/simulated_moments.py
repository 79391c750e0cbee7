"""What simulations say of the numbers that a fit has to meet: every stretch run without budgets, a few times.

Budgets are left out because a day whose budget was not spent is a day without one, and a day whose budget was spent is
asked only whether there was enough to be bought.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.ad_group_amounts import bid_of
from simulator.calibration.observed_days import Moment, ObservedStretch
from simulator.config import MAX_BUDGET_MICROS, AdGroup, BillableEvent, BudgetType, RunConfig
from simulator.kernels.draws import replication_seed
from simulator.money import IMPRESSIONS_PER_CPM
from simulator.reports import ad_group_figures
from simulator.run import simulate
from simulator.scenario import Lever, with_levers_pulled
from simulator.world import World

N_RUNS: Final = 4
"""Runs of each stretch; what they leave to chance counts as not known."""

N_THREADS: Final = 2
_PRICE_VARIANCE: Final = 0.25  # of the logarithm of one price, generously: prices lie between floor and bid


class Level(NamedTuple):
    """Where simulations stand.

    Attributes
    ----------
    unknowns : float64 array, shape (n_unknowns,)
        What they were run with.
    bids_cpm : float64 array, shape (n_moments,)
        Mean effective bid of each moment's ad group, micro-currency per 1,000 impressions.
    log_values : float64 array, shape (n_moments,)
        Logarithm of each moment; NaN where nothing was bought.
    variances : float64 array, shape (n_moments,)
        What chance leaves open of it.
    """

    unknowns: NDArray[np.float64]
    bids_cpm: NDArray[np.float64]
    log_values: NDArray[np.float64]
    variances: NDArray[np.float64]


class _Bought(NamedTuple):
    """What all runs of one stretch bought; float64 arrays, shape (n_ad_groups,)."""

    impressions: NDArray[np.float64]
    spend_micros: NDArray[np.float64]
    bid_cpm: NDArray[np.float64]


def simulated_level(
    observed: Sequence[ObservedStretch],
    rows: Sequence[Moment],
    levers: Sequence[Lever],
    unknowns: NDArray[np.float64],
    world: World,
) -> Level:
    """Simulate every stretch and read what corresponds to each moment.

    Parameters
    ----------
    observed : sequence of ObservedStretch
        What was set in each.
    rows : sequence of Moment
        What is asked for.
    levers : sequence of Lever
        Give the scenario the values of the unknowns.
    unknowns : float64 array, shape (n_unknowns,)
        These values.
    world : World
        Opened for these configurations.

    Returns
    -------
    Level
        The same for the same unknowns, whatever the threads.
    """
    configs = [without_budgets(with_levers_pulled(each.stretch.config, levers, "fit")) for each in observed]
    with ThreadPoolExecutor(N_THREADS) as pool:
        bought = list(pool.map(lambda config: _bought(config, world), configs))
    impressions = np.array([bought[row.stretch].impressions[row.ad_group] for row in rows])
    spend = np.array([bought[row.stretch].spend_micros[row.ad_group] for row in rows])
    bids = np.array([bought[row.stretch].bid_cpm[row.ad_group] for row in rows])
    n_days = np.array([N_RUNS * observed[row.stretch].stretch.n_days for row in rows])
    is_price = np.array([row.is_price for row in rows], dtype=np.bool_)
    amounts = np.where(is_price, spend / np.maximum(impressions, 1), impressions / n_days)
    log_values = np.full(len(rows), np.nan)
    np.log(amounts, out=log_values, where=amounts > 0)
    variances = np.where(is_price, _PRICE_VARIANCE, 1.0) / np.maximum(impressions, 1)
    return Level(unknowns, bids, log_values, variances)


def without_budgets(config: RunConfig) -> RunConfig:
    """Return a configuration whose own budgets never run out."""
    endless = {"budget_micros": MAX_BUDGET_MICROS, "budget_type": BudgetType.DAILY}
    campaigns = tuple(
        campaign.model_copy(
            update={
                "budget_micros": None,
                "ad_groups": tuple(ad_group.model_copy(update=endless) for ad_group in campaign.ad_groups),
            }
        )
        for campaign in config.campaigns
    )
    return config.model_copy(update={"campaigns": campaigns})


def _bought(config: RunConfig, world: World) -> _Bought:
    runs = [
        ad_group_figures(
            simulate(config.model_copy(update={"rng_seed": replication_seed(config.rng_seed, number)}), world)
        )
        for number in range(N_RUNS)
    ]
    impressions, spend_micros = (
        np.array([run[name] for run in runs], dtype=np.float64).sum(axis=0)
        for name in ("IMPRESSION_1", "SPEND_IN_MICRO_DOLLAR")
    )
    stated = np.array([_stated_bid_cpm(ad_group) for ad_group in config.ad_groups])
    effective = np.array([run["average_effective_bid_cpm_micros"] for run in runs])
    has_bid = ~np.isnan(effective)
    means = np.where(has_bid, effective, 0).sum(axis=0) / np.maximum(has_bid.sum(axis=0), 1)
    return _Bought(impressions, spend_micros, np.where(has_bid.any(axis=0), means, stated))


def _stated_bid_cpm(ad_group: AdGroup) -> float:
    """Return what an ad group bids for 1,000 impressions, where no run says what it was in effect."""
    bid = bid_of(ad_group)
    if bid is None:
        return 1.0
    rates = {
        BillableEvent.IMPRESSION: 1.0,
        BillableEvent.CLICKTHROUGH: IMPRESSIONS_PER_CPM * ad_group.click_rate,
        BillableEvent.VIDEO_V_50_MRC: IMPRESSIONS_PER_CPM * ad_group.view_rate,
    }
    return bid.micros * rates[ad_group.billable_event]
