import pytest

from simulator.answers.overlap_cost import BEST_ONLY, TOGETHER, overlap_cost
from simulator.scenario import Scenario
from tests.simulator.answers.markets import ALL_THE_SAME, FIXED_PRICE, PLENTY
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

FEE_BP = 1_000
DEAR, CHEAP = 6_000_000, 5_000_000


def asked(small_universe, first, second, *others, members=None):
    """Ad groups over visitors 1001 and 1002 and a segment 1004, where every impression costs the same."""
    plenty = {"budget_micros": PLENTY, "pacing_delivery_type": "none", "click_rate": 0.05}
    config = run_config(
        ad_group("2001", **{**plenty, "name": "Dear", "bid_cpm_micros": DEAR, **first}),
        ad_group("2002", **{**plenty, "name": "Cheap", "bid_cpm_micros": CHEAP, **second}),
        *(ad_group(f"{2003 + n}", **{**plenty, **other}) for n, other in enumerate(others)),
        audiences=[
            audience_spec("1001", "VISITOR"),
            audience_spec("1002", "VISITOR"),
            audience_spec("1004", "THIRD_PARTY"),
        ],
        market=ALL_THE_SAME,
        traffic={"opportunities_per_account_day": 20},
    )
    people = {"1001": set(range(300)), "1002": set(range(300, 600)), "1004": set(range(200, 400)), **(members or {})}
    return Scenario(name="Asked", base=config), world_of(config, small_universe, people, {"1004": FEE_BP})


def including(*audience_ids):
    return {"targeting": {"AUDIENCE_INCLUDE": list(audience_ids), "LOCATION": ["US"]}}


def test_an_exclusion_saves_what_ad_groups_cost_each_other(small_universe):
    scenario, world = asked(small_universe, including("1001"), including("1001", "1002"))
    answer = overlap_cost(scenario, world, n_replications=4)
    table = answer.table.set_index("change")
    # The dear one wins whoever is in both and pays the cheap one's bid instead of the market's price.
    raised = (CHEAP - FIXED_PRICE) / 1e9
    n_in_both = answer.findings["self_competition"] / raised
    assert n_in_both == pytest.approx(round(n_in_both), abs=1e-6 * n_in_both + 0.5)
    best = table.loc["“Cheap” excludes “Audience 1001”"]
    assert answer.findings["best_exclusion"] == "“Cheap” excludes “Audience 1001”"
    assert best["saving"] == pytest.approx(answer.findings["self_competition"], rel=0.02)
    assert best["results"] == 0
    assert best["spend"] == pytest.approx(-answer.findings["self_competition"])
    assert table.loc[BEST_ONLY, "saving"] == pytest.approx(best["saving"], rel=0.02)
    assert answer.sentence.startswith("Overlap costs $")
    assert (
        "because own ad groups raise each other's price; if “Cheap” excludes “Audience 1001” that saves"
        in answer.sentence
    )
    assert "excludes “Audience 1001” and “Audience 1002”" not in " ".join(table.index)


def test_fees_for_people_who_are_reached_anyway_are_saved_by_excluding_them(small_universe):
    # The segment's ad group pays for the visitors in it, whom the other ad group reaches without a fee.
    scenario, world = asked(
        small_universe,
        including("1001", "1004"),
        {**including("1001"), "bid_cpm_micros": FIXED_PRICE + 500_000},
        members={"1002": set(range(600))},
    )
    answer = overlap_cost(scenario, world, n_replications=4)
    assert answer.findings["redundant_data_fees"] > 0
    assert "in data fees for people who are reached anyway" in answer.sentence
    best = answer.table.iloc[0]
    assert best["change"] == "“Dear” excludes “Audience 1001”"
    # Their price falls from the cheap one's bid and the fee on it to the market's.
    total = answer.findings["redundant_data_fees"] + answer.findings["self_competition"]
    assert best["saving"] == pytest.approx(total, rel=0.1)


def test_where_nothing_overlaps_nothing_is_lost(small_universe):
    scenario, world = asked(small_universe, including("1001"), including("1002"))
    answer = overlap_cost(scenario, world, n_replications=2)
    assert answer.sentence.startswith("Overlap costs nothing here")
    assert answer.table.empty
    assert answer.findings["n_exclusions_tried"] == 0
    assert answer.chart.usermeta["empty"].startswith("Nothing to exclude")
    assert answer.shown_table.empty


def test_ad_groups_for_the_same_people_cannot_exclude_each_other(small_universe):
    scenario, world = asked(small_universe, including("1001"), including("1001"))
    answer = overlap_cost(scenario, world, n_replications=2)
    assert answer.findings["self_competition"] > 0
    assert answer.findings["n_exclusions_tried"] == 0
    assert "no exclusion could save any of it" in answer.sentence


def test_an_exclusion_that_the_platform_does_not_offer_is_not_tried(small_universe):
    # Segments are for the United States alone, so the ad group for everywhere cannot exclude one.
    everywhere = {"targeting": {"AUDIENCE_INCLUDE": ["1001", "1002"]}}
    scenario, world = asked(small_universe, everywhere, including("1004", "1001"))
    answer = overlap_cost(scenario, world, n_replications=2)
    assert not any("“Dear” excludes" in change and "1004" in change for change in answer.table["change"])


def test_net_worth_counts_where_conversions_have_a_worth(small_universe):
    worth = {"conversion_rate": 1.0, "conversion_value_micros": 500_000, "conversion_delay_hours": 0}
    scenario, world = asked(small_universe, {**including("1001"), **worth}, {**including("1001", "1002"), **worth})
    answer = overlap_cost(scenario, world, n_replications=4)
    assert answer.asked["goal"] == "worth"
    best = answer.table.iloc[0]
    assert best["saving"] == pytest.approx(answer.findings["self_competition"], rel=0.02)
    assert "in net worth" in answer.sentence


def test_exclusions_that_save_are_tried_together(small_universe):
    second = {**including("1002"), "name": "Dearer", "bid_cpm_micros": 2 * DEAR}
    scenario, world = asked(small_universe, including("1001"), including("1001", "1002", "1004"), second)
    answer = overlap_cost(scenario, world, n_replications=4)
    saving = answer.table.set_index("change")["saving"]
    each = [saving[f"“Cheap” excludes “Audience {an_id}”"] for an_id in ("1001", "1002")]
    assert saving[TOGETHER] == pytest.approx(sum(each), rel=0.02)
    assert "Together were tried: “Cheap” excludes" in " ".join(answer.notes)
    assert answer.payload()["findings"]["best_exclusion"] == answer.table.iloc[0]["change"]
