"""Drawing accounts in proportion to their activity, one table look-up a draw.

Walker's alias method (1977) in Vose's form (1991): the weights are cut into *n* equal columns of at most two accounts
each, so a draw picks a column and then one of its two. Thresholds are 32-bit integers, so that the draw itself is exact
integer arithmetic, and a column is one word, so that a draw costs one miss of the cache.

Accounts may be in several classes with a day of their own, such as countries of other time zones. Then every class has
columns of its own, and a draw picks the class first.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.draws import draw
from workbench.jit import kernel

U64 = np.uint64
CUT_SCALE = 1 << 32
"""Cuts between classes are cumulative shares times this."""

_S32 = U64(32)
_LOW_32 = U64(0xFFFFFFFF)
_MAX_THRESHOLD = U64(0xFFFFFFFF)


class TrafficTable(NamedTuple):
    """One column an account, those of a class side by side.

    Attributes
    ----------
    columns : uint64 array, shape (n_accounts,)
        In the high half the threshold: how many of 2**32 draws in this column stay with its own account; at most
        2**32 - 1. In the low half the account that the other draws of the column go to; a full column names its own.
    accounts : uint32 array, shape (n_accounts,) or (0,)
        Own account of each column; empty where there is one class, because column and account are then the same.
    class_first : int64 array, shape (n_classes + 1,)
        Where the columns of each class begin.
    """

    columns: NDArray[np.uint64]
    accounts: NDArray[np.uint32]
    class_first: NDArray[np.int64]


def build_traffic_table(
    activity: NDArray[np.floating], account_class: NDArray[np.unsignedinteger], n_classes: int
) -> TrafficTable:
    """Prepare draws in proportion to ``activity`` within each class.

    Parameters
    ----------
    activity : float array, shape (n_accounts,)
        Relative frequency of ad opportunities, at least 0, some above 0.
    account_class : unsigned integer array, shape (n_accounts,)
        Class of each account, below ``n_classes``; every class has an account. With one class it is not looked at.
    n_classes : int
        At least 1.

    Returns
    -------
    TrafficTable
        A function of the arguments alone. A class without activity has full columns; whoever draws classes in
        proportion to their activity never comes to it.

    Raises
    ------
    ValueError
        If the weights are empty, negative, not finite or all zero.
    """
    weights = np.asarray(activity)
    if weights.size == 0 or not np.isfinite(weights).all() or weights.min() < 0 or weights.max() == 0:
        raise ValueError("expected activity to be finite, at least 0 and somewhere above 0; check the accounts table")
    if n_classes == 1:
        accounts = np.empty(0, dtype=np.uint32)
        columns = _columns(weights.astype(np.float64), np.arange(weights.size, dtype=np.uint32))
        return TrafficTable(columns, accounts, np.array([0, weights.size], dtype=np.int64))
    accounts = np.argsort(account_class, kind="stable").astype(np.uint32)
    class_first = np.zeros(n_classes + 1, dtype=np.int64)
    np.cumsum(np.bincount(account_class, minlength=n_classes), out=class_first[1:])
    columns = np.empty(weights.size, dtype=np.uint64)
    for first, end in pairwise(class_first.tolist()):
        own = accounts[first:end]
        columns[first:end] = _columns(weights[own].astype(np.float64), own)
    return TrafficTable(columns, accounts, class_first)


def _columns(weights: NDArray[np.float64], own: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return the columns of one class with these accounts: uint64 array, shape (n,)."""
    share = np.ones(weights.size, dtype=np.float64)
    alias = np.arange(weights.size, dtype=np.uint32)
    total = weights.sum()
    if total > 0:
        _fill_columns(weights / total * weights.size, share, alias)
    threshold = np.minimum(share * float(CUT_SCALE), float(_MAX_THRESHOLD)).astype(np.uint64)
    columns: NDArray[np.uint64] = threshold << _S32 | own[alias]
    return columns


@kernel
def _fill_columns(scaled: NDArray[np.float64], share: NDArray[np.float64], alias: NDArray[np.uint32]) -> None:
    """Top up every column below the average from one above it; fills ``share`` and ``alias`` in place."""
    n_accounts = scaled.size
    small = np.empty(n_accounts, dtype=np.uint32)
    large = np.empty(n_accounts, dtype=np.uint32)
    n_small = 0
    n_large = 0
    for account in range(n_accounts):
        if scaled[account] < 1.0:
            small[n_small] = account
            n_small += 1
        else:
            large[n_large] = account
            n_large += 1
    while n_small > 0 and n_large > 0:
        n_small -= 1
        low = small[n_small]
        high = large[n_large - 1]
        share[low] = scaled[low]
        alias[low] = high
        scaled[high] = (scaled[high] + scaled[low]) - 1.0
        if scaled[high] < 1.0:
            n_large -= 1
            small[n_small] = high
            n_small += 1


@kernel
def drawn_place(
    opportunity: np.uint64,
    country_key: np.uint64,
    account_key: np.uint64,
    class_cuts: NDArray[np.uint64],
    table: TrafficTable,
) -> np.uint64:
    """Draw where it says whose an opportunity is: the class, a column of it, and a place in the column.

    Parameters
    ----------
    opportunity : uint64
        Number of the opportunity in the run.
    country_key, account_key : uint64
        Random streams of the run (`simulator.kernels.draws`). The first is drawn from only where there are several
        classes.
    class_cuts : uint64 array, shape (n_classes,)
        Cumulative shares of the classes in this tick's traffic times `CUT_SCALE`; the last is `CUT_SCALE` itself. The
        class is the first whose cut is above the high half of the draw.
    table : TrafficTable
        The classes' columns.

    Returns
    -------
    uint64
        In the high half the column, as the high half of the account's draw picks it; in the low half that of the draw.
    """
    bits = draw(account_key, opportunity)
    high, low = bits >> _S32, bits & _LOW_32
    if class_cuts.size == 1:
        return (((high * U64(table.columns.size)) >> _S32) << _S32) | low
    class_bits = draw(country_key, opportunity) >> _S32
    number = 0
    while class_bits >= class_cuts[number]:
        number += 1
    first = U64(table.class_first[number])
    n_columns = U64(table.class_first[number + 1]) - first
    return ((first + ((high * n_columns) >> _S32)) << _S32) | low


@kernel
def account_at(place: np.uint64, table: TrafficTable) -> np.uint64:
    """Look up whose an opportunity is.

    Parameters
    ----------
    place : uint64
        From `drawn_place`.
    table : TrafficTable
        As there.

    Returns
    -------
    uint64
        The account: the column's own if the low half of the draw is below its threshold, and the other one otherwise.
    """
    column = place >> _S32
    packed = table.columns[column]
    if (place & _LOW_32) >= (packed >> _S32):
        return U64(packed & _LOW_32)
    return column if table.accounts.size == 0 else U64(table.accounts[column])
