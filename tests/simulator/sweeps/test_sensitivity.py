import math

import numpy as np
import pytest

from simulator.errors import LeverError
from simulator.sweeps.design import grid, latin_hypercube
from simulator.sweeps.sensitivity import main_effects, sobol_design, sobol_indices
from simulator.sweeps.swept_lever import LeverRange, LeverValues

PATHS = ("market.rival_bid_sigma", "ad_groups.2001.click_rate", "ad_groups.2002.click_rate")


def ranges(n_values=None):
    return [LeverRange(path=path, low=0, high=1, n_values=n_values) for path in PATHS]


def ishigami(points):
    """Return the function by which sensitivity methods are tested (Ishigami and Homma, 1990), its levers 0 to 1."""
    x = np.array(points) * 2 * math.pi - math.pi
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def known_indices():
    """Return its first-order and total indices in closed form."""
    a, b, pi = 7, 0.1, math.pi
    first = np.array([0.5 * (1 + b * pi**4 / 5) ** 2, a**2 / 8, 0])
    together = 8 * b**2 * pi**8 / 225
    variance = first.sum() + together
    return first / variance, (first + np.array([together, 0, together])) / variance


def test_indices_of_ishigamis_function(scenario):
    design = sobol_design(scenario, *ranges(), n_base=1_024)
    assert len(design.points) == 5 * 1_024
    table = sobol_indices(design, 1e6 + ishigami(design.points))
    first, total = known_indices()
    np.testing.assert_allclose(table["first_order"], first, atol=0.03)
    np.testing.assert_allclose(table["total"], total, atol=0.03)
    assert (table["first_low"] <= first).all()
    assert (first <= table["first_high"]).all()
    assert (table["total_low"] <= total).all()
    assert (total <= table["total_high"]).all()
    again = sobol_indices(design, 1e6 + ishigami(design.points))
    assert table.equals(again)


def test_a_lever_that_chooses_is_a_lever_like_others(scenario):
    words = LeverValues(path="ad_groups.*.pacing_delivery_type", values=("STANDARD", "none"))
    design = sobol_design(scenario, ranges()[0], words, n_base=512)
    figures = np.array([10 * (word == "none") + number for number, word in design.points])
    table = sobol_indices(design, figures)
    # Variances: 25 of a fair coin worth 10, 1/12 of a uniform number.
    np.testing.assert_allclose(table["first_order"], [1 / 12 / (25 + 1 / 12), 25 / (25 + 1 / 12)], atol=0.02)


def test_a_figure_that_no_lever_moves_has_no_indices(scenario):
    design = sobol_design(scenario, *ranges(), n_base=8)
    assert sobol_indices(design, np.ones(len(design.points)))["total"].isna().all()


def test_main_effects_of_a_grid_are_exact(scenario):
    design = grid(scenario, *ranges(5)[:2])
    x, y = np.array(design.points).T
    additive = main_effects(design, 3 * x + y)
    assert additive["first_order"].tolist() == pytest.approx([0.9, 0.1])  # variances 9 to 1
    product = main_effects(design, (x - 0.5) * (y - 0.5))
    assert product["first_order"].tolist() == pytest.approx([0, 0])
    assert main_effects(design, np.ones(25))["first_order"].isna().all()


def test_what_is_no_such_design_is_refused(scenario):
    for levers, n_base, message in (
        (ranges()[:1], 8, "at least 2 levers"),
        (ranges(), 12, "power of two"),
        (ranges(), 4, "power of two"),
        (ranges(), 4_096, "at most 10,000 points, got 20,480"),
    ):
        with pytest.raises(LeverError, match=message):
            sobol_design(scenario, *levers, n_base=n_base)
    sampled = latin_hypercube(scenario, *ranges(), n_points=8)
    with pytest.raises(LeverError, match="expected a design from sobol_design, got a latin_hypercube"):
        sobol_indices(sampled, np.zeros(8))
    with pytest.raises(LeverError, match="expected a grid, got a latin_hypercube"):
        main_effects(sampled, np.zeros(8))
    with pytest.raises(ValueError, match="none of them missing"):
        sobol_indices(sobol_design(scenario, *ranges(), n_base=8), np.full(40, math.nan))
