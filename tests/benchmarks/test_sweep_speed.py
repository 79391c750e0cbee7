"""What a sweep takes beside its auctions, how it scales on two threads, and what is used again when one lever moves.

The kernel's time is that of the bare calls that clear auctions, counted inside the very sweep that is measured; so the
ratio says what everything else costs. Nothing is asserted about time, only that contenders did the same work.
"""

import hashlib
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simulator import auction_room
from simulator.kept_answers import KeptAnswers
from simulator.kernels.auction import clear_auctions
from simulator.run import simulate
from simulator.scenario import Scenario, load_scenario
from simulator.sweeps import Design, grid, sweep, swept_lever_from_text
from simulator.what_if import KeptRuns, threads
from simulator.world import World
from workbench.jit import typed_once
from workbench.universe import build_sample

SAMPLE = Path("data/samples/scenario.json")
N_ROUNDS = 3
MUCH = bytes(200_000_000)


def opened(folder: Path, n_accounts: int) -> tuple[Scenario, World]:
    """Open the sample scenario on a universe of its own."""
    universe = build_sample(folder / str(n_accounts), n_accounts=n_accounts)
    scenario = load_scenario(SAMPLE).on_universe(universe.path)
    return scenario, World.open(scenario.config)


def bids_and_budgets(scenario: Scenario, n_values: int) -> Design:
    """Return a grid of two levers, each with as many values."""
    texts = (f"ad_groups.*.bid_cpm_micros=x0.5:x2:{n_values}", f"ad_groups.*.budget_micros=x0.5:x4:{n_values}")
    return grid(scenario, *map(swept_lever_from_text, texts))


@contextmanager
def counted_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Sum the CPU seconds of the bare calls of the kernel, on whichever thread."""
    seconds = [0.0]

    def counting(kernel):
        bare = typed_once(kernel)

        def counted(*arguments):
            start = time.thread_time()
            bare(*arguments)
            seconds[0] += time.thread_time() - start

        return counted if kernel is clear_auctions else bare

    with monkeypatch.context() as patched:
        patched.setattr(auction_room, "typed_once", counting)
        yield seconds


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("n_accounts", "n_values", "n_replications"), [(20_000, 10, 8), (200_000, 10, 8), (1_000_000, 10, 1)]
)
def test_a_sweep_against_its_kernel_alone(tmp_path, monkeypatch, capsys, n_accounts, n_values, n_replications):
    scenario, world = opened(tmp_path, n_accounts)
    design = bids_and_budgets(scenario, n_values)
    sweep(bids_and_budgets(scenario, 2), world, n_replications=1)  # compiles, and fills what is kept
    with counted_kernel(monkeypatch) as kernel:
        start = time.process_time()
        result = sweep(design, world, n_replications=n_replications, where=threads(1))
        whole = time.process_time() - start
    assert len(result.outcomes.figures) == n_values**2
    with capsys.disabled():
        print(  # noqa: T201 - a benchmark is run for its figures
            f"\n  {n_values} x {n_values} points, {n_replications} runs each, {n_accounts:>9,} accounts: "
            f"{whole:6.1f} CPU s, {whole / kernel[0]:.2f} times its kernel"
        )


@pytest.mark.benchmark
@pytest.mark.parametrize("n_accounts", [200_000, 1_000_000])
def test_a_sweep_on_two_threads(tmp_path, capsys, n_accounts):
    scenario, world = opened(tmp_path, n_accounts)
    design = bids_and_budgets(scenario, 4)
    sweep(bids_and_budgets(scenario, 2), world, n_replications=1)
    ratios, limits = [], []
    for _ in range(N_ROUNDS):
        frames = []

        def swept(n_threads, frames=frames):
            frames.append(sweep(design, world, n_replications=4, where=threads(n_threads)).frame)

        ratios.append(wall_seconds(swept, 1) / wall_seconds(swept, 2))
        limits.append(wall_seconds(hashed, 1) / wall_seconds(hashed, 2))
        pd.testing.assert_frame_equal(*frames, check_exact=True)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n  two threads, {n_accounts:>9,} accounts: {statistics.median(ratios):.2f} times as fast "
            f"({shown(ratios)}); hashing, which needs no interpreter: {statistics.median(limits):.2f} ({shown(limits)})"
        )


def wall_seconds(work: Callable[[int], object], n_threads: int) -> float:
    start = time.perf_counter()
    work(n_threads)
    return time.perf_counter() - start


def hashed(n_threads: int) -> None:
    """Do the same hashing on some threads: what two of them gain here is what the machine has to give just now."""
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda block: hashlib.sha256(block).digest(), [MUCH] * 8))


def shown(ratios: list[float]) -> str:
    return ", ".join(f"{ratio:.2f}" for ratio in ratios)


@pytest.mark.benchmark
def test_what_is_used_again_when_one_lever_moves(tmp_path, capsys):
    scenario, world = opened(tmp_path, 200_000)
    simulate(scenario.config, world)
    lines = ["\n  one run more, 200,000 accounts: CPU s with what is kept of the run before, and without"]
    for text in (
        "ad_groups.2001.bid_cpm_micros=x1.05",
        "market.rival_bid_sigma=0.7",
        "third_party_data.is_enabled=false",
    ):
        (config,) = grid(scenario, swept_lever_from_text(text)).configs()
        rounds = []
        for _ in range(N_ROUNDS):
            simulate(scenario.config, world)
            times = []
            for place in (world, forgetful(world)):
                start = time.process_time()
                simulate(config, place)
                times.append(time.process_time() - start)
            forget(world)
            rounds.append(times)
        kept, anew = (statistics.median(times[place] for times in rounds) for place in (0, 1))
        lines.append(f"  {text:<44}{kept:>8.3f}{anew:>8.3f}   {1 - kept / anew:.0%} saved")

    keep = KeptRuns()
    few, more = "ad_groups.*.budget_micros=x0.5,x1,x2,x4", "ad_groups.*.budget_micros=x0.5,x1,x1.5,x2,x4"
    bids = "ad_groups.*.bid_cpm_micros=x0.5,x1,x1.5,x2"
    for budgets in (few, more):
        result = sweep(grid(scenario, *map(swept_lever_from_text, (bids, budgets))), world, n_replications=2, keep=keep)
    assert result.outcomes.n_reused == 32
    lines.append(f"  a grid of 4 x 5 after one of 4 x 4: {result.outcomes.n_reused} of 40 runs were kept from before")
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201


def forgetful(world: World) -> World:
    """Return the same people without anything that earlier runs have made of them."""
    fresh = {name: KeptAnswers(4) for name in ("_flight_traffics", "_opportunities", "_landscapes", "_eligibilities")}
    return replace(world, **fresh)


def forget(world: World) -> None:
    """Drop the eligibility of all but the plan, so that the next round starts where this one did."""
    vars(world)["_eligibilities"] = KeptAnswers(4)
