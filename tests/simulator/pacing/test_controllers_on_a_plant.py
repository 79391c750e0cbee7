"""Each controller steers ad groups for days against rivals that it knows nothing of."""

import numpy as np
import pytest

from simulator.config import BudgetType
from simulator.pacing import FULL_BP, BidMultiplier, Mystique, Throttle
from tests.simulator.pacing.plant import FullSpeed, Market, fly

CONTROLLERS = [Throttle, BidMultiplier, Mystique]
DAYS = 5

ORDINARY = [
    Market(n_daily, bid, sigma, is_first_price, need)
    for n_daily in (30_000, 1_000_000)
    for bid in (0.7, 1.5, 5.0)
    for sigma in (0.3, 0.5, 1.0)
    for is_first_price in (False, True)
    for need in (1.3, 2.0, 5.0, 20.0)
]
ORDINARY = [market for market in ORDINARY if market.n_daily * market.win_rate(FULL_BP) / market.need > 1_000]


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_binding_daily_budget_is_met_within_2_percent(controller):
    spent = fly(controller, ORDINARY, DAYS).spent_shares()
    assert spent.max() <= 1
    assert spent[0].min() > 0.95  # the first day begins slowly
    assert spent[1:].min() > 0.98
    assert spent[1:].mean() > 0.999


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_binding_lifetime_budget_is_met_within_2_percent(controller):
    course = fly(controller, ORDINARY, DAYS, budget_type=BudgetType.LIFETIME)
    spent = course.spend.sum(axis=0) / course.budget
    assert spent.max() <= 1
    assert spent.min() > 0.98


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_spend_follows_the_traffic(controller):
    steered, full_speed = fly(controller, ORDINARY, DAYS), fly(FullSpeed, ORDINARY, DAYS)
    assert steered.unevenness().mean() < 0.08
    assert np.quantile(steered.unevenness(), 0.95) < 0.2
    assert full_speed.unevenness().mean() > 0.9


@pytest.mark.parametrize("controller", CONTROLLERS)
@pytest.mark.parametrize("bid", [0.7, 5.0])
def test_a_budget_that_does_not_bind_is_bid_for_in_full(controller, bid):
    course = fly(controller, [Market(100_000, bid, need=need) for need in (0.1, 0.5, 0.8)], 3)
    assert (course.multiplier_bp[24:] == FULL_BP).all()
    assert (course.participation_bp[24:] == FULL_BP).all()


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_the_first_hours_of_a_cold_start_are_careful(controller):
    course = fly(controller, [Market(1_000_000, need=50.0)], 1)
    assert course.spend[0, 0] / course.budget[0] < 0.12
    assert np.abs(course.spend[6:, 0] / course.budget[0] * 24).max() < 2.4


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_budget_gone_in_the_first_hour_lasts_longer_each_day(controller):
    course = fly(controller, [Market(1_000_000, bid=5.0, need=1_000.0)], 12)
    hours_alive = (course.spend.reshape(12, 24) > 0).sum(axis=1)
    assert hours_alive[0] <= 2
    assert hours_alive[-1] >= 16


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_only_the_hours_in_which_it_may_run_are_planned_for(controller):
    evenings = np.array([18 <= hour % 24 < 23 for hour in range(DAYS * 24)])
    course = fly(controller, [Market(100_000, need=0.8)] * 20, DAYS, may_run=evenings)
    assert (course.spend[~evenings] == 0).all()
    spent = course.spend.reshape(DAYS, 24, -1).sum(axis=1)  # 39.1 of 99.4 parts of the traffic: 40 % can be spent
    assert (spent[1:] / course.budget > 0.3).all()
    busy = fly(controller, [Market(100_000, need=4.0)] * 20, DAYS, may_run=evenings).spent_shares()
    assert busy[1:].mean() > 0.99


@pytest.mark.parametrize("controller", [BidMultiplier, Mystique])
def test_soft_pacing_buys_more_wins_at_a_lower_cpm_and_lives_longer_than_none(controller):
    """The directions that Yahoo reports for Mystique against no pacing (Stram et al., WWW 2024)."""
    markets = [market for market in ORDINARY if market.need >= 2 and market.bid >= 1.5]
    soft, none = fly(controller, markets, DAYS), fly(FullSpeed, markets, DAYS)
    wins, wins_unpaced = soft.wins[24:].sum(axis=0), none.wins[24:].sum(axis=0)
    assert (wins > wins_unpaced).all()
    assert (soft.spend[24:].sum(axis=0) / wins < none.spend[24:].sum(axis=0) / wins_unpaced).all()
    assert ((soft.spend > 0).sum(axis=0) > (none.spend > 0).sum(axis=0)).all()


def test_throttling_lives_longer_than_none_at_the_same_cpm():
    markets = [market for market in ORDINARY if market.need >= 2]
    hard, none = fly(Throttle, markets, DAYS), fly(FullSpeed, markets, DAYS)
    cpm, cpm_unpaced = (course.spend.sum(axis=0) / course.wins.sum(axis=0) for course in (hard, none))
    np.testing.assert_allclose(cpm, cpm_unpaced, rtol=0.02)
    assert ((hard.spend > 0).sum(axis=0) > (none.spend > 0).sum(axis=0)).all()
