"""The index of events on disk gives the answers of plain loops and of SQL; it is whole or refused."""

import json
import pickle
import shutil
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.events import naive
from tests.workbench.events.event_tables import (
    COLUMNS,
    EVENTS,
    N_ACCOUNTS,
    NOW,
    QUESTIONS,
    SCHEMA,
    table_of,
    write_events,
)
from tests.workbench.events.naive import Event
from workbench.errors import CancelledError, DefinitionError, InputFileError, UniverseError
from workbench.events import EventIndex, EventQuestion, append_events, compact_events, merging, write_event_index
from workbench.events import index as index_module

STORY = [
    Event("1", "pagevisit", NOW - timedelta(days=30), 3),
    Event("1", "pagevisit", NOW - timedelta(days=10), 3),
    Event("1", "checkout", NOW - timedelta(days=10), 3),
    Event("1", "checkout", NOW - timedelta(days=40), 70),
    Event("2", "checkout", NOW, 71),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    place = tmp_path_factory.mktemp("events")
    write_event_index(write_events(place / "events.parquet", STORY), place / "index", COLUMNS, N_ACCOUNTS)
    return place / "index"


@pytest.fixture
def folder(built, tmp_path):
    """An index that a test may damage."""
    return shutil.copytree(built, tmp_path / "index")


def new_index(place, *batches, n_shards=1):
    path = write_events(place / "e.parquet", batches[0])
    write_event_index(path, place / "i", COLUMNS, N_ACCOUNTS, n_shards=n_shards, overwrite=True)
    for batch in batches[1:]:
        append_events(place / "i", table_of(batch), COLUMNS)
    return EventIndex.open(place / "i")


def answers_of_sql(events, question):
    asked = table_of(events)  # noqa: F841 - DuckDB finds it by its name
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(
            "SELECT account FROM asked WHERE (? OR tag_id IN (SELECT unnest(?::VARCHAR[])))"
            " AND (? OR event IN (SELECT unnest(?::VARCHAR[]))) AND event_time >= ? AND event_time <= ?"
            " AND account IS NOT NULL GROUP BY account HAVING count(*) >= ?",
            [
                question.sources is None,
                question.sources or [],
                question.actions is None,
                question.actions or [],
                question.since or datetime(1900, 1, 1, tzinfo=UTC),
                question.until or datetime(2100, 1, 1, tzinfo=UTC),
                question.min_count,
            ],
        ).fetchall()
    return {account for (account,) in rows}


@settings(max_examples=20, deadline=None)
@given(
    batches=st.lists(EVENTS, min_size=1, max_size=3),
    questions=st.lists(QUESTIONS, min_size=4, max_size=4),
    n_shards=st.sampled_from([1, 1, 3]),
)
def test_answers_agree_with_plain_loops_and_with_sql(tmp_path_factory, batches, questions, n_shards):
    events = [event for batch in batches for event in batch]
    # So that a slice of time has an event or two, and a block of a merge, too.
    with patch.object(index_module, "_EVENTS_PER_SLICE", 2), patch.object(merging, "_BLOCK_EVENTS", 5):
        index = new_index(tmp_path_factory.mktemp("twin"), *batches, n_shards=n_shards)
        check_answers(index, events, questions)
        compact_events(index.path)
        merged = EventIndex.open(index.path)
        check_answers(merged, events, questions)
        check_answers(index, events, questions)  # what was open stays as it was
    assert len(merged.runs) <= n_shards
    assert set(index.accounts(questions[0])) == answers_of_sql(events, questions[0])


def check_answers(index, events, questions):
    assert index.n_events == len(events)
    assert index.sources() == sorted({event.source for event in events})
    for question in questions:
        found = index.accounts(question)
        assert set(found) == naive.members(events, question)
        last = index.last_event_times(question)
        times = [time.replace(tzinfo=UTC) for time in last.times.tolist()]
        assert dict(zip(last.accounts.tolist(), times, strict=True)) == naive.last_event_times(events, question)
        assert last.accounts.tolist() == found.indices().tolist()
        counts = {account: len(times) for account, times in naive.times_by_account(events, question).items()}
        each = index.n_events_each(question)
        assert {int(account): int(each[account]) for account in np.flatnonzero(each)} == counts
        assert [tuple(each) for each in index.fired(question)] == naive.fired(events, question)


def test_who_did_what_within_which_days(built):
    index = EventIndex.open(built)
    month = NOW - timedelta(days=30)
    assert set(index.accounts(EventQuestion(["1"], ["pagevisit"], month, NOW))) == {3}
    assert set(index.accounts(EventQuestion(["1"], ["pagevisit"], month, NOW, min_count=2))) == {3}
    assert (
        set(index.accounts(EventQuestion(["1"], ["pagevisit"], month + timedelta(microseconds=1), min_count=2)))
        == set()
    )
    assert set(index.accounts(EventQuestion(actions=["checkout"]))) == {3, 70, 71}
    assert set(index.accounts(EventQuestion(sources=[]))) == set()
    assert set(index.accounts(EventQuestion(actions=[]))) == set()
    assert repr(index) == "EventIndex(n_accounts=130, n_events=5, n_runs=1)"


def test_a_member_leaves_when_the_event_that_decides_does(built):
    last = EventIndex.open(built).last_event_times(EventQuestion(["1"], min_count=3))
    assert last.accounts.tolist() == [3]
    assert last.times.tolist() == [(NOW - timedelta(days=30)).replace(tzinfo=None)]


def test_an_event_takes_eight_bytes_and_thirteen_never(tmp_path):
    seconds = [Event("1", "checkout", NOW - timedelta(seconds=n), n % N_ACCOUNTS) for n in range(1000)]
    index = new_index(tmp_path, seconds)
    (run,) = index.runs
    assert run.times.itemsize + run.accounts.itemsize == 8
    assert run.clock.tolist()[1] == 1_000_000
    finest = [
        Event("1", "checkout", NOW - timedelta(days=200), 1),
        Event("1", "checkout", NOW - timedelta(microseconds=1), 2),
    ]
    (run,) = new_index(tmp_path, finest).runs
    assert run.times.itemsize + run.accounts.itemsize == 12


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    events = [*STORY, *STORY[::2]]
    new_index(tmp_path, events)
    before = {path.name: path.read_bytes() for path in (tmp_path / "i").glob("*.npy")}
    new_index(tmp_path, events[::-1])
    assert {path.name: path.read_bytes() for path in (tmp_path / "i").glob("*.npy")} == before


def test_an_index_without_events_finds_nobody_and_grows(tmp_path):
    assert len(new_index(tmp_path, []).accounts(EventQuestion())) == 0
    assert set(new_index(tmp_path, [], STORY).accounts(EventQuestion())) == {3, 70, 71}


def test_what_is_open_stays_as_it_was(folder):
    before = EventIndex.open(folder)
    append_events(folder, table_of([Event("7", "lead", NOW, 99)]), COLUMNS)
    assert set(before.accounts(EventQuestion())) == {3, 70, 71}
    after = EventIndex.open(folder)
    assert set(after.accounts(EventQuestion())) == {3, 70, 71, 99}
    assert after.actions == ("checkout", "pagevisit", "lead")


def test_an_index_is_opened_again_where_it_is_unpickled(folder):
    index = pickle.loads(pickle.dumps(EventIndex.open(folder)))  # noqa: S301 - our own bytes
    assert index.n_events == 5
    pickled = pickle.dumps(index)
    append_events(folder, table_of(STORY), COLUMNS)
    with pytest.raises(UniverseError, match="as it was opened before, found another"):
        pickle.loads(pickled)  # noqa: S301


def test_a_build_that_is_stopped_leaves_nothing(tmp_path):
    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        write_event_index(write_events(tmp_path / "e.parquet", STORY), tmp_path / "i", COLUMNS, 130, on_progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["e.parquet"]


def test_an_addition_that_is_stopped_adds_nothing(folder):
    def stop(n_done, _n_total):
        if n_done >= 100:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        append_events(folder, table_of(STORY), COLUMNS, on_progress=stop)
    assert EventIndex.open(folder).n_events == 5


def test_progress_goes_forward_to_the_end(tmp_path):
    seen = []
    path = write_events(tmp_path / "e.parquet", STORY)
    write_event_index(path, tmp_path / "i", COLUMNS, 130, on_progress=lambda *steps: seen.append(steps))
    assert seen[-1] == (300, 300)
    assert [n_done for n_done, _ in seen] == sorted(n_done for n_done, _ in seen)


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("account", 130, "expected accounts from 0 to 129, got 3 to 130"),
        ("account", -1, "expected accounts from 0 to 129, got -1 to 71"),
        ("event_time", None, "expected the time of every event"),
        ("tag_id", None, "expected the source of every event"),
        ("event", None, "expected the action of every event"),
        ("tag_id", "1\0", "expected sources without null characters"),
    ],
)
def test_events_that_cannot_be_are_refused_and_add_nothing(folder, column, value, complaint):
    rows = table_of(STORY).to_pylist()
    rows[-1 if value == 130 else 3][column] = value
    wrong = type(table_of(STORY)).from_pylist(rows, schema=SCHEMA)
    with pytest.raises(UniverseError, match=complaint):
        append_events(folder, wrong, COLUMNS)
    assert EventIndex.open(folder).n_events == 5


def test_more_actions_than_have_a_code_are_refused(tmp_path):
    events = [Event("1", f"action {number:03d}", NOW, 1) for number in range(257)]
    with pytest.raises(UniverseError, match="expected at most 256 actions, got 257"):
        new_index(tmp_path, events)
    assert len(new_index(tmp_path, events[:256]).accounts(EventQuestion(actions=["action 255"]))) == 1


@pytest.mark.parametrize("damage", ["cut", "lengthened", "removed"])
@pytest.mark.parametrize("name", ["run-000001-times.npy", "run-000001-sources.npy"])
def test_a_file_of_another_size_is_refused_at_once(folder, name, damage):
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage != "removed":
        (folder / name).write_bytes(content[:-1] if damage == "cut" else content + b"\0")
    with pytest.raises(UniverseError, match=rf"bytes in {name}.*universe index"):
        EventIndex.open(folder)


def test_any_byte_that_differs_is_found(folder):
    for path in folder.glob("*.npy"):
        original = path.read_bytes()
        changed = bytearray(original)
        changed[-1] ^= 1
        path.write_bytes(changed)
        with pytest.raises(UniverseError, match=rf"expected {path.name} as it was written|expected arrays that belong"):
            EventIndex.open(folder).verify()
        path.write_bytes(original)
    EventIndex.open(folder).verify()


def test_no_damage_reads_or_writes_outside_of_the_arrays(folder):
    """Whatever the numbers in the files become, there is an answer or a refusal."""
    rng = np.random.default_rng(1)
    names = ["key_begins", "offsets", "accounts", "key_actions", "times"]
    n_refused = 0
    for name in names * 20:
        path = folder / f"run-000001-{name}.npy"
        original = path.read_bytes()
        array = np.load(path)
        array[rng.integers(array.size)] = rng.integers(
            np.iinfo(array.dtype).min, np.iinfo(array.dtype).max, dtype=array.dtype
        )
        np.save(path, array)
        try:
            index = EventIndex.open(folder)
            for question in (EventQuestion(), EventQuestion(["1"], min_count=2)):
                index.accounts(question), index.last_event_times(question), index.fired(question)
        except UniverseError:
            n_refused += 1
        path.write_bytes(original)
    assert n_refused > 40


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda fields: fields | {"n_accounts": 131}, "as it was written, found another value"),
        (lambda fields: fields | {"format": "another"}, "found something else"),
        (lambda fields: fields | {"format_version": 2}, "expected format_version 1, found 2"),
        (lambda fields: fields | {"runs": [{}]}, "expected all fields"),
        (lambda _: [], "found something else"),
    ],
)
def test_a_description_that_was_changed_is_refused(folder, change, complaint):
    path = folder / "events.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(UniverseError, match=complaint):
        EventIndex.open(folder)


def test_an_unfinished_or_missing_index_is_refused(folder, tmp_path):
    (folder / "events.json").unlink()
    with pytest.raises(UniverseError, match=r"found none: it was not finished.*universe index"):
        EventIndex.open(folder)
    with pytest.raises(InputFileError, match="found none; build it"):
        EventIndex.open(tmp_path / "nowhere")


def test_nothing_but_an_index_is_replaced(folder, tmp_path):
    path = write_events(tmp_path / "e.parquet", STORY)
    with pytest.raises(InputFileError, match=r"expected no index of events at .* yet, found one"):
        write_event_index(path, folder, COLUMNS, N_ACCOUNTS)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputFileError, match="expected no other folder or file"):
        write_event_index(path, folder, COLUMNS, N_ACCOUNTS, overwrite=True)


def test_sources_in_any_letters_are_found_and_none_is_taken_for_another(tmp_path):
    names = ["é", "e", "日本", "ee", "e e"]
    index = new_index(tmp_path, [Event(name, "lead", NOW, number) for number, name in enumerate(names)])
    assert index.sources() == sorted(names, key=str.encode)
    for number, name in enumerate(names):
        assert set(index.accounts(EventQuestion([name]))) == {number}
        assert set(index.accounts(EventQuestion([name + "\0"]))) == set()
    assert set(index.accounts(EventQuestion(["é", "e\0", "日", "e e"]))) == {0, 4}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"sources": "800"}, "sources: expected several texts"),
        ({"actions": [1]}, "actions: expected several texts"),
        ({"since": datetime(2026, 1, 1)}, "since: expected a time with its zone"),  # noqa: DTZ001 - the fault
        ({"until": 5}, "until: expected a time with its zone"),
        ({"min_count": 0}, "min_count: expected a whole number of 1 or more, got 0"),
        ({"min_count": True}, "min_count: expected a whole number"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(fields, complaint):
    with pytest.raises(DefinitionError, match=complaint):
        EventQuestion(**fields)
