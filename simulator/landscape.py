"""The market as arrays: what rivals bid for each person at each hour, and the least price where the person is.

A distribution is given by its *knots*, the quantiles at 0, 1/1024, …, 1, with values spread evenly between two of them;
`simulator.kernels.knots` draws from them. People for whom the same parts of the market hold at the same hours, and the
same floor, are of one kind, so an account costs two bytes however many parts there are; nothing if all are alike.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.config import HOURS_PER_DAY, Landscape, Market
from simulator.countries import Countries
from simulator.errors import ConfigError
from simulator.kernels.knots import KNOT_SHARES, N_KNOTS
from simulator.kernels.tables import RATE_ONE
from simulator.money import IMPRESSIONS_PER_CPM, MAX_BID_CPM_MICROS, bid_per_impression_micros
from workbench.audiences import Audience

MAX_FACTOR: Final = 16 * RATE_ONE
"""Largest personal factor, so that no score leaves int64."""

_MAX_CLASSES: Final = 256
_N_STEPS: Final = N_KNOTS - 1
_N_RESCALINGS: Final = 8  # one, and as many as it takes where the largest factor cuts the last value off
_DEFAULT_TABLE: Final = 0
_NO_TABLE: Final = -1


class BidLandscape(NamedTuple):
    """What auctions read of the market.

    Attributes
    ----------
    knots : int32 array, shape (n_tables, N_KNOTS)
        Rival bids per impression at equally spaced quantiles, micro-currency, ascending; the first table is that of
        the market where no landscape holds.
    account_kind : uint16 array, shape (n_accounts,) or (0,)
        For whom the same landscapes and the same floor hold; empty where everybody is of one kind.
    table_of : int32 array, shape (24, n_kinds)
        The table of each kind at each hour of the day.
    floors_micros : int64 array, shape (n_kinds,)
        Least price per impression for each kind, micro-currency.
    """

    knots: NDArray[np.int32]
    account_kind: NDArray[np.uint16]
    table_of: NDArray[np.int32]
    floors_micros: NDArray[np.int64]


def build_landscape(market: Market, countries: Countries, audiences: Mapping[str, Audience]) -> BidLandscape:
    """Tabulate a market.

    Parameters
    ----------
    market : Market
        What rivals bid where, and the floors.
    countries : Countries
        Where each account is.
    audiences : mapping of str to Audience
        By id, at least those that landscapes name. Who is in one does not depend on whether an ad could use it.

    Returns
    -------
    BidLandscape

    Raises
    ------
    ConfigError
        If landscapes or floors tell more than 256 kinds of people apart.
    """
    tables = {_lognormal_knots(market.rival_bid_cpm_micros, market.rival_bid_sigma): _DEFAULT_TABLE}
    numbers = [tables.setdefault(_given_knots(each.bids_cpm_micros), len(tables)) for each in market.landscapes]
    account_class, table_of = _classes(market.landscapes, numbers, countries, audiences)
    floor_class, floors_micros = _floors(market, countries)
    kinds, account_kind = _kinds(account_class, floor_class, floors_micros.size)
    classes, floors = np.divmod(kinds, floors_micros.size)
    return BidLandscape(
        np.array(list(tables), dtype=np.int32),
        account_kind,
        np.ascontiguousarray(table_of[:, classes]),
        floors_micros[floors],
    )


@lru_cache(maxsize=64)
def personal_factor_knots(sigma: float) -> NDArray[np.int32]:
    """Tabulate how much likelier than others of the same audience one person is to act on one ad group.

    The factor is log-normal with mean 1. A table has ends and the distribution has none, and between two knots a line
    runs above the curve; so the values are multiplied by the one number that makes the mean of the lines 1 again, with
    none above the largest factor: no click rate is changed by how much people differ.

    Parameters
    ----------
    sigma : float
        Standard deviation of the factor's logarithm, 0 to 1; 0 makes everybody alike.

    Returns
    -------
    int32 array, shape (N_KNOTS,)
        Factors at equally spaced quantiles times `RATE_ONE`, ascending, at most `MAX_FACTOR`.
    """
    values = [math.exp(sigma * score - sigma * sigma / 2) for score in _normal_scores()]
    for _ in range(_N_RESCALINGS):
        mean = math.fsum([values[0] / 2, *values[1:-1], values[-1] / 2]) / _N_STEPS
        values = [min(MAX_FACTOR / RATE_ONE, value / mean) for value in values]
    knots = np.array([round(RATE_ONE * value) for value in values], dtype=np.int32)
    knots.flags.writeable = False
    return knots


@lru_cache(maxsize=1)
def _normal_scores() -> tuple[float, ...]:
    """Return the standard normal quantiles of all knots; the ends are those of half a step inside."""
    inverse = NormalDist().inv_cdf
    return tuple(inverse(share) for share in KNOT_SHARES)


@lru_cache(maxsize=64)
def _lognormal_knots(median_cpm_micros: int, sigma: float) -> tuple[int, ...]:
    """Return the knots of log-normal bids per impression, micro-currency, none above the largest bid there is."""
    median, largest = median_cpm_micros / IMPRESSIONS_PER_CPM, MAX_BID_CPM_MICROS // IMPRESSIONS_PER_CPM
    return tuple(min(largest, int(median * math.exp(sigma * score))) for score in _normal_scores())


def _given_knots(bids_cpm_micros: tuple[int, ...]) -> tuple[int, ...]:
    """Return the knots on the lines between given quantiles, per impression, micro-currency."""
    last = len(bids_cpm_micros) - 1
    knots = []
    for step in range(_N_STEPS):
        below, part = divmod(step * last, _N_STEPS)
        low, high = bids_cpm_micros[below : below + 2]
        knots.append((low + (high - low) * part // _N_STEPS) // IMPRESSIONS_PER_CPM)
    return (*knots, bids_cpm_micros[-1] // IMPRESSIONS_PER_CPM)


def _classes(
    landscapes: tuple[Landscape, ...], numbers: list[int], countries: Countries, audiences: Mapping[str, Audience]
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the class of each account, and the table of each class by hour; the first landscape that fits counts."""
    days = {(_NO_TABLE,) * HOURS_PER_DAY: 0}
    account_day = np.zeros(countries.of_account.size, dtype=np.int32)
    for landscape, number in zip(landscapes, numbers, strict=True):
        accounts = _people(landscape, countries, audiences)
        met = account_day[accounts]
        day_counts = np.bincount(met, minlength=len(days))
        after = np.arange(len(days), dtype=np.int32)
        for day, code in list(days.items()):
            if day_counts[code]:
                after[code] = days.setdefault(_with_table(day, landscape, number), len(days))
        account_day[accounts] = after[met]
    is_met = np.bincount(account_day, minlength=len(days)) > 0
    filled = [tuple(_DEFAULT_TABLE if table == _NO_TABLE else table for table in day) for day in days]
    kinds = sorted({day for day, occurs in zip(filled, is_met, strict=True) if occurs})
    if len(kinds) > _MAX_CLASSES:
        raise ConfigError(
            f"market.landscapes: expected at most {_MAX_CLASSES} kinds of people for whom different landscapes hold, "
            f"got {len(kinds):,}; give fewer landscapes, or such that overlap less"
        )
    places = {day: place for place, day in enumerate(kinds)}
    class_of = np.array([places.get(day, 0) for day in filled], dtype=np.uint8)
    return class_of[account_day], np.array(kinds, dtype=np.int32).T.copy()


def _people(landscape: Landscape, countries: Countries, audiences: Mapping[str, Audience]) -> NDArray[np.int64]:
    """Return for whom a landscape holds, at its hours: account numbers, ascending."""
    mask = np.ones(countries.of_account.size, dtype=np.bool_)
    if landscape.country is not None:
        mask = countries.spread(np.array([name == landscape.country for name in countries.names], dtype=np.bool_))
    if landscape.audience_id is not None:
        members = audiences[landscape.audience_id].members
        mask &= False if members is None else members.mask()
    return np.flatnonzero(mask)


def _with_table(day: tuple[int, ...], landscape: Landscape, number: int) -> tuple[int, ...]:
    """Return a day's tables by hour with one more landscape at the hours that have none yet."""
    hours = range(HOURS_PER_DAY) if landscape.hours is None else landscape.hours
    return tuple(number if table == _NO_TABLE and hour in hours else table for hour, table in enumerate(day))


def _kinds(
    account_class: NDArray[np.uint8], floor_class: NDArray[np.uint8], n_floors: int
) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Return which pairs of class and floor occur, as class * n_floors + floor, and the place of each account's."""
    pairs = account_class.astype(np.uint16) * np.uint16(n_floors) + floor_class
    kinds = np.flatnonzero(np.bincount(pairs))
    if kinds.size == 1:
        return kinds, np.zeros(0, dtype=np.uint16)
    place_of = np.zeros(kinds[-1] + 1, dtype=np.uint16)
    place_of[kinds] = np.arange(kinds.size)
    return kinds, place_of[pairs]


def _floors(market: Market, countries: Countries) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the class of each account by its floor, and the floor of each class."""
    of_country = [
        bid_per_impression_micros(market.bid_floors_cpm_micros.get(name, market.bid_floor_cpm_micros))
        for name in countries.names
    ]
    floors = sorted(set(of_country))
    if len(floors) > _MAX_CLASSES:
        raise ConfigError(
            f"market.bid_floors_cpm_micros: expected at most {_MAX_CLASSES} different floors, got {len(floors)}; give "
            "some countries the same"
        )
    class_of = np.array([floors.index(floor) for floor in of_country], dtype=np.uint8)
    return countries.spread(class_of), np.array(floors, dtype=np.int64)
