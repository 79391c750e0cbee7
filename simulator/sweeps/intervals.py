"""Intervals over replications: of means, of ratios of means, and of anything else by resampling.

A *reading* is a float64 array with one row a point of a sweep and one column a replication. Since all points of a sweep
meet the same people, columns are paired: whatever is computed from rows is computed within columns first, so that what
all points share cancels.
"""

import math
from collections.abc import Iterator, Sized
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.errors import ConfigError
from simulator.what_if.paired import CONFIDENCE, MIN_PAIRS

Readings = NDArray[np.float64]
N_RESAMPLES: Final = 1_999
"""With one less than a round number, the 2.5 % of resamples at either end are a whole number of them."""

_CHUNK: Final = 200


class Interval(NamedTuple):
    """A value and what bounds it with 95 % confidence; infinite ends where the data bound nothing.

    Attributes
    ----------
    value, low, high : float
        NaN if there is no value.
    """

    value: float
    low: float
    high: float

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)


UNKNOWN: Final = Interval(math.nan, math.nan, math.nan)


def t_quantile(n: int) -> float:
    """Return the factor on a mean's standard error, Student's t, for ``n`` at least 2 replications."""
    return float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))


def require_pairs(n_replications: int | Sized) -> None:
    """Refuse too few replications, or draws, to make an interval from.

    Raises
    ------
    ConfigError
        If there are fewer than two.
    """
    n_most = n_replications if isinstance(n_replications, int) else len(n_replications)
    if n_most < MIN_PAIRS:
        raise ConfigError(
            f"expected at least {MIN_PAIRS} replications, got {n_most}: fewer have no spread to make an interval from"
        )


def mean_interval(values: Readings) -> Interval:
    """Return the mean of one figure over replications and its interval by Student's t.

    Parameters
    ----------
    values : float64 array, shape (n_replications,)
        NaN where a run has no such figure; such runs are left out.

    Returns
    -------
    Interval
        Unknown bounds with fewer than two values.
    """
    known = values[~np.isnan(values)]
    if known.size < MIN_PAIRS:
        return Interval(float(known.mean()) if known.size else math.nan, math.nan, math.nan)
    mean = float(known.mean())
    margin = t_quantile(known.size) * float(known.std(ddof=1)) / known.size**0.5
    return Interval(mean, mean - margin, mean + margin)


def ratio_interval(numerator: Readings, denominator: Readings) -> Interval:
    """Return the ratio of two means over the same replications and its interval by Fieller's theorem.

    Parameters
    ----------
    numerator, denominator : float64 array, shape (n_replications,)
        Without NaN.

    Returns
    -------
    Interval
        Infinite bounds where the denominator may be 0; unknown ones with fewer than two replications; no value where
        the denominator is 0.

    Notes
    -----
    Fieller, "Some problems in interval estimation" (1954): all ratios θ for which the mean of numerator − θ·denominator
    may be 0 by Student's t. Exact for normal means, whatever their correlation.
    """
    n = len(numerator)
    top, bottom = (float(values.mean()) if n else math.nan for values in (numerator, denominator))
    ratio = top / bottom if bottom else math.nan
    if n < MIN_PAIRS or math.isnan(ratio):
        return Interval(ratio, math.nan, math.nan)
    covariance = np.cov(numerator, denominator)
    scale = t_quantile(n) ** 2 / n
    a = bottom**2 - scale * float(covariance[1, 1])
    if a <= 0:
        return Interval(ratio, -math.inf, math.inf)
    half_b = top * bottom - scale * float(covariance[0, 1])
    c = top**2 - scale * float(covariance[0, 0])
    root = max(0.0, half_b**2 - a * c) ** 0.5
    return Interval(ratio, (half_b - root) / a, (half_b + root) / a)


def resampled_means(readings: Readings, rng_seed: int = 0) -> Iterator[Readings]:
    """Draw replications with replacement and yield the means, some resamples at a time.

    Parameters
    ----------
    readings : float64 array, shape (..., n_replications)
        The same replications are drawn for all of it.
    rng_seed : int
        The same seed draws the same.

    Yields
    ------
    float64 array, shape (n_resamples, ...)
        The chunks hold 1,999 resamples together.
    """
    rng, n = np.random.default_rng(rng_seed), readings.shape[-1]
    for first in range(0, N_RESAMPLES, _CHUNK):
        size = min(_CHUNK, N_RESAMPLES - first)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=size) / n
        yield np.moveaxis(readings @ weights.T, -1, 0)


def resampled_bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the bounds that leave 2.5 % of resampled values on either side; infinite values are allowed."""
    ordered = np.sort(values)
    tail = round((1 - CONFIDENCE) / 2 * (len(ordered) + 1))
    return float(ordered[tail - 1]), float(ordered[len(ordered) - tail])
