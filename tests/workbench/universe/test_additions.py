"""New events are in a universe's tables and indexes, all of them or none, and nothing is written anew."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from workbench.cli import main
from workbench.errors import CancelledError, InputFileError, UniverseError
from workbench.events import EventQuestion
from workbench.folder_lock import locked
from workbench.universe import SHOP_TAG_ID, open_universe
from workbench.universe.additions import add_events

NEW_ACCOUNTS = [11, 12, 13]


@pytest.fixture
def universe(sample_universe, tmp_path):
    """A copy of the sample that a test may add to."""
    return open_universe(shutil.copytree(sample_universe.path, tmp_path / "universe"))


@pytest.fixture
def new_events(universe, tmp_path):
    """A file of three checkouts within the hour after now, and what the schema lets a file leave out left out."""
    times = [universe.as_of + timedelta(minutes=20 * (n + 1)) for n in range(3)]
    table = pa.table(
        {
            "account": pa.array(NEW_ACCOUNTS, pa.int64()),
            "tag_id": [SHOP_TAG_ID] * 3,
            "event": ["checkout"] * 3,
            "event_time": pa.array(times, pa.timestamp("ms", tz="UTC")),
        }
    )
    pq.write_table(table, tmp_path / "new.parquet")
    return tmp_path / "new.parquet"


def last_hour(universe):
    return EventQuestion([SHOP_TAG_ID], ["checkout"], universe.as_of - timedelta(hours=1) + timedelta(seconds=1))


def recent_in_sql(universe):
    found = universe.query(
        "SELECT DISTINCT account FROM tag_events WHERE tag_id = ? AND event = 'checkout' AND event_time >= ?",
        [SHOP_TAG_ID, last_hour(universe).since],
    )
    return set(found["account"])


def state_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_new_events_are_in_the_table_in_sql_and_in_the_index(universe, new_events):
    universe.build_event_index("tag_events")
    before = state_of(universe.path)
    grown = add_events(universe, "tag_events", new_events)
    assert grown.as_of == universe.as_of + timedelta(hours=1)
    assert recent_in_sql(grown) == set(NEW_ACCOUNTS) == set(grown.event_index("tag_events").accounts(last_hour(grown)))
    table = grown.table("tag_events")
    assert table.num_rows == universe.table("tag_events").num_rows + 3
    assert table["account"][-3:].to_pylist() == NEW_ACCOUNTS
    assert table["url"][-3:].to_pylist() == [None] * 3
    after = state_of(universe.path)
    described = {path for path in before if after[path] != before[path]}
    assert {path.name for path in described} == {"universe.json", "events.json"}
    assert universe.table("tag_events").num_rows == grown.table("tag_events").num_rows - 3  # as it was opened


def test_an_index_that_is_built_afterwards_has_them(universe, new_events):
    grown = add_events(universe, "tag_events", new_events)
    grown.build_event_index("tag_events")
    assert set(grown.event_index("tag_events").accounts(last_hour(grown))) == set(NEW_ACCOUNTS)
    again = add_events(grown, "tag_events", new_events)
    assert again.event_index("tag_events").n_events == again.table("tag_events").num_rows
    assert again.additions == {"tag_events": ("tag_events-000001.parquet", "tag_events-000002.parquet")}


def test_an_index_that_was_left_behind_is_refused_until_it_is_brought_up_to_date(universe, new_events):
    universe.build_event_index("tag_events")

    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        add_events(universe, "tag_events", new_events, on_progress=stop)
    grown = open_universe(universe.path)
    assert recent_in_sql(grown) == set(NEW_ACCOUNTS)
    with pytest.raises(UniverseError, match=r"found 1 files missing; bring it up to date.*--update"):
        grown.event_index("tag_events")
    done = CliRunner().invoke(main, ["universe", "index", str(universe.path), "--update"])
    assert "The index of tag events of 20,000 accounts: up to date" in done.output
    assert set(open_universe(universe.path).event_index("tag_events").accounts(last_hour(grown))) == set(NEW_ACCOUNTS)


def test_what_a_killed_program_left_counts_for_nothing(universe, new_events):
    leftover = universe.path / "additions" / "tag_events-000001.parquet"
    leftover.parent.mkdir()
    leftover.write_bytes(b"half of it")
    assert open_universe(universe.path).additions == {}
    assert recent_in_sql(add_events(universe, "tag_events", new_events)) == set(NEW_ACCOUNTS)


def test_the_new_now_may_be_named(universe, new_events):
    midnight = universe.as_of + timedelta(days=1)
    assert add_events(universe, "tag_events", new_events, as_of=midnight).as_of == midnight
    described = json.loads((universe.path / "universe.json").read_text("utf-8"))
    assert described["n_rows"]["tag_events"] == universe.table("tag_events").num_rows + 3


@pytest.mark.parametrize("hours", [-1, 0.5, 24 * 40_000])
def test_a_now_before_an_event_or_out_of_time_is_refused(universe, new_events, hours):
    before = state_of(universe.path)
    with pytest.raises(UniverseError, match="expected a new 'now'"):
        add_events(universe, "tag_events", new_events, as_of=universe.as_of + timedelta(hours=hours))
    assert {path: content for path, content in state_of(universe.path).items() if path.name != "lock"} == before


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("account", [1, 2, 10**6], "table 'tag_events', column 'account': expected values from 0 to"),
        ("event", ["checkout", "chekout", "checkout"], "column 'event': expected one of"),
        ("tag_id", ["a", "b", "c"], "column 'tag_id'"),
    ],
)
def test_events_that_break_the_schema_change_nothing(universe, new_events, column, values, complaint):
    table = pq.read_table(new_events)
    pq.write_table(table.set_column(table.column_names.index(column), column, [values]), new_events)
    before = state_of(universe.path)
    with pytest.raises(UniverseError, match=complaint):
        add_events(universe, "tag_events", new_events)
    assert {path: content for path, content in state_of(universe.path).items() if path.name != "lock"} == before


def test_only_tables_of_events_grow(universe, new_events):
    with pytest.raises(UniverseError, match=r"expected a table of events.*tag_events, pin_engagements.*got 'accounts'"):
        add_events(universe, "accounts", new_events)


def test_a_file_that_is_not_there_is_refused(universe, tmp_path):
    with pytest.raises(InputFileError, match="expected a file that can be read"):
        add_events(universe, "tag_events", tmp_path / "nothing.parquet")


def test_two_programs_do_not_add_at_once(universe, new_events):
    (universe.path / "additions").mkdir()
    with locked(universe.path / "additions", "it"), pytest.raises(InputFileError, match="another program"):
        add_events(universe, "tag_events", new_events)


@pytest.mark.parametrize(
    "additions",
    [
        [],
        {"accounts": []},
        {"tag_events": "x"},
        {"tag_events": ["../tag_events-000001.parquet"]},
        {"tag_events": ["tag_events-000002.parquet"]},
    ],
)
def test_a_universe_that_names_other_additions_is_refused(universe, additions):
    path = universe.path / "universe.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"additions": additions}))
    with pytest.raises(UniverseError, match="expected additions to tag_events or pin_engagements"):
        open_universe(universe.path)


def test_an_addition_that_is_gone_or_damaged_is_refused(universe, new_events):
    add_events(universe, "tag_events", new_events)
    path = universe.path / "additions" / "tag_events-000001.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    with pytest.raises(UniverseError, match=r"tag_events-000001.parquet"):
        open_universe(universe.path)
    path.unlink()
    with pytest.raises(UniverseError, match=r"expected the events that were added in .*found no such file"):
        open_universe(universe.path)


def test_the_command_adds_and_shows(universe, new_events):
    run = CliRunner().invoke
    now = (universe.as_of + timedelta(days=1)).isoformat()
    added = run(main, ["universe", "add", "tag_events", str(new_events), str(universe.path), "--as-of", now, "--json"])
    assert added.exit_code == 0
    said = json.loads(added.output)
    assert datetime.fromisoformat(said["as_of"]) == datetime.fromisoformat(now).astimezone(UTC)
    rows = {each["table"]: each["n_rows"] for each in said["tables"]}
    assert rows["tag_events"] == universe.table("tag_events").num_rows + 3
    refused = run(main, ["universe", "add", "tag_events", str(new_events), str(universe.path), "--as-of", "tomorrow"])
    assert refused.exit_code == 2
    assert "expected --as-of to be a time with its zone" in refused.output
