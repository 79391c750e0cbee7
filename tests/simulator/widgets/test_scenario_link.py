import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ConfigError, LeverError
from simulator.scenario import Lever, Scenario, levers_of
from simulator.widgets.scenario_link import MAX_LEVERS, scenario_query, with_query
from tests.simulator.worlds import ad_group, run_config

SCENARIO = Scenario(name="Test", base=run_config(ad_group("2001"), ad_group("2002")))
BID = "ad_groups.2001.bid_cpm_micros"


SET = [setting for _kind, setting in levers_of(SCENARIO.base) if setting.value is not None]


@given(st.lists(st.sampled_from(SET), max_size=8))
def test_every_lever_that_people_are_offered_can_be_sent(found):
    levers = tuple(Lever(path=setting.path, value=setting.value) for setting in found)
    scenario = Scenario(name="Test", base=SCENARIO.base, levers=levers)
    assert with_query(SCENARIO, scenario_query(scenario)).levers == levers


def test_a_link_takes_the_place_of_levers_and_one_without_levers_changes_nothing():
    pulled = SCENARIO.with_levers("Other", Lever(path=BID, value=9_000_000))
    assert with_query(pulled, f"utm_source=mail&lever={BID}%3D7000000").levers == (Lever(path=BID, value=7_000_000),)
    for query in ("", "utm_source=mail", "token=x&page=1"):
        assert with_query(pulled, query) is pulled


@pytest.mark.parametrize(
    "path", ["universe", "rng_seed", "audiences.1001.definition.list_file", "a.b.c", "*", "flight"]
)
def test_what_is_not_for_viewers_is_refused(path):
    with pytest.raises(LeverError, match="not for viewers"):
        with_query(SCENARIO, f"lever={path}=1")


def test_illegal_values_unknown_ids_and_too_many_levers_are_refused():
    with pytest.raises(ConfigError, match="bid_cpm_micros"):
        with_query(SCENARIO, f"lever={BID}=-1")
    with pytest.raises(LeverError, match="9999"):
        with_query(SCENARIO, "lever=ad_groups.9999.bid_cpm_micros=1000000")
    with pytest.raises(LeverError, match="at most 50 levers"):
        with_query(SCENARIO, "&".join([f"lever={BID}=5000000"] * (MAX_LEVERS + 1)))
    with pytest.raises(LeverError, match="PATH=VALUE"):
        with_query(SCENARIO, "lever=")
