"""The Pareto front: points of a sweep that no other point beats in everything at once."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.sweeps.intervals import Readings, resampled_means


def is_on_front(cost: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points reach more people than every point that costs no more.

    Parameters
    ----------
    cost, reach : float64 array, shape (n_points,)
        NaN where a point has no such figure; it then is not on the front. Of points that agree in both all are on it.

    Returns
    -------
    bool array, shape (n_points,)
    """
    found = np.zeros(len(cost), dtype=np.bool_)
    known = np.flatnonzero(~np.isnan(cost + reach))
    order = known[np.lexsort((-reach[known], cost[known]))]
    best, best_cost = -np.inf, np.nan
    for place in order.tolist():
        if reach[place] > best:
            best, best_cost = reach[place], cost[place]
            found[place] = True
        elif reach[place] == best and cost[place] == best_cost:
            found[place] = True
    return found


def pareto_front(cost: Readings, reach: Readings, *, rng_seed: int = 0) -> pd.DataFrame:
    """Find the points that reach the most people for what they cost.

    Parameters
    ----------
    cost, reach : float64 array, shape (n_points, n_replications)
        What is to be low and what is to be high. A point is left out where a run hides its figure.
    rng_seed : int
        For resampling replications.

    Returns
    -------
    DataFrame
        One row a point: ``cost`` and ``reach`` (means), ``is_on_front``, and ``share_on_front``: the share of resamples
        of the replications in which it is on the front, that is, how sure that is.
    """
    on_front = np.zeros(len(cost))
    n_resamples = 0
    for chunk in resampled_means(np.stack([cost, reach]), rng_seed):
        for costs, reaches in chunk:
            on_front += is_on_front(costs, reaches)
        n_resamples += len(chunk)
    means = cost.mean(axis=1), reach.mean(axis=1)
    return pd.DataFrame(
        {
            "cost": means[0],
            "reach": means[1],
            "is_on_front": is_on_front(*means),
            "share_on_front": on_front / n_resamples,
        }
    )
