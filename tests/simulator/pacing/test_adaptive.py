from fractions import Fraction
from math import isqrt, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.pacing import adaptive_terms
from tests.simulator.pacing.adaptive_reference import AdaptiveReference

INT64_MAX = 2**63 - 1
budgets = st.integers(1, 10**15)
opportunities = st.floats(1, 2.0**40)
scales = st.integers(1, 10**10)


@pytest.mark.parametrize(("rho", "mu"), [(Fraction(1, 24), 1.0), (Fraction(2, 27), 0.5)])
@pytest.mark.parametrize("scale", [10_000, 10**9])
def test_uniform_values_and_rivals_reach_the_multiplier_of_balseiro_and_gur(rho, mu, scale):
    """With v, d ~ U[0, 1]: 1 + μ* = sqrt(1 / (6ρ)) and the utility is a/3 − a²/6 for a = 1 / (1 + μ*)."""
    n = 120_000
    pacer = AdaptiveReference(adaptive_terms(int(rho * n * scale), float(n), scale))
    draws = np.random.default_rng(3).random((n, 2)) * scale
    utility = spend = sum_of_mu = 0
    for passed, (value, rival) in enumerate(draws.astype(np.int64).tolist()):
        bid = pacer.bid(value, passed)
        if passed >= n // 4:  # learned by then
            sum_of_mu += pacer.mu
        if bid > rival:
            pacer.charge(rival)
            if passed >= n // 4:
                utility, spend = utility + value - rival, spend + rival
    judged = n - n // 4
    a = 1 / (1 + mu)
    assert sum_of_mu / judged / 2**44 == pytest.approx(mu, rel=0.03)
    assert utility / judged / scale == pytest.approx(a / 3 - a * a / 6, abs=0.002)
    assert spend / judged / scale == pytest.approx(float(rho), rel=0.01)


def test_a_budget_that_does_not_bind_leaves_the_bid_whole():
    pacer = AdaptiveReference(adaptive_terms(10**9, 10_000.0, 5_000))
    for passed in range(10_000):
        assert pacer.bid(5_000, passed) >= 4_950
        pacer.charge(5_000)
    assert pacer.bid(5_000, 10_001) == 5_000


@given(budgets, opportunities, scales, st.integers(0, 10**10), st.integers(0, 2**40))
def test_no_step_of_the_kernel_outgrows_int64(budget, n, scale, charge, elapsed):
    terms = adaptive_terms(budget, n, scale)
    assert 1 <= terms.step <= terms.mu_max <= 2**60
    assert 1 <= terms.gain < 2**29
    assert 0 <= terms.gain_shift <= 62
    assert charge * terms.gain <= INT64_MAX
    assert (terms.mu_max // terms.step) * terms.step <= INT64_MAX
    assert INT64_MAX >= (10**10 << 28)
    pacer = AdaptiveReference(terms, terms.mu_max)
    pacer.charge(charge)
    assert pacer.mu == terms.mu_max
    pacer.settle(elapsed)
    assert 0 <= pacer.mu <= terms.mu_max


@given(budgets, opportunities, scales)
def test_terms_are_those_of_the_paper_up_to_rounding(budget, n, scale):
    terms = adaptive_terms(budget, n, scale)
    per_micro = Fraction(terms.gain, 2**terms.gain_shift)
    rho = Fraction(budget) / Fraction(n)
    epsilon = per_micro * scale / 2**44
    assert epsilon <= (1 + 1e-6) / sqrt(n)
    if scale >= 2**15 / isqrt(int(n)):
        assert float(epsilon) == pytest.approx(1 / sqrt(n), rel=1e-6)
    if 1 < terms.step < terms.mu_max:
        assert abs(terms.step - rho * per_micro) <= Fraction(1, 2) + terms.step / Fraction(10**12)


@pytest.mark.parametrize("n", [1e4, 1e6, 1e9])
def test_rounding_does_not_stall_it_where_a_ten_thousandth_of_the_opportunities_can_be_paid(n):
    terms = adaptive_terms(int(n / 10_000 * 5_000), n, 5_000)
    rate = Fraction(terms.step) / Fraction(terms.gain, 2**terms.gain_shift)
    assert float(rate) == pytest.approx(0.5, rel=1e-3)


def test_nothing_to_spend_or_to_expect_is_no_error():
    assert adaptive_terms(0, 0.0, 0).step >= 1
