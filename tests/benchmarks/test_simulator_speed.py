"""The simulator against its naive twin: the same model in plain Python, one auction at a time.

Both run the same configurations, alternately, in one process and one thread; the ratio is of medians of process CPU
time. Easy and hard cases stand side by side. Nothing is asserted about time, only that both did the same work.
"""

import statistics
import time
from collections.abc import Callable, Mapping

import pytest

from simulator.config import RunConfig
from simulator.kernels.auction import Column
from simulator.run import simulate
from simulator.world import World
from tests.simulator.test_run_against_twin import AUDIENCES, FEES_BP, random_members, twin_of
from tests.simulator.worlds import ad_group, audience_spec, run_config, world_of

N_ROUNDS = 3
IN_ANY_AUDIENCE = {"AUDIENCE_INCLUDE": ["1002", "1003"]}


def case(n_ad_groups: int, targeting: Mapping[str, object], *, is_bid_equal: bool = False, budget=10**12) -> RunConfig:
    """Return a two-day campaign of some ad groups."""
    return run_config(
        *[
            ad_group(
                str(2001 + number),
                bid_cpm_micros=6_000_000 if is_bid_equal else 3_000_000 + 400_000 * number,
                budget_micros=budget,
                pacing_delivery_type="ACCELERATED",
                targeting=dict(targeting),
            )
            for number in range(n_ad_groups)
        ],
        audiences=[audience_spec(an_id, kind) for an_id, kind in AUDIENCES.items()],
        traffic={"opportunities_per_account_day": 1.0},
    )


CASES = {
    "2 ad groups, half of the accounts": case(2, IN_ANY_AUDIENCE),
    "10 ad groups, half of the accounts": case(10, IN_ANY_AUDIENCE),
    "10 ad groups, every account": case(10, {}),
    "10 ad groups, every account, equal bids": case(10, {}, is_bid_equal=True),
    "10 ad groups, every account, budgets run dry": case(10, {}, budget=300_000),
    "nobody wanted": case(1, {"GENDER": ["unknown"], "AGE_BUCKET": ["65+"], "APPTYPE": ["ipad"], "LOCATION": ["BR"]}),
}


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.benchmark
def test_simulator_against_its_naive_twin(sample_universe, capsys):
    members = random_members(1, sample_universe.n_accounts)
    lines = [f"  {'case':<46}{'twin':>10}{'simulator':>12}{'ratio':>9}{'opportunities/s':>18}"]
    for name, config in CASES.items():
        world = world_of(config, sample_universe, members, FEES_BP)
        lines.append(f"  {name:<46}{_row(config, world, members)}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - a benchmark is run for its figures


def _row(config: RunConfig, world: World, members: dict[str, set[int]]) -> str:
    result, record = simulate(config, world), twin_of(config, world, members).run()  # also warms both up
    n_impressions = sum(count for key, count in record.counts.items() if key[2] == "IMPRESSIONS")
    assert result.ledger.column(Column.IMPRESSIONS).sum() == n_impressions
    rounds = [
        (cpu_seconds(lambda: twin_of(config, world, members).run()), cpu_seconds(lambda: simulate(config, world)))
        for _ in range(N_ROUNDS)
    ]
    twin, simulator = (statistics.median(times) for times in zip(*rounds, strict=True))
    rate = result.ledger.n_opportunities.sum() / simulator
    return f"{twin:>8.2f} s{simulator * 1000:>9.1f} ms{twin / simulator:>8.0f}x{rate:>18,.0f}"
