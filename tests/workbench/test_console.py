import json
import os
import runpy
import signal
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from workbench.console import CommandLine, json_option, print_json, print_line, print_table, progress_bar
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
        "escaped": InputFileError("expected a file, got \x1b[31mnone\x07 at a\u2028b"),
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
        (["fail", "escaped"], "expected a file, got �[31mnone� at a b"),
        (["measure", "--size", "\x1b[2J\n"], "Invalid value for '--size': '\\x1b[2J\\n' is not a valid integer"),
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
    assert result.stderr == "Stopped before the end; nothing half-written was left.\n"


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


def test_nothing_in_a_title_or_a_heading_is_taken_for_markup_or_acts_upon_the_terminal(capsys):
    print_table([{"[/red]": "a\x1b[31m\nb"}], title="d[/x] \x1b]\x07")
    assert [line.strip() for line in capsys.readouterr().out.splitlines() if "─" not in line and line.strip()] == [
        "d[/x] �]�",
        "[/red]",
        "a�[31m b",
    ]
    print_line("kind: \x1b[2J\nforged: line")
    print_table([], title="\x1b[2J")
    assert capsys.readouterr().out == "kind: �[2J forged: line\n�[2J: none\n"


def test_two_columns_of_one_name_are_both_shown(capsys):
    print_table(pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"]))
    assert [line.split() for line in capsys.readouterr().out.splitlines() if "─" not in line and line.strip()] == [
        ["x", "x"],
        ["1", "a"],
        ["2", "b"],
    ]


PROGRAM = """
import time
from pathlib import Path
import click
from workbench.console import CommandLine, print_line, print_table

@click.group(cls=CommandLine)
def program(): pass

@program.command()
def table():
    print_table([{"größe → 字": "– …"}], title="título → 字")

@program.command()
def flood():
    for number in range(100_000):
        print_line(str(number))

@program.command()
@click.argument("folder", type=click.Path(path_type=Path))
def linger(folder):
    folder.mkdir()
    try:
        print_line("begun")
        time.sleep(60)
    finally:
        folder.rmdir()

program()
"""


@pytest.fixture
def start():
    """Start the program above, and close its streams in the end."""
    with ExitStack() as streams:

        def begin(*arguments, environment=(), **options):
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", PROGRAM, *arguments],
                stderr=subprocess.PIPE,
                env=os.environ | dict(environment),
                **{"encoding": "utf-8"} | options,
            )
            return streams.enter_context(process)

        yield begin


def test_letters_that_the_encoding_of_stdout_lacks_are_question_marks(start):
    process = start("table", stdout=subprocess.PIPE, encoding="latin-1", environment={"PYTHONIOENCODING": "latin-1"})
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "título ? ?" in out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["table", "flood", "--help"])
def test_an_answer_that_cannot_be_printed_is_one_sentence(start, command, unbuffered):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        process = start(command, stdout=full, environment={"PYTHONUNBUFFERED": unbuffered})
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.startswith("expected to print the answer, but the system refused (no space left on device); ")
    assert err.count("\n") == 1


def test_a_reader_that_has_enough_ends_the_program_quietly(start):
    process = start("flood", stdout=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
@pytest.mark.parametrize(
    ("number", "exit_code", "sentence"), [(signal.SIGTERM, 143, ""), (signal.SIGINT, 130, "Stopped before the end")]
)
def test_a_program_that_is_asked_to_end_cleans_up(start, tmp_path, number, exit_code, sentence):
    process = start("linger", str(tmp_path / "half-built"), stdout=subprocess.PIPE)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == exit_code
    assert err.startswith(sentence)
    assert err.count("\n") == bool(sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["workbench", "simulator"])
def test_ctrl_c_during_the_imports_is_one_sentence(monkeypatch, capsys, package):
    class Interrupted:
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, f"{package}.cli", Interrupted())
    with pytest.raises(SystemExit) as ending:
        runpy.run_module(package, run_name="__main__")
    assert ending.value.code == 130
    assert capsys.readouterr() == ("", "Stopped before it began; nothing was written.\n")


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
