"""Comparing two scenarios that met the same people: pair by pair, and what that is worth.

Each replication runs both scenarios from one seed (common random numbers). Differences are taken pair by pair: what
both runs share cancels, and far fewer runs are needed than for two separate averages. The 95 % interval is Student's t
over the pairs' differences (Law, "Simulation Modeling and Analysis", comparing two systems by paired-t); without pairs
it is Welch's.

Where the differences are clearly skewed, as a cost per conversion with few conversions is, Student's interval misses
the truth too often, on one side. It is then corrected by Hall's transformation ("On the removal of skewness by
transformation", Journal of the Royal Statistical Society B 54, 1992), which makes it lean to the longer tail.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

CONFIDENCE: Final = 0.95
MIN_PAIRS: Final = 2
"""Fewer have no spread to make an interval from."""

SKEWED_FROM: Final = 2.0
"""Standard errors of skewness, the square root of 6/n, from which on differences count as skewed. Corrected at once,
intervals of a few small counts would cover less; `tests/benchmarks` measures both."""

Figures = NDArray[np.float64]


def paired_difference(base: Figures, alternative: Figures) -> dict[str, float]:
    """Compare two series of paired replications.

    Parameters
    ----------
    base, alternative : float64 array, shape (n_replications,)
        One figure in each replication.

    Returns
    -------
    dict
        ``base``, ``alternative`` and ``difference`` (means), ``low`` and ``high`` (95 % interval of the difference),
        ``probability_of_increase`` and ``n_pairs``: all over the pairs in which both runs have the figure, such as a
        cost per click where both were clicked. NaN with fewer than two such pairs; the means then are over whatever
        runs have it.
    """
    has_both = ~np.isnan(base + alternative)
    n_pairs = int(has_both.sum())
    if n_pairs < MIN_PAIRS:
        levels = {"base": _mean_of_some(base), "alternative": _mean_of_some(alternative)}
        unknown = dict.fromkeys(("difference", "low", "high", "probability_of_increase"), math.nan)
        return {**levels, **unknown, "n_pairs": n_pairs}
    difference = (alternative - base)[has_both]
    low, high = mean_interval(difference)
    return {
        "base": float(base[has_both].mean()),
        "alternative": float(alternative[has_both].mean()),
        "difference": float(difference.mean()),
        "low": low,
        "high": high,
        "probability_of_increase": float((np.sign(difference) + 1).mean() / 2),
        "n_pairs": n_pairs,
    }


def mean_interval(values: Figures) -> tuple[float, float]:
    """Return the 95 % interval of a mean; see the head of this module.

    Parameters
    ----------
    values : float64 array, shape (n,)
        At least two, none of them NaN.

    Returns
    -------
    tuple of float
        Low and high.
    """
    n, mean = len(values), float(values.mean())
    quantile = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))
    error = float(values.std(ddof=1)) / math.sqrt(n)
    skewness = _skewness(values)
    if abs(skewness) < SKEWED_FROM * math.sqrt(6 / n):
        return mean - quantile * error, mean + quantile * error
    slope, shift = skewness / (3 * math.sqrt(n)), skewness / (6 * math.sqrt(n))
    # Hall's cubic of the studentised mean, solved for the mean at both quantiles.
    low, high = (mean - error * (math.cbrt(1 + 3 * slope * (end - shift)) - 1) / slope for end in (quantile, -quantile))
    return low, high


def _skewness(values: Figures) -> float:
    deviations = values - values.mean()
    largest = float(np.abs(deviations).max())
    if largest == 0:
        return 0.0
    deviations = deviations / largest  # powers of the tiniest would vanish
    variance = float((deviations**2).mean())
    return float((deviations**3).mean()) / (variance * math.sqrt(variance))


def range_of_differences(base: Figures, alternative: Figures) -> tuple[float, float]:
    """Return between which two pairs a further one lies with 95 %, whatever the distribution.

    It is a range of differences and not of their mean, so it does not narrow with more pairs. With fewer than 39 it
    goes from the lowest to the highest, which hold a further one with probability (n − 1)/(n + 1).

    Parameters
    ----------
    base, alternative : float64 array, shape (n_replications,)
        As for `paired_difference`.

    Returns
    -------
    tuple of float
        Low and high; NaN with fewer than two pairs that have both figures.
    """
    differences = np.sort((alternative - base)[~np.isnan(base + alternative)])
    if len(differences) < MIN_PAIRS:
        return math.nan, math.nan
    n_outside = max(1, math.floor((1 - CONFIDENCE) / 2 * (len(differences) + 1)))
    return float(differences[n_outside - 1]), float(differences[-n_outside])


def unpaired_difference(base: Figures, alternative: Figures) -> dict[str, float]:
    """Compare two series as if they were not paired, and say what the pairs are worth.

    Parameters
    ----------
    base, alternative : float64 array, shape (n_replications,)
        As for `paired_difference`.

    Returns
    -------
    dict
        ``unpaired_low`` and ``unpaired_high`` (95 % interval of the difference by Welch's t), ``variance_reduction``
        (variance of the difference of two separate runs over that of a pair; infinite where pairs do not differ at all)
        and ``n_unpaired``: the runs of each scenario that separate averages would have needed for the interval that the
        pairs gave. Over the pairs in which both have the figure; NaN with fewer than two, and where nothing varies.
    """
    has_both = ~np.isnan(base + alternative)
    n_pairs = int(has_both.sum())
    unknown = dict.fromkeys(("unpaired_low", "unpaired_high", "variance_reduction", "n_unpaired"), math.nan)
    if n_pairs < MIN_PAIRS:
        return unknown
    before, after = base[has_both], alternative[has_both]
    variances = np.array([before.var(ddof=1), after.var(ddof=1)])
    separate, together = float(variances.sum()), float((after - before).var(ddof=1))
    mean = float(after.mean() - before.mean())
    if separate == 0:
        return {**unknown, "unpaired_low": mean, "unpaired_high": mean}
    # Welch and Satterthwaite's degrees of freedom, with as many runs on both sides.
    n_free = (n_pairs - 1) / float(((variances / separate) ** 2).sum())  # of shares: squares of the tiniest are 0
    margin = float(stdtrit(n_free, 0.5 + CONFIDENCE / 2)) * math.sqrt(separate / n_pairs)
    factor = separate / together if together else math.inf
    return {
        "unpaired_low": mean - margin,
        "unpaired_high": mean + margin,
        "variance_reduction": factor,
        "n_unpaired": math.ceil(n_pairs * factor) if math.isfinite(factor) else math.inf,
    }


def _mean_of_some(values: Figures) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan
