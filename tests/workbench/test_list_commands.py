"""``python -m workbench list``, as people and scripts use it."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from tests.workbench.audiences.tiny_universe import email, write_universe
from tests.workbench.customer_lists.conftest import emails, write_lines
from workbench.cli import main
from workbench.customer_lists import SavedList
from workbench.identity import DigestKind


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a folder of its own, and return its JSON or what refused it."""
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments, terms=True, as_json=True):
        words = ["list", *arguments, *["--accept-terms"] * terms, *["--json"] * as_json]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == (2 if result.stderr else 0), result.stderr
        assert (result.stdout == "") == bool(result.stderr)
        assert result.stderr.count("\n") <= 1
        if result.stderr or not as_json:
            return result.stderr or result.stdout
        return json.loads(result.stdout)

    return run_command


@pytest.fixture
def folder(run, tmp_path):
    write_lines(tmp_path / "first.csv", emails(range(5)))
    run("create", "folder", "first.csv", "--name", "Customers", "--id", "42")
    return "folder"


def test_a_list_is_created_edited_and_shown(run, folder, tmp_path):
    write_lines(tmp_path / "more.csv", [*emails([4, 5], DigestKind.MD5), "nobody"])
    added = run("add", folder, "more.csv")
    assert added["upload"]["valid"] == 2
    assert added["upload"]["error_counts"][0]["error_code"] == "MISSING_AT_SIGN"
    write_lines(tmp_path / "gone.csv", emails([0, 9]))
    assert run("remove", folder, "gone.csv")["customer_list"]["num_removed_user_records"] == 2
    assert run("replace", folder, "gone.csv")["customer_list"]["num_batches"] == 4
    shown = run("show", folder, terms=False)
    assert (shown["customer_list"]["id"], shown["customer_list"]["status"], shown["link"]) == ("42", "PROCESSING", None)


def test_for_people_everything_is_in_words(run, folder, tmp_path):
    write_lines(tmp_path / "more.csv", [*emails([5]), "nobody"])
    text = run("add", folder, "more.csv", as_json=False)
    assert "The upload: 2 records, 1 valid, 1 invalid." in text
    assert "MISSING_AT_SIGN, 1" in text
    run("link", folder, "--file", "first.csv", terms=False)
    text = run("show", folder, terms=False, as_json=False)
    assert "num_uploaded_user_records" in text
    assert "first.csv; last sync: none yet." in text


@pytest.mark.parametrize(("n_people", "size", "status"), [(99, None, "TOO_SMALL"), (104, 100, "READY")])
def test_with_a_universe_the_audience_is_told_as_it_may_be_shown(run, tmp_path, n_people, size, status):
    write_universe(tmp_path / "universe")
    write_lines(tmp_path / "list.csv", emails(range(n_people)))
    run("create", "folder", "list.csv", "--name", "x")
    shown = run("show", "folder", "--universe", "universe", terms=False)
    assert (shown["audience"]["audience_size"], shown["audience"]["status"]) == (size, status)
    assert shown["customer_list"]["status"] == status
    assert status in run("show", "folder", "--universe", "universe", terms=False, as_json=False)


@pytest.mark.parametrize("command", ["create", "add", "remove", "replace", "sync"])
def test_every_upload_asks_for_the_terms_and_says_how_to_acknowledge_them(run, folder, command):
    arguments = {"create": ["other", "first.csv", "--name", "x"], "sync": [folder]}.get(command, [folder, "first.csv"])
    refusal = run(command, *arguments, terms=False)
    assert "Ad Data Terms" in refusal
    assert "--accept-terms" in refusal


def test_profile_and_suppression_are_options_of_every_upload(run, tmp_path):
    write_lines(tmp_path / "list.csv", [*emails([0, 1]), *emails([2], DigestKind.SHA1)])
    write_lines(tmp_path / "opted_out.csv", emails([1]))
    created = run("create", "folder", "list.csv", "--name", "x", "--profile", "api", "--suppression", "opted_out.csv")
    codes = [error["error_code"] for error in created["upload"]["error_counts"]]
    assert (created["upload"]["valid"], codes) == (2, ["SUPPRESSED"])


# -- cleaning ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def messy(tmp_path):
    people = emails(range(3))
    rows = ["Our customers", "name;email", *(f"Jan;{row}" for row in (*people, people[0])), "Piet;nobody", "Klaas;"]
    return write_lines(tmp_path / "messy.csv", rows)


def test_a_list_is_cleaned_and_what_was_done_is_told(run, messy, tmp_path):
    report = run("clean", messy.name, "clean.csv", terms=False)
    assert (report["list"], report["cleaned"]) == ("messy.csv", "clean.csv")
    assert (report["n_rows"], report["n_written"], report["n_repeated"]) == (8, 3, 1)
    assert report["mended"] == {"SECOND_COLUMN": 4, "HEADER_ROW": 2, "BLANK_ROW": 1}
    assert report["left_out"] == {"MISSING_AT_SIGN": 1}
    assert (tmp_path / "clean.csv").read_text().splitlines() == emails(range(3), DigestKind.SHA256)
    assert run("create", "folder", "clean.csv", "--name", "x")["upload"]["error_counts"] == []


def test_for_people_it_is_told_in_words_what_cleaning_did(run, messy):
    text = run("clean", messy.name, "clean.csv", terms=False, as_json=False)
    assert "8 rows: 3 records written to clean.csv, 1 repeated, 1 left out." in text
    assert re.search(r"Put right\s+code.*SECOND_COLUMN +4 +expected one column", text, re.DOTALL)
    assert re.search(r"Left out\s+code.*MISSING_AT_SIGN +1 +expected an e-mail address", text, re.DOTALL)
    assert "Put right" not in run("clean", "clean.csv", "again.csv", terms=False, as_json=False)


def test_cleaning_leaves_out_who_opted_out(run, messy, tmp_path):
    write_lines(tmp_path / "opted_out.csv", emails([1], DigestKind.MD5))
    report = run("clean", messy.name, "clean.csv", "--suppression", "opted_out.csv", terms=False)
    assert report["left_out"] == {"MISSING_AT_SIGN": 1, "SUPPRESSED": 1}
    assert (tmp_path / "clean.csv").read_text().splitlines() == emails([0, 2], DigestKind.SHA256)


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        (["a@x.example;b@x.example"], "messy.csv, expected one column that holds identifiers, got several"),
        (["name;idfa", "Jan;a@x.example"], "messy.csv, line 1: expected no data from iOS devices"),
        (["nobody"], "NO_VALID_RECORDS"),
    ],
)
def test_what_is_not_safe_to_clean_is_refused_in_one_sentence(run, messy, tmp_path, rows, refusal):
    write_lines(messy, rows)
    assert refusal in run("clean", messy.name, "clean.csv", terms=False)
    assert [path.name for path in tmp_path.iterdir()] == ["messy.csv"]


# -- links and syncs ---------------------------------------------------------------------------------------------------


def test_a_list_is_made_from_its_source_and_follows_it(run, tmp_path):
    write_lines(tmp_path / "export.csv", emails(range(5)))
    created = run("link", "folder", "--file", "export.csv", "--name", "CRM")
    assert (created["n_added"], created["customer_list"]["name"]) == (5, "CRM")
    write_lines(tmp_path / "export.csv", emails(range(1, 7)))
    report = run("sync", "folder")
    assert [report[name] for name in ("n_added", "n_removed", "n_unchanged", "is_changed")] == [2, 1, 4, True]
    assert report["parts"][0]["place"] == str(tmp_path / "export.csv")
    assert "Nothing has changed: 0 added, 0 removed, 6 unchanged." in run("sync", "folder", as_json=False)


def test_a_pattern_and_a_query_are_sources_too(run, tmp_path, monkeypatch):
    write_lines(tmp_path / "a.csv", emails([1]))
    write_lines(tmp_path / "b.csv", emails([2]))
    assert run("link", "one", "--glob", "?.csv", "--name", "x")["n_added"] == 2
    connection = sqlite3.connect(tmp_path / "crm.db")
    with connection:
        connection.execute("CREATE TABLE customers (email TEXT)")
        connection.execute("INSERT INTO customers VALUES (?)", [email(3)])
    connection.close()
    monkeypatch.setenv("CRM_FILE", str(tmp_path / "crm.db"))
    query = ("--url", "sqlite:///${CRM_FILE}", "--query", "SELECT email FROM customers")
    assert run("link", "two", *query, "--name", "x")["n_added"] == 1
    assert "geheim" not in run("link", "three", "--url", "pg://a:geheim@crm.example/b", "--query", "-", "--name", "x")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--none", "--file", "first.csv"],
        ["--file", "first.csv", "--glob", "*.csv"],
        ["--url", "sqlite://"],
        ["--query", "SELECT 1"],
        ["--none", "--name", "x"],
    ],
)
def test_a_link_has_one_source(run, folder, options):
    assert "expected one source" in run("link", folder, *options, terms=False)


def test_a_list_is_unlinked(run, folder):
    run("link", folder, "--file", "first.csv", terms=False)
    assert run("link", folder, "--none", terms=False)["link"] is None
    assert "linked to a source" in run("sync", folder)


def test_a_shrunken_source_is_followed_only_when_allowed(run, folder, tmp_path):
    run("link", folder, "--file", "first.csv", terms=False)
    run("sync", folder)
    write_lines(tmp_path / "first.csv", emails([1]))
    assert "at least half of the 5 records" in run("sync", folder)
    assert run("sync", folder, "--allow-shrink")["n_removed"] == 4


def test_a_sync_that_is_not_due_does_nothing(run, folder, tmp_path):
    run("link", folder, "--file", "first.csv", terms=False)
    assert run("sync", folder, "--if-due", "6h")["is_due"]
    write_lines(tmp_path / "first.csv", emails(range(6)))
    assert not run("sync", folder, "--if-due", "6h")["is_due"]
    assert "Not due yet" in run("sync", folder, "--if-due", "6h", as_json=False)
    assert SavedList.open(tmp_path / folder).records().n_held == 5
    assert "such as 30m, 6h or 1d" in run("sync", folder, "--if-due", "often")
    assert "--every alone" in run("sync", folder, "--every", "6h")


def test_a_schedule_survives_failures_and_ends_cleanly_with_an_interrupt(run, folder, tmp_path):
    run("link", folder, "--file", "first.csv", terms=False)
    (tmp_path / "first.csv").rename(tmp_path / "hidden.csv")
    command = [sys.executable, "-m", "workbench", "list", "sync", folder, "--accept-terms", "--every", "6h"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, **pipes) as loop:  # noqa: S603 - our own program
        assert "none at" in loop.stderr.readline()
        time.sleep(0.2)
        assert loop.poll() is None
        loop.send_signal(signal.SIGINT)
        _, errors = loop.communicate(timeout=30)
    assert (loop.returncode, errors) == (130, "Stopped before the end; nothing half-written was left.\n")
    run("show", folder, terms=False)
    assert not list((tmp_path / folder).glob("*.part"))
