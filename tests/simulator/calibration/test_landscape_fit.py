import numpy as np
import pytest

from simulator.calibration.estimate import N_DRAWS
from simulator.calibration.landscape_fit import N_QUANTILES, fit_landscapes
from simulator.config import AuctionFormat
from simulator.errors import CampaignDataError, ConfigError
from tests.simulator.calibration.bid_logs import FLOOR, bid_log, with_parts
from tests.simulator.worlds import ad_group, run_config

CONFIG = run_config(ad_group())


def rng():
    return np.random.default_rng(1)


@pytest.fixture(scope="module")
def plain():
    return fit_landscapes(bid_log(20_000, rng()), CONFIG, rng())


def quantile(landscape, share):
    return landscape.bids_cpm_micros[round(share * (N_QUANTILES - 1))]


def test_one_market_becomes_one_landscape_with_the_floor_as_its_lower_edge(plain):
    (landscape,) = plain.landscapes
    assert quantile(landscape, 0.5) == pytest.approx(4_000_000, rel=0.03)
    assert quantile(landscape, 0.25) == pytest.approx(4_000_000 * np.exp(-0.6 * 0.674), rel=0.03)
    assert landscape.bids_cpm_micros[0] == plain.floor_cpm_micros == FLOOR
    assert len(plain.draws) == N_DRAWS
    middles = [quantile(draw[0], 0.5) for draw in plain.draws]
    assert 0.003 < np.std(middles) / 4_000_000 < 0.02


def test_above_the_highest_bid_is_a_tail_that_is_said_to_be_assumed(plain):
    assert quantile(plain.landscapes[0], 0.9) == pytest.approx(4_000_000 * np.exp(0.6 * 1.2816), rel=0.06)
    assert "24% of the market is above the highest bid of $6.00" in plain.notes[0]


def test_countries_and_parts_of_the_day_that_differ_are_told_apart():
    found = fit_landscapes(with_parts(40_000, rng()), CONFIG, rng())
    by_part = {(each.country, each.hours): each for each in found.landscapes}
    assert len(by_part) == 9
    assert quantile(by_part["GB", tuple(range(6))], 0.5) == pytest.approx(2_500_000, rel=0.05)
    assert quantile(by_part["US", tuple(range(18, 24))], 0.5) == pytest.approx(5_600_000, rel=0.1)
    assert found.landscapes[-1].country is None  # for everybody whom the log does not know


def test_parts_that_do_not_differ_are_kept_together():
    log = with_parts(3_000, rng())
    same = bid_log(3_000, rng())
    mixed = type(log)("log", same.bid_cpm_micros, same.is_won, same.price_cpm_micros, log.time, log.country)
    assert len(fit_landscapes(mixed, CONFIG, rng()).landscapes) == 1


def test_of_several_rivals_the_highest_makes_the_market_price():
    three = CONFIG.model_copy(update={"market": CONFIG.market.model_copy(update={"n_rival_bids": 3})})
    generator = rng()
    log = bid_log(20_000, generator)
    (of_three,) = fit_landscapes(log, three, rng()).landscapes
    uniform = np.random.default_rng(2).random((50_000, 3))
    rivals = np.interp(uniform, np.linspace(0, 1, N_QUANTILES), of_three.bids_cpm_micros)
    assert np.median(rivals.max(axis=1)) == pytest.approx(4_000_000, rel=0.03)


def test_first_prices_say_shares_at_the_bids_and_no_floor():
    first = CONFIG.model_copy(
        update={"auction": CONFIG.auction.model_copy(update={"format": AuctionFormat.FIRST_PRICE})}
    )
    log = bid_log(20_000, rng(), auction_format=AuctionFormat.FIRST_PRICE)
    found = fit_landscapes(log, first, rng())
    share = np.interp(4_000_000, found.landscapes[0].bids_cpm_micros, np.linspace(0, 1, N_QUANTILES))
    assert share == pytest.approx(0.5, abs=0.02)
    assert found.floor_cpm_micros is None
    assert any("floor is not identified" in note for note in found.notes)


def test_a_log_of_losses_alone_is_refused():
    with pytest.raises(CampaignDataError, match="got lost ones alone"):
        fit_landscapes(bid_log(100, rng(), medians=400_000_000), CONFIG, rng())


def test_pages_of_several_slots_have_no_single_market_price():
    auction = CONFIG.auction.model_copy(update={"format": AuctionFormat.GSP, "position_effects": (1.0, 0.5)})
    with pytest.raises(ConfigError, match="auctions of one slot, got 2"):
        fit_landscapes(bid_log(100, rng()), CONFIG.model_copy(update={"auction": auction}), rng())
