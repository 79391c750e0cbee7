import math

import pytest

from simulator.answers.audience_value import audience_value
from simulator.errors import ConfigError
from simulator.scenario import Scenario
from simulator.sweeps.outcomes import run_outcomes
from tests.simulator.answers.markets import ALL_THE_SAME, FIXED_PRICE, PLENTY
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

PRICE = FIXED_PRICE / 1e9
CLICK_RATE = 0.1


def asked(small_universe, members, *, include=("1001", "1002"), lifts=None, others=(), **settings):
    """One ad group over visitors and a list, in a market where every impression costs the same."""
    config = run_config(
        ad_group(
            "2001",
            **{
                "budget_micros": PLENTY,
                "pacing_delivery_type": "none",
                "click_rate": CLICK_RATE,
                "targeting": {"AUDIENCE_INCLUDE": list(include)} if include else {},
                "lifts": lifts or {},
                **settings,
            },
        ),
        *others,
        audiences=[audience_spec("1001", "VISITOR"), audience_spec("1002", "VISITOR")],
        market=ALL_THE_SAME,
        traffic={"opportunities_per_account_day": 20},
    )
    return Scenario(name="Asked", base=config), world_of(config, small_universe, members)


def rows(answer):
    return answer.table.set_index("audience")


def test_an_audience_of_its_own_people_brings_what_its_people_bring(small_universe):
    scenario, world = asked(small_universe, {"1001": set(range(400)), "1002": set(range(400, 600))})
    answer = audience_value(scenario, world, n_replications=4)
    table = rows(answer)
    # Nobody is in both and money is plenty, so the parts add up to the whole.
    whole = run_outcomes([scenario.config], world, n_replications=4).readings("clicks").mean()
    assert table["results"].sum() == pytest.approx(whole)
    for name in ("Audience 1001", "Audience 1002"):
        assert table.loc[name, "cost_of_one"] == pytest.approx(PRICE / CLICK_RATE, rel=0.05)
        assert table.loc[name, "suggested_multiplier"] == pytest.approx(1, rel=0.06)
    assert table.loc["Audience 1001", "size"] == 400
    assert table.loc["Audience 1001", "reach"] == pytest.approx(400, abs=20)
    assert answer.sentence.startswith("“Audience 1001” brings the most: without it ")


def test_an_audience_that_repeats_another_brings_nothing(small_universe):
    scenario, world = asked(small_universe, {"1001": set(range(500)), "1002": set(range(200))})
    answer = audience_value(scenario, world, n_replications=4)
    repeated = rows(answer).loc["Audience 1002"]
    assert (repeated["results"], repeated["spend"], repeated["reach"]) == (0, 0, 0)
    assert math.isnan(repeated["cost_of_one"])
    assert math.isnan(repeated["suggested_multiplier"])
    assert answer.findings["useless_audience_ids"] == ["1002"]
    assert answer.sentence.endswith("“Audience 1002” brings nothing beyond chance that the others do not.")


def test_two_audiences_of_the_same_people_bring_nothing_each(small_universe):
    same = set(range(300))
    scenario, world = asked(small_universe, {"1001": same, "1002": same})
    answer = audience_value(scenario, world, n_replications=2)
    assert answer.sentence.startswith("Leaving out any one audience loses no clicks beyond chance")
    assert answer.findings["best_audience_id"] is None


def test_likelier_people_are_worth_a_higher_multiplier(small_universe):
    members = {"1001": set(range(300)), "1002": set(range(300, 600))}
    scenario, world = asked(small_universe, members, lifts={"1001": {"mean": 3}})
    table = rows(audience_value(scenario, world, n_replications=4))
    # Clicks against the average of both: 3 / 2 and 1 / 2 if both give as many impressions; activity differs a little.
    assert table.loc["Audience 1001", "suggested_multiplier"] == pytest.approx(
        3 * table.loc["Audience 1002", "suggested_multiplier"], rel=0.08
    )
    assert table.loc["Audience 1001", "cost_of_one"] == pytest.approx(PRICE / CLICK_RATE / 3, rel=0.05)


def test_the_suggested_bid_is_what_impressions_are_worth(small_universe):
    value = 400_000
    converting = {"conversion_rate": 1.0, "conversion_value_micros": value, "conversion_delay_hours": 0}
    scenario, world = asked(small_universe, {"1001": set(range(400)), "1002": set(range(400, 600))}, **converting)
    answer = audience_value(scenario, world, n_replications=4)
    table = rows(answer)
    assert answer.asked["goal"] == "worth"
    expected = 1_000 * CLICK_RATE * value / 1e6
    assert table["suggested_bid_cpm"].tolist() == pytest.approx([expected, expected], rel=0.05)
    for name in table.index:
        row = table.loc[name]
        assert row["net_worth"] == pytest.approx(row["results"] - row["spend"])
        assert row["worth_of_member"] == pytest.approx(row["net_worth"] / row["size"])


def test_an_ad_group_without_another_audience_pauses_and_is_not_for_everybody(small_universe):
    other = ad_group("2002", budget_micros=PLENTY, targeting={"AUDIENCE_INCLUDE": ["1002"]}, click_rate=CLICK_RATE)
    scenario, world = asked(
        small_universe, {"1001": set(range(300)), "1002": set(range(300, 600))}, include=("1001",), others=(other,)
    )
    answer = audience_value(scenario, world, n_replications=2)
    assert (rows(answer)["results"] > 0).all()
    of_one = audience_value(scenario, world, ad_group_id="2002", n_replications=2)
    assert of_one.table["audience"].tolist() == ["Audience 1002"]


def test_nothing_won_and_nothing_included_are_said(small_universe):
    members = {"1001": set(range(300)), "1002": set(range(300, 600))}
    scenario, world = asked(small_universe, members, bid_cpm_micros=1_000_000)
    answer = audience_value(scenario, world, n_replications=2)
    assert answer.sentence == "No audience is worth anything here: there are no clicks in any of the runs."
    scenario, world = asked(small_universe, members, include=())
    with pytest.raises(ConfigError, match="expected an ad group to include an audience whose worth could be told"):
        audience_value(scenario, world)
    with pytest.raises(ConfigError, match="expected ad group 2001 to include an audience"):
        audience_value(scenario, world, ad_group_id="2001")


def test_the_size_of_a_small_audience_is_hidden(small_universe):
    scenario, world = asked(small_universe, {"1001": set(range(300)), "1002": set(range(300, 350))})
    answer = audience_value(scenario, world, n_replications=2)
    assert math.isnan(rows(answer).loc["Audience 1002", "size"])
    assert "< 100" in answer.shown_table["Size"].tolist()
