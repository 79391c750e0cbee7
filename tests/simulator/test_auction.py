"""The auction kernel against closed forms and its own promises."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.auction import (
    CLICK_SCALE,
    N_RIVAL_QUANTILES,
    NO_OFFER,
    AuctionInputs,
    AuctionOutputs,
    Column,
    clear_auctions,
)
from simulator.kernels.sampling import build_alias_table

UNIT = 1_000_000
"""One unit of value in micros, for theory that speaks of bids between 0 and 1."""


def uniform_rivals(n_quantiles: int = N_RIVAL_QUANTILES) -> np.ndarray:
    return ((np.arange(n_quantiles) + 0.5) / n_quantiles * UNIT).astype(np.int64)


def inputs(
    bids, *, rivals=None, floor=0, fees_bp=None, effective=None, click_rate=0.0, n_accounts=50, is_best_only=False
) -> AuctionInputs:
    """One entry an account and ad group; every account is wanted by every ad group."""
    n = len(bids)
    return AuctionInputs(
        account_key=np.uint64(11),
        rival_key=np.uint64(12),
        click_key=np.uint64(13),
        traffic=build_alias_table(np.ones(n_accounts)),
        rival_bid_micros=uniform_rivals() if rivals is None else np.asarray(rivals, dtype=np.int64),
        bid_floor_micros=floor,
        is_best_only=is_best_only,
        first_entry=np.arange(0, n * n_accounts + 1, n, dtype=np.int64),
        entry_offer=np.tile(np.arange(n, dtype=np.int32), n_accounts),
        offer_ad_group=np.arange(n, dtype=np.int32),
        offer_fee_bp=np.array([0] * n if fees_bp is None else fees_bp, dtype=np.int64),
        offer_is_redundant=np.zeros(n, dtype=np.bool_),
        offer_bid_micros=np.array(bids, dtype=np.int64),
        offer_effective_micros=np.array(bids if effective is None else effective, dtype=np.int64),
        click_threshold=np.full(n, int(click_rate * CLICK_SCALE), dtype=np.uint64),
    )


def outputs(an_input: AuctionInputs, budget: int = 10**15) -> AuctionOutputs:
    n = len(an_input.click_threshold)
    return AuctionOutputs(
        np.full(n, budget, dtype=np.int64),
        np.zeros((n, len(Column)), dtype=np.int64),
        np.zeros(len(an_input.entry_offer), dtype=np.uint32),
        np.zeros((n, n), dtype=np.int64),
    )


def cleared(an_input: AuctionInputs, n: int = 100_000, budget: int = 10**15) -> AuctionOutputs:
    result = outputs(an_input, budget)
    clear_auctions(np.uint64(0), n, an_input, result)
    return result


def no_rivals() -> np.ndarray:
    return np.zeros(N_RIVAL_QUANTILES, dtype=np.int64)


@pytest.mark.parametrize("bid", [0.25, 0.5, 1.0])
def test_against_a_uniform_rival_a_bid_wins_with_its_own_probability_and_pays_half_of_it(bid):
    n = 400_000
    tally = cleared(inputs([int(bid * UNIT)]), n).tally[0]
    error = 4 / np.sqrt(n)
    assert tally[Column.IMPRESSIONS] / n == pytest.approx(bid, abs=error)
    assert tally[Column.MEDIA_MICROS] / tally[Column.IMPRESSIONS] / UNIT == pytest.approx(bid / 2, abs=error)


@pytest.mark.parametrize("reserve", [0.25, 0.5, 0.75])
def test_with_a_reserve_against_a_uniform_rival_the_mean_price_is_half_of_one_plus_its_square(reserve):
    # E[max(U, r)] = r·r + (1 - r²)/2 = (1 + r²)/2
    n = 400_000
    tally = cleared(inputs([UNIT], floor=int(reserve * UNIT)), n).tally[0]
    assert tally[Column.IMPRESSIONS] == n
    assert tally[Column.MEDIA_MICROS] / n / UNIT == pytest.approx((1 + reserve**2) / 2, abs=4 / np.sqrt(n))


def test_the_highest_ad_group_pays_the_second():
    tally = cleared(inputs([300, 500, 400], rivals=no_rivals()), 1_000).tally
    assert tally[:, Column.IMPRESSIONS].tolist() == [0, 1_000, 0]
    assert tally[1, Column.MEDIA_MICROS] == 1_000 * 400


def test_what_one_ad_group_costs_another_is_told_by_pair():
    result = cleared(inputs([300, 500, 400], rivals=np.full(N_RIVAL_QUANTILES, 350), floor=100), 1_000)
    assert result.tally[1, Column.MEDIA_MICROS] == 1_000 * 400
    assert result.self_competition_micros.tolist() == [[0, 0, 0], [0, 0, 1_000 * 50], [0, 0, 0]]


def test_where_the_best_enters_alone_it_pays_what_the_market_asks():
    an_input = inputs([300, 500, 400], rivals=np.full(N_RIVAL_QUANTILES, 350), is_best_only=True)
    result = cleared(an_input, 1_000)
    assert result.tally[:, Column.IMPRESSIONS].tolist() == [0, 1_000, 0]
    assert result.tally[:, Column.ENTERED].tolist() == [0, 1_000, 0]
    assert result.tally[:, Column.HELD_BACK].tolist() == [1_000, 0, 1_000]
    assert result.tally[1, Column.MEDIA_MICROS] == 1_000 * 350
    assert not result.self_competition_micros.any()


def test_who_cannot_pay_is_not_held_back():
    an_input = inputs([300, 500, 400], rivals=no_rivals(), is_best_only=True, floor=350)
    result = outputs(an_input)
    result.remaining_micros[2] = 399
    clear_auctions(np.uint64(0), 10, an_input, result)
    assert result.tally[:, Column.HELD_BACK].tolist() == [0, 0, 0]
    assert (result.tally[0, Column.BELOW_FLOOR], result.tally[2, Column.OUT_OF_BUDGET]) == (10, 10)


def test_a_single_bidder_without_rivals_pays_the_floor():
    assert cleared(inputs([500], rivals=no_rivals(), floor=200), 100).tally[0, Column.MEDIA_MICROS] == 100 * 200


def test_a_bid_of_nothing_never_enters():
    tally = cleared(inputs([1], rivals=no_rivals(), effective=[0], fees_bp=[1_000]), 10).tally[0]
    assert tally[Column.BELOW_FLOOR] == 10
    assert tally[Column.ENTERED] == 0


def test_a_bid_equal_to_the_floor_wins():
    assert cleared(inputs([200], rivals=no_rivals(), floor=200), 100).tally[0, Column.IMPRESSIONS] == 100


def test_among_equal_bids_the_first_ad_group_wins_and_pays_its_bid():
    tally = cleared(inputs([500, 500], rivals=no_rivals()), 100).tally
    assert tally[:, Column.IMPRESSIONS].tolist() == [100, 0]
    assert tally[0, Column.MEDIA_MICROS] == 100 * 500


def test_an_ad_group_wins_against_an_equal_rival_and_loses_against_a_higher_one():
    equal, higher = np.full(N_RIVAL_QUANTILES, 500), np.full(N_RIVAL_QUANTILES, 501)
    assert cleared(inputs([500], rivals=equal), 10).tally[0, Column.IMPRESSIONS] == 10
    assert cleared(inputs([500], rivals=higher), 10).tally[0, Column.IMPRESSIONS] == 0


def test_ranking_uses_the_effective_bid():
    tally = cleared(inputs([500, 490], rivals=no_rivals(), effective=[454, 490], fees_bp=[1_000, 0]), 10).tally
    assert tally[:, Column.IMPRESSIONS].tolist() == [0, 10]


def test_the_fee_is_charged_on_the_clearing_price_beside_it():
    result = cleared(inputs([500], rivals=np.full(N_RIVAL_QUANTILES, 300), effective=[454], fees_bp=[1_000]), 10)
    assert result.tally[0, Column.MEDIA_MICROS] == 3_000
    assert result.tally[0, Column.DATA_FEE_MICROS] == 300
    assert result.remaining_micros[0] == 10**15 - 3_300


def test_clicks_come_at_the_click_rate():
    n = 100_000
    tally = cleared(inputs([UNIT], rivals=no_rivals(), click_rate=0.3), n).tally[0]
    assert tally[Column.CLICKS] / n == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / n))
    assert cleared(inputs([UNIT], rivals=no_rivals(), click_rate=1.0), 100).tally[0, Column.CLICKS] == 100


def test_an_entry_without_offer_and_an_offer_without_bid_do_not_take_part():
    silent = inputs([0, 500], rivals=no_rivals())
    assert cleared(silent, 10).tally[0].tolist() == [0] * len(Column)
    absent = silent._replace(entry_offer=np.full_like(silent.entry_offer, NO_OFFER))
    assert cleared(absent, 10).tally.sum() == 0


@settings(max_examples=60)
@given(
    bids=st.lists(st.integers(1, 1_000), min_size=1, max_size=5),
    budget=st.integers(0, 50_000),
    floor=st.integers(0, 400),
    cuts=st.lists(st.integers(0, 2_000), max_size=4),
)
def test_batches_change_nothing_and_no_budget_is_passed(bids, budget, floor, cuts):
    an_input = inputs(bids, rivals=np.arange(N_RIVAL_QUANTILES) // 4, floor=floor, click_rate=0.5)
    whole = cleared(an_input, 2_000, budget)
    parts = outputs(an_input, budget)
    edges = [0, *sorted(cuts), 2_000]
    for first, last in pairwise(edges):
        clear_auctions(np.uint64(first), last - first, an_input, parts)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)
    spend = whole.tally[:, Column.MEDIA_MICROS] + whole.tally[:, Column.DATA_FEE_MICROS]
    np.testing.assert_array_equal(whole.remaining_micros, budget - spend)
    assert (whole.remaining_micros >= 0).all()
    assert (whole.tally[:, Column.MEDIA_MICROS] >= floor * whole.tally[:, Column.IMPRESSIONS]).all()
