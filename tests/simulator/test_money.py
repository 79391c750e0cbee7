from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import DataFeeError
from simulator.money import (
    MAX_BID_CPM_MICROS,
    POLICY_CODES,
    BidReductionPolicy,
    bid_per_impression_micros,
    data_fee_micros,
    effective_bid_micros,
    require_coverable,
)
from workbench.data_fee import MAX_DATA_FEE_BP

bids = st.integers(0, MAX_BID_CPM_MICROS // 1_000)
fees = st.integers(0, MAX_DATA_FEE_BP)
policies = st.sampled_from(list(BidReductionPolicy))


@given(bid=bids, fee_bp=fees, policy=policies, data=st.data())
def test_price_plus_fee_never_exceeds_the_bid(bid, fee_bp, policy, data):
    effective = effective_bid_micros(bid, fee_bp, POLICY_CODES[policy])
    price = data.draw(st.integers(0, effective))
    assert price + data_fee_micros(price, fee_bp) <= bid


@given(bid=bids, fee_bp=fees, policy=policies)
def test_a_bid_is_lowered_by_at_most_15_percent_and_one_micro(bid, fee_bp, policy):
    effective = effective_bid_micros(bid, fee_bp, POLICY_CODES[policy])
    assert Fraction(85, 100) * bid - 1 < effective <= bid


@given(bid=bids, fee_bp=fees)
def test_the_exact_policy_leaves_no_room_unused(bid, fee_bp):
    effective = effective_bid_micros(bid, fee_bp, POLICY_CODES[BidReductionPolicy.EXACT])
    assert (effective + 1) * (10_000 + fee_bp) > bid * 10_000


@pytest.mark.parametrize("policy", BidReductionPolicy)
def test_without_a_fee_the_bid_stays_as_it_is(policy):
    assert effective_bid_micros(5_000, 0, POLICY_CODES[policy]) == 5_000


@pytest.mark.parametrize(
    ("fee_bp", "exact", "as_fee", "flat"),
    [(500, 1.0, 0.9975, 0.8925), (1_000, 1.0, 0.99, 0.935), (1_500, 1.0, 0.9775, 0.9775)],
)
def test_worst_case_charges_by_policy(fee_bp, exact, as_fee, flat):
    bid = 5_000_000
    expected = {BidReductionPolicy.EXACT: exact, BidReductionPolicy.AS_FEE: as_fee, BidReductionPolicy.FLAT: flat}
    for policy, share in expected.items():
        price = effective_bid_micros(bid, fee_bp, POLICY_CODES[policy])
        assert (price + data_fee_micros(price, fee_bp)) / bid == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(("fee_bp", "effective", "fee"), [(1_000, 4_545_454, 454_545), (1_500, 4_347_826, 652_174)])
def test_worked_amounts_for_a_bid_of_five(fee_bp, effective, fee):
    price = effective_bid_micros(5_000_000, fee_bp, POLICY_CODES[BidReductionPolicy.EXACT])
    assert (price, data_fee_micros(price, fee_bp)) == (effective, fee)


@pytest.mark.parametrize("fee_bp", [-1, MAX_DATA_FEE_BP + 1, 2_000])
def test_a_fee_that_no_reduction_covers_is_refused(fee_bp):
    with pytest.raises(DataFeeError, match="choose another segment"):
        require_coverable(fee_bp, "Segment")


def test_the_largest_fee_is_three_seventeenths_rounded_down():
    require_coverable(MAX_DATA_FEE_BP, "Segment")
    assert Fraction(MAX_DATA_FEE_BP, 10_000) <= Fraction(3, 17) < Fraction(MAX_DATA_FEE_BP + 1, 10_000)


def test_a_cpm_bid_becomes_a_price_per_impression_rounded_down():
    assert bid_per_impression_micros(4_999_999) == 4_999
