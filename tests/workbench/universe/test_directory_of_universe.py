import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from workbench.cli import main
from workbench.errors import InputFileError, UniverseError
from workbench.identity import match, read_list
from workbench.universe import build_sample, open_universe


@pytest.fixture
def universe(sample_universe, tmp_path):
    """A copy of the sample that a test may build a directory in."""
    return open_universe(shutil.copytree(sample_universe.path, tmp_path / "universe"))


@pytest.fixture(scope="module")
def checked():
    return read_list("data/samples/customers.csv", "EMAIL")


def test_a_directory_on_disk_matches_as_one_in_memory(universe, checked):
    in_memory = match(checked, universe.directory)
    assert len(in_memory.members) > 100
    universe.build_directory()
    assert match(checked, universe.directory) == in_memory
    assert match(checked, open_universe(universe.path).directory) == in_memory


def test_a_directory_of_other_identifiers_is_refused(universe, tmp_path):
    universe.build_directory()
    other = build_sample(tmp_path / "other", n_accounts=500)
    shutil.copytree(universe.directory_path, other.directory_path)
    with pytest.raises(UniverseError, match=r"found it built from others.*universe index"):
        _ = other.directory


def test_a_directory_of_a_universe_that_grew_is_refused_and_shown_for_what_it_is(universe):
    universe.build_directory()
    accounts = pq.read_table(universe.path / "accounts.parquet")
    one_more = pa.concat_tables([accounts, accounts.slice(len(accounts) - 1)])
    number = one_more.column_names.index("account")
    numbers = pa.array(range(len(one_more)), one_more.schema.field(number).type)
    pq.write_table(
        one_more.set_column(number, one_more.schema.field(number), numbers), universe.path / "accounts.parquet"
    )
    (universe.path / "universe.json").write_text('{"format_version": 1, "as_of": "2026-11-01T00:00:00Z"}')
    grown = open_universe(universe.path)
    with pytest.raises(UniverseError, match="about the accounts that are there"):
        _ = grown.directory
    shown = CliRunner().invoke(main, ["universe", "show", str(universe.path), "--json"])
    assert "about the accounts that are there" in json.loads(shown.output)["directory"]
    grown.build_directory(overwrite=True)
    assert grown.directory.n_accounts == 20_001


def test_a_damaged_directory_is_refused_and_not_passed_over(universe):
    universe.build_directory()
    (universe.directory_path / "directory.json").unlink()
    with pytest.raises(UniverseError, match="it was not finished"):
        _ = open_universe(universe.path).directory


def test_the_command_builds_verifies_and_refuses_to_replace(universe):
    run = CliRunner().invoke
    built = run(main, ["universe", "index", str(universe.path)])
    assert built.exit_code == 0
    assert "The directory of 20,000 accounts: built, " in built.output
    verified = run(main, ["universe", "index", str(universe.path), "--verify", "--json"])
    assert json.loads(verified.output)["n_accounts"] == 20_000
    assert "exists" not in verified.output
    with pytest.raises(InputFileError, match="found one"):
        run(main, ["universe", "index", str(universe.path)], catch_exceptions=False, standalone_mode=False)
    assert run(main, ["universe", "index", str(universe.path), "--overwrite"]).exit_code == 0
    shown = run(main, ["universe", "show", str(universe.path)]).output
    assert "Directory of accounts: built" in shown


def test_verifying_finds_a_wrong_byte(universe):
    universe.build_directory()
    path = universe.directory_path / "EMAIL-SHA256-000-tails.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    refused = CliRunner().invoke(main, ["universe", "index", str(universe.path), "--verify"])
    assert refused.exit_code == 2
    assert "as it was written" in refused.output
