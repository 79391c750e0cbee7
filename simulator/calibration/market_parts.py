"""Parts of the market that a bid log tells apart: by country, by part of the day, by both, or not at all.

A split is kept if a log-normal market price for each part explains the log better than one for all, by more than its
parameters cost (Schwarz's criterion). With few auctions little can be told apart, and nothing is.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.bid_log import BidLog
from simulator.calibration.lognormal_price import fit_lognormal
from simulator.calibration.market_price import count_prices
from simulator.config import AuctionFormat

MIN_PART: Final = 500
"""Auctions that a part of the market needs for a table of its own."""
MIN_PART_WON: Final = 50
"""Won auctions that it needs."""

PARTS_OF_DAY: Final = (range(6), range(6, 12), range(12, 18), range(18, 24))
"""Hours that are told apart: finer ones would be noise in most logs."""


class Part(NamedTuple):
    """A part of the market; None: every country, all day."""

    country: str | None
    hours: tuple[int, ...] | None

    @property
    def label(self) -> str:
        """What people call it."""
        hours = "" if self.hours is None else f"{self.hours[0]}–{self.hours[-1] + 1} h"
        return " ".join(filter(None, (self.country, hours))) or "all"


def find_parts(log: BidLog, auction_format: AuctionFormat, floor: float) -> Iterator[tuple[Part, NDArray[np.bool_]]]:
    """Find the parts that are worth telling apart.

    Parameters
    ----------
    log : BidLog
        Auctions.
    auction_format : AuctionFormat
        How they are priced.
    floor : float
        Prices at or below it say only that no rival bid more, micro-currency per 1,000 impressions.

    Yields
    ------
    tuple of Part and bool array, shape (n_auctions,)
        Each part and which auctions are of it; last the whole, for everybody else.
    """
    whole = [(Part(None, None), np.ones(log.n_auctions, dtype=np.bool_))]
    countries = _by_country(log, *whole[0])
    splits = [
        countries,
        _by_part_of_day(log, *whole[0]),
        [each for c in countries for each in _by_part_of_day(log, *c)],
    ]
    best = min([whole, *filter(None, splits)], key=lambda parts: _criterion(log, parts, auction_format, floor))
    yield from (each for each in best if each[0] != whole[0][0])
    yield whole[0]


def _by_country(log: BidLog, part: Part, chosen: NDArray[np.bool_]) -> list[tuple[Part, NDArray[np.bool_]]]:
    if log.country is None:
        return []
    names = np.unique(log.country[chosen].astype(str)).tolist()
    return _large(log, [(Part(name, part.hours), chosen & (log.country == name)) for name in names])


def _by_part_of_day(log: BidLog, part: Part, chosen: NDArray[np.bool_]) -> list[tuple[Part, NDArray[np.bool_]]]:
    if log.time is None:
        return []
    hour = (log.time.astype("datetime64[h]") - log.time.astype("datetime64[D]")).astype(np.int64)
    return _large(
        log, [(Part(part.country, tuple(hours)), chosen & np.isin(hour, list(hours))) for hours in PARTS_OF_DAY]
    )


def _large(log: BidLog, parts: list[tuple[Part, NDArray[np.bool_]]]) -> list[tuple[Part, NDArray[np.bool_]]]:
    """Return the parts that have auctions enough for a table of their own."""
    return [
        (part, chosen)
        for part, chosen in parts
        if chosen.sum() >= MIN_PART and MIN_PART_WON <= (chosen & log.is_won).sum() < chosen.sum()
    ]


def _criterion(
    log: BidLog, parts: list[tuple[Part, NDArray[np.bool_]]], auction_format: AuctionFormat, floor: float
) -> float:
    """Return Schwarz's criterion of a split; what is in no part of its own makes up one more."""
    rest = ~np.any([chosen for _, chosen in parts], axis=0)
    chosens = [chosen for _, chosen in parts] + ([rest] if rest.any() else [])
    tells_prices = auction_format is not AuctionFormat.FIRST_PRICE
    likelihood = sum(
        fit_lognormal(count_prices(log.part(chosen), tells_prices=tells_prices), floor).log_likelihood
        for chosen in chosens
    )
    return float(2 * len(chosens) * np.log(log.n_auctions) - 2 * likelihood)
