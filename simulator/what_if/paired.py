"""Comparing two scenarios that met the same people: pair by pair, and what that is worth.

Each replication runs both scenarios from one seed (common random numbers). Differences are taken pair by pair: what
both runs share cancels, and far fewer runs are needed than for two separate averages. The 95 % interval is Student's t
over the pairs' differences (Law, "Simulation Modeling and Analysis", comparing two systems by paired-t); without pairs
it is Welch's.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

CONFIDENCE: Final = 0.95
MIN_PAIRS: Final = 2
"""Fewer have no spread to make an interval from."""

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
    mean, margin = float(difference.mean()), half_width(difference)
    return {
        "base": float(base[has_both].mean()),
        "alternative": float(alternative[has_both].mean()),
        "difference": mean,
        "low": mean - margin,
        "high": mean + margin,
        "probability_of_increase": float((np.sign(difference) + 1).mean() / 2),
        "n_pairs": n_pairs,
    }


def half_width(differences: Figures) -> float:
    """Return half the width of the 95 % interval of a mean, Student's t; at least two values, none of them NaN."""
    n = len(differences)
    quantile = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))
    return quantile * float(differences.std(ddof=1)) / math.sqrt(n)


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
    n_free = (n_pairs - 1) * separate**2 / float((variances**2).sum())
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
