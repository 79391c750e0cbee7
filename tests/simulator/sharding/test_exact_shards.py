"""Shards that share budgets exactly do what a run without shards does, to the last bit."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.errors import ConfigError
from simulator.kernels.tables import Column
from simulator.run import simulate
from simulator.sharding import exact_room, simulate_in_shards
from simulator.sharding.charges import Charges
from simulator.sharding.shards import split_accounts
from tests.simulator.random_configs import FEES_BP, configs
from tests.simulator.sharding.results import differences
from tests.simulator.sharding.wide_market import market
from tests.simulator.test_run_against_twin import random_changes, random_members
from tests.simulator.worlds import world_of


@pytest.fixture
def rooms(monkeypatch):
    """The rooms of the runs in shards that a test makes, which know how often each tick was held."""
    made = []

    class Listed(exact_room.ExactRoom):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr("simulator.sharding.running.ExactRoom", Listed)
    return made


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=st.one_of(configs(), configs(5)), members_rng_seed=st.integers(0, 2**32), n_shards=st.integers(1, 6))
def test_a_run_in_shards_is_the_run(small_universe, config, members_rng_seed, n_shards):
    members = random_members(members_rng_seed, small_universe.n_accounts)
    changes = random_changes(config, members, members_rng_seed, small_universe.n_accounts)
    world = world_of(config, small_universe, members, FEES_BP, changes)
    in_shards = simulate_in_shards(config, world, n_shards, n_threads=1)
    assert differences(in_shards, simulate(config, world)) == []


@pytest.mark.parametrize("pacing", ["ACCELERATED", "adaptive"])
def test_many_budgets_that_run_dry_in_one_tick_are_shared_exactly(rooms, pacing):
    # Some come near their end only in a later pass, when a part of the tick is final without what others charged them.
    config, world = market(
        3_000, 100, budget_micros=300_000, pacing=pacing, n_days=1, opportunities_per_account_day=100
    )
    in_shards = simulate_in_shards(config, world, 3, n_threads=2)
    assert differences(in_shards, simulate(config, world)) == []
    assert max(rooms[0].n_passes) > 3


def test_a_tick_is_held_once_where_money_is_no_matter(rooms):
    config, world = market(3_000, 20, budget_micros=10**12, n_days=1)
    result = simulate_in_shards(config, world, 4)
    assert result.ledger.column(Column.IMPRESSIONS).sum() > 100
    assert rooms[0].n_passes == [1] * config.flight.n_hours


def test_more_shards_than_accounts_do_no_harm():
    config, world = market(5, 3, budget_micros=10_000, n_days=1, opportunities_per_account_day=50)
    assert differences(simulate_in_shards(config, world, 9), simulate(config, world)) == []


def test_shards_have_stretches_of_about_equal_traffic():
    config, world = market(10_000, 1, budget_micros=10**9)
    owns = split_accounts(config, world, 7)
    assert [own.first for own in owns] == [0, *(own.end for own in owns[:-1])]
    assert owns[-1].end == 10_000
    traffic = [world.activity[own.first : own.end].sum() for own in owns]
    np.testing.assert_allclose(traffic, world.activity.sum() / 7, rtol=0.02)


@pytest.mark.parametrize(("options", "expected"), [({"n_shards": 0}, "1 shard"), ({"n_threads": 0}, "1 thread")])
def test_less_than_one_is_refused(options, expected):
    config, world = market(100, 1, budget_micros=10**9)
    with pytest.raises(ConfigError, match=f"at least {expected}, got 0"):
        simulate_in_shards(config, world, **{"n_shards": 2, **options})


charge_lists = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 2)), st.integers(1, 2), max_size=6)


@given(one=charge_lists, other=charge_lists)
def test_the_first_difference_of_two_lists_of_charges(one, other):
    differing = [where for where in one.keys() | other.keys() if one.get(where) != other.get(where)]
    expected = min((position for position, _ in differing), default=None)
    assert charges_of(one).first_difference(charges_of(other)) == expected
    if expected is not None:
        assert charges_of(one).since(expected + 1).first_difference(charges_of(other).since(6)) == min(
            (position for position, _ in one if position > expected), default=None
        )


def charges_of(listed: dict[tuple[int, int], int]) -> Charges:
    keys = np.array([(position << 16) + number for position, number in listed], dtype=np.int64)
    return Charges.joined([Charges(keys, np.array(list(listed.values()), dtype=np.int64))])
