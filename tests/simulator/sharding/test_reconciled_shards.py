"""Shards that share budgets by the tick: never more than there is, and nothing lost."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.config import HOURS_PER_DAY, BudgetType
from simulator.kernels.tables import Column
from simulator.run import RunResult, simulate
from simulator.sharding import BudgetSharing, simulate_in_shards
from simulator.sharding.shares import shared_out
from tests.simulator.random_configs import FEES_BP, configs
from tests.simulator.sharding.results import differences
from tests.simulator.sharding.wide_market import market
from tests.simulator.test_run_against_twin import random_members
from tests.simulator.worlds import world_of


def reconciled(config, world, n_shards, n_threads=1):
    return simulate_in_shards(config, world, n_shards, sharing=BudgetSharing.RECONCILED, n_threads=n_threads)


def spend_by_tick(result: RunResult) -> np.ndarray:
    return result.ledger.column(Column.MEDIA_MICROS) + result.ledger.column(Column.DATA_FEE_MICROS)


def passed_budgets(result: RunResult) -> list[str]:
    """Return the ids of what spent more than its budget in a day or the whole flight."""
    spend, first, found = spend_by_tick(result), 0, []
    for campaign in result.config.all_campaigns:
        own = [(ad_group.ad_group_id, ad_group, [first + place]) for place, ad_group in enumerate(campaign.ad_groups)]
        everybody = list(range(first, first + len(campaign.ad_groups)))
        for an_id, owner, numbers in [*own, (campaign.campaign_id, campaign, everybody)]:
            n_hours = HOURS_PER_DAY if owner.budget_type is BudgetType.DAILY else len(spend)
            by_period = spend[:, numbers].sum(axis=1).reshape(-1, n_hours).sum(axis=1)
            if owner.budget_micros is not None and by_period.max() > owner.budget_micros:
                found.append(an_id)
        first += len(campaign.ad_groups)
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=configs(5), members_rng_seed=st.integers(0, 2**32), n_shards=st.integers(2, 6))
def test_no_budget_is_passed_by_a_micro(small_universe, config, members_rng_seed, n_shards):
    world = world_of(config, small_universe, random_members(members_rng_seed, small_universe.n_accounts), FEES_BP)
    result = reconciled(config, world, n_shards)
    assert passed_budgets(result) == []
    assert result.ledger.n_opportunities.tolist() == simulate(config, world).ledger.n_opportunities.tolist()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=configs(), members_rng_seed=st.integers(0, 2**32))
def test_one_shard_is_the_run(small_universe, config, members_rng_seed):
    world = world_of(config, small_universe, random_members(members_rng_seed, small_universe.n_accounts), FEES_BP)
    assert differences(reconciled(config, world, 1), simulate(config, world)) == []


@pytest.mark.parametrize("pacing", ["STANDARD", "ACCELERATED", "adaptive"])
def test_what_shards_do_not_know_costs_little(pacing):
    config, world = market(5_000, 20, budget_micros=400_000, pacing=pacing, opportunities_per_account_day=20)
    whole, in_shards = simulate(config, world), reconciled(config, world, 4)
    spent, spent_in_shards = (spend_by_tick(result).sum() for result in (whole, in_shards))
    assert spent > 0.8 * 20 * 2 * 400_000  # the budgets bind
    assert spent_in_shards == pytest.approx(spent, rel=0.03)
    assert differences(in_shards, whole) != []


def test_threads_change_nothing():
    config, world = market(3_000, 20, budget_micros=100_000, n_days=1, opportunities_per_account_day=20)
    assert differences(reconciled(config, world, 5, n_threads=3), reconciled(config, world, 5, n_threads=1)) == []


budgets = st.lists(st.tuples(st.integers(0, 10**15), st.integers(1, 10**10)), min_size=1, max_size=4)


@given(budgets=budgets, n_shards=st.integers(1, 9), data=st.data())
def test_shares_add_up_and_are_whole_bids(budgets, n_shards, data):
    remaining, bid = np.array(budgets, dtype=np.int64).T
    weight = st.floats(0, 1e6)
    rows = st.lists(
        st.lists(weight, min_size=len(budgets), max_size=len(budgets)), min_size=n_shards, max_size=n_shards
    )
    weights = np.array(data.draw(rows))
    shares = shared_out(remaining, bid, weights)
    assert shares.min() >= 0
    assert shares.sum(axis=0).tolist() == remaining.tolist()
    assert ((shares % bid != 0).sum(axis=0) <= 1).all()
    assert (shares.max(axis=0) >= np.minimum(bid, remaining)).all()


def test_shares_follow_the_weights_and_a_few_bids_go_to_a_few():
    weights = np.array([[3.0, 1, 0], [1, 1, 0], [0, 1, 0]])
    assert shared_out(np.array([4_005, 11, 30]), np.array([10, 10, 10]), weights).tolist() == [
        [3_005, 0, 10],
        [1_000, 11, 10],
        [0, 0, 10],
    ]
