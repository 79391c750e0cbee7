import math

import numpy as np
import pytest

from simulator.answers.reach_frequency import CAPS, PLANNED, reach_frequency
from simulator.scenario import Scenario
from tests.simulator.answers.markets import ALL_THE_SAME, FIXED_PRICE, PLENTY
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

PRICE = FIXED_PRICE / 1e9


def asked(small_universe, *, members=None, n_groups=1, **settings):
    """Ad groups for the same visitors, in a market where every impression costs the same."""
    plenty = {"budget_micros": PLENTY, "pacing_delivery_type": "none", "targeting": {"AUDIENCE_INCLUDE": ["1001"]}}
    config = run_config(
        *(ad_group(f"{2001 + n}", **{**plenty, **settings}) for n in range(n_groups)),
        audiences=[audience_spec("1001", "VISITOR")],
        market=ALL_THE_SAME,
        traffic={"opportunities_per_account_day": 10},
    )
    return Scenario(name="Asked", base=config), world_of(
        config, small_universe, {"1001": set(range(400)) if members is None else members}
    )


def test_a_cap_shows_everybody_no_more_and_reaches_as_many(small_universe):
    scenario, world = asked(small_universe)
    answer = reach_frequency(scenario, world, n_replications=4)
    table = answer.table.set_index("variant")
    for cap in CAPS:
        capped = table.loc[f"At most {cap} each"]
        assert capped["reach"] == table.loc[PLANNED, "reach"]
        assert capped["frequency"] <= cap * 1.03  # reach is rounded down
        assert capped["reach_difference"] == 0
        for n in (2, 3, 5):
            if n > cap:
                assert math.isnan(capped[f"at_least_{n}"])
            else:
                assert capped[f"at_least_{n}"] == table.loc[PLANNED, f"at_least_{n}"]
    # One impression each of everybody who is reached.
    assert table.loc["At most 1 each", "spend"] == pytest.approx(table.loc[PLANNED, "reach"] * PRICE, rel=0.03)
    assert answer.findings["frequency"] == table.loc[PLANNED, "frequency"]


def test_reach_grows_with_the_budget_and_more_often_is_rarer(small_universe):
    scenario, world = asked(small_universe, budget_micros=400_000, budget_type="LIFETIME")
    answer = reach_frequency(scenario, world, n_replications=4)
    table = answer.table.set_index("variant")
    by_budget = [f"Budgets ×{factor}" for factor in ("0.25", "0.5")] + [PLANNED, "Budgets ×2", "Budgets ×4"]
    assert (np.diff(table.loc[by_budget, "reach"].fillna(0)) >= 0).all()
    planned = table.loc[PLANNED]
    shares = planned[["reach", "at_least_2", "at_least_3", "at_least_5"]].fillna(0).tolist()
    assert shares == sorted(shares, reverse=True)
    assert "twice the budget would reach" in answer.sentence
    assert answer.findings["variant_with_most_reach"] in answer.table["variant"].tolist()


def test_people_who_saw_two_ad_groups_saw_both(small_universe):
    scenario, world = asked(small_universe, n_groups=2, frequency_cap={"max_impressions": 1, "window_days": 2})
    answer = reach_frequency(scenario, world, n_replications=2)
    planned = answer.table.iloc[0]
    # Each of the two shows everybody one impression.
    assert planned["frequency"] == pytest.approx(2, abs=0.1)
    assert planned["at_least_2"] == pytest.approx(planned["reach"], rel=0.05)
    assert math.isnan(planned["at_least_3"])


def test_few_people_none_and_unknown_frequencies_are_said(small_universe):
    scenario, world = asked(small_universe, members=set(range(120)), budget_micros=60_000)
    answer = reach_frequency(scenario, world, n_replications=2)
    assert answer.sentence == "Fewer than 100 people are reached, which is too few to be shown."
    assert math.isnan(answer.table["reach"].iloc[0])

    scenario, world = asked(small_universe, bid_cpm_micros=1_000_000)
    answer = reach_frequency(scenario, world, n_replications=2)
    assert answer.sentence == "Nobody is reached: nothing was won in any of the runs."
    assert answer.findings["variant_with_most_reach"] is None
    assert answer.chart.usermeta["empty"].startswith("Nobody to show")

    scenario, world = asked(small_universe, frequency_cap={"max_impressions": 3, "window_days": 1})
    answer = reach_frequency(scenario, world, n_replications=2)
    assert "at least twice" not in answer.sentence
    assert any("goes back less than the flight" in note for note in answer.notes)


def test_what_cannot_be_spent_reaches_nobody_else(small_universe):
    scenario, world = asked(small_universe)
    answer = reach_frequency(scenario, world, n_replications=2)
    assert answer.sentence.endswith("twice the budget would reach nobody else, as it could not be spent.")
