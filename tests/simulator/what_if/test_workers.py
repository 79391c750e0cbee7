"""The same figures to the last bit, wherever they are run."""

import os
import signal
import subprocess
import sys

import pandas as pd
import pytest

from simulator.errors import ConfigError
from simulator.scenario import Lever, Scenario
from simulator.what_if import Cell, RunStore, cluster, processes, replicating, run_cells, threads
from simulator.world import World
from tests.local_cluster import new_cluster
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.errors import CancelledError, ClusterError, DefinitionError, UniverseError

REPLICATIONS = range(3)


@pytest.fixture(scope="module")
def base(sample_universe) -> Scenario:
    config = run_config(
        ad_group("2001", targeting={"AUDIENCE_INCLUDE": ["1002"]}),
        audiences=[audience_spec("1002", "VISITOR")],
        universe=str(sample_universe.path),
        flight={"n_days": 1},
    )
    return Scenario(name="Base", base=config)


@pytest.fixture(scope="module")
def configs(base):
    levers = [
        Lever(path="ad_groups.*.bid_cpm_micros", value=4_000_000),
        Lever(path="audiences.1002.definition.retention_days", value=60),
    ]
    return [base.config, *(base.with_levers("x", lever).config for lever in levers)]


@pytest.fixture(scope="module")
def sample_world(base):
    return World.open(base.config)


@pytest.fixture(scope="module")
def on_one_thread(configs, sample_world):
    return run_cells(configs, sample_world, replications=REPLICATIONS, where=threads(1))


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with new_cluster(2, tmp_path_factory.mktemp("workers")) as made:
        yield made.scheduler_address


def test_another_audience_is_run_with_its_own_people(on_one_thread):
    impressions = on_one_thread.query("metric == 'impressions'").groupby("config")["value"].mean()
    assert impressions[2] < impressions[0]


def test_processes_change_nothing(configs, sample_world, on_one_thread):
    found = run_cells(configs, sample_world, replications=REPLICATIONS, where=processes(2))
    pd.testing.assert_frame_equal(found, on_one_thread, check_exact=True)


def test_a_cluster_changes_nothing_and_its_worlds_are_checked(
    configs, sample_world, on_one_thread, scheduler, monkeypatch
):
    found = run_cells(configs, sample_world, replications=REPLICATIONS, where=cluster(scheduler))
    pd.testing.assert_frame_equal(found, on_one_thread, check_exact=True)
    monkeypatch.setattr("simulator.what_if.replications.run_fingerprint", lambda *_: "of other people")
    with pytest.raises(UniverseError, match="the same universe, the same lists and the same version"):
        run_cells(configs, sample_world, replications=REPLICATIONS, where=cluster(scheduler))


def test_a_cluster_is_left_when_the_work_is_cancelled(configs, sample_world, scheduler):
    def stop(n_done, _n_total):
        if n_done:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        run_cells(configs, sample_world, replications=range(50), where=cluster(scheduler), on_progress=stop)
    with replicating(configs, sample_world, where=cluster(scheduler)) as runs:
        assert next(runs.finished([Cell(0, 0)])).cell == Cell(0, 0)


def test_a_scheduler_that_is_not_there_is_named(configs, sample_world, monkeypatch):
    monkeypatch.setattr("workbench.cluster._CONNECTION_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="or run on threads"):
        run_cells(configs, sample_world, replications=REPLICATIONS, where=cluster("tcp://127.0.0.1:9"))


def test_chosen_members_are_sent_to_nobody(scenario, world):
    with pytest.raises(ConfigError, match="members were chosen"):
        run_cells([scenario.base], world, replications=REPLICATIONS, where=processes(1))


def test_what_a_world_is_refused_for_reaches_the_caller(base, sample_world):
    lever = Lever(path="audiences.1002.definition.visitor_source_id", value="899999999999")
    strange = base.with_levers("x", lever).config
    with pytest.raises(DefinitionError):
        run_cells([base.config, strange], sample_world, replications=REPLICATIONS)


@pytest.mark.parametrize("make", [threads, processes])
@pytest.mark.parametrize("n_workers", [0, -1])
def test_somebody_has_to_do_the_runs(make, n_workers):
    with pytest.raises(ConfigError, match="at least 1"):
        make(n_workers)


KILLED = """
import sys
from simulator.config import parse_config
from simulator.what_if import Cell, RunStore, replicating, threads
from simulator.world import World
config = parse_config(__import__("json").loads(sys.argv[1]), "test")
with replicating([config], World.open(config), where=threads(2), keep=RunStore(sys.argv[2])) as runs:
    for finished in runs.finished([Cell(0, replication) for replication in range(1_000)]):
        print(finished.cell.replication, flush=True)
"""


def test_what_was_finished_before_a_crash_is_not_done_again(base, sample_world, tmp_path):
    command = [sys.executable, "-c", KILLED, base.config.model_dump_json(), str(tmp_path / "runs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603 - our own
        finished = {int(program.stdout.readline()) for _ in range(4)}
        os.kill(program.pid, signal.SIGKILL)
        finished |= {int(line) for line in program.stdout.read().split()}
    assert program.returncode == -signal.SIGKILL
    cells = [Cell(0, replication) for replication in range(max(finished) + 3)]
    with replicating([base.config], sample_world, keep=RunStore(tmp_path / "runs")) as runs:
        again = {each.cell.replication: each for each in runs.finished(cells)}
    assert finished <= {replication for replication, each in again.items() if each.is_reused}
    with replicating([base.config], sample_world) as runs:
        for anew in runs.finished(cells):
            assert anew.figures.payload() == again[anew.cell.replication].figures.payload()
