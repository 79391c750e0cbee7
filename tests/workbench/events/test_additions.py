"""Events are added whole or not at all, one program at a time, while others read; runs stay few."""

import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.events.event_tables import COLUMNS, N_ACCOUNTS, NOW, table_of, write_events
from tests.workbench.events.naive import Event
from workbench.errors import CancelledError, DefinitionError, InputFileError
from workbench.events import EventIndex, EventQuestion, append_events, compact_events, merging, write_event_index
from workbench.events.merging import MAX_RUNS, n_runs_due
from workbench.folder_lock import locked

BATCH = [Event("1", "checkout", NOW - timedelta(seconds=n), n) for n in range(5)]


@pytest.fixture
def folder(tmp_path):
    write_event_index(write_events(tmp_path / "e.parquet", BATCH), tmp_path / "i", COLUMNS, N_ACCOUNTS)
    return tmp_path / "i"


def files_of(folder):
    return {path.name for path in folder.iterdir()} - {"lock"}


def test_runs_that_have_become_many_are_merged(folder, monkeypatch):
    monkeypatch.setattr(merging, "MAX_RUNS", 3)
    for number in range(1, 8):
        append_events(folder, table_of([Event(str(number), "lead", NOW, number)]), COLUMNS)
        index = EventIndex.open(folder)
        assert len(index.runs) <= 3
        assert index.n_events == 5 + number
    index.verify()
    assert files_of(folder) == {file.name for file in index.description.files()} | {"events.json"}


@given(st.lists(st.integers(1, 1000), max_size=200))
def test_merging_keeps_runs_few_and_writes_each_event_a_few_times_only(sizes):
    runs, n_written = [], 0
    for size in sizes:
        runs.append(size)
        due = n_runs_due(runs)
        if due:
            assert due >= 2
            n_written += sum(runs[-due:])
            runs = [*runs[:-due], sum(runs[-due:])]
        assert len(runs) <= MAX_RUNS
    assert sum(runs) == sum(sizes)
    assert n_written <= sum(sizes) * (1 + np.log2(len(sizes) + 1))


def test_merged_runs_are_the_bytes_of_one(folder, tmp_path):
    late, early = [Event("0", "lead", NOW, 7)], [Event("1", "checkout", NOW - timedelta(days=9), 7)]
    for batch in (late, early):
        append_events(folder, table_of(batch), COLUMNS)
    compact_events(folder)
    path = write_events(tmp_path / "all.parquet", [*early, *BATCH, *late])
    write_event_index(path, tmp_path / "whole", COLUMNS, N_ACCOUNTS)
    (merged,), (whole,) = EventIndex.open(folder).runs, EventIndex.open(tmp_path / "whole").runs
    for one, other in zip(merged, whole, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def test_a_merge_that_is_stopped_changes_nothing(folder):
    append_events(folder, table_of(BATCH), COLUMNS)
    before = EventIndex.open(folder).description, files_of(folder)

    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        compact_events(folder, on_progress=stop)
    assert (EventIndex.open(folder).description, files_of(folder)) == before


def test_two_programs_do_not_add_at_once(folder):
    with locked(folder, "it"), pytest.raises(InputFileError, match="another program is editing it"):
        append_events(folder, table_of(BATCH), COLUMNS)


def test_the_number_of_shards_is_checked(tmp_path):
    with pytest.raises(DefinitionError, match="n_shards: expected 1 to 4096, got 0"):
        write_event_index(write_events(tmp_path / "e.parquet", BATCH), tmp_path / "i", COLUMNS, 9, n_shards=0)


def test_all_events_of_an_account_are_in_one_shard(tmp_path):
    events = [Event(str(n % 4), "lead", NOW, n % 9) for n in range(50)]
    write_event_index(write_events(tmp_path / "e.parquet", events), tmp_path / "i", COLUMNS, 9, n_shards=3)
    index = EventIndex.open(tmp_path / "i")
    assert [np.unique(run.accounts % 3).tolist() for run in index.runs] == [[0], [1], [2]]
    assert index.n_events == 50


ADD_FOREVER = """
import sys
from tests.workbench.events.test_additions import BATCH, COLUMNS, append_events, table_of
while True:
    append_events(sys.argv[1], table_of(BATCH), COLUMNS)
    print("added", flush=True)
"""


def adding_program(folder):
    command = [sys.executable, "-c", ADD_FOREVER, str(folder)]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd())  # noqa: S603 - our own
    assert program.stdout.readline() == b"added\n"
    return program


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_program_that_is_killed_has_added_all_of_a_batch_or_nothing(folder):
    rng = np.random.default_rng(1)
    n_before = 5
    for _ in range(3):
        with adding_program(folder) as program:
            time.sleep(0.3 * rng.random())
            program.kill()
        index = EventIndex.open(folder)
        index.verify()
        assert index.n_events % 5 == 0
        assert index.n_events >= n_before
        counts = index.n_events_each(EventQuestion())
        assert set(counts[:5].tolist()) == {index.n_events // 5}
        n_before = index.n_events
    assert n_before > 5
    append_events(folder, table_of(BATCH), COLUMNS)
    index = EventIndex.open(folder)
    assert index.n_events == n_before + 5
    assert files_of(folder) == {file.name for file in index.description.files()} | {"events.json"}


def test_readers_see_whole_batches_while_others_add_and_merge(folder):
    is_done = threading.Event()

    def edit():
        for _ in range(12):
            append_events(folder, table_of(BATCH), COLUMNS)
            compact_events(folder)
        is_done.set()

    editor = threading.Thread(target=edit)
    editor.start()
    n_seen = []
    while not is_done.is_set():
        index = EventIndex.open(folder)
        counts = index.n_events_each(EventQuestion())
        assert set(counts[:5].tolist()) == {index.n_events // 5}
        n_seen.append(index.n_events)
    editor.join()
    assert n_seen == sorted(n_seen)
    assert EventIndex.open(folder).n_events == 65
