import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.sweeps.break_even import Verdict, break_even, cost_gains
from simulator.sweeps.intervals import ratio_interval

LEVELS = np.array([0.5, 1.0, 1.5, 2.0, 4.0])


def lines(start, slope, levels=LEVELS):
    return np.asarray(start) + np.outer(levels, slope)


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.floats(0.6, 3.9), st.floats(0.05, 2))
def test_lines_break_even_at_fiellers_ratio_of_their_coefficients(rng_seed, n, root, noise):
    rng = np.random.default_rng(rng_seed)
    slope = 1 + 0.1 * noise * rng.normal(size=n)
    start = -root + noise * rng.normal(size=n)
    expected = ratio_interval(-start, slope)
    found = break_even(LEVELS, lines(start, slope))
    inside = LEVELS[0] < expected.value < LEVELS[-1]
    if not expected.is_bounded or slope.mean() <= 0:
        return
    if expected.low > LEVELS[-1] or expected.high < LEVELS[0]:
        assert found.verdict is (Verdict.NEVER if expected.low > LEVELS[-1] else Verdict.ALWAYS)
        assert found.at.low == found.at.high == found.at.value
        return
    if inside:
        assert found.at.value == pytest.approx(expected.value)
        assert found.pays_above
        assert found.n_crossings == 1
    assert found.at.low == pytest.approx(expected.low if expected.low > LEVELS[0] else -math.inf)
    assert found.at.high == pytest.approx(expected.high if expected.high < LEVELS[-1] else math.inf)


def test_what_is_the_same_in_all_replications_is_known_exactly():
    found = break_even(LEVELS, lines([-1.2, -1.2, -1.2], [1, 1, 1]))
    assert found.verdict is Verdict.FOUND
    assert found.at == pytest.approx((1.2, 1.2, 1.2))
    at_a_point = break_even(LEVELS, lines([-1.5, -1.5], [1, 1]))
    assert at_a_point.at == pytest.approx((1.5, 1.5, 1.5))


def test_verdicts_at_the_edges():
    noise = np.random.default_rng(1).normal(0, 0.01, 6)
    always = break_even(LEVELS, lines(1 + noise, np.ones(6)))
    assert always.verdict is Verdict.ALWAYS
    assert (always.at.value, always.n_crossings) == (-math.inf, 0)
    never = break_even(LEVELS, lines(-9 + noise, np.ones(6)))
    assert never.verdict is Verdict.NEVER
    assert never.at.value == math.inf
    wide = break_even(LEVELS, lines(-1 + 3e3 * noise, np.ones(6)))
    assert wide.verdict is Verdict.NOT_IDENTIFIED
    assert break_even(LEVELS, np.zeros((5, 4))).verdict is Verdict.NOT_IDENTIFIED
    with pytest.raises(ValueError, match="at least 2 points and 2 replications, got 5 and 1"):
        break_even(LEVELS, np.zeros((5, 1)))


def test_an_interval_is_open_where_the_sweep_ends_inside_it():
    noise = np.random.default_rng(2).normal(0, 0.4, 8)
    noise -= noise.mean()
    early = break_even(LEVELS, lines(-0.6 + noise, np.ones(8)))
    assert early.verdict is Verdict.FOUND
    assert early.at.low == -math.inf
    assert 0.6 < early.at.high < 2
    late = break_even(LEVELS, lines(-4.1 + noise, np.ones(8)))
    assert late.verdict is Verdict.FOUND
    assert late.at.value == math.inf
    assert 3 < late.at.low < 4
    assert late.at.high == math.inf


def test_a_gain_that_falls_pays_below():
    found = break_even(LEVELS, lines([3.0, 3.0, 3.1], [-1, -1.1, -1]))
    assert not found.pays_above
    assert found.verdict is Verdict.FOUND
    twice = break_even(LEVELS, np.array([[-1.0, -1], [1, 1.1], [2, 2], [-1, -1], [-2, -2]]))
    assert twice.n_crossings == 2
    assert twice.pays_above
    assert twice.at.value < 1


def test_intervals_cover_the_truth_95_times_in_a_hundred():
    rng, hits, n_sets = np.random.default_rng(3), 0, 1_000
    for _ in range(n_sets):
        gains = lines(-1.3 + 0.3 * rng.normal(size=10), 1 + 0.1 * rng.normal(size=10))
        found = break_even(LEVELS, gains)
        hits += found.at.low <= 1.3 <= found.at.high
    assert 0.935 < hits / n_sets < 0.965


def test_costs_a_result_break_even_where_they_are_equal_and_intervals_cover_that():
    rng, hits, n_sets, n = np.random.default_rng(4), 0, 600, 20
    rate, clicks = 1.25, 40  # with data a click costs a quarter more unless clicks rise by a quarter
    for _ in range(n_sets):
        traffic = rng.normal(1, 0.05, n)
        other_results = rng.poisson(clicks * traffic).astype(float)
        results = np.stack([rng.poisson(clicks * traffic * level) for level in LEVELS]).astype(float)
        other_spend = 10 * traffic
        spend = np.tile(10 * rate * traffic, (len(LEVELS), 1))
        found = break_even(LEVELS, cost_gains(spend, results, other_spend, other_results))
        hits += found.at.low <= rate <= found.at.high
    assert 0.92 < hits / n_sets < 0.98


def test_cost_gains_have_the_sign_of_the_difference_and_need_no_result_in_every_run():
    spend, results = np.array([[2.0, 2, 2]]), np.array([[0.0, 1, 5]])
    other_spend, other_results = np.array([1.0, 1, 1]), np.array([1.0, 0, 1])
    gain = cost_gains(spend, results, other_spend, other_results).mean()
    # 6 / 6 with against 3 / 2 without: cheaper
    assert gain == pytest.approx(2 * 1 - 2 * 2 / 3)
