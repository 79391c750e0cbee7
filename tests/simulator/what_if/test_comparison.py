import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulator.delivery import Delivery
from simulator.errors import ConfigError, DataFeeError
from simulator.run import simulate
from simulator.scenario import Lever, Scenario
from simulator.what_if import METRICS, compare, threads
from simulator.what_if.paired import paired_difference
from simulator.world import World
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of
from workbench.errors import CancelledError


def row(comparison, metric):
    return comparison.table.set_index("metric").loc[metric]


def test_a_scenario_does_not_differ_from_itself(scenario, world):
    comparison = compare(scenario, scenario, world, n_replications=4)
    table = comparison.table
    assert (table["difference"] == 0).all()
    assert (table["low"] == 0).all()
    assert (table["probability_of_increase"] == 0.5).all()


def test_switching_third_party_data_off_takes_its_people_and_its_fees_away(scenario, world):
    off = scenario.with_levers("Off", Lever(path="third_party_data.is_enabled", value=False))
    comparison = compare(scenario, off, world, n_replications=5)
    assert row(comparison, "data_spend")["base"] > 0
    assert row(comparison, "data_spend")["alternative"] == 0
    assert row(comparison, "reach")["high"] < 0
    assert 100 <= row(comparison, "reach")["alternative"] <= 400


def test_people_are_shown_in_tens_and_hidden_under_100(scenario, world, small_universe):
    shown = compare(scenario, scenario, world, n_replications=3)
    runs = shown.replications.pivot_table(index=["replication", "scenario"], columns="metric", values="value")
    assert (runs["reach"] % 10 == 0).all()
    assert runs["frequency"].tolist() == (runs["impressions"] / runs["reach"]).tolist()

    few = {"1001": set(range(150)), "1004": set(range(100, 200))}
    hidden = compare(scenario, scenario, world_of(scenario.base, small_universe, few, {"1004": 0}), n_replications=3)
    for metric in ("reach", "frequency"):
        assert row(hidden, metric)[["base", "difference", "low", "high"]].isna().all()
    assert hidden.by_ad_group["TOTAL_IMPRESSION_USER"].isna().all()


def test_a_higher_bid_wins_more(scenario, world):
    higher = scenario.with_levers("Higher", Lever(path="ad_groups.*.bid_cpm_micros", value=12_000_000))
    comparison = compare(scenario, higher, world, n_replications=5)
    for metric in ("spend", "impressions", "win_rate"):
        assert row(comparison, metric)["low"] > 0


def test_threads_change_nothing(scenario, world):
    higher = scenario.with_levers("Higher", Lever(path="ad_groups.*.bid_cpm_micros", value=7_000_000))
    one, three = (compare(scenario, higher, world, n_replications=6, where=threads(n)) for n in (1, 3))
    pd.testing.assert_frame_equal(one.replications, three.replications)
    pd.testing.assert_frame_equal(one.by_day, three.by_day)
    pd.testing.assert_frame_equal(one.by_ad_group, three.by_ad_group)


def test_common_random_numbers_narrow_the_interval(scenario, world):
    higher = scenario.with_levers("Higher", Lever(path="ad_groups.*.bid_cpm_micros", value=6_300_000))
    wide = compare(scenario, higher, world, n_replications=20).replications
    figures = wide[wide["metric"] == "spend"].pivot_table(index="replication", columns="scenario", values="value")
    paired = (figures["alternative"] - figures["base"]).var()
    unpaired = figures["alternative"].var() + figures["base"].var()
    assert paired < 0.5 * unpaired


def test_the_interval_is_students_t():
    base, alternative = np.array([1.0, 2.0, 4.0, 3.0]), np.array([2.0, 2.5, 6.0, 3.0])
    found = paired_difference(base, alternative)
    expected = stats.ttest_rel(alternative, base).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))
    assert found["difference"] == 0.875
    assert found["probability_of_increase"] == (1 + 1 + 1 + 0.5) / 4
    assert found["n_pairs"] == 4


def test_a_figure_that_a_run_does_not_have_has_no_difference(scenario, world):
    silent = scenario.with_levers("Silent", Lever(path="ad_groups.*.bid_cpm_micros", value=1_000))
    comparison = compare(scenario, silent, world, n_replications=3)
    assert np.isnan(row(comparison, "ecpm")["difference"])
    assert row(comparison, "spend")["alternative"] == 0
    assert any("below the market's floor" in warning for warning in comparison.warnings)


def test_the_table_has_every_metric_once(scenario, world):
    table = compare(scenario, scenario, world, n_replications=2).table
    assert table["metric"].tolist() == [metric.metric for metric in METRICS if metric.is_told_of(scenario.base)]
    assert not {"views", "conversions", "cpa", "roas"} & set(table["metric"])


def test_a_metric_is_told_where_a_scenario_has_something_to_tell():
    def told(**settings) -> set[str]:
        config = run_config(ad_group("2001"), ad_group("2002", **settings))
        return {metric.metric for metric in METRICS if metric.is_told_of(config)} & {
            *("views", "conversions", "cpa", "roas")
        }

    assert told() == told(conversion_value_micros=5_000_000) == set()
    assert told(optimization_goal="VIDEO_VIEW") == {"views"}
    assert told(billable_event="VIDEO_V_50_MRC", bid_cpm_micros=None, bid_micros=9_000) == {"views"}
    assert told(view_conversion_rate=0.1) == {"conversions", "cpa"}
    assert told(conversion_rate=0.1, conversion_value_micros=5_000_000) == {"conversions", "cpa", "roas"}


@pytest.mark.parametrize("n_replications", [-1, 0, 1, 10_001])
def test_too_few_or_absurdly_many_replications_are_refused(scenario, world, n_replications):
    with pytest.raises(ConfigError, match=r"expected 2 to 10,000 replications"):
        compare(scenario, scenario, world, n_replications=n_replications)


def test_different_flights_are_refused(scenario, world):
    longer = scenario.with_levers("Longer", Lever(path="flight.n_days", value=3))
    with pytest.raises(ConfigError, match="same flight"):
        compare(scenario, longer, world, n_replications=2)


@pytest.mark.parametrize(("path", "value"), [("rng_seed", 7), ("universe", "elsewhere")])
def test_runs_that_would_not_meet_the_same_people_are_refused(scenario, world, path, value):
    other = scenario.with_levers("Other", Lever(path=path, value=value))
    with pytest.raises(ConfigError, match=f"same {path}"):
        compare(scenario, other, world, n_replications=2)


def test_a_world_of_other_audiences_is_refused(scenario, world):
    other = scenario.with_levers("Other", Lever(path="audiences.1001.definition.retention_days", value=7))
    with pytest.raises(ConfigError, match=r"World\.open"):
        simulate(other.config, world)


def test_a_lever_on_an_audience_is_run_with_that_audience(sample_universe):
    config = run_config(
        ad_group("2001", targeting={"AUDIENCE_INCLUDE": ["1002"]}),
        audiences=[audience_spec("1002", "VISITOR")],
        universe=str(sample_universe.path),
    )
    scenario = Scenario(name="Base", base=config)
    shorter = scenario.with_levers("Shorter", Lever(path="audiences.1002.definition.retention_days", value=60))
    comparison = compare(scenario, shorter, World.open(config), n_replications=3)
    assert row(comparison, "impressions")["high"] < 0


def test_figures_are_compared_over_the_pairs_that_have_them():
    found = paired_difference(np.array([1.0, np.nan, 3.0, 5.0]), np.array([2.0, 9.0, 5.0, np.nan]))
    assert (found["base"], found["alternative"], found["difference"], found["n_pairs"]) == (2.0, 3.5, 1.5, 2)


def test_a_band_of_days_holds_at_least_95_percent_of_the_runs(scenario, world):
    comparison = compare(scenario, scenario, world, n_replications=10)
    for _, day in comparison.by_day.iterrows():
        assert day["low"] <= day["mean"] <= day["high"]
    spend = comparison.replications.query("metric == 'spend' and scenario == 'base'")["value"]
    days = comparison.by_day.query("metric == 'spend' and scenario == 'base'")
    # With ten runs the whole range is needed, so the days' extremes enclose every run's total.
    assert days["low"].sum() <= spend.min()
    assert days["high"].sum() >= spend.max()


@pytest.mark.parametrize("n_threads", [0, -1])
def test_at_least_one_thread_is_needed(scenario, world, n_threads):
    with pytest.raises(ConfigError, match="at least 1 thread"):
        compare(scenario, scenario, world, n_replications=2, where=threads(n_threads))


def test_a_fee_that_cannot_be_covered_is_refused(scenario, small_universe):
    members = {"1001": set(range(150)), "1004": set(range(100, 500))}
    dear = world_of(scenario.base, small_universe, members, {"1004": 2_000})
    with pytest.raises(DataFeeError, match=r"20\.00 %"):
        compare(scenario, scenario, dear, n_replications=2)


def test_progress_counts_pairs_and_can_cancel(scenario, world):
    seen = []
    compare(scenario, scenario, world, n_replications=4, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 4)
    assert seen[-1] == (4, 4)

    def stop(n_done, _n_total):
        if n_done >= 1:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        compare(scenario, scenario, world, n_replications=50, on_progress=stop)


def test_cancelling_stops_runs_under_way(scenario, world, monkeypatch):
    hours: list[int] = []
    clear = Delivery.clear

    def counted(self, tick, *traffic):
        hours.append(tick)
        clear(self, tick, *traffic)

    monkeypatch.setattr(Delivery, "clear", counted)

    def stop(n_done, _n_total):
        if n_done == 1:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        compare(scenario, scenario, world, n_replications=50, where=threads(2), on_progress=stop)
    # Two pairs may be under way when the first ends, and on a busy machine a thread may begin some more before it hears
    # of the end; of all 100 runs it is few.
    assert len(hours) < 20 * scenario.base.flight.n_hours
