r"""The market price, the least bid that wins, from what was bid: a survival estimate.

A bid log never tells the whole market. A lost auction says only that the market price was above the bid (censored from
the right). Under second price a won one says what it was; under first price only that it was no more than the bid
(censored from the left). Neither may be left out: the mean of prices paid is the mean of a market that one's own bid
has cut off.

- **Second price**: the product-limit estimate of Kaplan and Meier (1958). With :math:`d_i` auctions won at price
  :math:`v_i` and :math:`n_i` whose price or lost bid is :math:`v_i` or more,
  :math:`P(price > v) = \prod_{v_i \le v} (1 - d_i / n_i)`.
- **First price**: every auction is censored from one side ("current status"). The nonparametric maximum likelihood
  estimate that Turnbull's algorithm would find is then the isotonic regression of won on bid (Ayer et al., 1955),
  which needs no iteration.

Both take the bid for independent of the market price within what is estimated together. Where one bids more for the
people whom others want, too, that fails; estimating by country and hour, as `simulator.calibration.landscape_fit` does,
mends what can be mended. Above the highest bid nothing is known, and `MarketPrice.share_above` says how much that is.

The estimates are made from counts at distinct prices, so a log of a million auctions is a table of some thousand
numbers and a bootstrap over days is one product of matrices. `scipy.stats.ecdf` gives the same curve from raw
observations, and tests hold this one against it.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.bid_log import BidLog
from simulator.calibration.estimate import CONFIDENCE, N_DRAWS
from simulator.config import AuctionFormat

MAX_POINTS: Final = 2_048
"""Distinct prices that are told apart: twice as many as a landscape has quantiles."""

MIN_DAYS: Final = 10
"""From so many days on, days are what is drawn again; a shorter log is drawn in stretches."""

N_STRETCHES: Final = 50

_DAY: Final = np.timedelta64(1, "D")


class PriceCounts(NamedTuple):
    """A bid log as counts, by blocks that are drawn again together.

    Attributes
    ----------
    points : float64 array, shape (n_points,)
        Distinct prices and bids, ascending, micro-currency per 1,000 impressions.
    won, lost : float64 array, shape (n_blocks, n_points)
        Auctions won at that price (under first price: with that bid), and auctions lost with that bid.
    tells_prices : bool
        Whether a won auction tells the market price; otherwise only that its bid was enough.
    """

    points: NDArray[np.float64]
    won: NDArray[np.float64]
    lost: NDArray[np.float64]
    tells_prices: bool


@dataclass(frozen=True, eq=False)
class MarketPrice:
    """How the market price is distributed, as far as bids reached.

    Attributes
    ----------
    points : float64 array, shape (n_points,)
        Prices, ascending, micro-currency per 1,000 impressions.
    share_below : float64 array, shape (n_points,)
        Share of auctions whose market price is at most that.
    draws : float64 array, shape (N_DRAWS, n_points)
        The same from the log with its blocks drawn again.
    counts : PriceCounts
        What it was made from.
    """

    points: NDArray[np.float64]
    share_below: NDArray[np.float64]
    draws: NDArray[np.float64]
    counts: PriceCounts

    @property
    def share_above(self) -> float:
        """Share of auctions whose market price is above every bid that was made, where nothing more is known."""
        return float(1 - self.share_below[-1])

    @property
    def n_auctions(self) -> int:
        """Auctions that it was made from."""
        return int(self.counts.won.sum() + self.counts.lost.sum())

    @property
    def n_won(self) -> int:
        """How many of them were won."""
        return int(self.counts.won.sum())

    def band(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of the 95 % interval of each share: two float64 arrays, shape (n_points,)."""
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(self.draws, [tail, 1 - tail], axis=0)
        return low, high


def estimate_market_price(log: BidLog, auction_format: AuctionFormat, rng: np.random.Generator) -> MarketPrice:
    """Estimate how the market price is distributed.

    Parameters
    ----------
    log : BidLog
        Auctions that are taken for one market.
    auction_format : AuctionFormat
        How they are priced.
    rng : Generator
        Draws blocks of the log again.

    Returns
    -------
    MarketPrice
    """
    counts = count_prices(log, tells_prices=auction_format is not AuctionFormat.FIRST_PRICE)
    estimate = product_limit if counts.tells_prices else isotonic
    n_blocks = len(counts.won)
    weights = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=N_DRAWS).astype(np.float64)
    return MarketPrice(
        counts.points,
        estimate(counts.won.sum(axis=0), counts.lost.sum(axis=0)),
        estimate(weights @ counts.won, weights @ counts.lost),
        counts,
    )


def count_prices(log: BidLog, *, tells_prices: bool) -> PriceCounts:
    """Count auctions by price and block.

    Parameters
    ----------
    log : BidLog
        Auctions.
    tells_prices : bool
        Whether a won one tells the market price.

    Returns
    -------
    PriceCounts
        With at most `MAX_POINTS` points; of more distinct prices the next higher point counts.
    """
    seen = np.where(log.is_won, log.price_cpm_micros, log.bid_cpm_micros) if tells_prices else log.bid_cpm_micros
    points = np.unique(seen)
    if points.size > MAX_POINTS:
        points = np.unique(np.quantile(seen, np.linspace(0, 1, MAX_POINTS), method="higher"))
    place, block = np.searchsorted(points, seen), _blocks(log)
    n_blocks, shape = int(block.max()) + 1, (int(block.max()) + 1, points.size)
    cells = block * points.size + place
    won, lost = (
        np.bincount(cells[chosen], minlength=n_blocks * points.size).reshape(shape).astype(np.float64)
        for chosen in (log.is_won, ~log.is_won)
    )
    return PriceCounts(points.astype(np.float64), won, lost, tells_prices)


def product_limit(won: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate shares at or below each price where a won auction tells it (Kaplan and Meier).

    Parameters
    ----------
    won, lost : float64 array, shape (..., n_points)
        Auctions won at each price, and lost with a bid of that; a bid wins against an equal price, so a lost one says
        that the price was higher.

    Returns
    -------
    float64 array, shape (..., n_points)
    """
    at_risk = np.cumsum((won + lost)[..., ::-1], axis=-1)[..., ::-1]
    hazard = np.divide(won, at_risk, out=np.zeros_like(won), where=at_risk > 0)
    return 1 - np.cumprod(1 - hazard, axis=-1)


def isotonic(won: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate shares at or below each bid where an auction tells only whether it was enough.

    Parameters
    ----------
    won, lost : float64 array, shape (..., n_points)
        Auctions won and lost with each bid.

    Returns
    -------
    float64 array, shape (..., n_points)
        Never falling. A bid that a draw does not have takes the share of the next lower one that it has.
    """
    from scipy.optimize import isotonic_regression  # late, because it is half a second that few commands need

    def one(won: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.float64]:
        has_any = np.flatnonzero(won + lost)
        weights = (won + lost)[has_any]
        shares = isotonic_regression(won[has_any] / weights, weights=weights).x
        nearest = np.clip(np.searchsorted(has_any, np.arange(won.size), side="right") - 1, 0, None)
        of_all: NDArray[np.float64] = shares[nearest]
        return of_all

    if won.ndim == 1:
        return one(won, lost)
    return np.stack([one(*pair) for pair in zip(won, lost, strict=True)])


def _blocks(log: BidLog) -> NDArray[np.int64]:
    """Return the block of each auction: its day, or a stretch of consecutive auctions where there are few days."""
    order = np.arange(log.n_auctions)
    if log.time is not None:
        days, of_auction = np.unique(log.time.astype("datetime64[D]"), return_inverse=True)
        if days.size >= MIN_DAYS:
            return of_auction.astype(np.int64)
        order = np.argsort(np.argsort(log.time, kind="stable"), kind="stable")
    n_stretches = min(N_STRETCHES, log.n_auctions)
    return (order * n_stretches // log.n_auctions).astype(np.int64)
