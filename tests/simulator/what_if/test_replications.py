import pandas as pd
import pytest

from simulator.config import RunConfig, with_paths
from simulator.errors import ConfigError
from simulator.kernels.draws import replication_seed
from simulator.run import simulate
from simulator.scenario import Lever
from simulator.what_if import METRIC_NAMES, Cell, KeptRuns, RunFigures, replicating, run_cells, threads
from simulator.what_if.fingerprints import config_fingerprint
from workbench.errors import CancelledError

BIDS = (4_000_000, 6_000_000, 9_000_000)


@pytest.fixture
def configs(scenario):
    levers = [Lever(path="ad_groups.*.bid_cpm_micros", value=bid) for bid in BIDS]
    return [scenario.with_levers("Bid", lever).config for lever in levers]


@pytest.fixture
def counted(monkeypatch):
    """Count the runs that are really done."""
    seen = []

    def simulated(config, *rest):
        seen.append(config.rng_seed)
        return simulate(config, *rest)

    monkeypatch.setattr("simulator.what_if.workers.simulate", simulated)
    return seen


def test_a_table_has_every_figure_of_every_cell_in_order(configs, world):
    table = run_cells(configs, world, replications=range(3, 5))
    expected = [(c, r, m) for c in range(3) for r in (3, 4) for m in METRIC_NAMES]
    assert list(zip(table["config"], table["replication"], table["metric"], strict=True)) == expected
    alone = simulate(configs[1].model_copy(update={"rng_seed": replication_seed(1, 4)}), world)
    cell = table[(table["config"] == 1) & (table["replication"] == 4)]
    assert dict(zip(cell["metric"], cell["value"], strict=True)) == pytest.approx(
        dict(RunFigures.of(alone).totals), nan_ok=True, abs=0, rel=0
    )


def test_the_same_whatever_the_threads_and_the_order(configs, world):
    tables = [run_cells(configs, world, replications=range(4), where=threads(n)) for n in (1, 2, 3)]
    backwards = run_cells(configs[::-1], world, replications=range(4))
    backwards = backwards.assign(config=2 - backwards["config"])
    tables.append(backwards.sort_values(["config", "replication"], kind="stable", ignore_index=True))
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_exact=True)


def test_equal_cells_are_run_once(configs, world, counted):
    twice = run_cells([*configs, configs[0]], world, replications=range(2))
    assert len(counted) == len(BIDS) * 2
    of = {number: part["value"].tolist() for number, part in twice.groupby("config")}
    assert of[0] == pytest.approx(of[3], nan_ok=True, abs=0, rel=0)


def test_names_do_not_make_another_run(scenario, world, counted):
    renamed = scenario.base.model_copy(
        update={"campaigns": (scenario.base.campaigns[0].model_copy(update={"name": "Another"}),)}
    )
    run_cells([scenario.base, renamed], world, replications=range(2))
    assert len(counted) == 2


def test_where_files_lie_does_not_make_another_run(scenario):
    settings = scenario.base.model_dump(mode="json")
    people = {"type": "CUSTOMER_LIST", "list_file": "customers.csv", "suppression_file": "opted_out.csv"}
    settings["audiences"].append({"audience_id": "1999", "name": "Customers", "definition": people})
    config = RunConfig.model_validate(settings)
    assert config_fingerprint(with_paths(config, "/elsewhere/{}".format)) == config_fingerprint(config)


def test_kept_runs_are_not_done_again(configs, world, counted):
    keep = KeptRuns()
    first = run_cells(configs[:2], world, replications=range(3), keep=keep)
    assert len(counted) == len(keep) == 6
    again = run_cells(configs, world, replications=range(4), keep=keep)
    assert len(counted) == 12
    pd.testing.assert_frame_equal(
        first, again[(again["config"] < 2) & (again["replication"] < 3)].reset_index(drop=True)
    )


def test_cells_can_be_taken_one_by_one_and_left(configs, world, counted):
    cells = [Cell(config, replication) for replication in range(20) for config in range(3)]
    with replicating(configs, world, where=threads(1)) as runs:
        taken = runs.finished(cells)
        first = next(taken)
        assert first.cell in cells
        assert not first.is_reused
        taken.close()
    assert len(counted) < 10


def test_progress_counts_cells_and_can_cancel(configs, world):
    seen = []
    run_cells(configs, world, replications=range(2), on_progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 6)
    assert seen[-1] == (6, 6)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)

    def stop(n_done, _n_total):
        if n_done >= 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        run_cells(configs, world, replications=range(50), on_progress=stop)


def test_finished_runs_are_kept_when_the_work_is_cancelled(configs, world):
    keep = KeptRuns()

    def stop(n_done, _n_total):
        if n_done >= 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        run_cells(configs, world, replications=range(50), keep=keep, on_progress=stop)
    assert len(keep) >= 2


@pytest.mark.parametrize("replications", [range(0), range(10_001), range(-1, 3), range(5, 0)])
def test_replications_that_are_none_too_many_or_negative_are_refused(configs, world, replications):
    with pytest.raises(ConfigError, match=r"expected 1 to 10,000 replications"):
        run_cells(configs, world, replications=replications)


def test_no_configuration_is_refused(world):
    with pytest.raises(ConfigError, match="at least one configuration"):
        run_cells([], world, replications=range(2))
