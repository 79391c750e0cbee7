import math

import numpy as np
import pytest

from simulator.answers.budget_curve import FACTORS, budget_curve
from simulator.answers.variants import flight_budget_dollars, with_budgets
from simulator.errors import ConfigError
from simulator.scenario import Lever, Scenario
from simulator.what_if import ParameterDraws
from tests.simulator.answers.markets import ALL_THE_SAME, FIXED_PRICE
from tests.simulator.worlds import ad_group, run_config, world_of

N_ACCOUNTS, N_DAYS, TRAFFIC = 600, 2, 40
AVAILABLE = N_ACCOUNTS * N_DAYS * TRAFFIC
PRICE = FIXED_PRICE / 1e9
"""Dollars for one impression."""


def asked(small_universe, budget_dollars, **settings):
    """One ad group whose budget of the whole flight is given, in a market where every impression costs the same."""
    config = run_config(
        ad_group(
            "2001",
            **{
                "bid_cpm_micros": 6_000_000,
                "budget_micros": round(budget_dollars * 1e6),
                "budget_type": "LIFETIME",
                "pacing_delivery_type": "none",
                "click_rate": 0.05,
                **settings,
            },
        ),
        market=ALL_THE_SAME,
        traffic={"opportunities_per_account_day": TRAFFIC},
    )
    return Scenario(name="Asked", base=config), world_of(config, small_universe, {})


def test_at_a_fixed_price_a_budget_buys_in_proportion_until_nothing_is_left_to_buy(small_universe):
    half = AVAILABLE / 2 * PRICE
    scenario, world = asked(small_universe, half)
    answer = budget_curve(scenario, world, goal="impressions", n_replications=6)
    table = answer.table
    assert table["budget"].tolist() == pytest.approx([half * factor for factor in FACTORS])
    expected = np.minimum(table["budget"] / PRICE, AVAILABLE)
    np.testing.assert_allclose(table["results"], expected, rtol=0.01)
    assert answer.findings["is_binding"]
    assert answer.findings["saturation"] == "found"
    # More brings nothing from where all that there is has been bought; between 1.5 and 2 a line is drawn.
    assert 1.5 * half < answer.findings["saturation_budget"] < 2.5 * half
    assert answer.findings["cost_of_one"] == pytest.approx(1_000 * PRICE, rel=1e-3)
    assert "at these bids no more than" in " ".join(answer.notes).lower()


def test_the_amount_that_was_asked_for_is_a_point_of_the_curve(small_universe):
    scenario, world = asked(small_universe, 20)
    answer = budget_curve(scenario, world, budget_dollars=33, n_replications=3)
    assert 33 in answer.table["budget"].tolist()
    assert answer.question == "What will $33.00 buy?"
    assert answer.findings["spend"] == pytest.approx(33, rel=0.01)
    assert answer.sentence.startswith("$33.00 buys ")
    assert answer.findings["cost_of_one_more"] == pytest.approx(answer.findings["cost_of_one"], rel=0.1)


def test_a_budget_that_never_binds_says_so(small_universe):
    scenario, world = asked(small_universe, 50 * AVAILABLE * PRICE)
    answer = budget_curve(scenario, world, n_replications=3)
    assert "no budget that was tried binds, so more of it changes nothing" in answer.sentence
    assert answer.findings["saturation"] == "from_the_start"
    assert not answer.findings["is_binding"]


def test_a_budget_that_always_binds_is_worth_raising(small_universe):
    scenario, world = asked(small_universe, AVAILABLE * PRICE / 20)
    answer = budget_curve(scenario, world, goal="impressions", n_replications=3)
    assert answer.findings["saturation"] == "not_reached"
    assert "a further dollar of it brings no less than half of what the first one brought." in answer.sentence


def test_a_dollar_is_worth_spending_as_long_as_it_comes_back(small_universe):
    converting = {"conversion_rate": 1.0, "conversion_delay_hours": 0}
    worth_it = {**converting, "conversion_value_micros": 1_000_000}  # 50 dollars a thousand impressions, for 2 dollars
    scenario, world = asked(small_universe, AVAILABLE * PRICE / 20, **worth_it)
    answer = budget_curve(scenario, world, n_replications=3)
    assert answer.asked["goal"] == "worth"
    assert "brings back no less than it costs" in answer.sentence

    losing = {**converting, "conversion_value_micros": 10_000}
    scenario, world = asked(small_universe, AVAILABLE * PRICE / 20, **losing)
    answer = budget_curve(scenario, world, n_replications=3)
    assert "at any budget that was tried a further dollar of it brings back less than it costs" in answer.sentence


def test_nothing_won_and_few_people_are_said(small_universe):
    scenario, world = asked(small_universe, 10, bid_cpm_micros=1_000_000)
    answer = budget_curve(scenario, world, n_replications=2)
    assert answer.sentence == "No budget buys anything here: nothing was won in any of the runs."
    assert answer.chart.usermeta["empty"].startswith("No clicks at all")

    scenario, world = asked(small_universe, 0.02)
    answer = budget_curve(scenario, world, n_replications=2)
    assert math.isnan(answer.findings["reach"])
    assert "people" not in answer.sentence
    assert "Reach is hidden where it is under 100 people." in answer.notes


def test_an_impossible_amount_is_refused(small_universe):
    scenario, world = asked(small_universe, 10)
    for amount in (0, -5, math.nan, 1e12):
        with pytest.raises(ConfigError, match=r"expected a budget above 0 and up to 1,000,000,000 dollars, got"):
            budget_curve(scenario, world, budget_dollars=amount)


def test_the_budget_of_a_flight_is_what_ad_groups_and_campaigns_allow(small_universe):
    scenario, _ = asked(small_universe, 10)
    assert flight_budget_dollars(scenario.config) == 10
    shared = scenario.with_levers(
        "Shared",
        Lever(path="campaigns.5001.budget_micros", value=3_000_000),
        Lever(path="ad_groups.2001.budget_type", value="DAILY"),
    )
    assert flight_budget_dollars(shared.config) == 6  # a daily one for two days, below the ad group's 20
    doubled = with_budgets(shared, 2).config
    assert doubled.campaigns[0].budget_micros == 6_000_000
    assert doubled.ad_groups[0].budget_micros == 20_000_000
    own = shared.with_levers("Own", Lever(path="ad_groups.2001.budget_micros", value=None))
    assert flight_budget_dollars(own.config) == 6
    assert with_budgets(own, 0.5).config.ad_groups[0].budget_micros is None


def test_draws_of_what_is_not_known_are_in_every_interval(small_universe):
    scenario, world = asked(small_universe, AVAILABLE * PRICE * 4)
    rng = np.random.default_rng(1)
    draws = ParameterDraws.of(*({"ad_groups.2001.click_rate": float(rate)} for rate in rng.uniform(0.02, 0.08, 12)))
    known, unknown = (budget_curve(scenario, world, goal="clicks", n_replications=n) for n in (12, draws))
    widths = [float((each.table["high"] - each.table["low"]).iloc[-1]) for each in (known, unknown)]
    assert widths[1] > 10 * widths[0]
    assert unknown.n_replications == 12
    assert any("as a calibration leaves them open" in note for note in unknown.notes)
    assert len(unknown.payload()["draws"]) == 12
    assert known.payload()["draws"] is None
