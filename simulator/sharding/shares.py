"""Sharing out what is left of budgets, in whole bids."""

import numpy as np
from numpy.typing import NDArray


def shared_out(
    remaining_micros: NDArray[np.int64], bid_micros: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Share out what is left of budgets in proportion to weights.

    A budget pays for a bid only if it covers all of it, so what is shared out is whole bids: the last three of a budget
    go to three shards, and eight shards do not get three eighths of a bid each, with which nobody could do anything.
    The rest that is no whole bid goes to the shard with the largest share.

    Parameters
    ----------
    remaining_micros : int64 array, shape (n,)
        What is left, micro-currency, at least 0.
    bid_micros : int64 array, shape (n,)
        The highest bid that each budget may have to cover, micro-currency, at least 1.
    weights : float64 array, shape (n_shards, n)
        At least 0; where all are 0 they count as equal.

    Returns
    -------
    int64 array, shape (n_shards, n)
        Shares, micro-currency, at least 0; those of a budget add up to what is left of it.
    """
    weights = np.where(weights.sum(axis=0) > 0, weights, 1.0)
    up_to = np.cumsum(weights, axis=0)
    n_bids = remaining_micros // bid_micros
    n_up_to = np.floor(n_bids * (up_to / up_to[-1]) + 0.5).astype(np.int64)
    n_up_to = np.minimum(n_up_to, n_bids)
    n_up_to[-1] = n_bids
    shares: NDArray[np.int64] = np.diff(n_up_to, axis=0, prepend=0) * bid_micros
    shares[shares.argmax(axis=0), np.arange(n_bids.size)] += remaining_micros - n_bids * bid_micros
    return shares
