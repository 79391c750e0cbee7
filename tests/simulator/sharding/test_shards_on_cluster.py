"""Runs in shards on a cluster of two worker processes: the same as in one."""

import os
import signal
import time

import pytest
from distributed import Client

from simulator.errors import ConfigError
from simulator.run import simulate
from simulator.sharding import BudgetSharing, simulate_in_shards, simulate_on_cluster
from simulator.world import World
from tests.local_cluster import new_cluster
from tests.simulator.sharding.results import differences
from tests.simulator.sharding.wide_market import market
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.errors import CancelledError, ClusterError, UniverseError


@pytest.fixture(scope="module")
def config(sample_universe):
    return run_config(
        ad_group("2001", targeting={"AUDIENCE_INCLUDE": ["1002"]}, budget_micros=2_000_000),
        ad_group("2002", budget_micros=3_000_000, pacing_delivery_type="ACCELERATED"),
        ad_group("2003", budget_micros=5_000_000, pacing_delivery_type="adaptive"),
        audiences=[audience_spec("1002", "VISITOR")],
        universe=str(sample_universe.path),
        flight={"n_days": 1},
        traffic={"opportunities_per_account_day": 2},
    )


@pytest.fixture(scope="module")
def world(config):
    return World.open(config)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with new_cluster(2, tmp_path_factory.mktemp("workers")) as made:
        yield made


def test_a_run_on_a_cluster_is_the_run(config, world, cluster):
    seen = []
    on_cluster = simulate_on_cluster(
        config, world, cluster.scheduler_address, on_progress=lambda *step: seen.append(step)
    )
    assert differences(on_cluster, simulate(config, world)) == []
    assert seen == sorted(seen)
    assert seen[-1] == (24, 24)


def test_reconciled_shards_do_the_same_wherever_they_are(config, world, cluster):
    sharing = BudgetSharing.RECONCILED
    on_cluster = simulate_on_cluster(config, world, cluster.scheduler_address, n_shards=3, sharing=sharing)
    assert differences(on_cluster, simulate_in_shards(config, world, 3, sharing=sharing)) == []


def test_a_run_that_is_cancelled_leaves_nothing_on_the_cluster(config, world, cluster):
    def stop(n_done, _n_total):
        if n_done == 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        simulate_on_cluster(config, world, cluster.scheduler_address, on_progress=stop)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        for _ in range(100):  # the scheduler forgets in its own time
            if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
                break
            time.sleep(0.05)
        else:
            pytest.fail("the scheduler still holds what was sent")


def test_workers_that_find_other_people_are_refused(config, world, cluster, monkeypatch):
    monkeypatch.setattr("simulator.sharding.on_cluster.run_fingerprint", lambda *_: "of other people")
    with pytest.raises(UniverseError, match="the same universe, the same lists and the same version"):
        simulate_on_cluster(config, world, cluster.scheduler_address)


def test_chosen_members_are_sent_to_nobody():
    config, world = market(100, 1, budget_micros=10**9)
    with pytest.raises(ConfigError, match="members were chosen"):
        simulate_on_cluster(config, world, "tcp://127.0.0.1:1")


def test_reconciled_shards_have_to_be_counted(config, world):
    with pytest.raises(ConfigError, match="the result depends on it"):
        simulate_on_cluster(config, world, "tcp://127.0.0.1:1", sharing=BudgetSharing.RECONCILED)


def test_a_scheduler_that_is_not_there_is_named(config, world, monkeypatch):
    monkeypatch.setattr("workbench.cluster._CONNECTION_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="or simulate without"):
        simulate_on_cluster(config, world, "tcp://127.0.0.1:1")


def test_a_worker_that_dies_is_told_of_and_the_next_run_goes_well(config, world, cluster):
    is_alive = True

    def kill_a_worker(n_done, _n_total):
        nonlocal is_alive
        if is_alive and n_done == 2:
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            is_alive = False

    with pytest.raises(ClusterError, match="one was lost or failed"):
        simulate_on_cluster(config, world, cluster.scheduler_address, on_progress=kill_a_worker)
    assert not is_alive
    assert differences(simulate_on_cluster(config, world, cluster.scheduler_address), simulate(config, world)) == []
