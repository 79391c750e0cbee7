import pytest

from simulator.scenario import Scenario
from tests.simulator.worlds import ad_group, run_config


@pytest.fixture
def scenario() -> Scenario:
    config = run_config(
        ad_group("2001", bid_cpm_micros=4_000_000, budget_micros=10_000_000, lifts={}),
        ad_group("2002", bid_cpm_micros=6_000_001, budget_micros=30_000_000),
    )
    return Scenario(name="Base", base=config)
