import json
import sys
from datetime import UTC, datetime

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from workbench.console import CommandLine, json_option, print_json, print_table, progress_bar
from workbench.errors import CancelledError, InputFileError
from workbench.progress import ignore_progress


@click.group(cls=CommandLine)
def program():
    """Do something."""


@program.command()
@click.option("--size", type=int, required=True)
@json_option
def measure(size, as_json):
    """Measure something."""
    if as_json:
        print_json({"size": size})


@program.command()
@click.argument("how")
def fail(how):
    """Fail in some way."""
    refusals = {
        "refused": InputFileError("expected a file,\n  got none; check the path"),
        "cancelled": CancelledError("stopped"),
        "interrupted": KeyboardInterrupt(),
        "broken": ZeroDivisionError("a fault of the program"),
    }
    raise refusals[how]


@pytest.fixture
def run():
    """Run the program above."""
    return lambda *arguments: CliRunner().invoke(program, arguments, prog_name="program")


def test_done_is_exit_code_0(run):
    result = run("measure", "--size", "3")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_under_json_stdout_is_one_json_document(run):
    result = run("measure", "--size", "3", "--json")
    assert (json.loads(result.stdout), result.stderr) == ({"size": 3}, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fail", "refused"], "expected a file, got none; check the path"),
        (["fail", "cancelled"], "stopped"),
        (["measure"], "Missing option '--size'; try 'program measure --help'."),
        (["measure", "--size", "x"], "Invalid value for '--size': 'x' is not a valid integer; try 'program measure"),
        (["measure", "--seize", "3"], "No such option '--seize'"),
        (["mesure"], "No such command 'mesure'"),
    ],
)
def test_a_refusal_is_exit_code_2_and_one_sentence_on_stderr(run, arguments, sentence):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


def test_without_a_command_the_help_is_shown(run):
    result = run()
    assert result.exit_code == 2
    assert "measure" in result.stderr


def test_help_is_exit_code_0(run):
    assert run("--help").exit_code == 0


def test_ctrl_c_says_that_nothing_half_written_is_left(run):
    result = run("fail", "interrupted")
    assert result.exit_code == 130
    assert "Stopped before the end" in result.stderr


def test_a_fault_of_the_program_keeps_its_traceback(run):
    assert isinstance(run("fail", "broken").exception, ZeroDivisionError)


def test_numpy_numbers_and_dates_are_plain_json(capsys):
    print_json({"n": np.int64(3), "share": np.float64(0.5), "day": datetime(2025, 1, 2, tzinfo=UTC)})
    assert json.loads(capsys.readouterr().out) == {"n": 3, "share": 0.5, "day": "2025-01-02T00:00:00+00:00"}


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"share": float("nan")})


def test_a_table_shows_rows_of_a_frame_or_of_mappings_alike(capsys):
    rows = [{"name": "[red]list[/red]", "size": 1240, "share": 0.25}, {"name": "b", "size": None, "share": 1234.5}]
    print_table(rows, title="Audiences")
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines() if "─" not in line and line.strip()] == [
        ["Audiences"],
        ["name", "size", "share"],
        ["[red]list[/red]", "1,240", "0.25"],
        ["b", "–", "1,234.50"],
    ]
    print_table(pd.DataFrame({"name": ["a", "b"], "size": [1240.0, None]}))
    assert [line.split() for line in capsys.readouterr().out.splitlines()[-3:-1]] == [["a", "1,240.00"], ["b", "–"]]


def test_an_empty_table_is_no_error(capsys):
    print_table([], title="Nothing")
    assert capsys.readouterr().out == "Nothing: none\n"


def test_progress_is_silent_where_nobody_looks(monkeypatch, capsys):
    with progress_bar("Reading") as on_progress:
        assert on_progress is ignore_progress
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    command = click.Command("c", params=[click.Option(["--json", "as_json"], is_flag=True)])
    with command.make_context("c", ["--json"]), progress_bar("Reading") as on_progress:
        assert on_progress is ignore_progress
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_on_stderr_of_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar("Reading") as on_progress:
        on_progress(1, 2)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Reading" in shown.err
