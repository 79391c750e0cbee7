"""Bid logs of a market that is known: what tests fit is what they planted."""

import numpy as np
import pandas as pd

from simulator.calibration.bid_log import BidLog, bid_log_of
from simulator.config import AuctionFormat

MEDIAN, SIGMA, FLOOR = 4_000_000, 0.6, 2_000_000
BIDS = (3_000_000, 4_000_000, 5_000_000, 6_000_000)


def log_frame(
    n: int,
    rng: np.random.Generator,
    *,
    medians=MEDIAN,
    sigma: float = SIGMA,
    floor: int = FLOOR,
    bids=BIDS,
    auction_format: AuctionFormat = AuctionFormat.SECOND_PRICE,
) -> pd.DataFrame:
    """Bid at random against log-normal market prices, of one median or of one each."""
    bid = rng.choice(bids, n)
    price = np.maximum(floor, np.rint(medians * np.exp(sigma * rng.standard_normal(n))))
    is_won = price <= bid
    paid = bid if auction_format is AuctionFormat.FIRST_PRICE else price
    return pd.DataFrame({"bid_cpm_micros": bid, "won": is_won, "price_cpm_micros": np.where(is_won, paid, np.nan)})


def bid_log(n: int, rng: np.random.Generator, **market) -> BidLog:
    """Read such a log."""
    return bid_log_of(log_frame(n, rng, **market), market.get("auction_format", AuctionFormat.SECOND_PRICE))


def with_parts(n: int, rng: np.random.Generator) -> BidLog:
    """Return a log of two weeks in two countries of different prices, dearer in the evening."""
    hours = np.sort(rng.integers(0, 14 * 24, n))
    country = rng.choice(["US", "GB"], n)
    medians = np.where(country == "US", 4_000_000, 2_500_000) * np.where(hours % 24 >= 18, 1.4, 1.0)
    frame = log_frame(n, rng, medians=medians)
    times = pd.Timestamp("2026-11-02", tz="UTC") + pd.to_timedelta(hours, unit="h")
    return bid_log_of(frame.assign(time=times, country=country), AuctionFormat.SECOND_PRICE)
