import json

import pytest
from click.testing import CliRunner

from simulator.calibration.saved_calibration import load_calibration
from simulator.cli import main
from simulator.errors import ConfigError
from simulator.reports import report_by_day
from simulator.run import simulate
from simulator.scenario import load_scenario, save_scenario
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
    paths = [
        "--output",
        files / "fitted.json",
        "--calibration",
        files / "calibration.json",
        "--html",
        files / "fit.html",
    ]
    result = run("calibrate", files / "scenario.json", files / "report.csv", *paths, "--json")
    assert result.exit_code == 0, result.output
    payload = json.loads(result.stdout)
    assert {row["path"] for row in payload["settings"]} >= {"market.rival_bid_cpm_micros", "ad_groups.2001.click_rate"}
    assert load_scenario(files / "fitted.json").name == f"{load_scenario(SAMPLE).name}, fitted"
    assert len(load_calibration(files / "calibration.json").draws) == 200
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


@pytest.fixture(scope="module")
def calibration(files):
    paths = ["--output", files / "again.json", "--calibration", files / "known.json"]
    rows = (files / "report.csv").read_text().splitlines(keepends=True)
    for n_rows in (len(rows) - 4, len(rows), len(rows)):  # the third night's report is that of the second
        (files / "nightly.csv").write_text("".join(rows[:n_rows]))
        assert run("calibrate", files / "scenario.json", files / "nightly.csv", *paths).exit_code == 0
    return files / "known.json"


def test_fits_of_another_night_are_versions_of_the_first(files, calibration):
    assert calibration.exists()
    fitted = load_scenario(files / "again.json")
    assert (fitted.version, [past.version for past in fitted.history]) == (2, [1])


def test_every_what_if_takes_a_calibration(files, calibration):
    scenario, taken = files / "scenario.json", ["--calibration", calibration, "--replications", "3", "--json"]
    bid = "ad_groups.2001.bid_cpm_micros"
    compared = run("compare", scenario, "--lever", f"{bid}=6000000", *taken)
    assert compared.exit_code == 0, compared.output
    assert any("fitted to 6 days of nightly.csv" in warning for warning in json.loads(compared.stdout)["warnings"])
    swept = run("sweep", scenario, "--lever", f"{bid}=6000000", *taken)
    assert swept.exit_code == 0, swept.output
    assert len(json.loads(swept.stdout)["sweep"]["draws"]["draws"]) == 3
    answered = run("answer", "reach_frequency", scenario, *taken)
    assert answered.exit_code == 0, answered.output
    payload = json.loads(answered.stdout)
    assert any("fitted to 6 days" in note for note in payload["notes"])
    assert {lever["path"] for lever in payload["draws"][0]} >= {"market.rival_bid_cpm_micros"}


def test_a_scenario_is_no_calibration(files):
    result = run("answer", "reach_frequency", files / "scenario.json", "--calibration", files / "scenario.json")
    assert result.exit_code == 2
    assert "expected a calibration, got a scenario" in result.stderr


def test_a_calibration_of_other_ad_groups_is_refused(files, calibration, tmp_path):
    payload = json.loads(calibration.read_text())
    payload["levers"].append({"path": "ad_groups.9.click_rate", "value": 0.1})
    (tmp_path / "other.json").write_text(json.dumps(payload))
    options = ["--lever", "ad_groups.2001.bid_cpm_micros=6000000", "--calibration", tmp_path / "other.json"]
    result = run("compare", files / "scenario.json", *options)
    assert result.exit_code == 2
    assert "ad_groups.9" in result.stderr
    payload["model_version"] = 0
    (tmp_path / "old.json").write_text(json.dumps(payload))
    with pytest.raises(ConfigError, match="got one of version 0"):
        load_calibration(tmp_path / "old.json")
