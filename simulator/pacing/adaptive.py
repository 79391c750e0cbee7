"""Adaptive pacing: the numbers for a bid that learns from every opportunity.

Balseiro and Gur, "Learning in repeated auctions with budgets: regret minimization and equilibrium", Management Science
2019: bid v / (1 + μ), and after each opportunity μ ← P[μ − ε · (ρ − z)], where z is what was charged, ρ the budget per
opportunity, ε = T^(−1/2) for T opportunities and P keeps μ between 0 and a bound. Here bids and charges are
micro-currency, so both are measured by a scale, a typical bid: μ ← P[μ − ε · (ρ − z) / scale].

The auction's kernel does it in whole numbers, with μ in units of 2^−44:

- before a bid, with ``elapsed`` opportunities since μ was last brought up to date:
  ``mu = 0 if elapsed > mu // step else mu - elapsed * step``, where those count no more whose bid a budget would not
  have covered. In the paper the algorithm ends with its budget; here a daily budget is whole again at midnight, and to
  have won nothing without money says nothing about the next day;
- the bid: ``bid = max(1, (bid << 28) // ((1 << 28) + (mu >> 16)))``;
- after a charge: ``rise = charge * gain >> gain_shift``, then
  ``mu = mu_max if rise > mu_max - mu else mu + rise``.

No product outgrows int64: ``gain`` is below 2^29 and a charge below 2^34, a bid is at most 10^10 and ``mu_max`` 2^60.
Only the ratio of ``step`` and ``gain`` decides what is spent in the end, so ``step`` is made from the rounded ``gain``;
ε decides how fast, and a little less of it does no harm.
"""

from math import frexp, ldexp, sqrt
from typing import NamedTuple

MU_BITS = 44
"""μ counts units of 2^−44: fine enough for a step over 2^40 opportunities."""

GAIN_BITS = 29
"""The gain has 29 significant bits: with a charge below 2^34 the product stays below 2^63."""

HIGHEST_VALUE = 16
"""The bound of μ lets a bid of this many times the scale still be paced down to the budget per opportunity."""

_MAX_MU_BITS = 60


class AdaptiveTerms(NamedTuple):
    """What the kernel computes with, per ad group.

    Attributes
    ----------
    step : int
        Fall of μ per opportunity, units of 2^−44, at least 1.
    gain : int
        Rise of μ per micro charged, units of 2^−44 · 2^−gain_shift; 1 to 2^29 − 1.
    gain_shift : int
        0 to 62.
    mu_max : int
        Bound of μ, units of 2^−44, at most 2^60.
    """

    step: int
    gain: int
    gain_shift: int
    mu_max: int


def adaptive_terms(budget_micros: int, expected_opportunities: float, scale_micros: int) -> AdaptiveTerms:
    """Compute the numbers of one ad group.

    Parameters
    ----------
    budget_micros : int
        Budget of the period, micro-currency, at most 10^15.
    expected_opportunities : float
        Opportunities that are expected while the ad group may bid in the period, at most 2^40; those it does not bid
        for count, too.
    scale_micros : int
        A typical bid per impression, micro-currency, at most 10^10: the ad group's effective bid.

    Returns
    -------
    AdaptiveTerms
        ε is less than T^(−1/2) where the gain would outgrow its bits: with a scale below 2^15 / √T micros.
    """
    n = max(1.0, expected_opportunities)
    scale = max(1, scale_micros)
    budget_per_opportunity = budget_micros / n
    per_micro = min(ldexp(1.0 / sqrt(n) / scale, MU_BITS), float((1 << GAIN_BITS) - 1))
    fraction, exponent = frexp(per_micro)
    gain, gain_shift = int(ldexp(fraction, GAIN_BITS)), GAIN_BITS - exponent
    highest = (
        max(1.0, HIGHEST_VALUE * scale / budget_per_opportunity) if budget_micros > 0 else ldexp(1.0, _MAX_MU_BITS)
    )
    mu_max = int(min(ldexp(highest, MU_BITS), ldexp(1.0, _MAX_MU_BITS)))
    step = round(min(ldexp(budget_per_opportunity * gain, -gain_shift), float(mu_max)))
    return AdaptiveTerms(max(1, step), gain, gain_shift, mu_max)
