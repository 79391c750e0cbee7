import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from tests.workbench.identity.test_directory import email_row, identifiers_table
from workbench import universe
from workbench.cli import main
from workbench.identity import AccountDirectory, DigestKind, hash_email

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.fixture
def check(tmp_path):
    """Write a list and run the command on it."""

    def check_content(content, *arguments, list_type="EMAIL"):
        path = tmp_path / "list.csv"
        path.write_text(content)
        return CliRunner().invoke(main, ["check", str(path), "--type", list_type, *arguments])

    return check_content


@pytest.fixture
def universe_of_150(monkeypatch):
    """Have every folder hold a universe in which customers 0 to 149 have an account."""
    rows = [email_row(account, f"customer{account}@shop.example") for account in range(150)]
    directory = AccountDirectory.build(identifiers_table(rows), 1_000)
    monkeypatch.setattr(universe, "open_universe", lambda _path: SimpleNamespace(directory=directory))


def customers(n):
    return "".join(f"customer{number}@shop.example\n" for number in range(n))


def test_invalid_records_are_counted_and_the_exit_code_is_0(check):
    result = check("jan@shop.example\nJan\npiet@shop.example\n")
    assert result.exit_code == 0
    for shown in ("processed", "MISSING_AT_SIGN", "correct or remove the address", "Aaa"):
        assert shown in result.stdout
    assert "Jan" not in result.stdout


def test_under_json_the_report_has_the_names_of_the_api(check):
    result = check("jan@shop.example\nJan\npiet\nklaas@\n", "--json")
    report = json.loads(result.stdout)
    assert (report["processed"], report["valid"], report["invalid"]) == (4, 1, 3)
    assert report["error_counts"][0] == {
        "error_code": "MISSING_AT_SIGN",
        "message": "expected an e-mail address with @, or its digest, got neither",
        "count": 2,
    }
    assert report["record_errors"][0] == {"line_number": 2, "error_code": "MISSING_AT_SIGN", "shape": "Aaa"}
    assert set(report["fixes"]) == {"MISSING_AT_SIGN", "MALFORMED_EMAIL"}


def test_no_more_record_errors_are_shown_than_asked_for(check):
    content = "jan@shop.example\n" + "x\n" * 30
    assert len(json.loads(check(content, "--json").stdout)["record_errors"]) == 10
    assert len(json.loads(check(content, "--json", "--first", "3").stdout)["record_errors"]) == 3
    assert "First refused records" not in check(content, "--first", "0").stdout


def test_warnings_are_told(check):
    assert "(TRAILING_SPACE, 1)" in check("jan@shop.example \n").stdout


def test_people_who_opted_out_are_refused_and_what_is_unreadable_of_their_list_is_told(check, tmp_path):
    opted_out = tmp_path / "opted_out.csv"
    opted_out.write_text("piet@shop.example\nklaas\n")
    result = check("jan@shop.example\npiet@shop.example\n", "--suppression", str(opted_out))
    assert result.exit_code == 0
    assert "SUPPRESSED" in result.stdout
    assert "not valid and leave nobody out (1)." in " ".join(result.stdout.split())
    report = json.loads(
        check("jan@shop.example\npiet@shop.example\n", "--suppression", str(opted_out), "--json").stdout
    )
    assert report["suppression"] == {"processed": 2, "valid": 1, "invalid": 1}
    assert [error["error_code"] for error in report["record_errors"]] == ["SUPPRESSED"]


def test_the_api_takes_sha1_of_addresses(check):
    content = f"jan@shop.example\n{'a1' * 20}\n"
    assert "DIGEST_KIND_NOT_ALLOWED" in check(content).stdout
    assert "(SHA1_EMAIL, 1)" in check(content, "--profile", "api").stdout


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_refused_file_is_exit_code_2_with_one_sentence_on_stderr_and_nothing_on_stdout(check, options):
    result = check("email\njan@shop.example\n", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "(HEADER_ROW)" in result.stderr


def test_the_command_that_mends_or_leaves_out_is_offered_and_works(check, tmp_path):
    refused = check("email\njan@shop.example\n").stderr
    offered = shlex.split(refused.partition("; or have it mended: ")[2])
    assert offered[:3] == ["python", "-m", "workbench"]
    assert CliRunner().invoke(main, offered[3:]).exit_code == 0
    assert (tmp_path / "list.cleaned.csv").read_text() == f"{hash_email('jan@shop.example').hex()}\n"
    assert "list clean" not in check("Jan\n").stderr  # nothing would be left
    assert "Note: To have them left out: python -m workbench list clean" in check("jan@shop.example\nJan\n").stdout
    assert "list clean" not in check("jan@shop.example\n").stdout


def test_the_type_is_required():
    result = CliRunner().invoke(main, ["check", "list.csv"])
    assert result.exit_code == 2
    assert "--type" in result.stderr


def test_the_type_may_be_written_in_any_case(check):
    assert json.loads(check("jan@shop.example\n", "--json", list_type="email").stdout)["list_type"] == "EMAIL"


@pytest.mark.parametrize("name", ["d[/x].csv", "a\x1b[31mb.csv", "a\nb.csv", os.fsdecode(b"caf\xe9.csv")])
def test_a_list_may_have_any_name(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("jan@shop.example\nJan\n")
    result = CliRunner().invoke(main, ["check", str(tmp_path / name), "--type", "EMAIL"])
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


def test_an_empty_name_is_no_folder(check):
    result = check("jan@shop.example\n", "--universe", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected the folder of a universe, got an empty name" in result.stderr


def test_a_missing_file_is_exit_code_2():
    result = CliRunner().invoke(main, ["check", "nowhere.csv", "--type", "MAID", "--json"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "none at nowhere.csv" in result.stderr


@pytest.mark.usefixtures("universe_of_150")
def test_with_a_universe_size_match_rate_and_status_are_told_as_they_may_be_shown(check):
    report = json.loads(check(customers(300), "--universe", "anywhere", "--json").stdout)
    assert (report["audience_size"], report["match_rate"], report["status"]) == (150, 0.5, "READY")
    assert "50%" in check(customers(300), "--universe", "anywhere").stdout


@pytest.mark.usefixtures("universe_of_150")
@pytest.mark.parametrize(("n_members", "status"), [(99, "TOO_SMALL"), (100, "READY")])
def test_100_matched_accounts_are_ready_and_99_are_not(check, n_members, status):
    report = json.loads(check(customers(n_members), "--universe", "anywhere", "--json").stdout)
    assert report["status"] == status
    assert (report["audience_size"] is None) == (report["match_rate"] is None) == (status == "TOO_SMALL")


@pytest.mark.usefixtures("universe_of_150")
def test_too_few_to_show_reads_less_than_100(check):
    result = check(customers(99), "--universe", "anywhere")
    assert "< 100" in result.stdout
    assert "hidden" in result.stdout


def test_a_folder_without_a_universe_is_exit_code_2(check, tmp_path):
    result = check(customers(3), "--universe", str(tmp_path / "nowhere"), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_it_runs_as_a_module_and_checks_a_sample():
    command = [sys.executable, "-m", "workbench", "check", str(SAMPLES / "customers.csv"), "--type", "EMAIL", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    assert json.loads(result.stdout)["invalid"] == 6
    assert result.stderr == ""


@pytest.mark.usefixtures("universe_of_150")
def test_an_account_that_opted_out_by_another_hash_function_is_no_member(check, tmp_path):
    # The two files cannot be compared digest by digest; the accounts that both match can.
    hashed = "".join(hash_email(f"customer{number}@shop.example").hex() + "\n" for number in range(150))
    opted_out = tmp_path / "opted_out.csv"
    md5s = (hash_email(f"customer{number}@shop.example", DigestKind.MD5).hex() for number in range(40))
    opted_out.write_text("".join(f"{md5}\n" for md5 in md5s))
    arguments = ["--universe", "anywhere", "--suppression", str(opted_out), "--json"]
    assert json.loads(check(hashed, *arguments).output)["audience_size"] == 110


def test_a_scheduler_without_a_universe_is_refused(check):
    refused = check(customers(3), "--scheduler", "tcp://127.0.0.1:1")
    assert refused.exit_code == 2
    assert "expected --universe with --scheduler" in refused.output


def test_a_scheduler_needs_a_directory_on_disk(check, sample_universe):
    refused = check(customers(3), "--scheduler", "tcp://127.0.0.1:1", "--universe", str(sample_universe.path))
    assert refused.exit_code == 2
    assert "universe index" in refused.output
