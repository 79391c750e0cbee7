"""How often a comparison's 95 % intervals contain the truth, over 200 synthetic campaigns whose truth is known.

The truth of a campaign is its mean difference over very many replications of a small market.
"""

import numpy as np
import pytest

from simulator.config import RunConfig
from simulator.scenario import Lever, with_levers_pulled
from simulator.what_if import run_cells, threads
from simulator.what_if.paired import paired_difference
from simulator.world import World
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, run_config

N_MARKETS, N_CAMPAIGNS, N_PAIRS = 10, 20, 15
"""10 markets, each flown by 20 campaigns that differ in their luck, each compared over 15 pairs."""
N_PAIRS_OF_TRUTH = 300
FIRST_CAMPAIGN = N_PAIRS_OF_TRUTH
METRICS = ("spend", "impressions", "clicks", "conversions", "ecpm", "win_rate")
LOWEST, HIGHEST = 0.93, 0.97


def market(number: int) -> tuple[RunConfig, RunConfig, World]:
    """Return a small market and an alternative, each of another kind."""
    rng = np.random.default_rng(number)
    universe = plain_universe(400, activity=rng.gamma(1, 1, 400).astype(np.float32))
    base = run_config(
        ad_group("2001", bid_cpm_micros=int(rng.integers(3_000_000, 7_000_000)), click_rate=0.2, conversion_rate=0.3),
        ad_group("2002", budget_micros=int(rng.integers(200_000, 900_000)), click_rate=0.1, conversion_rate=0.2),
        flight={"n_days": 1},
        traffic={"opportunities_per_account_day": float(rng.uniform(0.8, 2))},
        market={"n_rival_bids": int(rng.integers(1, 4)), "rival_bid_sigma": float(rng.uniform(0.3, 0.9))},
    )
    levers = (
        Lever(path="ad_groups.*.bid_cpm_micros", value=int(rng.integers(4_000_000, 9_000_000))),
        Lever(path="ad_groups.2002.budget_micros", value=int(rng.integers(300_000, 1_200_000))),
        Lever(path="self_competition", value="best_only"),
        Lever(path="ad_groups.2002.pacing_delivery_type", value="ACCELERATED"),
        Lever(path="ad_groups.2001.frequency_cap.max_impressions", value=1),
    )
    return (
        base,
        with_levers_pulled(base, [levers[number % len(levers)]], "alternative"),
        World.of_members(base, universe, {}),
    )


@pytest.mark.benchmark
def test_intervals_of_200_campaigns_contain_the_truth(capsys):
    n_contained = dict.fromkeys(METRICS, 0)
    n_intervals = dict.fromkeys(METRICS, 0)
    for number in range(N_MARKETS):
        base, alternative, world = market(number)
        n_runs = N_PAIRS_OF_TRUTH + N_CAMPAIGNS * N_PAIRS
        table = run_cells([base, alternative], world, replications=range(n_runs), where=threads(1))
        wide = table.pivot_table(index="replication", columns=["metric", "config"], values="value", dropna=False)
        for metric in METRICS:
            sides = [wide[metric, side].to_numpy() for side in range(2)]
            truth = paired_difference(*(side[:FIRST_CAMPAIGN] for side in sides))["difference"]
            for campaign in range(N_CAMPAIGNS):
                own = slice(FIRST_CAMPAIGN + campaign * N_PAIRS, FIRST_CAMPAIGN + (campaign + 1) * N_PAIRS)
                found = paired_difference(*(side[own] for side in sides))
                n_contained[metric] += found["low"] <= truth <= found["high"]
                n_intervals[metric] += 1
    with capsys.disabled():
        lines = [f"  {metric:<14}{n_contained[metric] / n_intervals[metric]:>8.1%}" for metric in METRICS]
        lines.append(f"  {'all':<14}{sum(n_contained.values()) / sum(n_intervals.values()):>8.1%}")
        print("\n".join(["", f"{n_intervals['spend']} campaigns, intervals that contain the truth", *lines]))  # noqa: T201
    assert LOWEST <= sum(n_contained.values()) / sum(n_intervals.values()) <= HIGHEST
