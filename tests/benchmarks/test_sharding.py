"""What shards that do not know each other's charges change, and what it costs that they do know them."""

import time

import numpy as np
import pytest

from simulator.kernels.tables import Column
from simulator.run import RunResult, simulate
from simulator.sharding import BudgetSharing, exact_room, simulate_in_shards
from tests.simulator.sharding.results import differences
from tests.simulator.sharding.wide_market import market

pytestmark = pytest.mark.benchmark

N_ACCOUNTS, N_AD_GROUPS = 50_000, 100
N_ACCOUNTS_ADAPTIVE = 2_000
"""Exact sharing of bids that learn from every charge holds a tick over and over; more accounts would take minutes."""
SLACK, BINDING, SMALL, BINDING_ADAPTIVE = 10**12, 2_500_000, 100_000, 200_000
CASES = {
    "budgets that suffice": (SLACK, "STANDARD"),
    "binding, throttled": (BINDING, "STANDARD"),
    "binding, spent at once": (BINDING, "ACCELERATED"),
    "binding, adaptive bids": (BINDING_ADAPTIVE, "adaptive"),
    "of some 30 impressions": (SMALL, "STANDARD"),
}


@pytest.mark.parametrize("case", CASES)
def test_runs_in_shards_against_the_run(case, capsys, monkeypatch):
    rooms = []
    clear = exact_room.ExactRoom.clear

    def clear_noting_the_room(room, *arguments):
        rooms[:] = [room]
        clear(room, *arguments)

    monkeypatch.setattr(exact_room.ExactRoom, "clear", clear_noting_the_room)
    budget_micros, pacing = CASES[case]
    config, world = market(
        N_ACCOUNTS_ADAPTIVE if pacing == "adaptive" else N_ACCOUNTS,
        N_AD_GROUPS,
        budget_micros=budget_micros,
        pacing=pacing,
        opportunities_per_account_day=10,
    )
    whole, seconds = timed(lambda: simulate(config, world))
    lines = [f"{case}: {whole.ledger.n_opportunities.sum():,} opportunities, {spend_of(whole) / 1e6:,.0f} spent"]
    lines.append(f"  {'shards':>8}{'spend':>10}{'impressions':>13}{'CPM':>9}{'CPU':>8}   exact:{'passes':>8}{'CPU':>8}")
    for n_shards in (1, 2, 4, 8):
        reconciled, seconds_reconciled = timed(in_shards(config, world, n_shards, BudgetSharing.RECONCILED))
        exact, seconds_exact = timed(in_shards(config, world, n_shards, BudgetSharing.EXACT))
        assert differences(exact, whole) == []
        changes = [
            f"{100 * (of_it(reconciled) / of_it(whole) - 1):+.2f} %" for of_it in (spend_of, impressions_of, cpm_of)
        ]
        lines.append(
            f"  {n_shards:>8}{changes[0]:>10}{changes[1]:>13}{changes[2]:>9}{seconds_reconciled / seconds:>7.1f}x"
            f"{np.mean(rooms[0].n_passes):>17.2f}{seconds_exact / seconds:>7.1f}x"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201


def in_shards(config, world, n_shards, sharing):
    return lambda: simulate_in_shards(config, world, n_shards, sharing=sharing, n_threads=1)


def timed(work):
    """Return what a second call returns, and its CPU time, seconds: all shards together, on one thread."""
    work()
    start = time.process_time()
    return work(), time.process_time() - start


def spend_of(result: RunResult) -> int:
    return int(result.ledger.tallies[:, :, [Column.MEDIA_MICROS, Column.DATA_FEE_MICROS]].sum())


def impressions_of(result: RunResult) -> int:
    return int(result.ledger.column(Column.IMPRESSIONS).sum())


def cpm_of(result: RunResult) -> float:
    return spend_of(result) / impressions_of(result)
