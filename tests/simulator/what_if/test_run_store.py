import hashlib
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ConfigError
from simulator.what_if import KeptRuns, RunFigures, RunStore, run_cells
from simulator.what_if.metrics import METRIC_NAMES
from simulator.what_if.run_store import MARK_FILE
from workbench.errors import InputFileError

numbers = st.floats(allow_infinity=False)
PRINT = "ab" * 32


def figures_of(totals, by_day=((1.0, 2.0), (3.0, 4.0)), by_ad_group=None, warnings=()) -> RunFigures:
    return RunFigures(
        dict(zip(METRIC_NAMES, map(float, totals), strict=True)),
        {name: np.array(values) for name, values in zip(("spend", "impressions"), by_day, strict=True)},
        {name: np.array(values) for name, values in (by_ad_group or {"CTR": [math.nan, 0.1]}).items()},
        np.array([[*range(100, 190, 10), math.nan]]),
        np.array([[0.0, 1.0, 2.5e6]]),
        tuple(warnings),
    )


def written_out(figures: RunFigures) -> str:
    """Everything in the figures: Python writes a float so that no other reads the same."""
    days, groups = (
        {name: values.tolist() for name, values in part.items()} for part in (figures.by_day, figures.by_ad_group)
    )
    people, pairs = figures.by_frequency.tolist(), figures.self_competition.tolist()
    return repr((figures.totals, days, groups, people, pairs, figures.warnings))


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def some_figures() -> RunFigures:
    return figures_of(range(len(METRIC_NAMES)))


def the_file(store) -> Path:
    (path,) = (path for path in store.folder.rglob("*.json") if path.name != MARK_FILE)
    return path


@given(
    totals=st.lists(numbers, min_size=len(METRIC_NAMES), max_size=len(METRIC_NAMES)),
    days=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4),
    warnings=st.lists(st.text(), max_size=2),
)
def test_figures_come_back_to_the_last_bit(totals, days, warnings, tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("runs"))
    figures = figures_of(totals, by_day=tuple(zip(*days, strict=True)), warnings=warnings)
    store.keep(PRINT, figures)
    assert written_out(RunStore(store.folder).find(PRINT)) == written_out(figures)


def test_what_is_not_kept_is_not_found(store):
    assert store.find(PRINT) is None
    assert store.n_not_believed == 0


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def with_another_number(content: bytes) -> bytes:
    return content.replace(b"3.0", b"3.5", 1)


def with_checksum_of(change):
    def changed(content):
        document = json.loads(content)
        change(document["run"])
        document["sha256"] = hashlib.sha256(json.dumps(document["run"], allow_nan=False).encode()).hexdigest()
        return json.dumps(document).encode()

    return changed


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        with_another_number,
        with_checksum_of(lambda run: run["figures"]["totals"].pop("spend")),
        with_checksum_of(lambda run: run["figures"].pop("by_day")),
        with_checksum_of(lambda run: run.update(fingerprint="cd" * 32)),
        with_checksum_of(lambda run: run["figures"].update(totals=[1])),
        lambda _: b"",
        lambda _: b"\xff\xfe",
        lambda _: b"[" * 100_000,
        lambda _: b"[]",
        lambda _: b"null",
        lambda _: b'{"format": 1}',
        lambda content: content.replace(b'"format": 1', b'"format": 2'),
    ],
)
def test_a_file_that_is_damaged_or_foreign_is_not_believed_and_replaced(store, some_figures, damage):
    store.keep(PRINT, some_figures)
    path = the_file(store)
    path.write_bytes(damage(path.read_bytes()))
    assert store.find(PRINT) is None
    assert store.n_not_believed == 1
    store.keep(PRINT, some_figures)
    assert written_out(store.find(PRINT)) == written_out(some_figures)


def test_the_file_of_another_run_is_not_believed(store, some_figures):
    store.keep(PRINT, some_figures)
    other = "ab" + "cd" * 31
    the_file(store).rename(store.folder / "ab" / f"{other}.json")
    assert store.find(other) is None


def test_a_folder_in_the_place_of_a_run_is_refused_and_left(store, some_figures):
    (store.folder / "ab" / f"{PRINT}.json").mkdir(parents=True)
    assert store.find(PRINT) is None
    with pytest.raises(InputFileError, match="a finished run"):
        store.keep(PRINT, some_figures)


def test_a_folder_of_something_else_is_refused_and_left(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputFileError, match="found something else"):
        RunStore(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(InputFileError, match="expected"):
        RunStore(path)
    assert path.read_text() == "mine"


def test_a_store_of_a_later_version_is_refused(store):
    (store.folder / MARK_FILE).write_text('{"format": 2}')
    with pytest.raises(ConfigError, match="update this program"):
        RunStore(store.folder)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "x"}'])
def test_a_mark_that_says_nothing_is_refused(store, content):
    (store.folder / MARK_FILE).write_text(content)
    with pytest.raises(InputFileError, match="of what format"):
        RunStore(store.folder)


def test_in_memory_the_first_that_were_kept_go_first(some_figures):
    kept = KeptRuns(2)
    for fingerprint in "abc":
        kept.keep(fingerprint, some_figures)
    assert (kept.find("a"), kept.find("c"), len(kept)) == (None, some_figures, 2)


def test_runs_that_are_kept_in_a_folder_are_the_same_runs(scenario, world, store):
    first = run_cells([scenario.base], world, replications=range(3), keep=store)
    again = run_cells([scenario.base], world, replications=range(3), keep=RunStore(store.folder))
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_nobody_can_be_told_from_a_store(scenario, world, store):
    run_cells([scenario.base], world, replications=range(1), keep=store)
    run = json.loads(the_file(store).read_text())["run"]["figures"]
    people = [run["totals"]["reach"], *run["by_ad_group"]["TOTAL_IMPRESSION_USER"]]
    assert all(size is None or (size >= 100 and size % 10 == 0) for size in people)


WRITER = """
import sys
import numpy as np
from simulator.what_if.run_figures import DAILY, RunFigures
from simulator.what_if.run_store import RunStore
from simulator.what_if.metrics import METRIC_NAMES
store = RunStore(sys.argv[1])
for number in range(100):
    nothing = np.empty((0, 10)), np.empty((0, 3))
    figures = RunFigures(dict.fromkeys(METRIC_NAMES, number), dict.fromkeys(DAILY, np.array([0.5])), {}, *nothing, ())
    store.keep(f"{number:064x}", figures)
    print(number, flush=True)
"""


def test_programs_may_write_at_once_and_be_killed(tmp_path):
    folder = tmp_path / "runs"
    command = [sys.executable, "-c", WRITER, str(folder)]
    killed, other = (subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2))  # noqa: S603 - our own
    for _ in range(5):
        killed.stdout.readline()
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    other.communicate()
    assert (killed.returncode, other.returncode) == (-signal.SIGKILL, 0)
    store = RunStore(folder)
    assert [store.find(f"{number:064x}").totals["spend"] for number in range(100)] == list(range(100))
    assert store.n_not_believed == 0
