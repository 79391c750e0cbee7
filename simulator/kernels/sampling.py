"""Drawing accounts in proportion to their activity, one table look-up a draw.

Walker's alias method (1977) in Vose's form (1991): the weights are cut into *n* equal columns of at most two accounts
each, so a draw picks a column and then one of its two. Thresholds are 32-bit integers, so that the draw itself is exact
integer arithmetic.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

U64 = np.uint64
_S32 = U64(32)
_LOW_32 = U64(0xFFFFFFFF)
_FULL_COLUMN = float(1 << 32)


class AliasTable(NamedTuple):
    """One column an account.

    Attributes
    ----------
    threshold : uint64 array, shape (n_accounts,)
        Of 2**32 draws in this column, how many stay with its own account.
    alias : uint32 array, shape (n_accounts,)
        The account that the other draws of the column go to.
    """

    threshold: NDArray[np.uint64]
    alias: NDArray[np.uint32]


def build_alias_table(activity: NDArray[np.floating]) -> AliasTable:
    """Prepare draws in proportion to ``activity``.

    Parameters
    ----------
    activity : float array, shape (n_accounts,)
        Relative frequency of ad opportunities, at least 0, some above 0.

    Returns
    -------
    AliasTable
        The table, a function of ``activity`` alone.

    Raises
    ------
    ValueError
        If the weights are empty, negative, not finite or all zero.
    """
    weights = np.asarray(activity, dtype=np.float64)
    if weights.size == 0 or not np.isfinite(weights).all() or weights.min() < 0 or weights.max() == 0:
        raise ValueError("expected activity to be finite, at least 0 and somewhere above 0; check the accounts table")
    scaled = weights * (weights.size / weights.sum())
    alias = np.arange(weights.size, dtype=np.uint32)
    share = np.ones(weights.size, dtype=np.float64)
    _fill_columns(scaled, share, alias)
    return AliasTable(np.minimum(share * _FULL_COLUMN, _FULL_COLUMN).astype(np.uint64), alias)


@kernel
def _fill_columns(scaled: NDArray[np.float64], share: NDArray[np.float64], alias: NDArray[np.uint32]) -> None:
    """Top up every column below the average from one above it; fills ``share`` and ``alias`` in place."""
    n_accounts = scaled.size
    small = np.empty(n_accounts, dtype=np.int64)
    large = np.empty(n_accounts, dtype=np.int64)
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
def drawn_account(bits: np.uint64, table: AliasTable) -> int:
    """Turn 64 random bits into an account: the high half picks the column, the low half one of its two accounts."""
    column = ((bits >> _S32) * U64(table.alias.size)) >> _S32
    if (bits & _LOW_32) < table.threshold[column]:
        return int(column)
    return int(table.alias[column])
