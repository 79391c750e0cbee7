"""The auction's kernel alone: easy and hard markets, and two threads.

Nothing is asserted about time, only that contenders did the same work.
"""

import statistics
import threading
import time
from collections.abc import Callable

import pytest

from tests.benchmarks.alternating import cpu_seconds
from tests.benchmarks.kernel_markets import Market
from tests.simulator.kernel_tables import Auctions

N_ROUNDS = 3
N_AUCTIONS = 500_000
N_TICK = 1 << 31

MARKETS = {
    "1,000 ad groups, 5 % each, all of others": Market(),
    "the same, all of one advertiser": Market(is_own=True),
    "the same, 3 slots": Market(n_slots=3),
    "the same, everybody equally likely to win": Market(has_iid_bids=True),
    "the same, equal bids": Market(has_equal_bids=True),
    "the same, budgets run dry": Market(budget=500_000),
    "the same, a census of one in 4,096": Market(census_every=4_096),
    "the same, a census of all": Market(census_every=1),
    "100 ad groups, 5 % each": Market(n_ad_groups=100),
    "10,000 ad groups, 0.5 % each": Market(n_ad_groups=10_000, density=0.005, n_accounts=50_000),
    "10,000 ad groups, 5 % each": Market(n_ad_groups=10_000, density=0.05, n_accounts=10_000),
    "10 ad groups, 5 % each, 10 million accounts": Market(n_ad_groups=10, n_accounts=10_000_000),
}


def clearing(auctions: Auctions, n: int) -> Callable[[], object]:
    """Return work that clears the next auctions, others each time."""
    at = iter(range(0, N_TICK, n))
    return lambda: auctions.clear(n, next(at))


@pytest.mark.benchmark
def test_rates_of_the_kernel_alone(capsys):
    lines = [f"  {'':<48}{'auctions/s':>14}{'x the first':>13}"]
    names = list(MARKETS)
    first = clearing(MARKETS[names[0]].auctions(), N_AUCTIONS)
    first()
    for name in names:
        work = clearing(MARKETS[name].auctions(), N_AUCTIONS)
        work()
        rounds = [(cpu_seconds(first), cpu_seconds(work)) for _ in range(N_ROUNDS)]
        rate = N_AUCTIONS / statistics.median(seconds for _, seconds in rounds)
        ratio = statistics.median(base / seconds for base, seconds in rounds)
        lines.append(f"  {name:<48}{rate:>14,.0f}{ratio:>13.2f}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - a benchmark is run for its figures


@pytest.mark.benchmark
def test_two_runs_on_two_threads(capsys):
    markets = [Market(rng_seed=1), Market(rng_seed=2)]
    one, two = [[market.auctions() for market in markets] for _ in range(2)]
    rounds = []
    for number in range(N_ROUNDS):
        first = number * N_AUCTIONS
        start = time.perf_counter()
        for auctions in one:
            auctions.clear(N_AUCTIONS, first)
        between = time.perf_counter()
        threads = [threading.Thread(target=auctions.clear, args=(N_AUCTIONS, first)) for auctions in two]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rounds.append((between - start, time.perf_counter() - between))
    for mine, its in zip(one, two, strict=True):
        assert mine.outputs.tally.tobytes() == its.outputs.tally.tobytes()
        assert mine.outputs.counts.tobytes() == its.outputs.counts.tobytes()
    ratio = statistics.median(serial / threaded for serial, threaded in rounds)
    with capsys.disabled():
        print(f"\n  two runs on two threads: {ratio:.2f} times as fast as one after the other")  # noqa: T201
