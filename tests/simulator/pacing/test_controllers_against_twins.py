"""Controllers equal their naive twins to the last bit, hold their bounds and never get stuck, whatever they observe."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.pacing import FULL_BP, BidMultiplier, Mystique, Observed, Throttle
from tests.simulator.pacing.naive_controllers import NaiveBidMultiplier, NaiveMystique, NaiveThrottle
from tests.simulator.pacing.paced import Paced

TWINS = [(Throttle, NaiveThrottle), (BidMultiplier, NaiveBidMultiplier), (Mystique, NaiveMystique)]
FLOORS = {Throttle: (FULL_BP, 1), BidMultiplier: (500, FULL_BP), Mystique: (2_500, 40)}

amounts = st.one_of(st.just(0.0), st.integers(0, 10**15).map(float), st.floats(0, 1e15))
shares = st.one_of(st.just(0.0), st.floats(0, 1), st.floats(1e-6, 0.2))
states = st.tuples(amounts, amounts, amounts, shares, shares, shares)
ticks = st.lists(
    st.tuples(st.lists(st.tuples(states, st.booleans(), st.booleans()), min_size=3, max_size=3)), max_size=40
)


def observed(rows) -> Observed:
    return Observed(*np.ascontiguousarray(np.array(rows, dtype=np.float64).reshape(-1, 6).T))


@pytest.mark.parametrize(("controller", "twin"), TWINS)
@settings(max_examples=60)
@given(ticks)
def test_a_controller_equals_its_twin_whatever_it_observes(controller, twin, history):
    many, each = Paced(controller, 3), [twin() for _ in range(3)]
    last = [None] * 3
    for (groups,) in history:
        rows, starts, active = zip(*groups, strict=True)
        many.start_period(np.array(starts))
        pace = many.pace(observed(rows), np.array(active))
        for number in range(3):
            if starts[number]:
                each[number].start_period()
            if active[number]:
                last[number] = each[number].pace(*rows[number])
                assert (pace.multiplier_bp[number], pace.participation_bp[number]) == last[number]
            elif last[number]:
                assert (pace.multiplier_bp[number], pace.participation_bp[number]) == last[number]


@pytest.mark.parametrize("controller", FLOORS)
@settings(max_examples=40)
@given(st.lists(states, max_size=40), st.integers(0, 40))
def test_a_pace_is_within_its_bounds_and_finds_back_to_full_from_anything(controller, history, new_day):
    pacer = Paced(controller)
    least_multiplier, least_participation = FLOORS[controller]
    for tick, state in enumerate(history):
        if tick == new_day:
            pacer.start_period(np.array([True]))
        pace = pacer.pace(observed([state]), np.array([True]))
        assert pace.multiplier_bp.dtype == pace.participation_bp.dtype == np.int64
        assert least_multiplier <= pace.multiplier_bp[0] <= FULL_BP
        assert least_participation <= pace.participation_bp[0] <= FULL_BP
    for _ in range(3):  # a sound budget, and nobody sells
        pacer.start_period(np.array([True]))
        for hour in range(24):
            pace = pacer.pace(observed([(1e9, 1e9, 0.0, 1 / 24, 1 / 24, 1 - hour / 24)]), np.array([True]))
    assert pace.multiplier_bp[0] == pace.participation_bp[0] == FULL_BP


@pytest.mark.parametrize(("controller", "twin"), TWINS)
@settings(max_examples=30)
@given(st.lists(st.integers(0, 120), min_size=48, max_size=48), st.lists(st.booleans(), min_size=48, max_size=48))
def test_a_controller_equals_its_twin_over_days_of_plausible_spend(controller, twin, percents, active):
    many, one = Paced(controller, 2), twin()
    remaining, spend, was_active = 1e6, 0.0, False
    for tick in range(48):
        if tick % 24 == 0:
            remaining = 1e6
            many.start_period(np.array([True, True]))
            one.start_period()
        row = (1e6, remaining, spend, was_active / 24, 1 / 24, 1 - tick % 24 / 24)
        pace = many.pace(observed([row, row]), np.array([active[tick], False]))
        spend, was_active = 0.0, active[tick]
        if was_active:
            assert (pace.multiplier_bp[0], pace.participation_bp[0]) == one.pace(*row)
            at_full = 1e6 * percents[tick] / 500 * pace.multiplier_bp[0] / 1e4 * pace.participation_bp[0] / 1e4
            spend = float(min(remaining, at_full))
            remaining -= spend


@pytest.mark.parametrize("controller", FLOORS)
def test_nothing_changes_for_an_ad_group_that_does_not_bid(controller):
    rows = [(1e6, 9e5, 1e5, 0.04, 0.05, 0.9)] * 2
    stopped, steady = Paced(controller), Paced(controller)
    for pacer in (stopped, steady):
        for _ in range(3):
            before = pacer.pace(observed(rows[:1]), np.array([True]))
    for _ in range(5):
        during = stopped.pace(observed([(1e6, 1.0, 5e5, 0.5, 0.1, 0.2)]), np.array([False]))
        assert during.multiplier_bp == before.multiplier_bp
        assert during.participation_bp == before.participation_bp
    after = [pacer.pace(observed(rows[:1]), np.array([True])) for pacer in (stopped, steady)]
    assert after[0] == after[1]
