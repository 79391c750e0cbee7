"""The match on a cluster of two worker processes: the same as the match in one."""

import os
import signal
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
from distributed import Client

from tests.local_cluster import new_cluster
from tests.workbench.identity.test_directory import email_row, identifiers_table
from tests.workbench.identity.test_matching import checked_list
from workbench import cluster as cluster_module
from workbench.errors import CancelledError, ClusterError, DefinitionError, UniverseError
from workbench.identity import AccountDirectory, DigestKind, ListType, hash_email, match
from workbench.identity.directory_building import write_directory
from workbench.identity.distributed_matching import _Volume, match_on_cluster

PEOPLE = [f"customer{number}@shop.example" for number in range(300)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with new_cluster(2, tmp_path_factory.mktemp("workers")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def identifiers(tmp_path_factory):
    path = tmp_path_factory.mktemp("identifiers") / "identifiers.parquet"
    pq.write_table(identifiers_table([email_row(account, email) for account, email in enumerate(PEOPLE)]), path)
    return path


@pytest.fixture(scope="module", params=[0, 2])
def directory(request, identifiers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "directory"
    write_directory(identifiers, folder, 300, n_partition_bits=request.param)
    return AccountDirectory.open(folder)


def list_of_everybody():
    """Everybody twice, by two hash functions, and as many strangers; SHA-1 digests find nobody."""
    emails = [*PEOPLE, *(f"stranger{number}@shop.example" for number in range(300))]
    kinds = [DigestKind.SHA256, DigestKind.MD5, DigestKind.SHA1, DigestKind.SHA256]
    return checked_list([(kind, hash_email(email, kind)) for kind in kinds for email in emails], ListType.EMAIL)


def test_a_match_on_a_cluster_is_the_match(cluster, directory):
    checked, seen = list_of_everybody(), []
    on_cluster = match_on_cluster(
        checked, directory, cluster.scheduler_address, on_progress=lambda *steps: seen.append(steps)
    )
    assert on_cluster == match(checked, directory)
    assert len(on_cluster.members) == 300
    assert (on_cluster.n_distinct_valid_records, on_cluster.n_matched_records) == (1800, 600)
    assert seen[-1][0] == seen[-1][1] >= 4
    assert [n_done for n_done, _ in seen] == sorted(n_done for n_done, _ in seen)


def test_a_list_of_nobody_matches_nobody(cluster, directory):
    checked = checked_list([], ListType.EMAIL)
    assert match_on_cluster(checked, directory, cluster.scheduler_address) == match(checked, directory)


def test_a_match_that_is_stopped_leaves_nothing_on_the_cluster(cluster, directory):
    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        match_on_cluster(list_of_everybody(), directory, cluster.scheduler_address, on_progress=stop)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        for _ in range(100):  # the scheduler forgets in its own time
            if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
                break
            time.sleep(0.05)
        else:
            pytest.fail("the scheduler still holds what was sent")


def test_what_a_worker_refuses_is_refused_here(cluster, identifiers, tmp_path):
    write_directory(identifiers, tmp_path / "d", 300)
    directory = AccountDirectory.open(tmp_path / "d")
    write_directory(identifiers, tmp_path / "d", 400, overwrite=True)
    with pytest.raises(UniverseError, match="to be the one that was opened before, found another"):
        match_on_cluster(list_of_everybody(), directory, cluster.scheduler_address)


def test_an_account_that_does_not_exist_is_refused(cluster, identifiers, tmp_path):
    write_directory(identifiers, tmp_path / "d", 300)
    for path in (tmp_path / "d").glob("EMAIL-SHA256-*-accounts.npy"):
        np.save(path, np.load(path) + np.uint32(1000))
    with pytest.raises(UniverseError, match="expected accounts from 0 to 299"):
        match_on_cluster(list_of_everybody(), AccountDirectory.open(tmp_path / "d"), cluster.scheduler_address)


def test_a_directory_in_memory_is_refused():
    directory = AccountDirectory.build(identifiers_table([]), 3)
    with pytest.raises(DefinitionError, match="universe index"):
        match_on_cluster(checked_list([], ListType.EMAIL), directory, "tcp://127.0.0.1:1")


@pytest.mark.parametrize("address", ["", "nowhere", "tcp://127.0.0.1:1", "ftp://127.0.0.1:1", "tcp://:x"])
def test_a_scheduler_that_does_not_answer_is_refused(directory, address, monkeypatch):
    monkeypatch.setattr(cluster_module, "_CONNECTION_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="expected a Dask scheduler at an address"):
        match_on_cluster(list_of_everybody(), directory, address)


def test_a_scheduler_without_workers_is_refused(directory, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster_module, "_CONNECTION_SECONDS", 0.5)
    with (
        new_cluster(0, tmp_path) as cluster,
        pytest.raises(ClusterError, match="got one without any"),
    ):
        match_on_cluster(list_of_everybody(), directory, cluster.scheduler_address)


def test_what_is_sent_shows_no_digest():
    digest = np.frombuffer(hash_email(PEOPLE[0])[:8], dtype=">u8").astype(np.uint64)
    volume = _Volume(ListType.EMAIL, DigestKind.SHA256, 0.5, digest, digest, np.ones(1, dtype=np.int64))
    assert repr(volume) == str(volume) == "_Volume(EMAIL, SHA256, place=0.5, n=1)"


def test_a_worker_that_dies_is_told_of_and_the_next_match_goes_well(cluster, directory):
    checked, is_alive = list_of_everybody(), True
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2)  # one that died in the test before may not be back yet

    def kill_a_worker(_n_done, _n_total):
        nonlocal is_alive
        if is_alive:
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            is_alive = False

    with pytest.raises(ClusterError, match="one was lost or failed"):
        match_on_cluster(checked, directory, cluster.scheduler_address, on_progress=kill_a_worker)
    assert match_on_cluster(checked, directory, cluster.scheduler_address) == match(checked, directory)
