import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner, Result

from workbench.cli import main


@pytest.fixture
def workbench():
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run


def test_sample_prints_what_it_made(workbench, tmp_path):
    result = workbench("universe", "sample", "--accounts", 300, "--output", tmp_path / "sample")
    assert result.exit_code == 0
    assert "300 accounts" in result.stdout
    assert "segment_records" in result.stdout
    assert "Kind: synthetic sample" in result.stdout


def test_sample_under_json_prints_one_document(workbench, tmp_path):
    result = workbench("universe", "sample", "--accounts", 300, "--output", tmp_path / "sample", "--json")
    summary = json.loads(result.stdout)
    assert summary["n_accounts"] == 300
    assert summary["tables"][0] == {
        "table": "accounts",
        "n_rows": 300,
        "n_bytes": (tmp_path / "sample" / "accounts.parquet").stat().st_size,
        "meaning": "One account of the platform per row; the row number is the account.",
    }
    assert result.stderr == ""


def test_show_says_the_same_as_sample_did(workbench, sample_universe):
    summary = json.loads(workbench("universe", "show", sample_universe.path, "--json").stdout)
    assert summary["path"] == str(sample_universe.path)
    assert summary["as_of"] == "2026-11-01T00:00:00+00:00"
    assert summary["provenance"]["real"] == []


def test_import_says_what_is_real(workbench, tmp_path):
    (tmp_path / "log.csv").write_text("1,7,save\n2,8,comment\n")
    result = workbench("universe", "import", tmp_path / "log.csv", "--layout", "pairs", "--output", tmp_path / "u")
    assert result.exit_code == 0
    assert "Real: which account engaged with which pin; actions; pin ids" in result.stdout
    assert "Synthesized: countries" in result.stdout


@pytest.mark.parametrize("n_accounts", ["0", "-1", "1000000000000", "1.5", "many"])
def test_absurd_sizes_are_refused_in_one_sentence(workbench, tmp_path, n_accounts):
    result = workbench("universe", "sample", "--accounts", n_accounts, "--output", tmp_path / "sample")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "{folder}/nowhere"),
        ("show", "{folder}"),
        ("import", "{folder}/nowhere.csv", "--layout", "pairs", "--output", "{folder}/u"),
        ("import", "{folder}/log.csv", "--output", "{folder}/u"),
        ("import", "--layout", "pairs"),
        ("sample", "--rng-seed", "-1", "--output", "{folder}/u"),
        ("sample", "--output", "{folder}"),
        ("sample", "--output", "{folder}/log.csv"),
        ("sample", "--output", "{folder}/log.csv/u"),
        ("sample", "--output", ""),
        ("show", ""),
        ("import", "", "--layout", "pairs", "--output", "{folder}/u"),
        ("show", "{folder}/" + "x" * 300),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(workbench, tmp_path, arguments):
    (tmp_path / "log.csv").write_text("1,7\n")
    result = workbench("universe", *(argument.format(folder=tmp_path) for argument in arguments))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


@pytest.mark.skipif(os.name != "posix", reason="a signal is sent")
def test_a_sample_that_is_asked_to_end_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "workbench", "universe", "sample", "--accounts", "9000000"]
    process = subprocess.Popen([*command, "--output", str(tmp_path / "sample")])  # noqa: S603 - our own program
    deadline = time.monotonic() + 60
    while not any(path.name.startswith(".sample.") for path in tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 143
    assert list(tmp_path.iterdir()) == []


def test_what_a_description_says_cannot_act_upon_the_terminal(workbench, sample_universe, tmp_path):
    for path in sample_universe.path.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "universe.json").unlink()
    provenance = {"ki\x1b[2Jnd": "[red]mine\nReal: everything"}
    description = {"format_version": 1, "as_of": "2026-11-01T00:00:00Z", "provenance": provenance}
    (tmp_path / "universe.json").write_text(json.dumps(description))
    result = workbench("universe", "show", tmp_path)
    assert "\x1b" not in result.stdout
    assert result.stdout.splitlines()[-1].endswith("nd: [red]mine Real: everything")
