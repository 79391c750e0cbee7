"""Statistics of pairs, held against plain Python, SciPy and what must hold."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.what_if.paired import (
    SKEWED_FROM,
    mean_interval,
    paired_difference,
    range_of_differences,
    unpaired_difference,
)

values = st.floats(-1e6, 1e6)
pairs = st.lists(st.tuples(values, values), min_size=2, max_size=40)
T_19 = 2.093024054408263


def arrays(of_pairs):
    return np.array([one for one, _ in of_pairs]), np.array([other for _, other in of_pairs])


def naive_interval(differences):
    """Student's t, or Hall's transformation where skewed, one number at a time."""
    n, mean = len(differences), statistics.fmean(differences)
    error = statistics.stdev(differences) / n**0.5
    variance = statistics.pvariance(differences)
    third = statistics.fmean((value - mean) ** 3 for value in differences)
    skewness = third / variance**1.5 if variance else 0
    t = float(stats.t.ppf(0.975, n - 1))
    if abs(skewness) < SKEWED_FROM * (6 / n) ** 0.5:
        return mean - t * error, mean + t * error

    def transformed(studentised):  # Hall (1992), g of T
        a = skewness / (3 * n**0.5)
        return studentised + a * studentised**2 + a**2 * studentised**3 / 3 + skewness / (6 * n**0.5)

    def solved(target):
        low, high = -1e6, 1e6
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if transformed(middle) < target else (low, middle)
        return low

    return mean - solved(t) * error, mean - solved(-t) * error


@given(of_pairs=pairs)
def test_paired_and_unpaired_are_what_plain_python_finds(of_pairs):
    base, alternative = arrays(of_pairs)
    differences = [other - one for one, other in of_pairs]
    found = paired_difference(base, alternative)
    scale = max(1.0, *map(abs, differences))
    assert found["difference"] == pytest.approx(statistics.fmean(differences), abs=1e-9 * scale)
    better = [1.0 if difference > 0 else 0.5 if difference == 0 else 0.0 for difference in differences]
    assert found["probability_of_increase"] == pytest.approx(statistics.fmean(better))
    assert found["n_pairs"] == len(of_pairs)
    separate = statistics.variance(base.tolist()) + statistics.variance(alternative.tolist())
    together = statistics.variance(differences)
    reduction = unpaired_difference(base, alternative)["variance_reduction"]
    if together > 1e-6 * scale**2 and separate > 0:
        assert reduction == pytest.approx(separate / together, rel=1e-6)


@given(differences=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=60))
def test_the_interval_is_what_plain_python_finds(differences):
    array = np.array(differences)
    if array.std() < 1e-6:
        return
    assert mean_interval(array) == pytest.approx(naive_interval(differences), rel=1e-6, abs=1e-6)


def test_without_skewness_the_interval_is_students_t():
    rng = np.random.default_rng(4)
    base, alternative = rng.normal(5, 1, 20), rng.normal(6, 1, 20)
    found = paired_difference(base, alternative)
    expected = stats.ttest_rel(alternative, base).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))


def test_a_skewed_interval_leans_to_the_longer_tail():
    differences = np.random.default_rng(4).lognormal(0, 1, 60)
    low, high = mean_interval(differences)
    error = differences.std(ddof=1) / 60**0.5
    assert high - differences.mean() > stats.t.ppf(0.975, 59) * error > differences.mean() - low
    assert mean_interval(-differences) == pytest.approx((-high, -low))


@given(differences=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=60))
def test_the_mean_lies_in_its_interval(differences):
    array = np.array(differences)
    low, high = mean_interval(array)
    slack = 1e-9 * max(1, *map(abs, differences))
    assert low - slack <= array.mean() <= high + slack


def test_without_pairs_the_interval_is_welchs():
    rng = np.random.default_rng(7)
    base, alternative = rng.normal(10, 1, 20), rng.normal(11, 3, 20)
    found = unpaired_difference(base, alternative)
    expected = stats.ttest_ind(alternative, base, equal_var=False).confidence_interval(0.95)
    assert (found["unpaired_low"], found["unpaired_high"]) == pytest.approx((expected.low, expected.high))


def test_as_many_separate_runs_give_the_interval_of_the_pairs():
    rng = np.random.default_rng(7)
    shared = rng.normal(0, 5, 4_000)
    base, alternative = 100 + shared + rng.normal(0, 1, 4_000), 101 + shared + rng.normal(0, 1, 4_000)
    found = unpaired_difference(base[:50], alternative[:50])
    assert found["variance_reduction"] == pytest.approx(26, rel=0.5)
    n = int(found["n_unpaired"])
    assert n == math.ceil(50 * found["variance_reduction"])
    separate = unpaired_difference(base[50 : 50 + n], np.roll(alternative, 1_000)[50 : 50 + n])
    together = paired_difference(base[:50], alternative[:50])
    width = together["high"] - together["low"]
    assert separate["unpaired_high"] - separate["unpaired_low"] == pytest.approx(width, rel=0.15)


def test_what_pairs_are_worth_where_little_varies():
    same = unpaired_difference(np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 5.0]))
    assert same["variance_reduction"] == same["n_unpaired"] == math.inf
    constant = unpaired_difference(np.array([1.0, 1.0]), np.array([3.0, 3.0]))
    assert (constant["unpaired_low"], constant["unpaired_high"]) == (2, 2)
    assert math.isnan(constant["variance_reduction"])
    assert all(map(math.isnan, unpaired_difference(np.array([1.0, np.nan]), np.array([2.0, 3.0])).values()))


@pytest.mark.parametrize(("n", "rank"), [(2, 1), (39, 1), (79, 2), (100, 2), (199, 5)])
def test_a_range_holds_another_pair_with_95_percent_once_there_are_39(n, rank):
    differences = np.random.default_rng(n).permutation(n).astype(np.float64)
    low, high = range_of_differences(np.zeros(n), differences)
    assert (low, high) == (rank - 1, n - rank)
    # Of n + 1 numbers in random order, another one lies between two ranks with the share of the gaps between them.
    assert (high - low) / (n + 1) >= (0.95 if n >= 39 else 0)


def test_one_pair_has_no_range():
    assert all(map(math.isnan, range_of_differences(np.array([1.0]), np.array([2.0]))))
