import numpy as np
import pandas as pd
import pytest

from simulator.errors import ConfigError
from simulator.kernels.draws import replication_seed
from simulator.reports import report_by_ad_group, report_totals
from simulator.run import simulate
from simulator.scenario import Lever
from simulator.what_if import KeptRuns, compare, forecast, threads
from tests.simulator.worlds import world_of

N = 6


@pytest.fixture
def runs(scenario, world):
    """Every run of the forecast on its own, without the engine."""
    config = scenario.config
    seeds = [replication_seed(config.rng_seed, number) for number in range(N)]
    return [simulate(config.model_copy(update={"rng_seed": seed}), world) for seed in seeds]


def test_a_forecast_is_the_mean_of_its_runs_and_their_range(scenario, world, runs):
    found = forecast(scenario, world, n_replications=N)
    spend = np.array([report_totals(run)["SPEND_IN_DOLLAR"].iloc[0] for run in runs])
    row = found.table.set_index("metric").loc["spend"]
    assert row["mean"] == pytest.approx(spend.mean())
    assert (row["low"], row["high"]) == (spend.min(), spend.max())
    by_ad_group = np.mean([report_by_ad_group(run)["IMPRESSION_1"] for run in runs], axis=0)
    assert found.by_ad_group["IMPRESSION_1"].to_numpy() == pytest.approx(by_ad_group)
    days = found.by_day[found.by_day["metric"] == "spend"]
    assert days["mean"].sum() == pytest.approx(spend.mean())
    assert (days["low"] <= days["mean"]).all()
    assert (days["mean"] <= days["high"]).all()


def test_a_forecast_agrees_with_the_comparison_that_has_it_on_one_side(scenario, world):
    found = forecast(scenario, world, n_replications=N)
    side = compare(scenario, scenario, world, n_replications=N).table
    pd.testing.assert_series_equal(found.table["mean"], side["base"], check_names=False)


def test_threads_change_nothing_and_runs_are_used_again(scenario, world):
    keep = KeptRuns()
    one = forecast(scenario, world, n_replications=N, where=threads(1), keep=keep)
    higher = scenario.with_levers("Higher", Lever(path="ad_groups.*.bid_cpm_micros", value=7_000_000))
    assert compare(scenario, higher, world, n_replications=N, keep=keep).n_reused == N
    three = forecast(scenario, world, n_replications=N, where=threads(3))
    pd.testing.assert_frame_equal(one.table, three.table)
    pd.testing.assert_frame_equal(one.by_day, three.by_day)


def test_few_people_are_hidden(scenario, small_universe):
    few = {"1001": set(range(150)), "1004": set(range(100, 200))}
    found = forecast(scenario, world_of(scenario.base, small_universe, few, {"1004": 0}), n_replications=2)
    assert found.table.set_index("metric").loc[["reach", "frequency"], ["mean", "low", "high"]].isna().all(axis=None)
    assert found.by_ad_group["TOTAL_IMPRESSION_USER"].isna().all()


def test_no_run_is_no_forecast(scenario, world):
    with pytest.raises(ConfigError, match="1 to 10,000 replications"):
        forecast(scenario, world, n_replications=0)
