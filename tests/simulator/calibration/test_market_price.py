import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr

from simulator.calibration.lognormal_price import check_fit, fit_lognormal
from simulator.calibration.market_price import (
    MAX_POINTS,
    count_prices,
    estimate_market_price,
    isotonic,
    product_limit,
)
from simulator.config import AuctionFormat
from tests.simulator.calibration.bid_logs import FLOOR, MEDIAN, SIGMA, bid_log

SECOND, FIRST = AuctionFormat.SECOND_PRICE, AuctionFormat.FIRST_PRICE
OBSERVATIONS = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=40)


def counted(observations):
    points = np.unique([value for value, _ in observations])
    return points, *(
        np.array([sum(v == point and won is is_won for v, won in observations) for point in points], dtype=float)
        for is_won in (True, False)
    )


def truth(points):
    return ndtr(np.log(points / MEDIAN) / SIGMA)


@given(OBSERVATIONS)
def test_the_product_limit_is_that_of_scipy(observations):
    points, won, lost = counted(observations)
    seen = [value for value, is_won in observations if is_won]
    censored = [value for value, is_won in observations if not is_won]
    if not seen:
        assert not product_limit(won, lost).any()
        return
    expected = stats.ecdf(stats.CensoredData(uncensored=seen, right=censored)).cdf
    np.testing.assert_allclose(product_limit(won, lost), expected.evaluate(points), atol=1e-12)


def test_the_product_limit_of_remission_times_by_freireich_et_al_1963():
    # Weeks of remission under 6-mercaptopurine, the textbook example of Kaplan and Meier's estimate.
    relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    in_remission = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    points, won, lost = counted([(v, True) for v in relapsed] + [(v, False) for v in in_remission])
    survival = dict(zip(points.tolist(), 1 - product_limit(won, lost), strict=True))
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {week: round(survival[week], 3) for week in published} == published


@given(OBSERVATIONS)
def test_isotonic_shares_maximise_the_likelihood_of_wins_and_losses(observations):
    points, won, lost = counted(observations)
    shares = isotonic(won, lost)
    assert (np.diff(shares) >= -1e-12).all()
    # Pool adjacent violators, by hand: the largest of the smallest means (Barlow et al., 1972).
    total = won + lost
    by_hand = [
        max(
            min(won[low : high + 1].sum() / total[low : high + 1].sum() for high in range(place, points.size))
            for low in range(place + 1)
        )
        for place in range(points.size)
    ]
    np.testing.assert_allclose(shares, by_hand, atol=1e-12)


@pytest.mark.parametrize("auction_format", [SECOND, FIRST])
def test_the_market_is_found_behind_what_bids_cut_off(auction_format):
    rng = np.random.default_rng(1)
    log = bid_log(20_000, rng, auction_format=auction_format)
    market = estimate_market_price(log, auction_format, rng)
    paid_median = np.median(log.price_cpm_micros[log.is_won])
    assert auction_format is FIRST or paid_median < 0.85 * MEDIAN  # what naive eyes see
    np.testing.assert_allclose(market.share_below, truth(market.points), atol=0.02)
    low, high = market.band()
    assert np.mean((low <= truth(market.points)) & (truth(market.points) <= high)) > 0.7
    assert market.share_above == pytest.approx(1 - truth(6_000_000), abs=0.02)
    assert market.n_auctions == 20_000


def test_bands_of_days_are_those_of_greenwood_where_auctions_are_independent():
    rng = np.random.default_rng(2)
    log = bid_log(4_000, rng)
    market = estimate_market_price(log, SECOND, rng)
    prices = log.price_cpm_micros
    censored = stats.CensoredData(uncensored=prices[log.is_won], right=log.bid_cpm_micros[~log.is_won])
    low, high = stats.ecdf(censored).cdf.confidence_interval(0.95, method="log-log")
    at = np.array([2_500_000.0, 3_500_000.0, 4_500_000.0])
    of_greenwood = high.evaluate(at) - low.evaluate(at)
    ours = np.diff([np.interp(at, market.points, end) for end in market.band()], axis=0)[0]
    np.testing.assert_allclose(ours, of_greenwood, rtol=0.25)


def test_more_prices_than_points_are_grouped():
    rng = np.random.default_rng(3)
    counts = count_prices(bid_log(30_000, rng), tells_prices=True)
    assert counts.points.size <= MAX_POINTS
    assert counts.won.sum() + counts.lost.sum() == 30_000


@pytest.mark.parametrize("auction_format", [SECOND, FIRST])
def test_a_lognormal_market_is_recovered_and_passes_for_one(auction_format):
    rng = np.random.default_rng(4)
    counts = count_prices(bid_log(20_000, rng, auction_format=auction_format), tells_prices=auction_format is SECOND)
    found = fit_lognormal(counts, FLOOR)
    assert found.median_cpm_micros == pytest.approx(MEDIAN, rel=0.03)
    assert found.sigma == pytest.approx(SIGMA, rel=0.05)
    assert check_fit(found, counts, FLOOR, rng).is_good


def test_the_lognormal_fit_is_that_of_scipy():
    log = bid_log(2_000, np.random.default_rng(5), floor=0)
    found = fit_lognormal(count_prices(log, tells_prices=True))
    censored = stats.CensoredData(
        uncensored=np.log(log.price_cpm_micros[log.is_won]), right=np.log(log.bid_cpm_micros[~log.is_won])
    )
    mean, sigma = stats.norm.fit(censored)
    assert np.log(found.median_cpm_micros) == pytest.approx(mean, abs=2e-3)
    assert found.sigma == pytest.approx(sigma, abs=2e-3)


def test_a_market_of_two_kinds_of_rivals_is_not_taken_for_lognormal():
    rng = np.random.default_rng(6)
    medians = rng.choice([2_500_000, 5_500_000], 20_000)
    counts = count_prices(bid_log(20_000, rng, medians=medians, sigma=0.1), tells_prices=True)
    fit = check_fit(fit_lognormal(counts, FLOOR), counts, FLOOR, rng)
    assert not fit.is_good
    assert fit.distance > 0.05


def test_the_same_seed_gives_the_same_draws():
    log = bid_log(1_000, np.random.default_rng(7))
    draws = [estimate_market_price(log, SECOND, np.random.default_rng(8)).draws for _ in range(2)]
    np.testing.assert_array_equal(*draws)
