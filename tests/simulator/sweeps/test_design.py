import json
import re

import pytest

from simulator.config import PacingDeliveryType
from simulator.errors import ConfigError, LeverError
from simulator.sweeps.design import MAX_POINTS, Design, Method, grid, latin_hypercube
from simulator.sweeps.swept_lever import LeverRange, LeverValues, swept_lever_from_text
from workbench.errors import CancelledError, DefinitionError

BID = "ad_groups.2001.bid_cpm_micros"
BIDS = "ad_groups.*.bid_cpm_micros"
BUDGET = "ad_groups.2002.budget_micros"


def levers(*texts):
    return [swept_lever_from_text(text) for text in texts]


def test_a_grid_is_every_combination_and_the_last_lever_changes_fastest(scenario):
    design = grid(scenario, *levers(f"{BID}=1000000,2000000", f"{BUDGET}=5000000:7000000:3"))
    assert design.points == (
        (1_000_000, 5_000_000),
        (1_000_000, 6_000_000),
        (1_000_000, 7_000_000),
        (2_000_000, 5_000_000),
        (2_000_000, 6_000_000),
        (2_000_000, 7_000_000),
    )
    configs = design.configs()
    assert [config.ad_groups[0].bid_cpm_micros for config in configs] == [1_000_000] * 3 + [2_000_000] * 3
    assert [config.ad_groups[1].budget_micros for config in configs] == [5_000_000, 6_000_000, 7_000_000] * 2


def test_a_logarithmic_range_goes_in_equal_ratios_and_ends_where_it_says(scenario):
    design = grid(scenario, *levers(f"{BID}=1000000:8000000:4:log"))
    assert design.points == ((1_000_000,), (2_000_000,), (4_000_000,), (8_000_000,))


def test_factors_multiply_what_the_base_has_and_skip_what_has_no_amount(scenario):
    design = grid(scenario, *levers(f"{BIDS}=x0.5,x2"))
    bids = [[ad_group.bid_cpm_micros for ad_group in config.ad_groups] for config in design.configs()]
    assert bids == [[2_000_000, 3_000_000], [8_000_000, 12_000_002]]

    shared = grid(scenario, *levers("campaigns.*.budget_micros=5000000", "ad_groups.2001.budget_micros=null"))
    automatic = shared.scenarios[0]
    assert grid(automatic, *levers("ad_groups.*.budget_micros=x2")).configs()[0].ad_groups[0].budget_micros is None


def test_levers_choose_among_words_lists_and_truths(scenario):
    design = grid(
        scenario,
        *levers(
            "ad_groups.*.pacing_delivery_type=STANDARD,ACCELERATED",
            'ad_groups.2001.targeting.LOCATION=["US"],["US", "CA"]',
            "third_party_data.is_enabled=true,false",
        ),
    )
    assert len(design.points) == 8
    last = design.configs()[-1]
    assert last.ad_groups[0].pacing_delivery_type is PacingDeliveryType.ACCELERATED
    assert last.ad_groups[0].targeting.location == ("US", "CA")
    assert not last.third_party_data.is_enabled


def test_a_latin_hypercube_has_one_point_in_every_slice_of_every_lever(scenario):
    n = 16
    design = latin_hypercube(
        scenario,
        *levers(f"{BID}=1000000:9000000", f"{BUDGET}=x1:x16:log", "ad_groups.*.pacing_delivery_type=STANDARD,none"),
        n_points=n,
        rng_seed=7,
    )
    bids, factors, words = zip(*design.points, strict=True)
    assert sorted(int((bid - 1_000_000) / 8_000_000 * n) for bid in bids) == list(range(n))
    assert sorted(factors)[0] < 1.2 < 13 < sorted(factors)[-1]
    assert words.count("STANDARD") == n // 2
    assert all(isinstance(bid, int) for bid in bids)
    again = latin_hypercube(scenario, *design.levers, n_points=n, rng_seed=7)
    assert again == design
    assert latin_hypercube(scenario, *design.levers, n_points=n, rng_seed=8).points != design.points


def test_a_design_comes_back_from_json_with_its_points(scenario):
    design = latin_hypercube(scenario, *levers(f"{BID}=1000000:9000000", f"{BUDGET}=x1:x16"), n_points=5)
    assert Design.model_validate_json(design.model_dump_json()) == design
    assert json.loads(design.model_dump_json())["method"] == Method.LATIN_HYPERCUBE.value


def test_more_values_leave_the_other_points_as_they_were(scenario):
    few = grid(scenario, *levers(f"{BIDS}=x0.5,x1", f"{BUDGET}=5000000,6000000"))
    more = grid(scenario, *levers(f"{BIDS}=x0.5,x0.7,x1", f"{BUDGET}=5000000,5500000,6000000"))
    configs = dict(zip(more.points, more.configs(), strict=True))
    assert [configs[point] for point in few.points] == list(few.configs())


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["ad_groups.2001.bid_cpm_micro=1,2"], "'bid_cpm_micro' names no setting; did you mean 'bid_cpm_micros'?"),
        (["ad_groups.2009.bid_cpm_micros=1,2"], "'2009' names no setting; did you mean"),
        (["ad_groups.2001.bid=1,2"], "did you mean 'bid_strategy_type' or 'bid_cpm_micros'"),
        ([f"{BID}=1,2", f"{BIDS}=3,4"], f"levers '{BID}' and '{BIDS}' both set {BID}; drop one"),
        ([f"{BID}=1,2", f"{BID}=3,4"], "both set"),
        (["flight.n_days=1,2"], "leaves universe, flight and rng_seed alone"),
        (["rng_seed=1,2"], "leaves universe, flight and rng_seed alone"),
        ([f"{BID}=1:9"], "expected how many values a grid takes, got none"),
        (["market.n_rival_bids=1:3:9"], "is a whole number and only 3 lie there"),
        (["ad_groups.*.name=x2"], "expected an amount that a factor can multiply, found none"),
        ([f"{BID}=1000:100000:200", f"{BUDGET}=1000:100000:200"], "at most 10,000 points, got 40,000"),
    ],
)
def test_a_design_is_refused_by_name_before_anything_runs(scenario, texts, message):
    with pytest.raises(LeverError, match=re.escape(message)):
        grid(scenario, *levers(*texts)).configs()


def test_a_design_without_levers_is_refused(scenario):
    with pytest.raises(LeverError, match="expected 1 to 20 levers to sweep, got 0"):
        grid(scenario)
    with pytest.raises(LeverError, match="expected 2 to 10,000 points, got 1"):
        latin_hypercube(scenario, *levers(f"{BID}=1:2"), n_points=1)


def test_illegal_values_are_refused_with_their_point(scenario):
    for text, message in (
        (f"{BID}=1000000,0", f"point 2 of 2: scenario '{BID}=0': .*expected at least 1000 or null, got 0"),
        (f"{BID}=1000.5", "point 1 of 1: .*expected a whole number or null, got 1000.5"),
        (f"{BID}=word", "point 1 of 1: .*expected a whole number or null, got a text"),
    ):
        with pytest.raises(ConfigError, match=message):
            grid(scenario, *levers(text)).configs()


def test_an_illegal_combination_is_refused_where_each_value_is_legal(scenario):
    texts = ("campaigns.5001.budget_micros=null,5000000", "ad_groups.2001.budget_micros=null,5000000")
    with pytest.raises(ConfigError, match=r"point 1 of 4: .*ad group 2001 needs a budget_micros"):
        grid(scenario, *levers(*texts)).configs()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bid", "expected a lever as PATH=VALUE"),
        ("a=", "expected a lever as PATH=VALUE"),
        ("a=3:1:4", "lever 'a': expected the lower end first, got 3 and 1"),
        ("a=0:1:4:log", "lever 'a': expected a lower end above 0, got 0"),
        ("a=1:2:1", "lever 'a': n_values: expected at least 2"),
        ("a=1:x2:4", "lever 'a': expected both ends or none as factors"),
        ("a=x0:x2:4", "lever 'a': expected factors above 0, got 0.0"),
        ("a=5,5", "lever 'a': expected different values, got 5 twice"),
        ("a=1.2.3:4:5", "lever 'a': expected numbers, got '1.2.3:4:5'"),
        ('a={"b": 1}', "lever 'a': values"),
    ],
)
def test_a_lever_is_refused_as_it_is_read(text, message):
    with pytest.raises(LeverError, match=re.escape(message)):
        swept_lever_from_text(text)


def test_what_is_not_a_range_is_words():
    assert swept_lever_from_text("a=2026-11-02T00:00:00Z").values == ("2026-11-02T00:00:00Z",)
    assert swept_lever_from_text("a=x1,b").values == ("x1", "b")
    assert swept_lever_from_text("a=x1,x2").is_factor


def test_an_empty_list_of_values_is_an_empty_grid_and_refused():
    with pytest.raises(DefinitionError, match="expected at least one value, got none"):
        LeverValues(path=BID, values=())
    with pytest.raises(DefinitionError, match="finite"):
        LeverRange(path=BID, low=0, high=float("inf"))


def test_checking_can_be_stopped(scenario):
    def stop(n_done, _n_total):
        if n_done == 2:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        grid(scenario, *levers(f"{BID}=1000:100000:50")).configs(stop)
    assert MAX_POINTS == 10_000
