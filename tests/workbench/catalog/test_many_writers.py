"""Many programs write at once, and some are killed: nothing is lost, nothing is there by half."""

import contextlib
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import func, select

from tests.workbench.catalog import writers
from tests.workbench.catalog.test_audiences import VISITORS
from workbench.catalog import Action, Catalog
from workbench.catalog.tables import audiences, notes, tags, versions

N_WRITERS = 4
N_KILLS = 12


@pytest.fixture
def pool() -> Iterator[Pool]:
    with writers.processes().Pool(N_WRITERS) as pool:
        yield pool


def test_ids_are_unique_and_the_audit_trail_is_complete(catalog, address, pool):
    names = [f"writer{number}" for number in range(N_WRITERS)]
    ids = pool.starmap(writers.create_many, [(address, who, 15) for who in names])
    every = [audience_id for some in ids for audience_id in some]
    assert sorted(every, key=int) == [str(number + 1) for number in range(15 * N_WRITERS)]
    assert [len(catalog.audiences()), len(catalog.history())] == [len(every)] * 2
    for who, own in zip(names, ids, strict=True):
        assert [event.subject_id for event in catalog.history() if event.who == who] == own


def test_no_update_is_lost(catalog, address, pool):
    catalog.create("Counter", VISITORS)
    n_conflicts = pool.starmap(writers.count_up, [(address, f"writer{number}", 10) for number in range(N_WRITERS)])
    assert catalog.get("1").spec.description == str(10 * N_WRITERS)
    assert catalog.get("1").version == 1 + 10 * N_WRITERS
    assert sum(n_conflicts) > 0  # they did meet
    words = [event.words for event in catalog.history("1") if event.action is Action.UPDATED]
    numbers = [f'"{number}"' if number else '""' for number in range(10 * N_WRITERS + 1)]
    assert words == [f"description: {old} became {new}" for old, new in pairwise(numbers)]


def test_writers_that_are_killed_lose_nothing_and_leave_nothing_by_half(catalog, address):
    rng = random.Random(5)  # noqa: S311 - when to kill
    acknowledged: set[str] = set()
    for number in range(N_KILLS):
        with writing(address, f"writer{number}") as (writer, received):
            received.poll(60)  # it is at work
            time.sleep(rng.random() * 0.15)
            writer.kill()
            acknowledged |= all_received(received)
        assert writer.exitcode == -signal.SIGKILL
    assert acknowledged
    require_whole(catalog, acknowledged)
    assert catalog.create("After", VISITORS).version == 1  # no lock was left


@contextmanager
def writing(address: str, who: str) -> Iterator[tuple[BaseProcess, Connection]]:
    """Start a writer that never ends by itself; give what it sends."""
    context = writers.processes()
    received, sent = context.Pipe(duplex=False)
    writer = context.Process(target=writers.write_until_killed, args=(address, who, sent))
    writer.start()
    sent.close()
    with received:
        yield writer, received
    writer.kill()
    writer.join()


def all_received(received: Connection) -> set[str]:
    """Return all that was sent before the sender ended."""
    found = set()
    with contextlib.suppress(EOFError):
        while True:
            found.add(received.recv())
    return found


def require_whole(catalog: Catalog, acknowledged: set[str]) -> None:
    """Everything acknowledged is there, and whatever is there has all that belongs to it."""
    saved = {audience.audience_id: audience for audience in catalog.audiences()}
    history = catalog.history()
    assert acknowledged <= set(saved)
    for audience_id, audience in saved.items():
        actions = [event.action for event in history if event.subject_id == audience_id]
        whole = [Action.CREATED, Action.UPDATED, Action.NOTED]
        assert actions == whole[: len(actions)]
        assert audience_id not in acknowledged or actions == whole
        assert audience.tags == ("a", "b")
        assert audience.version == min(len(actions), 2)
        assert audience.spec.name.endswith("renamed") is (audience.version == 2)
    n_noted = sum(event.action is Action.NOTED for event in history)
    n_versions = sum(audience.version for audience in saved.values())
    expected = {audiences: len(saved), tags: 2 * len(saved), notes: n_noted, versions: n_versions}
    with catalog._pen.reading() as (connection, _):
        for table, n_rows in expected.items():
            assert connection.execute(select(func.count()).select_from(table)).scalar() == n_rows


@pytest.mark.postgres
def test_a_server_that_crashes_loses_nothing_that_was_acknowledged(postgres):
    address = postgres.new_database()
    Catalog.open(address)
    with writing(address, "writer") as (writer, received):
        acknowledged = {received.recv() for _ in range(3)}
        postgres.end(signal.SIGQUIT)
        acknowledged |= all_received(received)
        writer.join()
    assert writer.exitcode == 1  # refused, not killed
    postgres.start()
    require_whole(Catalog.open(address), acknowledged)
