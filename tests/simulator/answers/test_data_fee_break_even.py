import json
import math
import re

import numpy as np
import pytest
from scipy import stats

from simulator.answers.data_fee_break_even import LIFTS, data_fee_break_even
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from tests.simulator.answers.markets import ALL_THE_SAME, EVERYBODY, PLENTY, UNIFORM
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

FEE_BP = 1_000
FEE = 0.1
BID = 6_000_000


def asked(small_universe, market, *, include=("1004",), members=None, fee_bp=FEE_BP, audiences=(), **settings):
    """Ask about a segment of everybody, or of the chosen members."""
    include = list(include)
    ad_groups = [
        ad_group(
            "2001",
            name="New people",
            **{
                "bid_cpm_micros": BID,
                "budget_micros": PLENTY,
                "pacing_delivery_type": "none",
                "click_rate": 0.05,
                "targeting": {"AUDIENCE_INCLUDE": include, "LOCATION": ["US"]},
                **settings,
            },
        ),
        ad_group("2002", bid_cpm_micros=1_000, targeting={"AUDIENCE_INCLUDE": ["1001"]}),
    ]
    config = run_config(
        *ad_groups,
        audiences=[audience_spec("1001", "VISITOR"), audience_spec("1004", "THIRD_PARTY"), *audiences],
        market=market,
        traffic={"opportunities_per_account_day": 40},
        self_competition="best_only",
    )
    people = {"1001": EVERYBODY, "1004": EVERYBODY, **(members or {})}
    return Scenario(name="Asked", base=config), world_of(config, small_universe, people, {"1004": fee_bp})


def test_at_a_fixed_price_the_lift_has_to_make_up_for_the_fee(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME)
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=8)
    found = answer.findings
    assert found["verdict"] == "found"
    assert found["low"] < 1 + FEE < found["high"]
    assert found["break_even_lift"] == pytest.approx(1 + FEE, abs=0.04)
    assert answer.sentence.startswith(
        "Paying 10.0\N{NARROW NO-BREAK SPACE}% for this data pays off if it lifts clicks by"
    )
    assert "everybody whom the rest of the targeting of “New people” admits" in answer.notes[0]


def test_against_uniform_rivals_the_lowered_bid_makes_up_for_the_whole_fee(small_universe):
    # Bidding b/(1 + f) the mean price is b/2/(1 + f), with the fee b/2: what it is without data at a bid of b.
    scenario, world = asked(small_universe, UNIFORM)
    found = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=8).findings
    assert found["low"] < 1 < found["high"]
    assert found["break_even_lift"] == pytest.approx(1, abs=0.04)


def test_net_worth_breaks_even_where_the_worth_of_lost_impressions_is_made_up_for(small_universe):
    # For n opportunities and impressions worth w the net worth is n/U·[w·L·b/(1+f) − b²/2/(1+f)] with the data and
    # n/U·[w·b − b²/2] without it, so they are equal at L = 1 + f − f·b/(2·w).
    worth = 20_000_000
    converting = {
        "click_rate": 0.2,
        "conversion_rate": 0.5,
        "conversion_value_micros": worth // 100,
        "click_window_days": 60,
    }
    scenario, world = asked(small_universe, UNIFORM, include=("1001", "1004"), conversion_delay_hours=0, **converting)
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=8)
    expected = 1 + FEE - FEE * BID / (2 * worth)
    assert answer.asked["goal"] == "worth"
    assert answer.findings["low"] < expected < answer.findings["high"]
    assert answer.findings["break_even_lift"] == pytest.approx(expected, abs=0.04)
    assert "“Audience 1001” alone" in answer.notes[0]


def test_the_table_is_what_the_runs_say(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME)
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=6)
    table = answer.table
    assert table["lift"].tolist() == list(LIFTS)
    assert (np.diff(table["with_data"]) < 0).all()
    per_click = table["with_data"] * table["lift"]
    np.testing.assert_allclose(per_click, per_click[1], rtol=0.1)  # clicks are in proportion to the lift
    difference = table["with_data"] - answer.findings["without_data"]
    np.testing.assert_allclose(table["difference"], difference)
    assert ((table["difference_low"] < difference) & (difference < table["difference_high"])).all()


def test_a_belief_is_held_against_the_break_even(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME, lifts={"1004": {"mean": 1.2, "standard_deviation": 0.2}})
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=4)
    sigma = math.log1p((0.2 / 1.2) ** 2) ** 0.5
    lift = stats.lognorm(sigma, scale=1.2 / math.exp(sigma**2 / 2))
    assert lift.mean() == pytest.approx(1.2)
    shown = f"{lift.sf(answer.findings['break_even_lift']):.1%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")
    assert any(f"then it pays off with a probability of {shown}" in note for note in answer.notes)


def test_data_that_is_dear_or_worthless_never_pays(small_universe):
    # A conversion is worth nearly nothing, so every further impression loses money, whatever the lift.
    losing = {"click_rate": 0.05, "conversion_rate": 0.5, "conversion_value_micros": 1_000}
    scenario, world = asked(
        small_universe, ALL_THE_SAME, include=("1001", "1004"), members={"1001": set(range(300))}, **losing
    )
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=4)
    assert answer.findings["verdict"] == "never"
    assert answer.sentence.endswith("for this data does not pay off, not even if it lifts conversions tenfold.")
    assert "do not meet" in answer.chart.description


def test_data_that_brings_what_costs_nothing_more_always_pays(small_universe):
    gaining = {
        "click_rate": 0.05,
        "conversion_rate": 0.5,
        "conversion_value_micros": 10**9,
        "conversion_delay_hours": 0,
    }
    scenario, world = asked(
        small_universe, ALL_THE_SAME, include=("1001", "1004"), members={"1001": set(range(200))}, **gaining
    )
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=4)
    assert answer.findings["verdict"] == "always"
    assert answer.sentence.endswith("pays off even if it does not lift conversions at all.")


def test_few_clicks_do_not_tell(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME, click_rate=0.000005)
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=6)
    assert answer.findings["verdict"] == "nothing_to_compare"
    assert re.search(
        "cannot be told: all runs together brought no more than [0-9]+ clicks on one side", answer.sentence
    )


def test_nothing_delivered_on_either_side_is_said(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME, bid_cpm_micros=1_000_000)
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=2)
    assert answer.findings["verdict"] == "nothing_to_compare"
    assert answer.findings["break_even_lift"] is None or math.isnan(answer.findings["break_even_lift"])
    assert answer.sentence == "Whether this data pays off cannot be told: with it nothing is delivered at all."
    assert answer.chart.usermeta["empty"].startswith("Nothing to compare")

    scenario, world = asked(small_universe, ALL_THE_SAME, include=("1001", "1004"), members={"1001": set(range(20))})
    answer = data_fee_break_even(scenario, world, ad_group_id="2001", n_replications=2)
    assert answer.sentence.endswith("without it there are no clicks whose cost could be compared.")


def test_what_cannot_be_asked_is_refused(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME)
    for arguments, message in (
        ({"ad_group_id": "2002"}, "expected ad group 2002 to include a third-party segment"),
        ({"ad_group_id": "2009"}, r"expected the id of one of the scenario's ad groups \(2001, 2002\), got '2009'"),
        ({"goal": "fame"}, "expected one of impressions, clicks, views as the goal, got 'fame'"),
        ({"goal": "conversions"}, "expected a goal that somebody can meet, got conversions"),
        ({"n_replications": 1}, "expected at least 2 replications, got 1"),
    ):
        with pytest.raises(ConfigError, match=message):
            data_fee_break_even(scenario, world, **arguments)


def test_an_answer_is_plain_values_for_programs_and_names_no_folder(small_universe):
    scenario, world = asked(small_universe, ALL_THE_SAME)
    answer = data_fee_break_even(scenario, world, n_replications=2)
    payload = json.loads(json.dumps(answer.payload(), allow_nan=False))
    assert payload["answer"] == "data_fee_break_even"
    assert payload["sentence"] == answer.sentence
    assert len(payload["table"]) == len(LIFTS)
    again = data_fee_break_even(
        Scenario.model_validate(payload["scenario"]),
        world,
        n_replications=payload["n_replications"],
        **payload["asked"],
    )
    assert again.payload() == answer.payload()
    assert answer.sentence in answer._repr_html_().replace("&#x27;", "'")
