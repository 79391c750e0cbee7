"""How often 95 % intervals hold the truth over 200 synthetic campaigns: those of a calibration, and those of what-ifs
that take along what it leaves open; and how back-tests fare.
"""

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.back_test import back_test
from simulator.calibration.calibration import Calibration, calibrate
from simulator.scenario import Lever, Scenario
from simulator.what_if import compare
from simulator.what_if.comparison import N_DRAWS_FOR_RANGE
from simulator.world import World
from tests.simulator.calibration.synthetic_campaign import (
    BID,
    MEDIAN,
    SIGMA,
    TRAFFIC,
    change,
    scenario,
    synthetic_report,
    with_truth,
    world_for,
)

N_CAMPAIGNS = 200
N_BACK_TESTS = 20
N_DAYS = 15
CHANGES = (change(5, bid_cpm_micros=2_800_000), change(10, bid_cpm_micros=6_000_000))
CLICK_RATE = "ad_groups.2001.click_rate"
RAISED = Lever(path=BID, value=6_000_000)
N_DAYS_ASKED = 3
ASKED = ("spend", "impressions", "clicks", "ecpm", "win_rate")

pytestmark = pytest.mark.benchmark


def planted(rng):
    """Draw a market that is off the plan by half in traffic, a third in prices, a fifth in their spread."""
    return {
        "traffic": 0.5 * np.exp(0.4 * rng.standard_normal()),
        "median": round(4e6 * np.exp(0.3 * rng.standard_normal())),
        "sigma": 0.6 * np.exp(0.2 * rng.standard_normal()),
        "click_rate": 0.02 * np.exp(0.3 * rng.standard_normal()),
    }


def asked_of(scenario: Scenario, rng_seed: int) -> tuple[Scenario, Scenario]:
    """Return what is asked: the next days as they are, and with half as high a bid again."""
    days = (Lever(path="flight.n_days", value=N_DAYS_ASKED), Lever(path="rng_seed", value=rng_seed))
    base = scenario.with_levers("As it is", *days)
    return base, base.with_levers("Raised", RAISED)


def what_if_holds(found: Calibration, truth: Scenario, world: World, rng: np.random.Generator) -> list[bool]:
    """Tell of each metric whether the what-if's interval holds the difference that the true market then makes."""
    told = compare(
        *asked_of(found.scenario, int(rng.integers(2**62))), world, n_replications=N_DRAWS_FOR_RANGE, draws=found.draws
    )
    # Two replications are the fewest that a comparison has; the first is what happens.
    happens = compare(*asked_of(truth, int(rng.integers(2**62))), world, n_replications=2).replications
    first = happens[happens["replication"] == 0].pivot_table(index="metric", columns="scenario", values="value")
    rows = told.table.set_index("metric").loc[list(ASKED)]
    difference = (first["alternative"] - first["base"]).loc[list(ASKED)]
    return list((rows["low"] <= difference) & (difference <= rows["high"]))


def test_intervals_hold_the_truth_as_often_as_they_say(capsys):
    plan = scenario()
    world = world_for(plan)
    held, off, what_ifs = [], [], []
    for number in range(N_CAMPAIGNS):
        rng = np.random.default_rng(number)
        truth = planted(rng)
        true_plan = Scenario(name="Truth", base=with_truth(plan.config, **truth))
        report = synthetic_report(true_plan.base, CHANGES, world, rng, n_days=N_DAYS)
        calibration = calibrate(plan, report, world, changes=CHANGES)
        found = {each.path: each for each in calibration.estimates}
        what_ifs.append(what_if_holds(calibration, true_plan, world, rng))
        pairs = [(found[path], value) for path, value in zip((TRAFFIC, MEDIAN, SIGMA, CLICK_RATE), truth.values())]  # noqa: B905
        held.append([each.low <= value <= each.high for each, value in pairs])
        off.append([abs(each.value / value - 1) for each, value in pairs])
    names, coverage = ("traffic", "median bid", "spread", "click rate"), np.mean(held, axis=0)
    with capsys.disabled():
        print(f"\n{N_CAMPAIGNS} campaigns of {N_DAYS} days: truth within the 95 % interval; median error")  # noqa: T201
        for name, share, error in zip(names, coverage, np.median(off, axis=0), strict=True):
            print(f"  {name:<11}{share:7.1%}{error:8.1%}")  # noqa: T201
        print(f"  {'all':<11}{np.mean(held):7.1%}")  # noqa: T201
        print(f"  what-ifs of {N_DAYS_ASKED} days with the bid raised by half, {N_DRAWS_FOR_RANGE} draws each")  # noqa: T201
        print(f"{pd.Series(np.mean(what_ifs, axis=0), ASKED).map('{:.1%}'.format).to_string()}")  # noqa: T201
        print(f"  {'all':<11}{np.mean(what_ifs):7.1%}")  # noqa: T201
    assert 0.93 <= np.mean(held) <= 0.97
    assert 0.93 <= np.mean(what_ifs) <= 0.97


@pytest.mark.parametrize(
    ("what", "later"), [("the bid changes", (change(17, bid_cpm_micros=3_500_000),)), ("nothing changes", ())]
)
def test_back_tests_beat_the_week_before(capsys, what, later):
    plan = scenario()
    world = world_for(plan)
    changes = (change(3, bid_cpm_micros=2_800_000), change(5, bid_cpm_micros=6_000_000), *later)
    rows = []
    for number in range(N_BACK_TESTS):
        rng = np.random.default_rng(1_000 + number)
        report = synthetic_report(with_truth(plan.config, **planted(rng)), changes, world, rng, n_days=24)
        summary = back_test(plan, report, world, changes=changes).summary.set_index("metric")
        rows.append(summary.loc["spend", ["error", "baseline_error", "coverage"]].tolist())
    error, baseline, coverage = np.array(rows, dtype=float).T
    with capsys.disabled():
        print(f"\n{N_BACK_TESTS} back-tests, 12 days predicted from 12, {what}: spend")  # noqa: T201
        print(f"  error {np.median(error):.1%}, the week before {np.median(baseline):.1%} (medians)")  # noqa: T201
        print(f"  better in {np.mean(error < baseline):.0%}; days within 95 %: {np.mean(coverage):.1%}")  # noqa: T201
    assert np.median(error) < np.median(baseline)
