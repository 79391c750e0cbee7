from hypothesis import given
from hypothesis import strategies as st

from simulator.pacing import FULL_MULTIPLIER_BP, MIN_MULTIPLIER_BP, TRAFFIC_SHARE_SCALE, paced_multiplier_bp

multipliers = st.integers(MIN_MULTIPLIER_BP, FULL_MULTIPLIER_BP)
amounts = st.integers(0, 10**15)
shares = st.integers(0, TRAFFIC_SHARE_SCALE)


@given(multipliers, amounts, shares, amounts, shares)
def test_a_multiplier_stays_in_its_range_and_moves_by_at_most_a_quarter(now, spend, last, remaining, left):
    following = paced_multiplier_bp(now, spend, last, remaining, left)
    assert MIN_MULTIPLIER_BP <= following <= FULL_MULTIPLIER_BP
    assert now * 8_000 // 10_000 <= following or following == MIN_MULTIPLIER_BP
    assert following <= now * 12_500 // 10_000


@given(multipliers)
def test_spending_exactly_to_plan_keeps_the_multiplier(now):
    assert paced_multiplier_bp(now, 50, 100_000, 450, 900_000) == now


def test_spending_four_times_too_fast_halves_the_bid_step_by_step():
    assert paced_multiplier_bp(10_000, 120, 100_000, 1_000, 1_000_000) == 9_128  # sqrt(1000 / 1200)
    assert paced_multiplier_bp(10_000, 400, 100_000, 1_000, 1_000_000) == 8_000  # sqrt(1/4), held to a fifth


def test_a_tick_without_spend_raises_the_bid_as_far_as_a_step_goes():
    assert paced_multiplier_bp(4_000, 0, 100_000, 1_000, 1_000_000) == 5_000


def test_without_traffic_there_is_nothing_to_learn():
    assert paced_multiplier_bp(4_000, 0, 0, 1_000, 1_000_000) == 4_000
    assert paced_multiplier_bp(4_000, 10, 1_000, 1_000, 0) == 4_000
