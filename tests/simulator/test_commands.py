import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import main
from simulator.scenario import load_scenario

SAMPLE = Path("data/samples/scenario.json")


@pytest.fixture(scope="module")
def scenario_path(sample_universe, tmp_path_factory) -> Path:
    """Write the sample scenario with paths that hold anywhere, on the small universe and for two days."""
    scenario = load_scenario(SAMPLE)
    base = scenario.base.model_copy(
        update={
            "universe": str(sample_universe.path),
            "flight": scenario.base.flight.model_copy(update={"n_days": 2}),
        }
    )
    path = tmp_path_factory.mktemp("scenario") / "scenario.json"
    path.write_text(scenario.model_copy(update={"base": base}).model_dump_json(by_alias=True))
    return path


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def refused(*arguments) -> str:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


def test_run_prints_the_report_as_json_and_nothing_else(scenario_path):
    result = run("run", scenario_path, "--json")
    assert result.exit_code == 0
    payload = json.loads(result.stdout)
    assert [row["AD_GROUP_ID"] for row in payload["report"]] == ["2001", "2002"]
    assert payload["totals"]["SPEND_IN_MICRO_DOLLAR"] == sum(row["SPEND_IN_MICRO_DOLLAR"] for row in payload["report"])
    assert payload["totals"]["IMPRESSION_1"] > 0
    assert {audience["status"] for audience in payload["audiences"]} <= {"READY", "TOO_SMALL"}


def test_a_run_in_shards_prints_the_run(scenario_path):
    alone = run("run", scenario_path, "--json")
    assert run("run", scenario_path, "--shards", 3, "--json").stdout == alone.stdout
    reconciled = run("run", scenario_path, "--shards", 3, "--reconciled", "--json")
    assert reconciled.exit_code == 0
    assert json.loads(reconciled.stdout)["totals"]["SPEND_IN_MICRO_DOLLAR"] > 0


def test_run_gives_the_same_bytes_again(scenario_path):
    assert run("run", scenario_path, "--json").stdout == run("run", scenario_path, "--json").stdout


def test_sizes_in_json_are_safe_to_show(scenario_path):
    payload = json.loads(run("run", scenario_path, "--json").stdout)
    sizes = [audience["audience_size"] for audience in payload["audiences"]]
    sizes += [row["TOTAL_IMPRESSION_USER"] for row in [*payload["report"], payload["totals"]]]
    assert all(size is None or (size >= 100 and size % 10 == 0) for size in sizes)
    assert any(size is not None for size in sizes)


@pytest.mark.parametrize(
    ("granularity", "n_rows"), [("TOTAL", 2), ("DAY", 4), ("HOUR", 96), ("AD", 2), ("AUDIENCE", 5)]
)
def test_run_reports_by_period(scenario_path, granularity, n_rows):
    payload = json.loads(run("run", scenario_path, "--granularity", granularity, "--json").stdout)
    assert len(payload["report"]) == n_rows


def test_run_prints_a_table_for_people(scenario_path):
    result = run("run", scenario_path)
    assert result.exit_code == 0
    assert "SPEND_IN_DOLLAR" in result.stdout
    assert "New people" in result.stdout


def test_compare_answers_with_intervals(scenario_path):
    lever = "ad_groups.*.bid_cpm_micros=9000000"
    result = run("compare", scenario_path, "--lever", lever, "--replications", 3, "--json")
    assert result.exit_code == 0
    metrics = {row["metric"]: row for row in json.loads(result.stdout)["metrics"]}
    assert metrics["impressions"]["low"] > 0
    assert "Impressions" in run("compare", scenario_path, "--lever", lever, "--replications", 2).stdout


def test_compare_says_in_json_what_it_rests_on(scenario_path, sample_universe):
    lever = "ad_groups.2001.bid_cpm_micros=1000"
    result = run("compare", scenario_path, "--lever", lever, "--replications", 2, "--json")
    payload = json.loads(result.stdout)
    assert (payload["n_replications"], payload["rng_seed"]) == (2, load_scenario(SAMPLE).base.rng_seed)
    assert payload["universe"] == sample_universe.path.name
    assert str(sample_universe.path) not in result.stdout
    assert "2001 bids below the market's floor" in payload["warnings"][-1]
    printed = run("compare", scenario_path, "--lever", lever, "--replications", 2).stdout
    assert all(f"Note: {warning}" in printed for warning in payload["warnings"])


def test_demo_prints_one_json_document_with_what_its_tables_say(scenario_path, tmp_path):
    report = tmp_path / "report.html"
    result = run("demo", "--scenario", scenario_path, "--report", report, "--replications", 2, "--json")
    assert result.exit_code == 0
    payload = json.loads(result.stdout)
    assert payload["report_path"] == str(report)
    assert report.is_file()
    alone = json.loads(run("run", scenario_path, "--json").stdout)
    assert {name: payload[name] for name in alone} == alone
    (of_list,) = payload["lists"]
    assert of_list["processed"] == of_list["valid"] + of_list["invalid"]
    assert sum(error["count"] for error in of_list["error_counts"]) == of_list["invalid"]
    assert 0 < of_list["match_rate"] < 1
    assert len(payload["overlap"]) == len(payload["audiences"]) ** 2
    assert payload["answers"][0]["question"].startswith("What does the third-party data")
    for answer in payload["answers"]:
        assert answer["sentence"].endswith(".")
        assert answer["n_replications"] == 2
        assert {"spend", "reach"} <= {metric["metric"] for metric in answer["metrics"]}
        assert set(payload["warnings"]) <= set(answer["warnings"])


def test_the_demo_notes_what_a_comparison_warns_of(scenario_path, tmp_path):
    payload = json.loads(scenario_path.read_text())
    payload["base"]["campaigns"][0]["ad_groups"][0]["bid_cpm_micros"] = 1_000
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(payload))
    report = tmp_path / "report.html"
    result = run("demo", "--scenario", path, "--report", report, "--replications", 2)
    assert result.exit_code == 0, result.output
    n_questions = 2
    assert result.stdout.count("Note: Ad group 2001 bids below") == 1 + n_questions
    assert report.read_text().count('<p class="warning">Ad group 2001 bids below') == 1 + n_questions


def test_demo_does_the_whole_job_and_writes_its_report(scenario_path, tmp_path):
    report = tmp_path / "made" / "report.html"
    result = run("demo", "--scenario", scenario_path, "--report", report, "--replications", 2)
    assert result.exit_code == 0, result.output
    for heading in ("1  Customer lists", "2  Audiences", "3  Overlap", "4  Campaign", "5  What if", "6  What if"):
        assert heading in result.stdout
    assert report.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("json_flag", [(), ("--json",)])
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "absent.json"), "absent.json"),
        (("run",), "SCENARIO"),
        (("run", "{scenario}", "--universe", "absent"), "universe"),
        (("run", "{scenario}", "--granularity", "YEAR"), "YEAR"),
        (("run", "{scenario}", "--reconciled"), "--shards"),
        (("run", "{scenario}", "--shards", "0"), "--shards"),
        (("run", "{scenario}", "--scheduler", "nowhere"), "Dask scheduler"),
        (("compare", "{scenario}"), "--lever"),
        (("compare", "{scenario}", "--lever", "nonsense"), "PATH=VALUE"),
        (("compare", "{scenario}", "--lever", "ad_groups.9.bid_cpm_micros=1"), "names no setting"),
        (("compare", "{scenario}", "--lever", "ad_groups.*.bid_cpm_micros=high"), "bid_cpm_micros"),
        (("compare", "{scenario}", "--lever", "rng_seed=1", "--replications", "1"), "replications"),
        (("compare", "{scenario}", "--universe", "absent", "--lever", "ad_groups.9.name=x"), "names no setting"),
        (("demo", "--scenario", "absent.json"), "absent.json"),
        (("demo", "--scenario", "{scenario}", "--report", ""), "expected a file name for the report"),
        (("demo", "--scenario", "{scenario}", "--report", "."), "got a folder"),
        (("demo", "--scenario", "{scenario}", "--replications", "1"), "replications"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(scenario_path, arguments, complaint, json_flag):
    filled = [argument.replace("{scenario}", str(scenario_path)) for argument in arguments]
    assert complaint in refused(*filled, *json_flag)


def test_an_unknown_audience_is_named(scenario_path, tmp_path):
    payload = json.loads(scenario_path.read_text())
    payload["base"]["campaigns"][0]["ad_groups"][0]["targeting"]["AUDIENCE_INCLUDE"] = ["1009"]
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(payload))
    assert "targets audience 1009" in refused("run", path)


def test_a_report_that_cannot_be_written_is_refused_before_any_work(scenario_path, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    complaint = refused("demo", "--scenario", scenario_path, "--report", blocked / "report.html")
    assert "expected to write the report" in complaint
    assert list(tmp_path.iterdir()) == [blocked]


def test_compare_stops_by_itself_keeps_its_runs_and_says_so(scenario_path, tmp_path):
    lever = "ad_groups.2001.bid_cpm_micros=9000000"
    arguments = ("compare", scenario_path, "--lever", lever, "--within", "50%", "--store", tmp_path / "runs")
    first = json.loads(run(*arguments, "--threads", 1, "--json").stdout)
    assert (first["ending"], first["n_replications"], first["n_runs_reused"]) == ("precise", 30, 0)
    assert first["differences"] == ["Reconnect: bid $4.50 → $9.00 CPM"]
    assert {"variance_reduction", "unpaired_low", "probability_of_better"} <= set(first["metrics"][0])
    again = run(*arguments)
    for words in ("Stopped after 30 pairs: spend is known within", "instead of", "60 of 60 runs", "Reconnect: bid"):
        assert words in again.stdout
    assert json.loads(run(*arguments, "--json").stdout)["metrics"] == first["metrics"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--within", "spent=2%"), "did you mean spend"),
        (("--within", "2%", "--replications", 5), "at least 30"),
        (("--time-budget", "soon"), "such as 30s"),
        (("--threads", 2, "--scheduler", "tcp://127.0.0.1:9"), "drop one"),
        (("--threads", 0), "--threads"),
        (("--store", "{file}"), "expected"),
    ],
)
def test_compare_refuses_what_it_cannot_stop_at_or_run_on(scenario_path, options, complaint):
    named = [str(option).format(file=scenario_path) for option in options]
    assert complaint in refused("compare", scenario_path, "--lever", "rng_seed=1", *named)


def test_two_scenarios_are_told_apart_in_words(scenario_path, tmp_path):
    other = tmp_path / "other.json"
    payload = json.loads(scenario_path.read_text())
    payload["base"]["third_party_data"] = {"is_enabled": False}
    other.write_text(json.dumps(payload))
    assert run("scenario", "diff", scenario_path, other).stdout == "Third-party data off\n"
    assert json.loads(run("scenario", "diff", scenario_path, other, "--json").stdout)["differences"] == [
        "Third-party data off"
    ]
    assert run("scenario", "diff", other, other).stdout == "No difference.\n"


def test_levers_are_listed_as_they_are_written(scenario_path):
    levers = json.loads(run("scenario", "levers", scenario_path, "--json").stdout)["levers"]
    bid = next(lever for lever in levers if lever["example"].startswith("ad_groups.2001.bid_cpm_micros="))
    assert (bid["label"], bid["unit"], bid["value"]) == ("bid", "dollars CPM", 4_500_000)
    assert "ad_groups.2001.bid_cpm_micros=6000000" in run("scenario", "levers", scenario_path).stdout
