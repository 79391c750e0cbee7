"""From a bid log to the market of a scenario: landscapes by country and part of the day, and the floor.

Parts of the market are told apart where the log says that they differ. Tables assume no distribution, except above the
highest bid: there the log says nothing, a log-normal tail is put, and the share that it stands for is told.

The table of a landscape holds the bids of a single rival, and the market price is the highest of ``n_rival_bids`` of
them. So a rival's quantile at share *u* is the market price's at *u* to the power of that number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.bid_log import BidLog
from simulator.calibration.estimate import N_DRAWS, Estimate, interval
from simulator.calibration.lognormal_price import Fit, LognormalPrice, check_fit, fit_lognormal
from simulator.calibration.market_parts import Part, find_parts
from simulator.calibration.market_price import MarketPrice, estimate_market_price
from simulator.config import AuctionFormat, Landscape, RunConfig
from simulator.errors import CampaignDataError, ConfigError
from simulator.money import IMPRESSIONS_PER_CPM, MAX_BID_CPM_MICROS, MICROS
from simulator.scenario import Unit

N_QUANTILES: Final = 257
MIN_ATOM: Final = 10
ATOM_RATIO: Final = 5.0
"""How many more auctions than an average price the lowest one must have to be taken for the floor."""

_LAST_STEP: Final = 1 - 0.5 / (N_QUANTILES - 1)  # where a tail without end is cut


@dataclass(frozen=True, eq=False)
class PartPrice:
    """The market price in one part of the market.

    Attributes
    ----------
    part : Part
        Which.
    price : MarketPrice
        Without an assumption, as far as bids reached.
    lognormal : LognormalPrice
        A smooth alternative; above the highest bid it is all there is.
    """

    part: Part
    price: MarketPrice
    lognormal: LognormalPrice


@dataclass(frozen=True, eq=False)
class LandscapeFit:
    """The market of a bid log.

    Attributes
    ----------
    parts : tuple of PartPrice
        The parts that differ; the last is the market as a whole.
    landscapes : tuple of Landscape
        One a part, for `Market.landscapes`.
    draws : tuple of tuple of Landscape
        The same from the log with its days, or stretches of auctions, drawn again.
    floor_cpm_micros : int or None
        Lowest price that so many auctions cost that it must be the floor; None where no price stands out.
    highest_floor_cpm_micros : int
        The floor is no higher than that: somebody won at it.
    lognormal_fit : Fit
        How well a log-normal market price describes the log as a whole.
    notes : tuple of str
        What a reader should know, one sentence each.
    """

    parts: tuple[PartPrice, ...]
    landscapes: tuple[Landscape, ...]
    draws: tuple[tuple[Landscape, ...], ...]
    floor_cpm_micros: int | None
    highest_floor_cpm_micros: int
    lognormal_fit: Fit
    notes: tuple[str, ...]

    def estimates(self, config: RunConfig) -> tuple[Estimate, ...]:
        """Return the median market price of each part that bids reached, with its interval."""
        return tuple(_median_estimate(each, config) for each in self.parts)

    def survival(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the survival curve of the whole market and the lost bids on it, as a chart takes them."""
        return _survival(self.parts[-1])


def _survival(whole: PartPrice) -> tuple[pd.DataFrame, pd.DataFrame]:
    price = whole.price
    low, high = price.band()
    dollars, above = price.points / MICROS, 1 - price.share_below
    curve = {"price": dollars, "above": above, "low": 1 - high, "high": 1 - low}
    n_lost = price.counts.lost.sum(axis=0)
    lost = pd.DataFrame({"price": dollars, "above": above, "n": n_lost.astype(np.int64)})
    smooth = 1 - whole.lognormal.share_below(price.points)
    return pd.DataFrame({**curve, "lognormal": smooth}), lost[lost["n"] > 0].reset_index(drop=True)


def fit_landscapes(log: BidLog, config: RunConfig, rng: np.random.Generator) -> LandscapeFit:
    """Make the landscapes of a market from a bid log.

    Parameters
    ----------
    log : BidLog
        Read for the auction format of the scenario.
    config : RunConfig
        Says how auctions are priced and how many rivals bid.
    rng : Generator
        Draws blocks of the log again.

    Returns
    -------
    LandscapeFit

    Raises
    ------
    ConfigError
        If pages have several slots, or no rival bids, so that there is no single market price.
    CampaignDataError
        If nothing was won or nothing was lost under first price, so that there is no price to estimate.
    """
    auction_format, n_rivals = config.auction.format, config.market.n_rival_bids
    _require_one_price(config)
    if not log.is_won.any():
        raise CampaignDataError(
            f"{log.source}: expected auctions that were won, got lost ones alone, which say only that the market price "
            "is above every bid; give a log with both"
        )
    floor = _floor_of(log, auction_format)
    lowest = int(log.bid_cpm_micros[log.is_won].min() if floor.price is None else floor.price)
    censored_below = float(floor.atom or 0)
    parts = tuple(
        _estimate(part, log.part(chosen), auction_format, censored_below, rng)
        for part, chosen in find_parts(log, auction_format, censored_below)
    )
    whole = parts[-1]
    fit = check_fit(whole.lognormal, whole.price.counts, censored_below, rng)
    landscapes = tuple(_landscape(each, each.price.share_below, n_rivals) for each in parts)
    draws = tuple(
        tuple(_landscape(each, each.price.draws[number], n_rivals) for each in parts) for number in range(N_DRAWS)
    )
    notes = tuple(_notes(log, whole, fit, floor))
    return LandscapeFit(parts, landscapes, draws, floor.atom, lowest, fit, notes)


class _Floor(NamedTuple):
    """The lowest price that was paid, if the log tells prices, and whether it stands out as the floor."""

    price: int | None
    atom: int | None


def _require_one_price(config: RunConfig) -> None:
    if config.auction.n_slots > 1:
        raise ConfigError(
            f"expected auctions of one slot, got {config.auction.n_slots} position_effects: a bid log does not say "
            "which slot was won, and each has a market price of its own; leave the bid log out"
        )
    if config.market.n_rival_bids == 0:
        raise ConfigError("expected at least one rival bid, got market.n_rival_bids 0; set it to 1")


def _floor_of(log: BidLog, auction_format: AuctionFormat) -> _Floor:
    if auction_format is AuctionFormat.FIRST_PRICE:
        return _Floor(None, None)
    prices, counts = np.unique(log.price_cpm_micros[log.is_won], return_counts=True)
    is_atom = counts[0] >= MIN_ATOM and counts[0] >= ATOM_RATIO * counts.mean()
    return _Floor(int(prices[0]), int(prices[0]) if is_atom else None)


def _estimate(
    part: Part, log: BidLog, auction_format: AuctionFormat, floor: float, rng: np.random.Generator
) -> PartPrice:
    price = estimate_market_price(log, auction_format, rng)
    return PartPrice(part, price, fit_lognormal(price.counts, floor))


def _landscape(each: PartPrice, share_below: NDArray[np.float64], n_rivals: int) -> Landscape:
    """Tabulate a rival's bid: quantiles of the estimate up to the highest bid, and a log-normal tail above."""
    shares = np.minimum(np.linspace(0, 1, N_QUANTILES), _LAST_STEP) ** n_rivals
    points, known = each.price.points, share_below
    if not each.price.counts.tells_prices:  # below the lowest bid only the share is known: spread it evenly
        points, known = np.append(0.0, points), np.append(0.0, known)
    rises = np.append(True, np.diff(known) > 0)
    bids = np.interp(shares, known[rises], points[rises])
    is_tail = shares > known[-1]
    if is_tail.any():
        within = (shares[is_tail] - known[-1]) / max(1 - known[-1], np.finfo(float).tiny)
        bids[is_tail] = each.lognormal.quantiles_above(float(points[-1]), within)
    whole = np.rint(np.clip(bids, 0, MAX_BID_CPM_MICROS) / IMPRESSIONS_PER_CPM).astype(np.int64) * IMPRESSIONS_PER_CPM
    return Landscape(
        bids_cpm_micros=tuple(np.maximum.accumulate(whole).tolist()), country=each.part.country, hours=each.part.hours
    )


def _median_estimate(each: PartPrice, config: RunConfig) -> Estimate:
    price = each.price
    value, *draws = (float(np.interp(0.5, shares, price.points)) for shares in (price.share_below, *price.draws))
    low, high = interval(np.array(draws))
    return Estimate(
        path=f"market.landscapes ({each.part.label})",
        label=f"median market price, {each.part.label}",
        unit=Unit.DOLLARS_CPM,
        before=float(config.market.rival_bid_cpm_micros),
        value=value,
        low=low,
        high=high,
        is_identified=price.share_above < 0.5,
        why=f"{price.n_won:,} of {price.n_auctions:,} auctions won; {price.share_above:.0%} above every bid",
    )


def _notes(log: BidLog, whole: PartPrice, fit: Fit, floor: _Floor) -> Iterator[str]:
    highest = int(log.bid_cpm_micros.max()) / MICROS
    if whole.price.share_above > 1 / N_QUANTILES:
        yield (
            f"{whole.price.share_above:.0%} of the market is above the highest bid of ${highest:,.2f}: nothing is "
            "known of its prices there, and a log-normal tail stands for them. Do not trust answers about higher bids."
        )
    if floor.atom is None:
        paid = "no price stands out" if floor.price is not None else "first prices do not show it"
        yield f"The floor is not identified: {paid}. The scenario keeps its own."
    if not fit.is_good:
        yield (
            f"A log-normal market price does not describe the log: its shares are off by up to "
            f"{100 * fit.distance:.2f} points, where {100 * fit.by_chance:.2f} could be chance."
        )
    if np.unique(log.bid_cpm_micros).size == 1 and log.is_won.any() and not whole.price.counts.tells_prices:
        yield "All bids were the same, so that the log says one share of the market price and not its shape."
