"""Where something begins to pay for itself: the root of a paired difference along a lever, with its interval.

The interval holds every value of the lever at which the difference may be nothing by Student's t. Between points of the
sweep each replication is taken to be a straight line, so the ends of the interval are roots of a quadratic equation:
Fieller's theorem, piece by piece. It is unbounded exactly where the data bound nothing, which resampling would hide.
"""

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.sweeps.intervals import Interval, Readings, t_quantile


class Verdict(StrEnum):
    """What is known of a break-even."""

    FOUND = "found"
    """It lies in the sweep, or is bounded on one side at least."""

    ALWAYS = "always"
    """It pays all along the sweep, and that is not chance."""

    NEVER = "never"
    """It pays nowhere in the sweep, and that is not chance."""

    NOT_IDENTIFIED = "not_identified"
    """The interval spans the whole sweep: the data do not tell."""


class BreakEven(NamedTuple):
    """From where on something pays.

    Attributes
    ----------
    verdict : Verdict
        What is known.
    at : Interval
        The lever's value at the break-even; infinite where it, or a bound, lies beyond that end of the sweep.
    pays_above : bool
        Whether it pays above that value or below it.
    n_crossings : int
        How often the mean gain changes its sign in the sweep; with more than one, ``at`` is the first.
    """

    verdict: Verdict
    at: Interval
    pays_above: bool
    n_crossings: int


def break_even(levels: NDArray[np.float64], gains: Readings) -> BreakEven:
    """Find where a gain changes from less to more than nothing.

    Parameters
    ----------
    levels : float64 array, shape (n_points,)
        The lever's values, rising; at least two.
    gains : float64 array, shape (n_points, n_replications)
        What is gained at each, without NaN; at least two replications.

    Returns
    -------
    BreakEven

    Raises
    ------
    ValueError
        If there are too few points or replications to see anything.
    """
    if min(gains.shape) < 2:
        raise ValueError(f"expected at least 2 points and 2 replications, got {gains.shape[0]} and {gains.shape[1]}")
    means = gains.mean(axis=1)
    roots = _roots(levels, means)
    open_at = [*_where_open(levels, gains), *roots]
    pays_above = bool(means[-1] > means[0]) if not roots else bool(means[levels > roots[0]][0] > 0)
    beyond = -math.inf if (means[0] > 0) == pays_above else math.inf  # the end towards which the gain nears nothing
    starts_open, ends_open = levels[0] in open_at, levels[-1] in open_at
    low = -math.inf if starts_open else min(open_at, default=beyond)
    high = math.inf if ends_open else max(open_at, default=beyond)
    value = roots[0] if roots else beyond
    if starts_open and ends_open:
        verdict = Verdict.NOT_IDENTIFIED
    elif roots or starts_open or ends_open:
        verdict = Verdict.FOUND
    else:
        verdict = Verdict.ALWAYS if means[0] > 0 else Verdict.NEVER
    return BreakEven(verdict, Interval(value, low, high), pays_above, len(roots))


def cost_gains(spend: Readings, results: Readings, other_spend: Readings, other_results: Readings) -> Readings:
    """Return how much cheaper a result is than with something else, replication by replication, for `break_even`.

    Costs are spend over results of all replications together, so a run without a result does no harm. Their difference
    is taken to a common denominator, which leaves its sign alone, and shared out among the replications by its first
    derivatives (the delta method), which makes its standard error that of a mean.

    Parameters
    ----------
    spend, results : float64 array, shape (n_points, n_replications)
        With what is asked about.
    other_spend, other_results : float64 array, shape (n_replications,)
        Without it.

    Returns
    -------
    float64 array, shape (n_points, n_replications)
        Results times the other spend, less spend times the other results: above 0 where a result is cheaper.
    """
    mean_spend, mean_results = (values.mean(axis=1, keepdims=True) for values in (spend, results))
    mean_other_spend, mean_other_results = other_spend.mean(), other_results.mean()
    gains: Readings = results * mean_other_spend + mean_results * other_spend
    gains -= spend * mean_other_results + mean_spend * other_results
    gains -= mean_results * mean_other_spend - mean_spend * mean_other_results
    return gains


def _roots(levels: NDArray[np.float64], means: NDArray[np.float64]) -> list[float]:
    """Return where straight lines between mean gains cross nothing."""
    roots = []
    for place in range(len(levels) - 1):
        before, after = float(means[place]), float(means[place + 1])
        if before * after < 0:
            roots.append(float(levels[place] + (levels[place + 1] - levels[place]) * before / (before - after)))
        elif after == 0 and place + 2 < len(levels) and before * means[place + 2] < 0:
            roots.append(float(levels[place + 1]))
    return roots


def _where_open(levels: NDArray[np.float64], gains: Readings) -> list[float]:
    """Return the ends of the stretches along which the mean gain may be nothing."""
    scale = t_quantile(gains.shape[1]) ** 2 / gains.shape[1]
    ends = []
    for place in range(len(levels) - 1):
        first, change = float(levels[place]), float(levels[place + 1] - levels[place])
        ends += [first + share * change for share in _open_shares(gains[place], gains[place + 1], scale)]
    return ends


def _open_shares(before: Readings, after: Readings, scale: float) -> list[float]:
    """Return where, 0 to 1 between two points, mean² − scale · variance is nothing, and the ends where it is less."""
    mean, step = float(before.mean()), float((after - before).mean())
    covariance = scale * np.cov(before, after)
    here, both, there = float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])
    a = step**2 - (here - 2 * both + there)
    half_b = mean * step - (both - here)
    c = mean**2 - here
    shares = [end for end, value in ((0.0, c), (1.0, a + 2 * half_b + c)) if value <= 0]
    discriminant = half_b**2 - a * c
    if discriminant >= 0:
        # The larger root first, without cancellation; the other by their product c / a.
        larger = -(half_b + math.copysign(discriminant**0.5, half_b))
        found = [larger / a] if a else []
        found += [c / larger] if larger else []
        shares += [share for share in found if 0 <= share <= 1]
    return shares
