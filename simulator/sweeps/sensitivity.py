"""Which lever matters: the parts of a figure's variance over a sweep that each lever makes, alone and with others.

Sobol's indices: the first-order index of a lever is the share of the variance that would be gone, on average, if that
lever were known; its total index the share that would be left if all others were. Their difference is what it does
together with others. They are estimated by SciPy (estimators as in Saltelli et al., 2010); intervals are bootstrapped
over the pairs of points.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import LeverError
from simulator.scenario import Scenario
from simulator.sweeps.design import MAX_POINTS, Design, Method, check_levers, points_at
from simulator.sweeps.intervals import resampled_bounds
from simulator.sweeps.swept_lever import SweptLever

N_RESAMPLES = 999


def sobol_design(scenario: Scenario, *levers: SweptLever, n_base: int = 64, rng_seed: int = 0) -> Design:
    """Design a sweep from which Sobol's indices can be estimated.

    Parameters
    ----------
    scenario : Scenario
        What the levers are pulled on.
    *levers : LeverValues or LeverRange
        What is moved, at least two; each value, or each stretch of a range, is as likely as every other.
    n_base : int
        A power of two, at least 8; the design has as many points times (levers + 2).
    rng_seed : int
        The same seed gives the same points, as for `simulator.sweeps.design.latin_hypercube`.

    Returns
    -------
    Design

    Raises
    ------
    LeverError
        As for `simulator.sweeps.design.grid`, or if a number is out of range.
    """
    n_points = n_base * (len(levers) + 2)
    if len(levers) < 2:
        raise LeverError(f"expected at least 2 levers to tell which one matters, got {len(levers)}")
    if n_base < 8 or n_base & (n_base - 1):
        raise LeverError(f"expected a power of two from 8 on for n_base, got {n_base}; take 64")
    if n_points > MAX_POINTS:
        raise LeverError(f"expected at most {MAX_POINTS:,} points, got {n_points:,}; lower n_base or drop levers")
    check_levers(scenario, levers)
    from scipy.stats import qmc  # a second to import, which grids do not need

    both = qmc.Sobol(2 * len(levers), rng=rng_seed).random(n_base)
    one, other = both[:, : len(levers)], both[:, len(levers) :]
    blocks = [one, other, *(_with_column(one, other, number) for number in range(len(levers)))]
    points = points_at(scenario, levers, np.concatenate(blocks).tolist())
    return Design(scenario=scenario, method=Method.SOBOL, levers=tuple(levers), points=tuple(points), rng_seed=rng_seed)


def sobol_indices(design: Design, figures: NDArray[np.float64]) -> pd.DataFrame:
    """Tell which lever matters.

    Parameters
    ----------
    design : Design
        From `sobol_design`.
    figures : float64 array, shape (n_points,)
        One figure at each point of it, such as the mean over replications; without NaN.

    Returns
    -------
    DataFrame
        One row a lever, in the design's order: ``lever`` (its path), ``first_order``, ``first_low``, ``first_high``,
        ``total``, ``total_low``, ``total_high`` (95 % bootstrap intervals over the design's points). NaN where the
        figure is the same at all points.

    Raises
    ------
    LeverError
        If the design is of another kind.
    ValueError
        If there is not one figure a point, or one is missing.
    """
    if design.method is not Method.SOBOL:
        raise LeverError(f"expected a design from sobol_design, got a {design.method}; design a sweep anew")
    if figures.shape != (len(design.points),) or np.isnan(figures).any():
        raise ValueError(f"expected {len(design.points)} figures, none of them missing; got shape {figures.shape}")
    paths = [lever.path for lever in design.levers]
    columns = ("first_order", "first_low", "first_high", "total", "total_low", "total_high")
    if np.ptp(figures) == 0:
        return pd.DataFrame({"lever": paths, **dict.fromkeys(columns, np.nan)})
    return pd.DataFrame({"lever": paths, **dict(zip(columns, _indices(figures, len(paths)), strict=True))})


def main_effects(design: Design, figures: NDArray[np.float64]) -> pd.DataFrame:
    """Tell which lever of a grid matters, without running anything more.

    Over a whole grid every other lever takes each of its values equally often beside every value of a lever. The
    variance of the means by that lever's values, over the variance of all, is its first-order index on the grid,
    exactly; what the levers' indices leave of 1 is what they do together.

    Parameters
    ----------
    design : Design
        A grid.
    figures : float64 array, shape (n_points,)
        One figure at each point.

    Returns
    -------
    DataFrame
        ``lever`` (its path) and ``first_order``, one row a lever; NaN where the figure is missing at a point, or
        the same at all.

    Raises
    ------
    LeverError
        If the design is no grid.
    """
    if design.method is not Method.GRID:
        raise LeverError(f"expected a grid, got a {design.method}; use sobol_design to tell which lever matters")
    shape = _grid_shape(design)
    whole = np.asarray(figures, dtype=np.float64).reshape(shape)
    variance = float(whole.var())
    axes = range(len(shape))
    shares = [
        float(whole.mean(axis=tuple(other for other in axes if other != axis)).var()) / variance if variance else np.nan
        for axis in axes
    ]
    return pd.DataFrame({"lever": [lever.path for lever in design.levers], "first_order": shares})


def _grid_shape(design: Design) -> tuple[int, ...]:
    return tuple(len({str(point[number]) for point in design.points}) for number in range(len(design.levers)))


def _with_column(one: NDArray[np.float64], other: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    mixed = one.copy()
    mixed[:, number] = other[:, number]
    return mixed


def _indices(figures: NDArray[np.float64], n_levers: int) -> list[NDArray[np.float64]]:
    """Estimate both kinds of indices with their bounds; SciPy's own bootstrap takes no seed."""
    blocks = figures.reshape(n_levers + 2, -1)
    n_base = blocks.shape[1]
    rng = np.random.default_rng(0)
    resampled = np.array([_estimates(blocks[:, rng.integers(n_base, size=n_base)]) for _ in range(N_RESAMPLES)])
    low, high = np.apply_along_axis(resampled_bounds, 0, resampled)
    first, total = _estimates(blocks)
    return [first, low[0], high[0], total, low[1], high[1]]


def _estimates(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return first-order and total indices: float64 array, shape (2, n_levers)."""
    from scipy.stats import sobol_indices as estimated  # a second to import, which other sweeps do not need

    outcomes = {"f_A": blocks[:1], "f_B": blocks[1:2], "f_AB": blocks[2:, None]}
    indices = estimated(func=outcomes, n=blocks.shape[1])  # type: ignore[arg-type] # the stubs want literal keys
    return np.array([indices.first_order.ravel(), indices.total_order.ravel()])
