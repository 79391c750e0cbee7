import math

import numpy as np
import pytest
from scipy import stats

from simulator.sweeps.intervals import (
    N_RESAMPLES,
    mean_interval,
    ratio_interval,
    resampled_bounds,
    resampled_means,
)


def test_mean_interval_is_students():
    values = np.random.default_rng(1).normal(3, 2, 12)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = mean_interval(np.append(values, math.nan))
    assert found.low == pytest.approx(expected.low)
    assert found.high == pytest.approx(expected.high)
    assert math.isnan(mean_interval(np.array([1.0])).low)
    assert math.isnan(mean_interval(np.array([math.nan])).value)


def test_ratio_interval_holds_exactly_the_ratios_that_a_t_test_does_not_refuse():
    rng = np.random.default_rng(2)
    top, bottom = rng.normal(5, 1, 9), rng.normal(2, 0.4, 9)
    low, high = ratio_interval(top, bottom)[1:]
    for ratio in (low, high):
        assert stats.ttest_1samp(top - ratio * bottom, 0).pvalue == pytest.approx(0.05)
    assert low < top.mean() / bottom.mean() < high


def test_a_ratio_to_what_may_be_nothing_is_unbounded():
    top, bottom = np.array([1.0, 2, 3]), np.array([1.0, -1, 0.5])
    found = ratio_interval(top, bottom)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert not found.is_bounded
    assert math.isnan(ratio_interval(top, np.zeros(3)).value)
    assert math.isnan(ratio_interval(top[:1], top[:1]).low)
    assert ratio_interval(20 + 2 * top, 10 + top) == pytest.approx((2, 2, 2))


def test_ratio_intervals_cover_the_truth_95_times_in_a_hundred():
    rng, hits, n_sets = np.random.default_rng(3), 0, 1_000
    for _ in range(n_sets):
        both = rng.normal(0, 1, (10, 3))
        interval = ratio_interval(6 + both[:, 0] + both[:, 2], 3 + 0.5 * (both[:, 1] + both[:, 2]))
        hits += interval.low <= 2 <= interval.high
    assert 0.935 < hits / n_sets < 0.965


def test_resamples_are_means_of_the_same_replications_for_every_row():
    readings = np.random.default_rng(4).normal(size=(3, 7))
    shifted = np.stack([readings, readings + 5])
    means = np.concatenate(list(resampled_means(shifted, 1)))
    assert means.shape == (N_RESAMPLES, 2, 3)
    np.testing.assert_allclose(means[:, 1] - means[:, 0], 5)
    again = np.concatenate(list(resampled_means(shifted, 1)))
    assert means.tobytes() == again.tobytes()
    # The variance of a bootstrap mean is that of the sample over its size.
    np.testing.assert_allclose(means[:, 0].var(axis=0), readings.var(axis=1) / 7, rtol=0.15)


def test_bounds_leave_a_fortieth_of_the_resamples_on_either_side():
    values = np.arange(1.0, 2_000)
    assert resampled_bounds(values[::-1]) == (50, 1_950)
    assert resampled_bounds(np.full(1_999, math.inf)) == (math.inf, math.inf)
