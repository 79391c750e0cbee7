"""Which way pacing moves a campaign: more wins, at lower prices, for longer than a full bid until the money is gone.

That is what Yahoo's open budget pacing simulation finds for soft pacing, which scales bids, against none. It depends on
its market in numbers and not in direction, so directions are tested.
"""

import numpy as np
import pytest

from simulator.kernels.tables import Column
from simulator.run import simulate
from tests.simulator.worlds import ad_group, run_config, world_of

METHODS = ["bid_multiplier", "mystique", "adaptive"]


@pytest.fixture(scope="module")
def outcome_of(small_universe):
    def outcome(**settings):
        spec = ad_group(bid_cpm_micros=12_000_000, budget_micros=4_000_000, **settings)
        config = run_config(spec, flight={"n_days": 1}, traffic={"opportunities_per_account_day": 10})
        ledger = simulate(config, world_of(config, small_universe, {})).ledger
        wins, media = ledger.column(Column.WON)[:, 0], ledger.column(Column.MEDIA_MICROS)[:, 0]
        assert media.sum() <= 4_000_000
        return wins.sum(), media.sum() / wins.sum(), np.flatnonzero(wins)[-1], media.sum()

    return outcome


@pytest.mark.parametrize("method", METHODS)
def test_a_paced_bid_wins_more_at_a_lower_price_and_lives_longer_than_a_full_one(method, outcome_of):
    wins, price, last_hour, _ = outcome_of(pacing_delivery_type=method)
    full_wins, full_price, full_last_hour, full_spend = outcome_of(pacing_delivery_type="none")
    assert full_spend > 0.99 * 4_000_000  # it ran out of money, or there would be nothing to pace
    assert wins > full_wins
    assert price < full_price
    assert last_hour > full_last_hour


def test_an_adaptive_bid_keeps_what_it_learned_through_the_hours_without_money(small_universe):
    spec = ad_group(bid_cpm_micros=12_000_000, budget_micros=2_000_000, pacing_delivery_type="adaptive")
    traffic = {"opportunities_per_account_day": 20, "hourly_profile": [1] * 24}
    config = run_config(spec, flight={"n_days": 4}, traffic=traffic)
    ledger = simulate(config, world_of(config, small_universe, {})).ledger
    course = np.cumsum(ledger.column(Column.MEDIA_MICROS).reshape(4, 24), axis=1)
    hours_with_money = (course < 0.95 * 2_000_000).sum(axis=1).tolist()
    assert hours_with_money[0] <= 2  # the first day knows nothing
    assert hours_with_money == sorted(hours_with_money)
    assert hours_with_money[-1] >= 9
