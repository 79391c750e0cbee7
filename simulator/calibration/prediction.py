"""What days to come may bring: the fitted scenario run in one possible world after the other.

A simulation knows chance, but no good and bad days. So each simulated day gets the deviation of a day that was seen: in
impressions, in price, and in clicks as far as days differed by more than chance. A budget that is spent is spent on a
good day and on a bad one; then only the price decides how many impressions it buys.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.calibration import Calibration
from simulator.calibration.competition_fit import widening
from simulator.calibration.history import (
    Change,
    Stretch,
    beginning_on,
    has_lifetime_budgets,
    stretches_of,
    with_remaining_budgets,
)
from simulator.calibration.observed_days import last_day_of, spent_budgets
from simulator.calibration.response_fit import overdispersion
from simulator.config import RunConfig
from simulator.kernels.draws import replication_seed
from simulator.reports import report_by_day
from simulator.run import simulate
from simulator.world import World
from workbench.progress import Progress, ignore_progress

N_WORLDS: Final = 100
"""Possible worlds that a prediction is made of."""

FIGURES: Final = ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", "CLICKTHROUGH_1")
_SPEND: Final = 0
_N_THREADS: Final = 2
_LEAST_FACTOR: Final = 0.05


def predict_days(
    calibration: Calibration,
    changes: Sequence[Change],
    days: tuple[date, date],
    world: World,
    on_progress: Progress = ignore_progress,
) -> NDArray[np.float64]:
    """Predict what a campaign does day by day.

    Parameters
    ----------
    calibration : Calibration
        Of the days before.
    changes : sequence of Change
        What has been and will be set.
    days : tuple of date
        First and last day, after those of the calibration.
    world : World
        Opened for the scenario.
    on_progress : Progress
        Called once a possible world; raise ``CancelledError`` in it to stop.

    Returns
    -------
    float64 array, shape (N_WORLDS, n_days, 3)
        Spend (micro-currency), impressions and clicks of all ad groups together; the same whatever the threads.
    """
    scenario = calibration.scenario
    stretches = stretches_of(scenario, changes, *days)
    rng = np.random.default_rng(scenario.config.rng_seed + 1)
    effects = _day_effects(calibration, sum(each.n_days for each in stretches), rng)
    draws, spent = calibration.draws, _spent_before(calibration)

    def run(number: int) -> NDArray[np.float64]:
        return _run_world(number, stretches, [draws.applied(each.config, number) for each in stretches], spent, world)

    predicted = []
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for number, by_group in enumerate(pool.map(run, range(N_WORLDS))):
            predicted.append(_with_effects(by_group, effects[number], stretches))
            on_progress(number + 1, N_WORLDS)
    return np.array(predicted)


def _run_world(
    number: int, stretches: Sequence[Stretch], configs: Sequence[RunConfig], spent: dict[str, float], world: World
) -> NDArray[np.float64]:
    """Run all stretches in one possible world: float64 array, shape (n_days, n_ad_groups, 3)."""
    so_far, parts = dict(spent), []
    last = last_day_of(stretches[-1])
    for stretch, config in zip(stretches, configs, strict=True):
        if has_lifetime_budgets(config):  # planned to the end, whatever is changed on the way there
            n_days = (last - stretch.first_day).days + 1
            config = with_remaining_budgets(beginning_on(config, stretch.first_day, n_days), so_far)
        rng_seed = replication_seed(config.rng_seed, number)
        report = report_by_day(simulate(config.model_copy(update={"rng_seed": rng_seed}), world))
        figures = report[list(FIGURES)].to_numpy(dtype=np.float64).reshape(-1, len(config.ad_groups), len(FIGURES))
        parts.append(figures[: stretch.n_days])
        for place, ad_group in enumerate(config.ad_groups):
            so_far[ad_group.ad_group_id] = so_far.get(ad_group.ad_group_id, 0.0) + parts[-1][:, place, _SPEND].sum()
    return np.concatenate(parts)


def _spent_before(calibration: Calibration) -> dict[str, float]:
    spend = calibration.report.rows.groupby("ad_group_id")["spend_micros"].sum()
    return {str(ad_group_id): float(micros) for ad_group_id, micros in spend.items()}


def _day_effects(calibration: Calibration, n_days: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw factors on impressions, price and clicks: float64 array, shape (N_WORLDS, n_days, n_ad_groups, 3)."""
    moments = calibration.competition.moments
    seen = np.nan_to_num(moments.deviations) * min(widening(moments), 2.0)
    chosen = rng.integers(0, len(seen), size=(N_WORLDS, n_days))
    on_clicks = rng.standard_normal((N_WORLDS, n_days, seen.shape[1], 1)) * _click_spread(calibration)[:, np.newaxis]
    effects: NDArray[np.float64] = np.maximum(_LEAST_FACTOR, 1 + np.concatenate([seen[chosen], on_clicks], axis=-1))
    return effects


def _click_spread(calibration: Calibration) -> NDArray[np.float64]:
    """Return by how much the click rate of days differs beyond chance, relatively: shape (n_ad_groups,)."""
    by_day = calibration.report.by_day()
    ad_groups = calibration.scenario.config.ad_groups
    spread = np.zeros(len(ad_groups))
    if "clicks" not in by_day:
        return spread
    for place, ad_group in enumerate(ad_groups):
        own = by_day[(by_day["ad_group_id"] == ad_group.ad_group_id) & by_day["clicks"].notna()]
        clicks, shown = own["clicks"].to_numpy(dtype=np.float64), own["impressions"].to_numpy(dtype=np.float64)
        dispersion = overdispersion(clicks, shown)
        if dispersion > 1:  # NaN is not
            spread[place] = np.sqrt((dispersion - 1) / clicks.mean())
    return spread


def _with_effects(
    by_group: NDArray[np.float64], effects: NDArray[np.float64], stretches: Sequence[Stretch]
) -> NDArray[np.float64]:
    """Give simulated days good and bad luck, within their budgets: float64 array, shape (n_days, 3)."""
    spend, impressions, clicks = (by_group[:, :, figure] for figure in range(len(FIGURES)))
    first, is_bound, most = 0, np.zeros(spend.shape, dtype=np.bool_), np.full(spend.shape, np.inf)
    for stretch in stretches:
        days = slice(first, first + stretch.n_days)
        is_bound[days] = spent_budgets(stretch.config, spend[days])
        first += stretch.n_days
        budgets = [ad_group.budget_micros or np.inf for ad_group in stretch.config.ad_groups]
        most[days] = np.array(budgets)
    volume, price = np.where(is_bound, 1 / effects[:, :, 1], effects[:, :, 0]), effects[:, :, 1]
    bought = spend * volume * price
    within = np.minimum(bought, np.maximum(most, spend))
    volume = volume * np.divide(within, bought, out=np.ones_like(bought), where=bought > 0)
    return np.stack(
        [within.sum(axis=1), (impressions * volume).sum(axis=1), (clicks * volume * effects[:, :, 2]).sum(axis=1)],
        axis=-1,
    )
