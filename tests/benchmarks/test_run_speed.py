"""Whole runs: from a configuration to a ledger, against their kernel alone and against an event for every auction."""

import json
import statistics
import subprocess
import sys

import numpy as np
import pytest

from simulator.config import RunConfig
from simulator.kernels.tables import Column
from simulator.landscape import BidLandscape
from simulator.reports import (
    report_by_ad_group,
    report_by_audience,
    report_by_day,
    report_by_hour,
    report_totals,
    self_competition_table,
)
from simulator.run import RunResult, simulate
from simulator.world import World
from tests.benchmarks.alternating import cpu_seconds
from tests.benchmarks.pure_simpy import PureSimpy
from tests.benchmarks.whole_runs import RecordedCalls, busy_day, wide_run

N_ROUNDS = 5
N_SIMPY = 2_000
PLENTY, SCARCE = 10**12, 300_000
REPORTS = (
    report_totals,
    report_by_ad_group,
    report_by_day,
    report_by_hour,
    report_by_audience,
    self_competition_table,
)
FIRST_RESULT = """
import json, time
began = time.perf_counter()
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of
from simulator.reports import report_by_ad_group
from simulator.run import simulate
config = run_config(
    ad_group(targeting={"AUDIENCE_INCLUDE": ["1001"]}), audiences=[audience_spec("1001", "CUSTOMER_LIST")]
)
report = report_by_ad_group(simulate(config, world_of(config, plain_universe(1_000), {"1001": set(range(500))})))
print(json.dumps({"impressions": int(report["IMPRESSION_1"].iloc[0]), "wall": time.perf_counter() - began,
                  "cpu": time.process_time()}))
"""


def show(capsys, *lines: str) -> None:
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - a benchmark is run for its figures


def recorded(config: RunConfig, world: World) -> tuple[RunResult, RecordedCalls]:
    calls = RecordedCalls()
    with calls.recording():
        return simulate(config, world), calls


def twin_of(calls: RecordedCalls) -> PureSimpy:
    _, _, inputs, outputs = calls.calls[0]
    return PureSimpy(inputs, outputs)


def run_twin(twin: PureSimpy, result: RunResult) -> None:
    for tick, n in enumerate(result.ledger.n_opportunities.tolist()):
        twin.run(n, tick)


@pytest.mark.benchmark
@pytest.mark.parametrize("n_ad_groups", [100, 1_000])
def test_a_run_against_its_kernel_alone_and_an_event_for_every_auction(n_ad_groups, capsys):
    small, small_calls = recorded(*wide_run(n_ad_groups, 20_000, N_SIMPY / 20_000, budget_micros=SCARCE))
    twin = twin_of(small_calls)
    run_twin(twin, small)
    np.testing.assert_array_equal(small.ledger.tallies.sum(axis=0)[:, : Column.CLICKS + 1], twin.tally)
    assert (small.ledger.column(Column.WON).sum(axis=0) > 0).sum() > 10

    config, world = wide_run(n_ad_groups, 100_000, 50.0, budget_micros=PLENTY)
    result, calls = recorded(config, world)
    np.testing.assert_array_equal(calls.again(), result.ledger.tallies.sum(axis=0))
    n, n_small = int(result.ledger.n_opportunities.sum()), int(small.ledger.n_opportunities.sum())
    rounds = [
        (
            cpu_seconds(calls.again) / n,
            cpu_seconds(lambda: simulate(config, world)) / n,
            cpu_seconds(lambda: run_twin(twin, small)) / n_small,
        )
        for _ in range(N_ROUNDS)
    ]
    kernel, run, simpy = (statistics.median(column) for column in zip(*rounds, strict=True))
    share = statistics.median(kernel / run for kernel, run, _ in rounds)
    times, times_kernel = (statistics.median(row[2] / row[which] for row in rounds) for which in (1, 0))
    show(
        capsys,
        f"  {n_ad_groups:,} ad groups, 5 % each, {n:,} opportunities",
        f"    kernel alone {1 / kernel:,.0f} auctions/s; whole run {1 / run:,.0f}, {share:.0%} of it",
        f"    an event for every auction {1 / simpy:,.0f}; the run is {times:,.0f} times as fast, "
        f"its kernel {times_kernel:,.0f}",
    )


@pytest.mark.benchmark
@pytest.mark.parametrize("census_every", [1, 64])
def test_a_day_of_ten_million_opportunities_with_its_reports(census_every, capsys):
    config, world = busy_day(census_every)
    opening = cpu_seconds(lambda: simulate(config, world))
    runs, reports = zip(*(_run_and_report(config, world) for _ in range(3)), strict=True)
    result = simulate(config, world)
    entries = result.eligibility.n_entries
    n_bytes = _bytes_of_entries(result, world.landscape(config))
    show(
        capsys,
        f"  a day of {int(result.ledger.n_opportunities.sum()):,} opportunities, {len(config.ad_groups)} ad groups, "
        f"a census of one in {census_every}: {statistics.median(runs):.2f} s, six reports "
        f"{statistics.median(reports):.2f} s (CPU); the first run, which lays out the entries, {opening:.2f} s",
        f"    {entries:,} pairs of account and ad group, {n_bytes / entries:.2f} bytes each, accounts' own included",
    )
    assert report_totals(result)["IMPRESSION_1"].iloc[0] > 1_000_000


def _run_and_report(config: RunConfig, world: World) -> tuple[float, float]:
    results: list[RunResult] = []
    run = cpu_seconds(lambda: results.append(simulate(config, world)))
    return run, cpu_seconds(lambda: [report(results[0]) for report in REPORTS])


def _bytes_of_entries(result: RunResult, landscape: BidLandscape) -> int:
    """What a run holds of entries: their offers and counters, where each account's begin, and what kind it is of."""
    offers = result.eligibility.offers(frozenset((an_id, 0) for an_id in result.eligibility.audience_ids))
    by_account = result.eligibility.first_entry.nbytes + landscape.account_kind.nbytes
    return offers.entry_offer.nbytes + result.ledger.entry_counts.nbytes + by_account


@pytest.mark.benchmark
def test_first_result_in_a_fresh_process(capsys):
    def fresh() -> dict[str, float]:
        output = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", FIRST_RESULT], check=True, capture_output=True, text=True
        ).stdout
        answer: dict[str, float] = json.loads(output)
        assert answer["impressions"] > 0
        return answer

    fresh()
    answers = [fresh() for _ in range(3)]
    wall, cpu = (statistics.median(answer[kind] for answer in answers) for kind in ("wall", "cpu"))
    show(capsys, f"  import and first report in a fresh process, compiled code kept: {wall:.1f} s, {cpu:.1f} s CPU")
