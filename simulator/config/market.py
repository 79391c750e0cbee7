"""Everybody else who bids, as a landscape of bids, and the least price that is accepted."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from simulator.config.flight import HOURS_PER_DAY
from simulator.config.traffic import Country
from simulator.money import MAX_BID_CPM_MICROS, MICROS
from workbench.validation import DigitId, Written

MAX_RIVAL_BIDS = 16
MAX_QUANTILES = 1_025
"""Quantiles that a landscape may be given by: more than that no win or loss log can tell apart."""

BidCpm = Annotated[int, Field(ge=0, le=MAX_BID_CPM_MICROS)]


class Landscape(Written):
    """Rival bids in one part of the market, by their quantiles.

    Attributes
    ----------
    bids_cpm_micros : tuple of int
        Bids per 1,000 impressions at equally spaced quantiles, the lowest first and the highest last, micro-currency;
        between two of them bids are spread evenly.
    country : str or None
        Where it holds; None: everywhere.
    audience_id : str or None
        For whose members it holds; None: for everybody.
    hours : tuple of int or None
        Hours of the day (UTC) at which it holds; None: all day.
    """

    bids_cpm_micros: tuple[BidCpm, ...] = Field(min_length=2, max_length=MAX_QUANTILES)
    country: Country | None = None
    audience_id: DigitId | None = None
    hours: tuple[Annotated[int, Field(ge=0, lt=HOURS_PER_DAY)], ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if any(later < earlier for earlier, later in pairwise(self.bids_cpm_micros)):
            raise ValueError("bids_cpm_micros are quantiles and never fall from one to the next; sort them")
        return self


class Market(Written):
    """Everybody else who bids.

    Attributes
    ----------
    bid_floor_cpm_micros : int
        Least price the market accepts, micro-currency per 1,000 impressions. Nobody who bids less is shown, no rival
        either.
    bid_floors_cpm_micros : dict of country to int
        The same in countries that have another one.
    n_rival_bids : int
        How many rivals bid for every opportunity, each on its own.
    rival_bid_cpm_micros : int
        Median of a rival's bid, micro-currency per 1,000 impressions.
    rival_bid_sigma : float
        Spread of that bid: standard deviation of its logarithm (the bid is log-normal); 0 makes every rival equal.
    landscapes : tuple of Landscape
        Parts of the market where rivals bid otherwise; the first that fits a person and an hour counts.
    """

    bid_floor_cpm_micros: int = Field(default=2 * MICROS, ge=0, le=MAX_BID_CPM_MICROS)
    bid_floors_cpm_micros: dict[Country, BidCpm] = Field(default_factory=dict)
    n_rival_bids: int = Field(default=1, ge=0, le=MAX_RIVAL_BIDS)
    rival_bid_cpm_micros: int = Field(default=4 * MICROS, ge=1_000, le=MAX_BID_CPM_MICROS)
    rival_bid_sigma: float = Field(default=0.6, ge=0, le=3)
    landscapes: tuple[Landscape, ...] = ()
