import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

from simulator.errors import ConfigError
from simulator.model_version import MODEL_VERSION
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.sweeps.curves import marginal_costs
from simulator.sweeps.design import grid, latin_hypercube
from simulator.sweeps.intervals import mean_interval
from simulator.sweeps.outcomes import NET_WORTH
from simulator.sweeps.sweep import METADATA_KEY, SweepPlan, load_plan, sweep
from simulator.sweeps.swept_lever import swept_lever_from_text
from simulator.what_if import METRIC_NAMES, ParameterDraws, RunStore, threads
from tests.simulator.sweeps.conftest import HIGHEST_RIVAL
from tests.simulator.worlds import ad_group, run_config, world_of
from workbench.errors import CancelledError, InputFileError

BID = "ad_groups.2001.bid_cpm_micros"


def designed(scenario, *texts):
    return grid(scenario, *map(swept_lever_from_text, texts))


@pytest.fixture
def counted(monkeypatch):
    """Count the runs that are really done."""
    seen = []

    def simulated(config, *rest):
        seen.append(config.rng_seed)
        return simulate(config, *rest)

    monkeypatch.setattr("simulator.what_if.workers.simulate", simulated)
    return seen


def test_second_price_against_a_uniform_rival_spends_by_the_square_of_the_bid(alone, world):
    bids = np.array([1.0, 2, 4, 6, 8]) * 1e6
    result = sweep(designed(alone, f"{BID}=1000000,2000000,4000000,6000000,8000000"), world, n_replications=6)
    share = bids[:, None] / HIGHEST_RIVAL
    n = result.outcomes.of_one("opportunities", "2001")
    impressions, spend = result.readings("impressions"), result.readings("spend")
    assert n.min() == n.max(axis=0).min()  # the same people at every point
    # Won where the rival bids less; then its bid is paid, on average half of one's own.
    for found, expected in ((impressions / n, share), (1000 * spend / n, share * bids[:, None] / 2 / 1e6)):
        errors = found - expected
        margin = 3 * errors.std(axis=1, ddof=1) / 6**0.5
        assert (np.abs(errors.mean(axis=1)) < margin + 0.001 * expected[:, 0]).all()
    # One more impression costs what lies between the two bids.
    costs = marginal_costs(bids, spend, impressions)
    middles = (bids[1:] + bids[:-1]) / 2 / 1e9
    assert ((costs["low"] < middles * 1.01) & (middles * 0.99 < costs["high"])).all()
    np.testing.assert_allclose(costs["cost_of_one_more"], middles, rtol=0.03)


def test_people_who_are_won_at_a_bid_are_won_at_a_higher_one(alone, world):
    result = sweep(designed(alone, f"{BID}=1000000:9000000:9"), world, n_replications=3)
    for metric in ("impressions", "spend", "clicks"):
        assert (np.diff(result.readings(metric), axis=0) >= 0).all()


def test_the_same_bytes_whatever_the_threads_the_order_and_the_other_points(alone, world):
    design = designed(alone, f"{BID}=2000000,4000000,6000000")
    one, three = (sweep(design, world, n_replications=3, where=threads(n)).frame for n in (1, 3))
    pd.testing.assert_frame_equal(one, three, check_exact=True)
    values = {row[1:-1]: row[-1] for row in one.itertuples(index=False)}
    for text in (f"{BID}=6000000,4000000,2000000", f"{BID}=2000000:6000000:9"):
        other = sweep(designed(alone, text), world, n_replications=4).frame
        again = {row[1:-1]: row[-1] for row in other.itertuples(index=False)}
        assert {key: again[key] for key in values} == pytest.approx(values, abs=0, rel=0, nan_ok=True)


def test_a_frame_is_tidy_and_a_table_has_intervals(alone, world):
    result = sweep(designed(alone, f"{BID}=2000000,4000000", "market.n_rival_bids=1,2"), world, n_replications=3)
    frame, table = result.frame, result.table
    assert frame.columns.tolist() == ["point", BID, "market.n_rival_bids", "replication", "metric", "value"]
    assert len(frame) == 4 * 3 * frame["metric"].nunique()
    assert set(METRIC_NAMES) < set(frame["metric"])
    clicks = table[(table["point"] == 2) & (table["metric"] == "clicks")].iloc[0]
    assert clicks[BID] == 4_000_000
    values = frame[(frame["point"] == 2) & (frame["metric"] == "clicks")]["value"].to_numpy()
    assert clicks[["mean", "low", "high"]].tolist() == pytest.approx(mean_interval(values))
    assert result.readings(NET_WORTH).shape == (4, 3)
    assert np.isnan(result.readings(NET_WORTH)).all()  # nothing is worth anything here


def test_figures_of_ad_groups_add_up_and_unknown_worth_adds_nothing(small_universe):
    config = run_config(
        ad_group("2001", click_rate=0.3, conversion_rate=0.5, conversion_value_micros=2_000_000),
        ad_group("2002", click_rate=0.3, conversion_rate=0.5),
        traffic={"opportunities_per_account_day": 10},
    )
    scenario = Scenario(name="Two", base=config)
    outcomes = sweep(
        designed(scenario, "ad_groups.2002.bid_cpm_micros=6000000,7000000"),
        world_of(config, small_universe, {}),
        n_replications=2,
    ).outcomes
    for metric in ("spend", "clicks", "conversions", "impressions"):
        parts = outcomes.readings(metric, ["2001"]) + outcomes.readings(metric, ["2002"])
        np.testing.assert_allclose(parts, outcomes.readings(metric))
    assert (outcomes.readings("conversions", ["2002"]) > 0).all()
    np.testing.assert_allclose(outcomes.readings("worth"), 2 * outcomes.readings("conversions", ["2001"]))
    np.testing.assert_allclose(outcomes.readings(NET_WORTH), outcomes.readings("worth") - outcomes.readings("spend"))
    cost = outcomes.readings("ecpc", ["2001"])
    np.testing.assert_allclose(cost, outcomes.readings("spend", ["2001"]) / outcomes.readings("clicks", ["2001"]))
    assert np.isnan(outcomes.readings("worth", ["2002"])).all()


def test_an_interrupted_sweep_goes_on_where_it_stopped(alone, world, tmp_path, counted):
    design, n_seen = designed(alone, f"{BID}=2000000,4000000,6000000"), 0

    def stop(n_done, _n_total):
        if n_done == 4:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        sweep(design, world, n_replications=4, where=threads(1), keep=RunStore(tmp_path / "runs"), on_progress=stop)
    n_seen = len(counted)
    assert 4 <= n_seen < 12
    n_kept = len(list((tmp_path / "runs").glob("*/*.json")))
    result = sweep(design, world, n_replications=4, keep=RunStore(tmp_path / "runs"))
    assert len(counted) - n_seen == 12 - n_kept
    assert result.outcomes.n_reused == n_kept
    pd.testing.assert_frame_equal(result.frame, sweep(design, world, n_replications=4).frame, check_exact=True)


def test_nothing_runs_where_a_value_is_illegal_or_the_world_anothers(alone, world, counted):
    with pytest.raises(ConfigError, match="point 2 of 2"):
        sweep(designed(alone, f"{BID}=1000000,0"), world)
    with pytest.raises(ConfigError, match="expected a world opened for the scenario"):
        sweep(designed(alone.on_universe("elsewhere"), f"{BID}=1000000,2000000"), world)
    with pytest.raises(ConfigError, match="expected 1 to 10,000 replications"):
        sweep(designed(alone, f"{BID}=1000000,2000000"), world, n_replications=0)
    assert counted == []


def test_a_plan_brings_a_sweep_back_bit_for_bit(alone, world, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    levers = map(swept_lever_from_text, (f"{BID}=1000000:9000000", "ad_groups.*.click_rate=x0.5:x2:log"))
    result = sweep(latin_hypercube(alone, *levers, n_points=5, rng_seed=3), world, n_replications=2)
    result.save_plan("here/plan.json")
    plan = load_plan("here/plan.json")
    assert plan.design.scenario.base.universe == str(tmp_path / "unopened")
    assert json.loads(Path("here/plan.json").read_text())["design"]["scenario"]["base"]["universe"] == "../unopened"
    again = sweep(plan.design.of(alone), world, n_replications=plan.n_replications)
    pd.testing.assert_frame_equal(result.frame, again.frame, check_exact=True)


def test_a_plan_of_another_simulator_and_what_is_none_are_refused(alone, world, tmp_path):
    result = sweep(designed(alone, f"{BID}=1000000,2000000"), world, n_replications=1)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(result.payload() | {"model_version": MODEL_VERSION + 1}))
    with pytest.raises(ConfigError, match=f"got one of version {MODEL_VERSION + 1}"):
        load_plan(path)
    path.write_text(alone.model_dump_json())
    with pytest.raises(ConfigError, match=r"plan.json: .*(design|base|name)"):
        load_plan(path)
    with pytest.raises(InputFileError):
        load_plan(tmp_path / "missing.json")


def test_parquet_has_the_frame_and_what_brings_it_back(alone, world, tmp_path):
    design = designed(alone, f"{BID}=2000000,4000000", "ad_groups.*.pacing_delivery_type=STANDARD,none")
    result = sweep(design, world, n_replications=2)
    result.to_parquet(tmp_path / "sweep.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "sweep.parquet"), result.frame, check_dtype=False)
    plan = json.loads(pq.read_schema(tmp_path / "sweep.parquet").metadata[METADATA_KEY.encode()])
    assert SweepPlan.model_validate(plan).design.points == design.points

    mixed = sweep(designed(alone, 'ad_groups.2001.targeting.LOCATION=[],["US"]'), world, n_replications=1)
    mixed.to_parquet(tmp_path / "mixed.parquet")
    written = pd.read_parquet(tmp_path / "mixed.parquet")["ad_groups.2001.targeting.LOCATION"]
    assert set(written) == {"[]", '["US"]'}
    with pytest.raises(InputFileError, match="expected a file name for the sweep, got a folder"):
        result.to_parquet(tmp_path)


@pytest.fixture(scope="module")
def draws():
    rng = np.random.default_rng(5)
    path = "traffic.opportunities_per_account_day"
    return ParameterDraws.of(*({path: float(value)} for value in rng.lognormal(0, 0.3, 30)))


def test_with_draws_an_interval_is_students_for_one_more_market(alone, world, draws):
    result = sweep(designed(alone, f"{BID}=2000000,4000000"), world, n_replications=draws.first(12))
    runs, found = result.outcomes.runs("spend")[1], result.table.set_index(["point", "metric"]).loc[(1, "spend")]
    half = stats.t.ppf(0.975, 11) * runs.std(ddof=1) * (1 + 1 / 12) ** 0.5
    assert found["mean"] == pytest.approx(runs.mean())
    assert (found["low"], found["high"]) == pytest.approx((runs.mean() - half, runs.mean() + half))
    rows = result.frame.query("point == 1 and metric == 'spend'")["value"]
    np.testing.assert_array_equal(rows, runs)  # what is kept is what was run


def test_figures_that_a_run_lacks_are_left_out_of_the_spread(alone, world, draws):
    outcomes = sweep(designed(alone, f"{BID}=2000000"), world, n_replications=draws.first(3)).outcomes
    spread = outcomes.spread(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]]))
    np.testing.assert_allclose(spread[0], [2 - 3**0.5, np.nan, 2 + 3**0.5])
    assert np.isnan(spread[1]).all()


def test_a_plan_brings_back_its_draws(alone, world, draws, tmp_path):
    result = sweep(designed(alone, f"{BID}=2000000"), world, n_replications=draws.first(3))
    result.save_plan(tmp_path / "plan.json")
    plan = load_plan(tmp_path / "plan.json")
    assert plan.draws == draws.first(3)
    pd.testing.assert_frame_equal(sweep(plan.design.of(alone), world, n_replications=plan.draws).frame, result.frame)


def test_what_is_drawn_cannot_be_swept(alone, world, draws):
    design = designed(alone, "traffic.opportunities_per_account_day=1,2")
    with pytest.raises(ConfigError, match="in which they differ"):
        sweep(design, world, n_replications=draws)
