import numpy as np
import pytest

from simulator.pacing import Mystique, Observed
from tests.simulator.pacing.paced import Paced

ONE = np.array([True])


def signals(*ticks: tuple[float, float]) -> list[int]:
    """Pace through (remaining, spend) of equal hours; return the signal, as multiplier and participation make it."""
    mystique, spoken = Paced(Mystique), []
    for tick, (remaining, spend) in enumerate(ticks):
        values = (1e6, remaining, spend, 0.05 if tick else 0.0, 0.05, 1 - 0.05 * tick)
        pace = mystique.pace(Observed(*(np.array([value]) for value in values)), ONE)
        spoken.append(int(pace.multiplier_bp[0]) * int(pace.participation_bp[0]) // 10_000)
    return spoken


def test_from_a_tenth_the_signal_acts_on_participation_below_a_quarter_of_the_bid():
    values = (1e6, 1e6, 0.0, 0.0, 0.05, 1.0)
    pace = Paced(Mystique).pace(Observed(*(np.array([value]) for value in values)), ONE)
    assert (pace.multiplier_bp, pace.participation_bp) == (2_500, 4_000)


def test_without_spend_the_signal_rises_to_the_full_bid():
    assert signals(*[(1e6, 0)] * 8)[-1] == 10_000


def test_on_course_and_in_direction_the_signal_rests():
    start, following = signals((1e6, 0), (0.95e6 / 1.03, 5e4))
    assert following == pytest.approx(start, abs=2)


def test_ahead_of_plan_but_slow_enough_to_meet_it_the_slope_counts_less_the_farther_away_it_is():
    near = signals((1e6, 0), (0.91e6, 2.5e4))
    far = signals((1e6, 0), (0.6e6, 2.5e4))
    assert near[1] > near[0]  # about to meet the plan: speed up
    assert far[1] < far[0]  # far ahead of it: slow down


def test_spending_everything_in_an_hour_halves_the_signal():
    start, following = signals((1e6, 0), (0.0, 1e6))
    assert following == start // 2
