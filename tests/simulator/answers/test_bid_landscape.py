import numpy as np
import pytest

from simulator.answers.bid_landscape import bid_landscape
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from tests.simulator.answers.markets import HIGHEST_RIVAL, PLENTY, UNIFORM
from tests.simulator.worlds import ad_group, run_config, world_of

BID = 4_000_000
CLICK_RATE = 0.2


def asked(small_universe, **settings):
    config = run_config(
        ad_group(
            "2001",
            name="Reconnect",
            **{
                "bid_cpm_micros": BID,
                "budget_micros": PLENTY,
                "pacing_delivery_type": "none",
                "click_rate": CLICK_RATE,
                **settings,
            },
        ),
        ad_group(
            "2002", bid_strategy_type="AUTOMATIC_BID", bid_cpm_micros=None, budget_micros=1, click_rate=CLICK_RATE
        ),
        market=UNIFORM,
        traffic={"opportunities_per_account_day": 40},
    )
    return Scenario(name="Asked", base=config), world_of(config, small_universe, {})


def test_against_uniform_rivals_one_more_click_costs_what_lies_between_two_bids(small_universe):
    scenario, world = asked(small_universe)
    answer = bid_landscape(scenario, world, n_replications=6)
    table = answer.table
    bids = table["bid"].to_numpy()
    np.testing.assert_allclose(table["win_rate"], bids * 1e6 / HIGHEST_RIVAL, rtol=0.03)
    np.testing.assert_allclose(table["cost_of_one"], bids / 2 / 1_000 / CLICK_RATE, rtol=0.03)
    expected = (bids[1:] + bids[:-1]) / 2 / 1_000 / CLICK_RATE
    steps = table.iloc[1:]
    np.testing.assert_allclose(steps["cost_of_one_more"], expected, rtol=0.08)
    assert ((steps["more_low"] < expected) & (expected < steps["more_high"])).mean() >= 0.75
    assert answer.sentence.startswith("At $4.00 CPM “Reconnect” wins 40.")
    assert "one more click costs" in answer.sentence


def test_the_best_bid_in_a_second_price_auction_is_what_an_impression_is_worth(small_universe):
    worth = round(BID * 1.25)  # of a thousand impressions
    value = round(worth / 1_000 / CLICK_RATE)
    scenario, world = asked(
        small_universe, conversion_rate=1.0, conversion_value_micros=value, conversion_delay_hours=0
    )
    answer = bid_landscape(scenario, world, n_replications=6)
    assert answer.findings["best_bid"] == 5.0
    assert "$5.00 is worth most" in answer.sentence
    best = answer.table["net_worth"].idxmax()
    assert answer.table["share_best"].idxmax() == best
    n = answer.table["results"] / (answer.table["win_rate"] * value / 1e6 * CLICK_RATE)  # opportunities
    bids = answer.table["bid"]
    expected = n * bids * 1e6 / HIGHEST_RIVAL * (worth / 1e6 - bids / 2) / 1_000
    np.testing.assert_allclose(answer.table["net_worth"], expected, rtol=0.03, atol=1.5)


def test_a_bid_whose_budget_is_spent_is_told_to_spend_more_or_bid_less(small_universe):
    scenario, world = asked(small_universe, budget_micros=2_000_000)
    answer = bid_landscape(scenario, world, n_replications=4)
    assert answer.findings["is_held_by_budget"]
    assert answer.sentence.startswith("At $4.00 CPM “Reconnect” spends its budget at $")
    # The cheapest impressions that still use up the budget are the most for it.
    assert "would make the most of it" in answer.sentence
    assert answer.table["results"].iloc[-1] < answer.table["results"].max()


def test_bids_that_win_nothing_are_said_to(small_universe):
    scenario, world = asked(small_universe, bid_cpm_micros=1_000_000)
    market = {**UNIFORM, "bid_floor_cpm_micros": 1_200_000}
    config = scenario.base.model_copy(update={"market": type(scenario.base.market).model_validate(market)})
    answer = bid_landscape(Scenario(name="Low", base=config), world, n_replications=2)
    assert answer.sentence == "At $1.00 CPM “Reconnect” wins nothing; $1.25 is the lowest bid tried that does."
    market["bid_floor_cpm_micros"] = 5_000_000
    config = scenario.base.model_copy(update={"market": type(scenario.base.market).model_validate(market)})
    answer = bid_landscape(Scenario(name="Low", base=config), world, n_replications=2)
    assert answer.sentence.startswith("“Reconnect” wins nothing at any bid up to")
    assert answer.chart.usermeta["empty"].startswith("No clicks at all")


def test_an_automatic_bid_is_refused(small_universe):
    scenario, world = asked(small_universe)
    with pytest.raises(ConfigError, match="expected ad group 2002 to have a bid of its own, found an automatic one"):
        bid_landscape(scenario, world, ad_group_id="2002")
    with pytest.raises(ConfigError, match="expected the id of one of the scenario's ad groups"):
        bid_landscape(scenario, world, ad_group_id="9")
