import math

import numpy as np
import pytest
from scipy import stats

from simulator.sweeps.curves import (
    Saturation,
    best_point,
    marginal_costs,
    response_curve,
    saturation_point,
)

LEVELS = np.linspace(1, 9, 81)


def test_a_curve_has_the_mean_its_interval_and_the_range_of_runs():
    readings = np.random.default_rng(1).normal([[1.0], [2.0]], 0.1, (2, 50))
    readings[1, 0] = math.nan
    curve = response_curve(np.array([5.0, 6.0]), readings)
    assert curve["level"].tolist() == [5, 6]
    assert curve["n"].tolist() == [50, 49]
    low, high = stats.ttest_1samp(readings[0], 0).confidence_interval(0.95)
    assert curve.loc[0, ["mean", "low", "high"]].tolist() == pytest.approx([readings[0].mean(), low, high])
    within = (readings[0] >= curve["run_low"][0]) & (readings[0] <= curve["run_high"][0])
    assert 48 <= within.sum() <= 50
    assert set(curve.loc[0, ["run_low", "run_high"]]) <= set(readings[0])


def test_a_point_without_the_figure_has_no_mean():
    curve = response_curve(np.array([1.0]), np.full((1, 3), math.nan))
    assert curve.loc[0, ["mean", "low", "run_high"]].isna().all()
    assert curve["n"].tolist() == [0]


def test_the_cost_of_one_more_is_the_ratio_of_paired_differences():
    people = np.random.default_rng(2).normal(0, 5, 8)  # shared by all points, so that it cancels
    results = np.stack([100 + people, 150 + people, 150 + people, 140 + people])
    spend = np.stack([40 + people, 90 + people, 95 + people, 96 + people])
    costs = marginal_costs(np.array([1.0, 2, 3, 4]), spend, results)
    assert costs.loc[0, ["cost_of_one_more", "low", "high"]].tolist() == pytest.approx([1, 1, 1])
    assert costs["extra_spend"].tolist() == pytest.approx([50, 5, 1])
    assert costs["cost_of_one_more"][1:].isna().all()  # spends more and wins nothing more, or less


def test_saturation_of_a_square_root_is_where_its_derivative_has_halved():
    results = np.sqrt(LEVELS)[:, None] * np.array([[0.9, 1.0, 1.1]])
    found = saturation_point(LEVELS, results)
    # The first slope is that of the first step; half of it is at four times its middle.
    assert found.verdict is Saturation.FOUND
    assert found.at.value == pytest.approx(4 * (LEVELS[0] + LEVELS[1]) / 2, rel=2e-3)
    # Replications of one shape agree on the share, whatever their size, but not on a slope in results.
    assert found.at.low == pytest.approx(found.at.value)
    least = saturation_point(LEVELS, results, least_slope=0.25)
    assert least.at.value == pytest.approx(4, rel=2e-3)  # 1 / (2 √x) = 1/4
    assert least.at.low < 4 < least.at.high


def test_saturation_where_more_is_worth_nothing_or_everything():
    linear = np.stack([LEVELS, LEVELS], axis=1)
    assert saturation_point(LEVELS, linear).verdict is Saturation.NOT_REACHED
    assert saturation_point(LEVELS, linear).at == (math.inf, math.inf, math.inf)
    assert saturation_point(LEVELS, linear, least_slope=2).verdict is Saturation.FROM_THE_START
    flat = np.ones((81, 2))
    assert saturation_point(LEVELS, flat).verdict is Saturation.FROM_THE_START
    with pytest.raises(ValueError, match="at least 3 points"):
        saturation_point(LEVELS[:2], flat[:2])


def test_a_budget_that_no_longer_binds_saturates_where_it_stops_binding():
    levels = np.array([1.0, 2, 3, 4, 5])
    spent = np.minimum(levels, 3)[:, None] * np.ones((1, 4))
    found = saturation_point(levels, spent)
    assert found.at.value == pytest.approx(3)


def test_noise_that_all_points_share_does_not_move_the_saturation():
    shared = np.random.default_rng(5).normal(0, 10, 6)
    results = np.sqrt(LEVELS)[:, None] + shared
    found = saturation_point(LEVELS, results)
    assert found.at.low == pytest.approx(found.at.value)


def test_the_best_point_is_as_sure_as_its_lead():
    rng = np.random.default_rng(6)
    shared = rng.normal(0, 50, 20)
    clear = np.stack([shared, shared + 1, shared - 1])
    place, shares = best_point(clear)
    assert place == 1
    assert shares.tolist() == [0, 1, 0]
    tied = rng.normal(0, 1, (2, 20))
    assert best_point(tied)[1].sum() == pytest.approx(1)
