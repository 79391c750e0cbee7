r"""The market as a formula with unknowns: which share of auctions a bid wins, and what they cost on the average.

With *F* the distribution of one rival's bid, *n* rivals and a floor *f*, the market price is the highest of their bids
and the floor, :math:`G(x) = F(x)^n` the share of auctions that a bid of *x* wins, and

.. math:: E[price; won] = b\,G(b) - \int_f^b G(x)\,dx

what an auction costs on the average under second price, lost ones counting 0 (integration by parts). Everything else
that an auction has, other ad groups, caps, several slots, floors by country, is in the simulation that corrects this
formula; see `simulator.calibration.competition_fit`.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulator.config import RunConfig
from simulator.money import MAX_BID_CPM_MICROS
from simulator.scenario import Unit

TRAFFIC: Final = "traffic.opportunities_per_account_day"
MEDIAN: Final = "market.rival_bid_cpm_micros"
SIGMA: Final = "market.rival_bid_sigma"
LANDSCAPES: Final = "market.landscapes"

PRIOR_SD: Final = {TRAFFIC: 1.0, MEDIAN: 0.7, SIGMA: 0.5, LANDSCAPES: 0.7}
"""How far off a scenario may be before it is fitted: standard deviations of logarithms. Traffic within a factor of 7,
prices within one of 4 and their spread within one of 2.7, 19 times of 20."""

LABELS: Final = {
    TRAFFIC: ("opportunities of an account a day", Unit.COUNT),
    MEDIAN: ("rivals' median bid", Unit.DOLLARS_CPM),
    SIGMA: ("rivals' spread", Unit.FACTOR),
    LANDSCAPES: ("rivals' bids against the scenario's", Unit.FACTOR),
}
_MIN_SHARE: Final = 1e-9
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


class MarketModel(Protocol):
    """A distribution of a rival's bid with unknowns, each the logarithm of an amount."""

    @property
    def names(self) -> tuple[str, ...]:
        """Settings that the unknowns are about."""

    @property
    def start(self) -> NDArray[np.float64]:
        """Values that the scenario gives the unknowns: float64 array, shape (n_unknowns,)."""

    def rival_share(self, bids: NDArray[np.float64], unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return which share of a rival's bids is at most each bid, micro-currency per 1,000 impressions."""

    def settings(self, unknowns: NDArray[np.float64]) -> Mapping[str, Any]:
        """Return what the scenario's settings are, by path, at some values of the unknowns."""


class LognormalMarket:
    """A log-normal rival, as `Market` has it: its median and its spread are unknown."""

    names = (MEDIAN, SIGMA)

    def __init__(self, config: RunConfig) -> None:
        market = config.market
        self.start = np.log([market.rival_bid_cpm_micros, max(market.rival_bid_sigma, 0.05)])

    def rival_share(self, bids: NDArray[np.float64], unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `MarketModel`."""
        shares: NDArray[np.float64] = ndtr((np.log(np.maximum(bids, 1.0)) - unknowns[0]) / np.exp(unknowns[1]))
        return shares

    def settings(self, unknowns: NDArray[np.float64]) -> Mapping[str, Any]:
        """See `MarketModel`."""
        median, sigma = np.exp(unknowns)
        return {
            MEDIAN: int(np.clip(round(float(median)), 1_000, MAX_BID_CPM_MICROS)),
            SIGMA: float(np.clip(sigma, 0.0, 3.0)),
        }


class ScaledLandscapes:
    """Landscapes that the scenario has: one factor on all of their bids is unknown."""

    names = (LANDSCAPES,)

    def __init__(self, config: RunConfig) -> None:
        self._landscapes = config.market.landscapes
        self.start = np.zeros(1)

    def rival_share(self, bids: NDArray[np.float64], unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `MarketModel`; the mean over landscapes, because where bids met which is not reported."""
        scaled = bids / np.exp(unknowns[0])
        shares = []
        for each in self._landscapes:
            quantiles = np.array(each.bids_cpm_micros, dtype=np.float64)
            quantiles = quantiles + np.arange(quantiles.size) * 1e-6  # so that equal ones rise, too
            shares.append(np.interp(scaled, quantiles, np.linspace(0, 1, quantiles.size), left=0.0))
        mean: NDArray[np.float64] = np.mean(shares, axis=0)
        return mean

    def settings(self, unknowns: NDArray[np.float64]) -> Mapping[str, Any]:
        """See `MarketModel`."""
        factor = float(np.exp(unknowns[0]))
        scaled = [
            each.model_copy(
                update={
                    "bids_cpm_micros": tuple(
                        min(MAX_BID_CPM_MICROS, round(bid * factor)) for bid in each.bids_cpm_micros
                    )
                }
            ).model_dump(mode="json")
            for each in self._landscapes
        ]
        return {LANDSCAPES: scaled}


class KnownMarket:
    """A market that a bid log has told: nothing about it is unknown here."""

    names: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.start = np.zeros(0)

    def rival_share(self, bids: NDArray[np.float64], unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `MarketModel`; the same share for every bid, because only changes by unknowns are asked for."""
        shares: NDArray[np.float64] = np.ones_like(bids) + unknowns.sum()
        return shares

    def settings(self, unknowns: NDArray[np.float64]) -> Mapping[str, Any]:
        """See `MarketModel`."""
        return dict(zip(self.names, unknowns.tolist(), strict=True))


def won_share(
    model: MarketModel, bids: NDArray[np.float64], unknowns: NDArray[np.float64], n_rivals: int
) -> NDArray[np.float64]:
    """Return which share of auctions each bid wins: *G(b)*, never quite 0."""
    return np.maximum(model.rival_share(bids, unknowns) ** n_rivals, _MIN_SHARE)


def mean_price(
    model: MarketModel, bids: NDArray[np.float64], floor: float, unknowns: NDArray[np.float64], n_rivals: int
) -> NDArray[np.float64]:
    """Return what a won auction costs each bid on the average, under second price; same unit as the bids."""
    low = np.minimum(floor, bids)[:, np.newaxis]
    half = (bids[:, np.newaxis] - low) / 2
    places = low + half * (_NODES + 1)
    shares = model.rival_share(places, unknowns) ** n_rivals
    lost = (half * _WEIGHTS * shares).sum(axis=1)
    prices: NDArray[np.float64] = np.maximum(bids - lost / won_share(model, bids, unknowns, n_rivals), 1.0)
    return prices
