"""Many questions in one pass have the answers that each would have alone, here and on a cluster."""

import time
from datetime import timedelta
from unittest.mock import patch

import numpy as np
import pytest
from distributed import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local_cluster import new_cluster
from tests.workbench.events import naive
from tests.workbench.events.event_tables import (
    ACTIONS,
    COLUMNS,
    N_ACCOUNTS,
    NOW,
    QUESTIONS,
    SOURCES,
    table_of,
    write_events,
)
from tests.workbench.events.naive import Event
from workbench.errors import CancelledError, ClusterError, UniverseError
from workbench.events import (
    EventIndex,
    EventQuestion,
    answer_all,
    answer_all_on_cluster,
    append_events,
    populating,
    write_event_index,
)


def some_events(rng_seed, n):
    rng = np.random.default_rng(rng_seed)
    return [
        Event(
            SOURCES[rng.integers(len(SOURCES))],
            ACTIONS[rng.integers(len(ACTIONS))],
            NOW - timedelta(seconds=int(rng.integers(5 * 86_400))),
            int(rng.integers(N_ACCOUNTS)),
        )
        for _ in range(n)
    ]


EVENTS = [*some_events(1, 300), *some_events(2, 40)]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """An index of three shards with two runs each."""
    place = tmp_path_factory.mktemp("events")
    path = write_events(place / "events.parquet", EVENTS[:300])
    write_event_index(path, place / "index", COLUMNS, N_ACCOUNTS, n_shards=3)
    append_events(place / "index", table_of(EVENTS[300:]), COLUMNS)
    return EventIndex.open(place / "index")


def stop(n_done, _n_total):
    if n_done:
        raise CancelledError("stopped")


@settings(deadline=None)
@given(questions=st.lists(QUESTIONS, max_size=8))
def test_many_answers_are_those_of_plain_loops(index, questions):
    seen = []
    with patch.object(populating, "_BLOCK_EVENTS", 7):
        answers = answer_all(index, questions, on_progress=lambda *steps: seen.append(steps))
    assert [set(answer) for answer in answers] == [naive.members(EVENTS, question) for question in questions]
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]
    assert [n_done for n_done, _ in seen] == sorted(n_done for n_done, _ in seen)


def test_a_pass_can_be_stopped(index):
    with patch.object(populating, "_BLOCK_EVENTS", 10), pytest.raises(CancelledError):
        answer_all(index, [EventQuestion()], on_progress=stop)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with new_cluster(2, tmp_path_factory.mktemp("workers")) as cluster:
        yield cluster


def test_answers_of_a_cluster_are_those_of_one_machine(index, cluster):
    questions, seen = [EventQuestion(), EventQuestion(["1"], min_count=2), EventQuestion(["2"], [])], []
    answers = answer_all_on_cluster(
        index, questions, cluster.scheduler_address, on_progress=lambda *steps: seen.append(steps)
    )
    assert answers == answer_all(index, questions)
    assert [len(answer) > 0 for answer in answers] == [True, True, False]
    assert seen[-1] == (3, 3)
    assert answer_all_on_cluster(index, [], cluster.scheduler_address) == []


def test_work_that_is_stopped_leaves_nothing_on_the_cluster(index, cluster):
    with pytest.raises(CancelledError):
        answer_all_on_cluster(index, [EventQuestion()], cluster.scheduler_address, on_progress=stop)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        for _ in range(100):  # the scheduler forgets in its own time
            if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
                break
            time.sleep(0.05)
        else:
            pytest.fail("the scheduler still holds what was sent")


def test_a_worker_that_finds_another_index_refuses(cluster, tmp_path):
    write_event_index(write_events(tmp_path / "e.parquet", EVENTS), tmp_path / "i", COLUMNS, N_ACCOUNTS)
    before = EventIndex.open(tmp_path / "i")
    append_events(tmp_path / "i", table_of(EVENTS[:1]), COLUMNS)
    with pytest.raises(UniverseError, match="as it was opened before, found another"):
        answer_all_on_cluster(before, [EventQuestion()], cluster.scheduler_address)


def test_a_scheduler_that_does_not_answer_is_refused(index):
    with patch("workbench.cluster._CONNECTION_SECONDS", 0.2), pytest.raises(ClusterError, match="or ask without"):
        answer_all_on_cluster(index, [EventQuestion()], "tcp://127.0.0.1:1")
