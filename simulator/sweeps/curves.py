"""Curves through the points of a sweep: what is delivered, what more of it costs, and where more stops being worth it.

Every function takes readings (see `simulator.sweeps.intervals`) at points in rising order of one lever. Nothing is
smoothed but where it says so, and then by isotonic regression: common random numbers make curves smooth enough.
"""

import math
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.sweeps.intervals import (
    UNKNOWN,
    Interval,
    Readings,
    mean_interval,
    ratio_interval,
    resampled_bounds,
    resampled_means,
)
from simulator.what_if.paired import CONFIDENCE

HALF: Final = 0.5


class Saturation(StrEnum):
    """What is known of the place where more stops being worth it."""

    FOUND = "found"
    NOT_REACHED = "not_reached"
    """More is worth it as far as the sweep goes."""

    FROM_THE_START = "from_the_start"
    """Nothing is won by more from the first point on."""


class SaturationPoint(NamedTuple):
    """Where more of a lever stops being worth it.

    Attributes
    ----------
    verdict : Saturation
        What is known.
    at : Interval
        The lever's value; its bounds are infinite where they lie outside the sweep.
    """

    verdict: Saturation
    at: Interval


def response_curve(levels: NDArray[np.float64], readings: Readings, runs: Readings | None = None) -> pd.DataFrame:
    """Return one figure along a lever.

    Parameters
    ----------
    levels : float64 array, shape (n_points,)
        The lever's values, rising.
    readings : float64 array, shape (n_points, n_replications)
        The figure; NaN where a run has none, such as a cost per click without clicks.
    runs : float64 array, shape (n_points, n_replications), optional
        The figure of each run, where readings are spread (see `simulator.sweeps.outcomes`).

    Returns
    -------
    DataFrame
        ``level``; ``mean``, ``low``, ``high`` (95 % interval of the mean, Student's t); ``run_low``, ``run_high`` (the
        range that holds at least 95 % of runs: what a single campaign may meet); ``n`` (runs that have the figure).
    """
    rows = []
    for level, values, of_runs in zip(levels.tolist(), readings, readings if runs is None else runs, strict=True):
        known = of_runs[~np.isnan(of_runs)]
        tail = (1 - CONFIDENCE) / 2
        has_runs = known.size > 0
        rows.append(
            {
                "level": level,
                **dict(zip(("mean", "low", "high"), mean_interval(values), strict=True)),
                # Nothing is interpolated between runs, so that the range is one of runs that were.
                "run_low": float(np.quantile(known, tail, method="lower")) if has_runs else math.nan,
                "run_high": float(np.quantile(known, 1 - tail, method="higher")) if has_runs else math.nan,
                "n": known.size,
            }
        )
    return pd.DataFrame(rows)


def marginal_costs(levels: NDArray[np.float64], spend: Readings, results: Readings) -> pd.DataFrame:
    """Return what one more result costs from each point of a curve to the next.

    Parameters
    ----------
    levels : float64 array, shape (n_points,)
        The lever's values, rising.
    spend, results : float64 array, shape (n_points, n_replications)
        Without NaN.

    Returns
    -------
    DataFrame
        One row a step: ``from_level``, ``to_level``; ``extra_spend``, ``extra_results`` (means of the paired
        differences); ``cost_of_one_more``, ``low``, ``high`` (ratio of the two with its interval by Fieller's theorem;
        infinite bounds where it may be that nothing more is won).
    """
    rows = []
    for step in range(len(levels) - 1):
        extra_spend, extra_results = spend[step + 1] - spend[step], results[step + 1] - results[step]
        is_less = extra_results.mean() < 0 and not mean_interval(extra_results).high > 0
        cost = UNKNOWN if is_less else ratio_interval(extra_spend, extra_results)
        rows.append(
            {
                "from_level": float(levels[step]),
                "to_level": float(levels[step + 1]),
                "extra_spend": float(extra_spend.mean()),
                "extra_results": float(extra_results.mean()),
                "cost_of_one_more": cost.value,
                "low": cost.low,
                "high": cost.high,
            }
        )
    return pd.DataFrame(rows)


def saturation_point(
    levels: NDArray[np.float64],
    results: Readings,
    *,
    share: float = HALF,
    least_slope: float | None = None,
    rng_seed: int = 0,
) -> SaturationPoint:
    """Find where one more unit of a lever brings less than is wanted of it.

    Slopes between neighbouring points are taken to hold in the middle between them, and straight lines between the
    middles. Slopes are made to fall by isotonic regression (`scipy.optimize.isotonic_regression`) first: the next
    dollar of a budget never brings more than the one before, except by chance.

    Parameters
    ----------
    levels : float64 array, shape (n_points,)
        The lever's values, rising; at least three.
    results : float64 array, shape (n_points, n_replications)
        What is wanted, without NaN.
    share : float
        The share of the first slope that the slope must keep.
    least_slope : float, optional
        The least slope that is worth it, in results per unit of the lever, instead of a share of the first one; where
        results are money and the lever is a budget, 1 is where the last dollar just comes back.
    rng_seed : int
        For resampling replications.

    Returns
    -------
    SaturationPoint
        Bounds hold 95 % of resamples of the replications.
    """
    if len(levels) < 3:
        raise ValueError(f"expected at least 3 points to see a curve bend, got {len(levels)}")

    def place(means: Readings) -> float:
        return _bend(levels, means, share, least_slope)

    value = place(results.mean(axis=1))
    resampled = np.array([place(means) for chunk in resampled_means(results, rng_seed) for means in chunk])
    low, high = resampled_bounds(resampled)
    verdict = (
        Saturation.NOT_REACHED
        if value == math.inf
        else Saturation.FROM_THE_START
        if value == -math.inf
        else Saturation.FOUND
    )
    return SaturationPoint(verdict, Interval(value, low, high))


def best_point(readings: Readings, *, rng_seed: int = 0) -> tuple[int, NDArray[np.float64]]:
    """Return which point has the highest mean, and how sure that is.

    Parameters
    ----------
    readings : float64 array, shape (n_points, n_replications)
        What is to be high, without NaN.
    rng_seed : int
        For resampling replications.

    Returns
    -------
    place : int
        Of the point with the highest mean, the first of equals.
    shares : float64 array, shape (n_points,)
        Share of resamples of the replications in which each point is the best.
    """
    wins = np.zeros(len(readings))
    n_resamples = 0
    for chunk in resampled_means(readings, rng_seed):
        wins += np.bincount(chunk.argmax(axis=1), minlength=len(readings))
        n_resamples += len(chunk)
    return int(readings.mean(axis=1).argmax()), wins / n_resamples


def _bend(levels: NDArray[np.float64], means: NDArray[np.float64], share: float, least_slope: float | None) -> float:
    """Return where the slope falls below what is wanted; −inf if it is never above, inf if it never falls so far."""
    from scipy.optimize import isotonic_regression

    widths = np.diff(levels)
    slopes = isotonic_regression(np.diff(means) / widths, weights=widths, increasing=False).x
    wanted = share * float(slopes[0]) if least_slope is None else least_slope
    if slopes[0] <= 0 or slopes[0] < wanted:
        return -math.inf
    below = np.flatnonzero(slopes < wanted)
    if not below.size:
        return math.inf
    after = int(below[0])
    middles = (levels[1:] + levels[:-1]) / 2
    fallen = (slopes[after - 1] - wanted) / (slopes[after - 1] - slopes[after])
    return float(middles[after - 1] + fallen * (middles[after] - middles[after - 1]))
