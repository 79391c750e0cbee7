"""The auction kernel and its promises; what theory says of it is in test_theory.py, and its twin in test_naive.py."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.glances import ANYTHING, NOTHING
from simulator.kernels.tables import IN_WINDOW, RATE_ONE, Billed, Column, Format, Share
from tests.simulator.kernel_tables import CENSUS_ONCE, PLENTY, Auctions, Bidder, Page, lognormal_knots, uniform_knots

N = 40
LOSSES = [
    Column.LOST_TO_CAP,
    Column.LOST_TO_FLOOR,
    Column.LOST_TO_BUDGET,
    Column.LOST_TO_PACING,
    Column.HELD_BACK,
]


def sure(value: int) -> np.ndarray:
    """Knots of a market whose every rival bids the same."""
    return np.full_like(uniform_knots(1), value)


def tally(bidders: list[Bidder], page: Page | None = None, n: int = N) -> np.ndarray:
    return Auctions(bidders, page).clear(n).tally


def bids(*values: int, **others: object) -> list[Bidder]:
    return [Bidder(value, **others) for value in values]


# Who wins


def test_the_highest_bid_wins_and_pays_the_second():
    result = tally(bids(300, 500, 400))
    assert result[:, Column.WON].tolist() == result[:, Column.IMPRESSIONS].tolist() == [0, N, 0]
    assert result[:, Column.MEDIA_MICROS].tolist() == [0, 400 * N, 0]
    assert result[1, Column.BID_MICROS] == result[1, Column.EFFECTIVE_BID_MICROS] == 500 * N


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_among_equal_bids_the_ad_group_listed_first_wins_and_pays_its_bid(order):
    result = tally(bids(500, 500), Page(order=order))
    assert result[:, Column.WON].tolist() == [N, 0]
    assert result[0, Column.MEDIA_MICROS] == 500 * N


def test_an_ad_group_wins_against_an_equal_rival_of_the_landscape_and_loses_against_a_higher_one():
    assert tally(bids(500), Page(market=sure(500)))[0, Column.WON] == N
    assert tally(bids(500), Page(market=sure(501)))[0, Column.WON] == 0


def test_ties_are_decided_by_the_score_and_not_by_the_bid():
    # 400 for a click at 50 % ranks as 200 for an impression
    likely, dear = Bidder(400, rate=0.5, billed=Billed.CLICK, click_chance=0.5), Bidder(201)
    assert tally([likely, dear])[:, Column.WON].tolist() == [0, N]
    assert tally([likely, Bidder(200)])[:, Column.WON].tolist() == [N, 0]


def test_ranking_uses_the_effective_bid_and_the_fee_is_charged_beside_the_price():
    assert tally([Bidder(500, fee_bp=1_000), Bidder(490)])[:, Column.WON].tolist() == [0, N]
    auctions = Auctions([Bidder(500, fee_bp=1_000, budget=10**6), Bidder(300)])
    won = auctions.clear(N).tally[0]
    assert (won[Column.MEDIA_MICROS], won[Column.DATA_FEE_MICROS]) == (300 * N, 30 * N)
    assert (won[Column.BID_MICROS], won[Column.EFFECTIVE_BID_MICROS]) == (500 * N, 454 * N)
    assert auctions.outputs.remaining_micros[0] == 10**6 - 330 * N


def test_only_accounts_that_are_wanted_are_bid_for():
    wants = np.zeros((50, 2), dtype=bool)
    wants[:10, 0] = wants[5:20, 1] = True
    auctions = Auctions(bids(300, 200), Page(wants=wants))
    auctions.clear(500)
    assert (auctions.counts() > 0).tolist() == [[row < 10, 10 <= row < 20] for row in range(50)]


# Slots


def test_an_ad_group_gets_one_slot_of_a_page_at_most():
    assert tally(bids(500), Page(effects=(1, 1, 1)))[0, Column.WON] == N
    assert tally(bids(500, 400, 300, 200), Page(effects=(1, 1, 1)))[:, Column.WON].tolist() == [N, N, N, 0]


def test_a_slot_that_does_not_come_into_view_is_won_and_costs_nothing():
    n = 10_000
    result = tally(bids(500, 400), Page(effects=(1.0, 0.25)), n)
    assert result[:, Column.WON].tolist() == [n, n]
    assert result[0, Column.IMPRESSIONS] == n
    assert abs(result[1, Column.IMPRESSIONS] - n / 4) < 4 * np.sqrt(n * 3 / 16)
    assert (result[:, Column.BILLED] == result[:, Column.IMPRESSIONS]).all()


def test_a_rival_of_the_landscape_takes_a_slot():
    result = tally(bids(500, 300), Page(effects=(1, 1), market=sure(400)))
    assert result[:, Column.WON].tolist() == [N, 0]
    assert result[0, Column.MEDIA_MICROS] == 400 * N


def test_a_rival_of_the_landscape_below_the_floor_is_not_shown_even_to_who_is_unlikely_to_act():
    # A click at 50 % for 210 reaches the floor of 100; for a person half as likely to click it ranks as 52.
    unlikely = Page(floor=100, market=sure(99), personal=np.full_like(uniform_knots(1), RATE_ONE // 2))
    bidder = Bidder(210, rate=0.5, billed=Billed.CLICK, click_chance=0.5, is_personal=True)
    assert tally([bidder], unlikely)[0, Column.WON] == N
    assert tally([bidder], replace(unlikely, market=sure(100)))[0, Column.WON] == 0


# Prices by format


def prices_of(auctions: Auctions, n: int = 400) -> list[int]:
    auctions.clear(n)
    return auctions.price_of_impression()


@pytest.mark.parametrize(
    ("a_format", "expected"),
    [(Format.FIRST_PRICE, [1000, 400, 0]), (Format.GSP, [400, 200, 0]), (Format.VCG, [300, 200, 0])],
)
def test_two_slots_of_which_the_second_is_half_as_good(a_format, expected):
    # VCG: the first slot costs (400 * (1 - 1/2) + 200 * 1/2) / 1
    assert prices_of(Auctions(bids(1000, 400, 200), Page(effects=(1, 0.5), format=a_format))) == expected


@pytest.mark.parametrize(("a_format", "expected"), [(Format.FIRST_PRICE, [500]), (Format.GSP, [0]), (Format.VCG, [0])])
@pytest.mark.parametrize("effects", [(1,), (1, 0.5, 0.25)])
def test_who_is_alone_pays_nothing_unless_the_format_is_first_price(a_format, expected, effects):
    assert prices_of(Auctions(bids(500), Page(effects=effects, format=a_format))) == expected


@pytest.mark.parametrize("a_format", [Format.GSP, Format.VCG])
def test_nobody_pays_less_than_the_floor(a_format):
    auctions = Auctions(bids(500, 400, 299), Page(effects=(1, 0.5), format=a_format, floor=300))
    # VCG: half of the first slot's price is the other's bid, and half the floor, as no other bid is accepted
    assert prices_of(auctions) == [{Format.GSP: 400, Format.VCG: 350}[a_format], 300, 0]


@settings(max_examples=60)
@given(
    values=st.lists(st.integers(1, 1_000), min_size=1, max_size=5),
    lie=st.integers(1, 1_000),
    floor=st.integers(0, 700),
    effects=st.sampled_from([(1.0,), (1.0, 0.5), (0.9, 0.7, 0.25), (1.0, 1.0, 0.5, 0.5)]),
)
def test_myerson_1981_under_vcg_no_bid_brings_more_than_the_value_whatever_the_floor(values, lie, floor, effects):
    def utility(bid: int) -> float:
        offered = [bid, *values[1:]]
        price = prices_of(Auctions(bids(*offered), Page(effects=effects, format=Format.VCG, floor=floor)))[0]
        slot = sum(other > bid for other in offered[1:] if other >= floor)  # among equals the first wins
        return effects[slot] * (values[0] - price) if bid >= floor and slot < len(effects) else 0

    assert utility(values[0]) >= utility(lie) - 2


def test_the_format_decides_nothing_about_who_wins():
    page = {"effects": (1, 0.7, 0.4), "market": uniform_knots(600), "personal": lognormal_knots(0.5, RATE_ONE)}
    bidders = bids(500, 400, 300, 200, is_personal=True, billed=Billed.CLICK, rate=0.5, click_chance=0.5)
    won = [tally(bidders, Page(format=a_format, **page), 2_000)[:, Column.CLICKS].tolist() for a_format in Format]
    assert won[0] == won[1] == won[2]


def test_a_price_is_rounded_up_to_the_micro_that_keeps_the_slot():
    # A click at 30 % against 100 for an impression: 333.33 would do, 333 would not, so 334 is paid
    rate = round(0.3 * RATE_ONE) / RATE_ONE
    cheapest = next(bid for bid in range(1, 999) if tally([Bidder(bid, rate=0.3), Bidder(100)], n=1)[0, Column.WON])
    assert cheapest - 1 < 100 / rate <= cheapest
    assert prices_of(Auctions([Bidder(500, rate=0.3), Bidder(100)]))[0] == cheapest == 334


def test_the_floor_is_asked_for_an_impression_and_rounded_up_for_an_event():
    page = Page(floor=100)
    assert tally([Bidder(333, rate=0.3)], page)[0, Column.LOST_TO_FLOOR] == N
    won = tally([Bidder(334, rate=0.3)], page)[0]
    assert (won[Column.WON], won[Column.MEDIA_MICROS]) == (N, 334 * N)


def test_a_bid_equal_to_the_floor_wins_and_a_lower_one_does_not():
    assert tally(bids(200), Page(floor=200))[0, Column.MEDIA_MICROS] == 200 * N
    lost = tally(bids(199), Page(floor=200))[0]
    assert (lost[Column.WON], lost[Column.LOST_TO_FLOOR]) == (0, N)


def test_an_effective_bid_of_nothing_is_below_any_floor():
    assert tally([Bidder(1, fee_bp=1_000)])[0, Column.LOST_TO_FLOOR] == N


# What is billed


def test_who_pays_by_click_is_charged_for_clicks_alone():
    n = 20_000
    auctions = Auctions([Bidder(500, rate=0.3, billed=Billed.CLICK, click_chance=0.3), Bidder(90)])
    won = auctions.clear(n).tally[0]
    assert (won[Column.WON], won[Column.IMPRESSIONS]) == (n, n)
    assert won[Column.BILLED] == won[Column.CLICKS]
    assert won[Column.MEDIA_MICROS] == 300 * won[Column.CLICKS]
    assert abs(won[Column.CLICKS] - 0.3 * n) < 4 * np.sqrt(0.21 * n)


def test_clicks_bring_no_charge_to_who_pays_by_impression():
    won = tally([Bidder(500, click_chance=0.5), Bidder(200)], n=1_000)[0]
    assert 0 < won[Column.CLICKS] < 1_000
    assert won[Column.MEDIA_MICROS] == 200 * 1_000


def test_a_sure_click_is_sure():
    assert tally([Bidder(500, click_chance=1.0)])[0, Column.CLICKS] == N


# Caps and budgets


def test_a_cap_is_never_passed_and_the_next_best_takes_over():
    auctions = Auctions([Bidder(500, cap=2), Bidder(400)], Page(n_accounts=20))
    result = auctions.clear(1_000).tally
    assert auctions.counts()[:, 0].tolist() == [2] * 20
    assert result[:, Column.WON].tolist() == [40, 960]
    assert result[0, Column.REACHED] == 20
    assert result[0, Column.LOST_TO_CAP] == 960


def test_counts_stop_where_their_bits_end():
    auctions = Auctions(bids(500), Page(n_accounts=1))
    auctions.clear(300)
    assert auctions.counts()[0, 0] == IN_WINDOW
    assert auctions.outputs.tally[0, Column.IMPRESSIONS] == 300


def test_who_cannot_pay_the_whole_bid_does_not_bid():
    result = tally([Bidder(500, budget=400 * 3 + 499), Bidder(400)])
    assert result[:, Column.WON].tolist() == [3, N - 3]
    assert result[0, Column.LOST_TO_BUDGET] == N - 3


def test_ad_groups_of_a_campaign_share_its_budget():
    auctions = Auctions(bids(500, 400, 300), Page(campaigns=(0,), campaign_budget=2_000))
    # Four times 400, the last with 800 left; then 500 is too much and 400 is not, at the price of 300.
    assert auctions.clear(4).tally[:, Column.WON].tolist() == [4, 0, 0]
    assert auctions.clear(N - 4, 4).tally[:, Column.WON].tolist() == [4, 1, 0]
    assert auctions.outputs.campaign_remaining_micros.tolist() == [100]


def test_two_ad_groups_of_a_campaign_do_not_pass_its_budget_on_one_page():
    page = Page(effects=(1, 1), campaigns=(0,), campaign_budget=900, format=Format.FIRST_PRICE)
    auctions = Auctions(bids(500, 450), page)
    result = auctions.clear(1).tally
    assert result[:, Column.IMPRESSIONS].tolist() == result[:, Column.WON].tolist() == [1, 0]
    assert result[:, Column.CENSUS_WON].tolist() == [1, 0]
    assert auctions.outputs.campaign_remaining_micros[0] == 400


# Ad groups of one advertiser


def raised(auctions: Auctions) -> dict[tuple[int, int], int]:
    """What own ad groups paid more because of each other: micros by payer and raiser."""
    sums = auctions.outputs.raised
    taken = sums.places[sums.places[:, 0] > 0].tolist()
    assert len(taken) == sums.n_used[0]
    n_own = auctions.inputs.rules.n_own
    return {divmod(place - 1, n_own): micros for place, micros in taken}


def test_what_one_ad_group_costs_another_is_told_by_pair():
    auctions = Auctions(bids(300, 500, 400), Page(market=sure(350), floor=100))
    auctions.clear(N)
    assert raised(auctions) == {(1, 2): 50 * N}


def test_without_a_market_the_other_ad_group_costs_all_that_is_above_the_floor():
    auctions = Auctions(bids(500, 400), Page(floor=100))
    auctions.clear(N)
    assert raised(auctions) == {(0, 1): 300 * N}


def test_the_campaign_of_a_rival_is_no_competition_with_oneself():
    auctions = Auctions([Bidder(500), Bidder(400), Bidder(300, is_rival=True)])
    auctions.clear(N)
    assert raised(auctions) == {(0, 1): 100 * N}
    auctions = Auctions([Bidder(500), Bidder(400, is_rival=True), Bidder(450, is_rival=True)])
    auctions.clear(N)
    assert raised(auctions) == {}


def test_first_prices_are_raised_by_nobody():
    auctions = Auctions(bids(500, 400), Page(format=Format.FIRST_PRICE))
    auctions.clear(N)
    assert raised(auctions) == {}


def test_in_each_slot_the_best_below_that_is_not_own_counts():
    bidders = [Bidder(500), Bidder(400), Bidder(300), Bidder(200, is_rival=True)]
    auctions = Auctions(bidders, Page(effects=(1, 1)))
    auctions.clear(N)
    assert raised(auctions) == {(0, 1): 200 * N, (1, 2): 100 * N}


def test_where_only_the_best_enters_it_pays_what_the_market_asks():
    auctions = Auctions(bids(300, 500, 400), Page(market=sure(350), is_best_only=True))
    result = auctions.clear(N).tally
    assert result[:, Column.WON].tolist() == result[:, Column.ENTERED].tolist() == [0, N, 0]
    assert result[:, Column.HELD_BACK].tolist() == [N, 0, N]
    assert result[1, Column.MEDIA_MICROS] == 350 * N
    assert raised(auctions) == {}


def test_who_cannot_take_part_is_not_held_back_and_holds_nobody_back():
    bidders = [Bidder(300), Bidder(500), Bidder(600, budget=599), Bidder(550, participation=0.0)]
    result = tally(bidders, Page(is_best_only=True, floor=350))
    assert result[:, Column.WON].tolist() == [0, N, 0, 0]
    assert result[:, Column.HELD_BACK].tolist() == [0, 0, 0, 0]
    assert (result[0, Column.LOST_TO_FLOOR], result[2, Column.LOST_TO_BUDGET]) == (N, N)
    assert result[3, Column.LOST_TO_PACING] == N


# Any market


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[Bidder], Page]:
    """Bidders and a page of all sorts."""
    floor = draw(st.integers(0, 200))
    billed = st.sampled_from([Billed.IMPRESSION, Billed.CLICK])
    bidder = st.builds(
        Bidder,
        bid=st.integers(1, 1_000),
        rate=st.sampled_from([1.0, 0.5, 0.3]),
        fee_bp=st.sampled_from([0, 500, 1_764]),
        budget=st.integers(0, 50_000) | st.just(PLENTY),
        cap=st.sampled_from([1, 3, IN_WINDOW + 1]),
        billed=billed,
        click_chance=st.sampled_from([0.0, 0.3, 1.0]),
        is_personal=st.booleans(),
        is_rival=st.booleans(),
        participation=st.sampled_from([1.0, 0.7, 0.0]),
        budget_rate=st.none() | st.floats(1, 100),
        scale=st.just(300),
    )
    # Own ad groups are listed first.
    bidders = sorted(draw(st.lists(bidder, min_size=1, max_size=6)), key=lambda one: one.is_rival)
    n = len(bidders)
    page = Page(
        n_accounts=20,
        effects=draw(st.sampled_from([(1.0,), (0.8,), (1.0, 0.5), (1.0, 0.5, 0.5)])),
        format=draw(st.sampled_from(Format)),
        floor=floor,
        market=draw(st.sampled_from([None, uniform_knots(700)])),
        n_market_bids=draw(st.integers(1, 3)),
        personal=draw(st.sampled_from([None, lognormal_knots(0.6, RATE_ONE)])),
        is_best_only=draw(st.booleans()),
        census_every=draw(st.sampled_from([1, 3])),
        wants=np.array(draw(st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=20, max_size=20))),
        campaigns=(0, *sorted(draw(st.sets(st.integers(1, n - 1)) if n > 1 else st.just(set())))),
        campaign_budget=draw(st.integers(0, 50_000) | st.just(PLENTY)),
        rng_seed=draw(st.integers(0, 2**20)),
    )
    return bidders, page


def same(one: Auctions, other: Auctions) -> None:
    """Require that two auctions left the same behind, to the last bit."""
    for mine, its, name in zip(one.outputs, other.outputs, one.outputs._fields, strict=True):
        if name == "counts":
            np.testing.assert_array_equal(one.counts(), other.counts())
        elif name == "offer_shares":
            np.testing.assert_array_equal(one.shares_of_offers(), other.shares_of_offers())
        elif name == "raised":
            assert raised(one) == raised(other)
        elif name not in ("shown", "learners"):
            np.testing.assert_array_equal(mine, its, err_msg=name)


@settings(max_examples=60)
@given(market=markets(), cuts=st.lists(st.integers(0, 500), max_size=4))
def test_batches_change_nothing(market, cuts):
    whole, parts = Auctions(*market), Auctions(*market)
    whole.clear(500)
    for first, last in pairwise([0, *sorted(cuts), 500]):
        parts.clear(last - first, first)
    same(whole, parts)
    np.testing.assert_array_equal(whole.outputs.counts, parts.outputs.counts)


@settings(max_examples=10)
@given(market=markets())
def test_more_entries_than_32_bits_count_change_nothing(market):
    narrow, wide = Auctions(*market), Auctions(*market)
    wide.inputs = wide.inputs._replace(first_entry=wide.inputs.first_entry.astype(np.int64))
    np.testing.assert_array_equal(narrow.clear(500).tally, wide.clear(500).tally)
    np.testing.assert_array_equal(narrow.outputs.counts, wide.outputs.counts)


@settings(max_examples=60)
@given(market=markets(), data=st.data())
def test_neither_the_order_of_entries_nor_glances_nor_the_early_stop_change_anything(market, data):
    bidders, page = market
    order = data.draw(st.permutations(range(len(bidders))))
    sorted_by_bid, shuffled = Auctions(bidders, page), Auctions(bidders, replace(page, order=order))
    unbounded = Auctions(bidders, page)
    unbounded.inputs.glances.bounds[:] = np.inf
    promises = unbounded.inputs.glances.promises
    promises[promises > 0] = ANYTHING
    for auctions in (sorted_by_bid, shuffled, unbounded):
        auctions.clear(500)
    same(sorted_by_bid, unbounded)
    same(sorted_by_bid, shuffled)


@settings(max_examples=100)
@given(market=markets())
def test_money_and_counts_agree(market):
    bidders, page = market
    auctions = Auctions(bidders, page)
    outputs = auctions.clear(500)
    result = outputs.tally
    media, fee = result[:, Column.MEDIA_MICROS], result[:, Column.DATA_FEE_MICROS]
    budgets = np.array([bidder.budget for bidder in bidders])
    np.testing.assert_array_equal(outputs.remaining_micros, budgets - media - fee)
    np.testing.assert_array_equal(
        outputs.campaign_remaining_micros,
        page.campaign_budget - np.add.reduceat(media + fee, auctions.inputs.first_group[:-1]),
    )
    assert (outputs.remaining_micros >= 0).all()
    assert (outputs.campaign_remaining_micros >= 0).all()
    assert (media <= result[:, Column.EFFECTIVE_BID_MICROS]).all()
    assert (media + fee <= result[:, Column.BID_MICROS]).all()
    assert (media >= page.floor * result[:, Column.BILLED]).all()
    assert (auctions.counts() <= [min(bidder.cap, IN_WINDOW) for bidder in bidders]).all()
    np.testing.assert_array_equal((auctions.counts() > 0).sum(axis=0), result[:, Column.REACHED])
    assert (result[:, Column.IMPRESSIONS] <= result[:, Column.WON]).all()
    assert result[:, Column.WON].sum() <= 500 * len(page.effects)
    billed = [Column.CLICKS if bidder.billed == Billed.CLICK else Column.IMPRESSIONS for bidder in bidders]
    assert result[:, Column.BILLED].tolist() == [row[column] for row, column in zip(result, billed, strict=True)]
    assert all(0 < micros <= media[payer] for (payer, _), micros in raised(auctions).items())


@settings(max_examples=60)
@given(market=markets())
def test_the_census_counts_everybody_once(market):
    bidders, page = market
    auctions = Auctions(bidders, replace(page, census_every=1))
    result = auctions.clear(500).tally
    parts = result[:, [*LOSSES, Column.ENTERED]]
    np.testing.assert_array_equal(parts.sum(axis=1), result[:, Column.OPPORTUNITIES])
    np.testing.assert_array_equal(result[:, Column.CENSUS_WON], result[:, Column.WON])
    assert (result[:, Column.WON] <= result[:, Column.ENTERED]).all()


@settings(max_examples=40)
@given(market=markets(), every=st.sampled_from([2, 7, CENSUS_ONCE]))
def test_a_rarer_census_changes_only_the_census(market, every):
    bidders, page = market
    whole = Auctions(bidders, replace(page, census_every=1))
    rarer = Auctions(bidders, replace(page, census_every=every))
    exact = [column for column in Column if column not in (*LOSSES, Column.OPPORTUNITIES, Column.ENTERED)]
    exact.remove(Column.CENSUS_WON)
    np.testing.assert_array_equal(whole.clear(300).tally[:, exact], rarer.clear(300).tally[:, exact])


def test_a_rarer_census_is_unbiased():
    wants = np.random.default_rng(1).random((400, 5)) < 0.4
    bidders = [Bidder(300 + 50 * place, is_personal=True, participation=0.7) for place in range(5)]
    page = {"n_accounts": 400, "wants": wants, "market": uniform_knots(600), "personal": lognormal_knots(0.5, RATE_ONE)}
    n, every = 200_000, 16
    whole, rarer = (tally(bidders, Page(census_every=one, **page), n) for one in (1, every))
    for column in (Column.OPPORTUNITIES, Column.LOST_TO_PACING, Column.ENTERED, Column.CENSUS_WON):
        exact = whole[:, column]
        error = np.sqrt(exact * every * (1 - exact / n))
        assert (abs(rarer[:, column] - exact) <= 4 * error).all()
        assert (rarer[:, column] % every == 0).all()


def test_shares_of_offers_add_up_to_the_ad_group():
    rng = np.random.default_rng(2)
    bidders = [Bidder(rng.integers(1, 1_000, 30), fee_bp=500, click_chance=0.3) for _ in range(3)]
    auctions = Auctions(bidders, Page(n_accounts=30, effects=(1, 0.5), floor=100))
    outputs = auctions.clear(2_000)
    sums = np.add.reduceat(auctions.shares_of_offers(), auctions.inputs.first_offer[:-1])
    for column in (Column.IMPRESSIONS, Column.CLICKS, Column.MEDIA_MICROS, Column.DATA_FEE_MICROS):
        np.testing.assert_array_equal(sums[:, Share[column.name]], outputs.tally[:, column])


def test_an_offer_whose_budget_ran_dry_bids_again_when_bids_are_set_anew():
    auctions = Auctions([Bidder(500, budget=600), Bidder(400)])
    auctions.clear(N)
    assert auctions.inputs.glances.promises[0] == NOTHING
    auctions.outputs.remaining_micros[0] = 600
    auctions.submit()
    assert auctions.clear(1, N).tally[0, Column.WON] == 2
