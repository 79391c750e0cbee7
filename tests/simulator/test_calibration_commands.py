import json

import pytest
from click.testing import CliRunner

from simulator.cli import main
from simulator.reports import report_by_day
from simulator.run import simulate
from simulator.scenario import load_scenario, save_scenario
from simulator.what_if import ParameterDraws
from simulator.world import World

SAMPLE = "data/samples/scenario.json"


@pytest.fixture(scope="module")
def files(sample_universe, tmp_path_factory):
    """Write the sample scenario for six days, and the report of a run of it."""
    folder = tmp_path_factory.mktemp("calibration")
    scenario = load_scenario(SAMPLE).on_universe(sample_universe.path)
    flight = scenario.base.flight.model_copy(update={"n_days": 6})
    scenario = scenario.model_copy(update={"base": scenario.base.model_copy(update={"flight": flight})})
    save_scenario(scenario, folder / "scenario.json")
    result = simulate(scenario.config, World.open(scenario.config))
    report_by_day(result).to_csv(folder / "report.csv", index=False)
    return folder


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_calibrate_writes_a_scenario_its_draws_and_a_page(files):
    paths = ["--output", files / "fitted.json", "--draws", files / "draws.json", "--html", files / "fit.html"]
    result = run("calibrate", files / "scenario.json", files / "report.csv", *paths, "--json")
    assert result.exit_code == 0, result.output
    payload = json.loads(result.stdout)
    assert {row["path"] for row in payload["settings"]} >= {"market.rival_bid_cpm_micros", "ad_groups.2001.click_rate"}
    assert load_scenario(files / "fitted.json").name == f"{load_scenario(SAMPLE).name}, fitted"
    assert len(ParameterDraws.model_validate_json((files / "draws.json").read_text())) == 200
    assert payload["sentence"].split(";")[0] in (files / "fit.html").read_text()


def test_back_test_prints_a_table_and_a_sentence(files):
    result = run("back-test", files / "scenario.json", files / "report.csv")
    assert result.exit_code == 0, result.output
    assert "Error without a model" in result.stdout
    assert "Fitted on 3 days, spend of the next 3 was predicted" in result.stdout.replace("\n", " ")


def test_a_wrong_report_is_refused_in_one_line_and_nothing_is_written(files):
    (files / "wrong.csv").write_text("DATE,AD_GROUP_ID,SPEND_IN_DOLLAR,IMPRESSION_1\n2026-11-02,2001,-1,10\n")
    result = run("calibrate", files / "scenario.json", files / "wrong.csv", "--output", files / "not.json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip() == "wrong.csv: line 2: SPEND_IN_DOLLAR is negative, -1"
    assert not (files / "not.json").exists()
