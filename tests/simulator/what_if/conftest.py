"""A scenario of one ad group with a segment that costs a fee, and a world of people that tests chose."""

import pytest

from simulator.scenario import Scenario
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of


@pytest.fixture
def scenario() -> Scenario:
    config = run_config(
        ad_group("2001", click_rate=0.1, targeting={"AUDIENCE_INCLUDE": ["1001", "1004"], "LOCATION": ["US"]}),
        audiences=[audience_spec("1001", "VISITOR"), audience_spec("1004", "THIRD_PARTY")],
        traffic={"opportunities_per_account_day": 3},
    )
    return Scenario(name="Base", base=config)


@pytest.fixture
def world(scenario, small_universe):
    members = {"1001": set(range(400)), "1004": set(range(200, 600))}
    return world_of(scenario.base, small_universe, members, {"1004": 1_000})
