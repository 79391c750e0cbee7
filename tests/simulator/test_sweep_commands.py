import html
import json

import pandas as pd
import pytest

from simulator.commands import SAMPLE_SCENARIO
from simulator.scenario import load_scenario
from tests.simulator.test_commands import refused, run

BID = "ad_groups.2001.bid_cpm_micros"


@pytest.fixture(scope="module")
def scenario_path(sample_universe, tmp_path_factory):
    """Write the sample scenario with paths that hold anywhere, on the small universe and for one day."""
    scenario = load_scenario(SAMPLE_SCENARIO)
    base = scenario.base.model_copy(
        update={
            "universe": str(sample_universe.path),
            "flight": scenario.base.flight.model_copy(update={"n_days": 1}),
        }
    )
    path = tmp_path_factory.mktemp("scenario") / "scenario.json"
    path.write_text(type(scenario)(name=scenario.name, base=base).model_dump_json(by_alias=True))
    return path


def told(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_grid_is_swept_and_told_as_json(scenario_path):
    payload = told(
        "sweep", scenario_path, "--lever", f"{BID}=3000000,6000000", "--lever", "ad_groups.*.budget_micros=x0.5:x2:3",
        "--replications", 2,
    )  # fmt: skip
    assert len(payload["sweep"]["design"]["points"]) == 6
    assert payload["sweep"]["n_replications"] == 2
    clicks = [row for row in payload["table"] if row["metric"] == "clicks"]
    assert [row["point"] for row in clicks] == list(range(6))
    assert set(payload["lever_shares_of_clicks"]) == {BID, "ad_groups.*.budget_micros"}
    assert payload["front"]
    assert payload["sweep"]["design"]["scenario"]["base"]["universe"] == "sample"


def test_a_sweep_is_written_and_its_plan_brings_it_back(scenario_path, tmp_path):
    paths = [tmp_path / name for name in ("sweep.parquet", "sweep.html", "plan.json")]
    result = run(
        "sweep", scenario_path, "--lever", f"{BID}=3000000:6000000:2", "--replications", 2,
        "--parquet", paths[0], "--html", paths[1], "--plan", paths[2], "--store", tmp_path / "runs",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "2 points" in result.stdout
    page = paths[1].read_text()
    assert "<script" not in page
    assert page.count("<svg") >= 3
    readable = page.partition("What brings this sweep back")[0]
    assert "Clicks: highest at Reconnect: bid" in readable
    assert BID not in readable
    again = run("sweep", paths[2], "--parquet", tmp_path / "again.parquet", "--store", tmp_path / "runs", "--json")
    assert json.loads(again.stdout)["n_reused"] == 4
    pd.testing.assert_frame_equal(pd.read_parquet(paths[0]), pd.read_parquet(tmp_path / "again.parquet"))


def test_more_levers_than_a_chart_can_show_are_averaged_over_by_name(scenario_path, tmp_path):
    page = tmp_path / "sweep.html"
    result = run(
        "sweep", scenario_path, "--lever", f"{BID}=3000000:6000000", "--lever", "market.rival_bid_sigma=0.5:1.0",
        "--lever", 'ad_groups.2001.targeting.location=["US"],["GB"]', "--design", "latin-hypercube", "--points", 6,
        "--replications", 2, "--html", page,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Clicks, over all values of Rivals' spread and Reconnect: locations" in html.unescape(page.read_text())


def test_points_that_fill_the_space_and_points_that_tell_which_lever_matters(scenario_path):
    lever = ("--lever", f"{BID}=3000000:6000000", "--lever", "ad_groups.*.click_rate=x0.5:x2:log")
    sampled = told(
        "sweep", scenario_path, *lever, "--design", "latin-hypercube", "--points", 3, "--design-seed", 5,
        "--replications", 1,
    )  # fmt: skip
    assert len(sampled["sweep"]["design"]["points"]) == 3
    assert sampled["lever_shares_of_clicks"] is None
    sobol = told("sweep", scenario_path, *lever, "--design", "sobol", "--points", 8, "--replications", 1)
    assert len(sobol["sweep"]["design"]["points"]) == 8 * 4
    assert set(sobol["lever_shares_of_clicks"]) == {BID, "ad_groups.*.click_rate"}


def test_what_cannot_be_swept_is_refused_in_one_sentence(scenario_path, tmp_path):
    assert "expected 1 to 20 levers to sweep, got 0" in refused("sweep", scenario_path)
    assert "did you mean" in refused("sweep", scenario_path, "--lever", "ad_groups.2001.bid_cpm_micro=1,2")
    assert "point 2 of 2" in refused("sweep", scenario_path, "--lever", f"{BID}=1000,0")
    assert "both set" in refused(
        "sweep", scenario_path, "--lever", f"{BID}=1000,2000", "--lever", "ad_groups.*.bid_cpm_micros=x2"
    )
    assert "expected --points with a design that samples" in refused(
        "sweep", scenario_path, "--lever", f"{BID}=1000,2000", "--points", 5
    )
    assert "got a folder" in refused("sweep", scenario_path, "--lever", f"{BID}=1000,2000", "--html", tmp_path)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("data_fee_break_even", ("--ad-group", "2002")),
        ("budget_curve", ("--budget", "20")),
        ("bid_landscape", ("--ad-group", "2001")),
        ("overlap_cost", ()),
        ("reach_frequency", ()),
        ("audience_value", ("--goal", "clicks")),
    ],
)
def test_an_answer_is_told_in_a_sentence_and_written(scenario_path, tmp_path, name, more):
    page, table = tmp_path / "answer.html", tmp_path / "answer.parquet"
    payload = told(
        "answer", name, scenario_path, *more, "--replications", 2, "--html", page, "--parquet", table,
    )  # fmt: skip
    assert payload["answer"] == name
    assert payload["sentence"].endswith(".")
    assert payload["table"]
    assert len(pd.read_parquet(table)) == len(payload["table"])
    written = page.read_text()
    assert "<script" not in written
    assert "<svg" in written
    assert "http" not in written.replace("http://www.w3.org/", "")
    assert str(scenario_path.parent) not in written


def test_an_answer_for_people_is_a_sentence_a_table_and_notes(scenario_path):
    result = run("answer", "reach_frequency", scenario_path, "--replications", 2)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].endswith(".")
    assert "As planned" in result.stdout
    assert "Note: " in result.stdout


def test_an_answer_refuses_what_it_does_not_depend_on(scenario_path):
    assert "reach_frequency: expected no --goal" in refused(
        "answer", "reach_frequency", scenario_path, "--goal", "clicks"
    )
    assert "overlap_cost: expected no --budget" in refused("answer", "overlap_cost", scenario_path, "--budget", 5)
    assert "Invalid value for 'NAME'" in refused("answer", "fortune", scenario_path)
    assert "expected the id of one of" in refused("answer", "bid_landscape", scenario_path, "--ad-group", "7")
