r"""Traffic and competition, from what was bought at which price: simulated until the simulation says what was reported.

The unknowns are the logarithms of opportunities a day, of the rivals' median bid and of its spread. What is reported of
each stretch of days, impressions a day and the price of one, is met by least squares, together with the scenario's own
values as a prior. Derivatives come from a formula (`simulator.calibration.market_model`), the level from simulation:

.. math:: \log y(\theta) = \log y_{sim}(\theta_k) + \log y_{formula}(\theta) - \log y_{formula}(\theta_k),

solved for :math:`\theta_{k+1}` and simulated anew until nothing moves (space mapping: Bandler et al., 1994). All rounds
have the same seeds, so that simulations differ by the unknowns alone. Some three rounds do, where derivatives by
simulation would take one run more for each unknown and round, and be noisier.

A budget that was spent says no more than that there was enough to be bought: that is met by any traffic above it.

**How sure one may be.** Days are drawn again in blocks, whole days of all ad groups, from how far each was off its
stretch; the fit is repeated with the formula, and with the prior's means drawn anew each time (randomised maximum
likelihood: Kitanidis, 1995). So the draws spread by the days where those decide, and by the prior where they do not. An
unknown is identified if the data cut the prior's spread to half or less.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.calibration.competition_problem import ASSUMED_SD, CompetitionProblem
from simulator.calibration.estimate import CONFIDENCE, N_DRAWS, Estimate, FittedSetting, interval
from simulator.calibration.market_model import LABELS, TRAFFIC, MarketModel
from simulator.calibration.observed_days import Moment, Moments, ObservedStretch, moments_of
from simulator.calibration.simulated_moments import Level
from simulator.world import World
from workbench.progress import Progress, ignore_progress

MAX_ROUNDS: Final = 6
STILL: Final = 0.05
"""Unknowns have arrived when they move by less than so many of their standard deviations, or by half a per cent."""

IDENTIFIED_SHARE: Final = 0.5
_STILL_ENOUGH: Final = 0.005


@dataclass(frozen=True, eq=False)
class CompetitionFit:
    """Traffic and competition of a campaign.

    Attributes
    ----------
    settings : tuple of FittedSetting
        What the scenario is given.
    rows : tuple of Moment
        What was met.
    simulated : float64 array, shape (n_rows,)
        Logarithm of what the fitted scenario does instead.
    observed : tuple of ObservedStretch
        The days.
    moments : Moments
        How far they were off their stretches.
    n_rounds : int
        How often it was simulated.
    """

    settings: tuple[FittedSetting, ...]
    rows: tuple[Moment, ...]
    simulated: NDArray[np.float64]
    observed: tuple[ObservedStretch, ...]
    moments: Moments
    n_rounds: int


def fit_competition(
    observed: Sequence[ObservedStretch],
    world: World,
    model: MarketModel,
    rng: np.random.Generator,
    shifts: NDArray[np.float64] | None = None,
    on_progress: Progress = ignore_progress,
) -> CompetitionFit:
    """Fit traffic and competition.

    Parameters
    ----------
    observed : sequence of ObservedStretch
        What was reported of each.
    world : World
        Opened for their configurations.
    model : MarketModel
        What is unknown about the market.
    rng : Generator
        Draws days again.
    shifts : float64 array, shape (N_DRAWS, n_ad_groups), optional
        By how much the logarithm of the share of auctions that each ad group wins differs in each draw, where the
        market is known with an uncertainty of its own.
    on_progress : Progress
        Called once a round; raise ``CancelledError`` in it to stop.

    Returns
    -------
    CompetitionFit
        Without settings where nothing was bought.
    """
    moments = moments_of(observed)
    problem = CompetitionProblem(observed, moments, model)
    if not problem.rows:
        return CompetitionFit((), (), np.zeros(0), tuple(observed), moments, 0)
    unknowns = problem.prior_mean
    for n_rounds in range(1, MAX_ROUNDS + 1):
        on_progress(n_rounds - 1, MAX_ROUNDS)
        level = problem.simulate(unknowns, world)
        before, unknowns = unknowns, problem.solve(level, problem.values, problem.prior_mean, unknowns)
        if np.all(np.abs(unknowns - before) < np.maximum(STILL * problem.spread(level, unknowns), _STILL_ENOUGH)):
            break
    on_progress(MAX_ROUNDS, MAX_ROUNDS)
    offsets = day_offsets(problem.rows, moments, [each.stretch.n_days for each in observed], rng)
    if shifts is not None:
        offsets -= np.where([row.is_price for row in problem.rows], 0.0, shifts[:, [r.ad_group for r in problem.rows]])
    draws = _draws(problem, level, unknowns, offsets, rng)
    simulated = problem.predicted(level, unknowns)
    settings = _settings(problem, unknowns, draws)
    return CompetitionFit(settings, problem.rows, simulated, tuple(observed), moments, n_rounds)


def drawn_days(n_days: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw days again, in blocks of consecutive ones, as if the first followed the last.

    Parameters
    ----------
    n_days : int
        How many there are.
    rng : Generator
        Draws.

    Returns
    -------
    int64 array, shape (N_DRAWS, n_days)
        Which day stands for each.
    """
    length = block_length(n_days)
    begins = rng.integers(0, n_days, size=(N_DRAWS, -(-n_days // length)))
    days = begins[:, :, np.newaxis] + np.arange(length)
    return days.reshape(N_DRAWS, -1)[:, :n_days] % n_days


def block_length(n_days: int) -> int:
    """Return how many consecutive days are drawn together: the order that is best for means (Hall et al., 1995)."""
    return max(1, round(math.cbrt(n_days)))


def widening(moments: Moments) -> float:
    """Return what drawn deviations are multiplied by: for means that were taken out, and for few days.

    Deviations from a mean are too small by the root of days over days less stretches; and quantiles that are made from
    a spread seen on few days must be as far out as Student's.
    """
    n_days, n_freedom = len(moments.deviations), moments.n_freedom
    if n_freedom < 1:
        return 1.0
    middle = 0.5 + CONFIDENCE / 2
    few_days = float(stdtrit(n_freedom, middle)) / float(stdtrit(np.inf, middle))
    return few_days * float(np.sqrt(n_days / n_freedom))


def day_offsets(
    rows: Sequence[Moment], moments: Moments, n_days: Sequence[int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw how far moments may be off, from days drawn again.

    Parameters
    ----------
    rows : sequence of Moment
        Which.
    moments : Moments
        How far days were off.
    n_days : sequence of int
        Days of each stretch.
    rng : Generator
        Draws.

    Returns
    -------
    float64 array, shape (N_DRAWS, n_rows)
        In logarithms; 0 for what is only known to be enough.
    """
    days, ends = drawn_days(len(moments.deviations), rng), np.cumsum(n_days)
    # Means of blocks that may overlap vary less than means of days do, by this much where days are independent.
    in_blocks = 1 - (block_length(len(moments.deviations)) - 1) / len(moments.deviations)
    factor, offsets = widening(moments) / np.sqrt(in_blocks), np.zeros((N_DRAWS, len(rows)))
    for place, row in enumerate(rows):
        end = int(ends[row.stretch])
        own = moments.deviations[days[:, end - n_days[row.stretch] : end], row.ad_group, int(row.is_price)]
        n_known = (~np.isnan(own)).sum(axis=1)
        means = np.nansum(own, axis=1) / np.maximum(n_known, 1)
        if moments.n_freedom < 1 or not n_known.any():
            means = ASSUMED_SD / np.sqrt(row.n_days) * rng.standard_normal(N_DRAWS)
        offsets[:, place] = 0.0 if row.is_bound else factor * row.inflation * means
    return offsets


def _draws(
    problem: CompetitionProblem,
    level: Level,
    unknowns: NDArray[np.float64],
    offsets: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Fit again to what other days, other runs and another prior would have been: shape (N_DRAWS, n_unknowns)."""
    by_chance = rng.standard_normal(offsets.shape) * np.sqrt(level.variances)
    prior_means = problem.prior_mean + problem.prior_sd * rng.standard_normal((N_DRAWS, unknowns.size))
    values = problem.values + offsets + by_chance
    return np.array([problem.solve(level, *pair, unknowns) for pair in zip(values, prior_means, strict=True)])


def _settings(
    problem: CompetitionProblem, unknowns: NDArray[np.float64], draws: NDArray[np.float64]
) -> tuple[FittedSetting, ...]:
    value, of_draws = problem.settings(unknowns), [problem.settings(draw) for draw in draws]
    settings = []
    for place, name in enumerate(problem.names):
        label, unit = LABELS[name]
        amounts = np.exp(draws[:, place])
        low, high = interval(amounts)
        share = float(draws[:, place].std() / problem.prior_sd[place])
        estimate = Estimate(
            path=name,
            label=label,
            unit=unit,
            before=float(np.exp(problem.prior_mean[place])),
            value=float(np.exp(unknowns[place])),
            low=low,
            high=high,
            is_identified=share <= IDENTIFIED_SHARE,
            why=_why(problem, name, share),
        )
        settings.append(FittedSetting(name, value[name], tuple(draw[name] for draw in of_draws), (estimate,)))
    return tuple(settings)


def _why(problem: CompetitionProblem, name: str, share: float) -> str:
    """Say what an unknown rests on, or what would have to be different for it to be known."""
    if share <= IDENTIFIED_SHARE:
        n_days = sum(each.stretch.n_days for each in problem.observed)
        return f"the data leave {share:.0%} of the spread it was given; {n_days} days"
    n_free = sum(not row.is_price and not row.is_bound for row in problem.rows)
    if name == TRAFFIC and not n_free:
        return "the budget was spent on most days, so that how much more there was to be bought is not seen"
    if not any(row.is_price for row in problem.rows):
        return "no prices tell: they are the bids themselves, or the platform scaled the bids"
    n_bids = len({(row.ad_group, row.stretch) for row in problem.rows})
    if not n_free:
        return "the budget was spent on most days, so that the market above the bid is not seen"
    if n_bids == 1:
        return "one bid all along: cheaper rivals and less traffic look the same; change the bid for a few days"
    return f"the data leave {share:.0%} of the spread it was given; bids that differ more would tell"
