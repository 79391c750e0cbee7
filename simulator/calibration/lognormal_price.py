"""A log-normal market price, fitted to the same counts: a smooth alternative, and a guess at what bids never reached.

The likelihood is that of censored observations: density where the price is known, probability where only its side of a
bid is. Prices at the floor are censored from the left, because whoever wins at the floor learns only that no rival bid
more.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from simulator.calibration.market_price import PriceCounts, isotonic, product_limit

N_SIMULATED: Final = 99
MAX_SIMULATED_AUCTIONS: Final = 10_000
_LOG_ROOT_2_PI: Final = 0.5 * np.log(2 * np.pi)
_MIN_SIGMA, _MAX_SIGMA = 0.02, 3.0
_START_LOG_SIGMA: Final = -0.5
_REACH: Final = 5.0  # how far, in logarithms, a median may lie outside of what was seen


class LognormalPrice(NamedTuple):
    """A log-normal distribution.

    Attributes
    ----------
    median_cpm_micros : float
        Its median, micro-currency per 1,000 impressions.
    sigma : float
        Standard deviation of the price's logarithm.
    log_likelihood : float
        Of the counts it was fitted to.
    """

    median_cpm_micros: float
    sigma: float
    log_likelihood: float

    def share_below(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return which share of prices is at most each point."""
        with np.errstate(divide="ignore"):  # nothing is below a price of 0
            shares: NDArray[np.float64] = ndtr(np.log(points / self.median_cpm_micros) / self.sigma)
        return shares

    def quantiles_above(self, price: float, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return quantiles of the part of the distribution that is above a price: the share ``shares`` of it."""
        below = self.share_below(np.array([price]))
        quantiles: NDArray[np.float64] = self.median_cpm_micros * np.exp(
            self.sigma * ndtri(below + (1 - below) * shares)
        )
        return np.maximum(quantiles, price)


@dataclass(frozen=True)
class Fit:
    """How well a log-normal price describes a log.

    Attributes
    ----------
    distance : float
        Largest difference between its shares and those of the estimate without an assumption.
    by_chance : float
        Distance that 95 of 100 logs of a truly log-normal market stay below.
    """

    distance: float
    by_chance: float

    @property
    def is_good(self) -> bool:
        """Whether the difference may be chance."""
        return self.distance <= self.by_chance


def fit_lognormal(counts: PriceCounts, floor: float = 0.0) -> LognormalPrice:
    """Fit a log-normal market price by maximum likelihood.

    Parameters
    ----------
    counts : PriceCounts
        With auctions that were won and auctions that were lost, or prices that differ.
    floor : float
        Prices at or below it, micro-currency per 1,000 impressions, say only that no rival bid more.

    Returns
    -------
    LognormalPrice
        Its sigma between 0.02 and 3, as a scenario may have it.
    """
    from scipy.optimize import minimize  # late, because it is half a second that few commands need

    points = np.maximum(counts.points, 1.0)
    won, lost, logs = counts.won.sum(axis=0), counts.lost.sum(axis=0), np.log(points)
    n = float(won.sum() + lost.sum())
    is_exact = np.full(points.size, counts.tells_prices) & (counts.points > max(floor, 1.0))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_sigma = parameters[1]
        score = (logs - parameters[0]) / np.exp(log_sigma)
        density = -0.5 * score * score - _LOG_ROOT_2_PI
        below, above = log_ndtr(score), log_ndtr(-score)
        value = won @ np.where(is_exact, density - log_sigma - logs, below) + lost @ above
        # By the score: of a density −score, of a probability the ratio of density and probability.
        slope = won * np.where(is_exact, -score, np.exp(density - below)) - lost * np.exp(density - above)
        by_mean = -slope.sum() / np.exp(log_sigma)
        by_log_sigma = -(slope @ score) - won @ is_exact
        return -float(value) / n, np.array([-by_mean, -by_log_sigma]) / n

    start = [float(np.average(logs, weights=won + lost)), _START_LOG_SIGMA]
    bounds = [(logs[0] - _REACH, logs[-1] + _REACH), (np.log(_MIN_SIGMA), np.log(_MAX_SIGMA))]
    # Not L-BFGS-B: its calls of BLAS wait for threads, a hundred times longer than two parameters take.
    found = minimize(loss, start, jac=True, method="TNC", bounds=bounds)
    return LognormalPrice(float(np.exp(found.x[0])), float(np.exp(found.x[1])), -float(found.fun) * n)


def check_fit(price: LognormalPrice, counts: PriceCounts, floor: float, rng: np.random.Generator) -> Fit:
    """Compare a fitted log-normal price with the estimate without an assumption (a parametric bootstrap).

    Parameters
    ----------
    price : LognormalPrice
        Fitted to the counts.
    counts : PriceCounts
        Of the log.
    floor : float
        As for `fit_lognormal`.
    rng : Generator
        Draws logs of a market that is truly log-normal, with the bids that were lost and those that prices stand for.

    Returns
    -------
    Fit
    """
    distance = _distance(price, counts, floor)
    total = counts._replace(won=counts.won.sum(axis=0, keepdims=True), lost=counts.lost.sum(axis=0, keepdims=True))
    n = min(MAX_SIMULATED_AUCTIONS, int(total.won.sum() + total.lost.sum()))
    distances = []
    for _ in range(N_SIMULATED):
        simulated = _simulated(price, total, floor, n, rng)
        distances.append(_distance(fit_lognormal(simulated, floor), simulated, floor))
    shrinks = np.sqrt(n / (total.won.sum() + total.lost.sum()))  # distances of a longer log are smaller by the root
    return Fit(distance, float(np.quantile(distances, 0.95)) * float(shrinks))


def _distance(price: LognormalPrice, counts: PriceCounts, floor: float) -> float:
    estimate = product_limit if counts.tells_prices else isotonic
    shares = estimate(counts.won.sum(axis=0), counts.lost.sum(axis=0))
    gaps = np.abs(shares - price.share_below(counts.points))
    seen = (counts.won + counts.lost).sum(axis=0) > 0
    return float(np.max(gaps[seen & (counts.points >= floor)], initial=0.0))


def _simulated(
    price: LognormalPrice, total: PriceCounts, floor: float, n: int, rng: np.random.Generator
) -> PriceCounts:
    """Draw a log of a log-normal market, with bids like those of the log.

    Where a won auction tells its price it hides its bid, so that bids are censored by prices as prices are by bids: the
    product-limit estimate with the two exchanged says how they are distributed.
    """
    won, lost = total.won[0], total.lost[0]
    if total.tells_prices:
        chances = np.diff(product_limit(lost, won), prepend=0.0)
        chances[-1] += 1 - chances.sum()
    else:
        chances = (won + lost) / (won + lost).sum()
    points = total.points
    bids = rng.choice(points.size, size=n, p=chances)
    prices = np.maximum(floor, price.median_cpm_micros * np.exp(price.sigma * rng.standard_normal(n)))
    place = np.searchsorted(points, prices)  # the next higher point, as in the counts of a log
    is_won = place <= bids
    seen = np.where(is_won, place, bids) if total.tells_prices else bids
    won, lost = (
        np.bincount(seen[chosen], minlength=points.size)[np.newaxis].astype(np.float64) for chosen in (is_won, ~is_won)
    )
    return PriceCounts(points, won, lost, total.tells_prices)
