import pytest

from simulator.scenario import Scenario
from simulator.world import World
from tests.simulator.worlds import ad_group, run_config, world_of

HIGHEST_RIVAL = 10_000_000
"""Micro-currency per 1,000: rivals bid anything from 0 to this, each as likely."""


@pytest.fixture
def scenario() -> Scenario:
    config = run_config(
        ad_group("2001", bid_cpm_micros=4_000_000, budget_micros=10_000_000, lifts={}),
        ad_group("2002", bid_cpm_micros=6_000_001, budget_micros=30_000_000),
    )
    return Scenario(name="Base", base=config)


@pytest.fixture
def alone() -> Scenario:
    """One ad group with money to spare, against one rival whose bid is uniform."""
    config = run_config(
        ad_group("2001", bid_cpm_micros=5_000_000, budget_micros=10**12, click_rate=0.2, pacing_delivery_type="none"),
        market={
            "bid_floor_cpm_micros": 0,
            "n_rival_bids": 1,
            "landscapes": [{"bids_cpm_micros": [0, HIGHEST_RIVAL]}],
        },
        traffic={"opportunities_per_account_day": 10},
    )
    return Scenario(name="Alone", base=config)


@pytest.fixture
def world(alone, small_universe) -> World:
    return world_of(alone.base, small_universe, {})
