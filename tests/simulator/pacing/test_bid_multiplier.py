import math

import numpy as np
import pytest

from simulator.pacing import FULL_BP, BidMultiplier, Observed, Pace
from tests.simulator.pacing.paced import Paced
from tests.simulator.pacing.plant import Market, fly

ONE = np.array([True])


class SquareRootRule:
    """The rule that was there before: the square root of planned over expected spend, a quarter up or a fifth down."""

    def __init__(self, is_own: np.ndarray):
        self.multiplier = np.full(is_own.size, float(FULL_BP))

    def start_period(self, is_new) -> None:
        pass

    def pace(self, observed: Observed, _is_active, pace: Pace) -> None:
        planned = observed.remaining_micros * observed.last_share
        expected = observed.last_spend_micros * observed.remaining_share
        for number in np.flatnonzero(observed.last_share > 0):
            step = math.sqrt(planned[number] / expected[number]) if expected[number] else 1.25
            self.multiplier[number] *= min(1.25, max(0.8, step))
        self.multiplier = np.clip(np.floor(self.multiplier), 500, FULL_BP)
        pace.multiplier_bp[:] = self.multiplier


def state(remaining: float, spend: float, last: float, to_come: float) -> Observed:
    return Observed(*(np.array([value]) for value in (1e6, remaining, spend, last, 0.05, to_come)))


def test_it_is_at_least_as_good_as_the_square_root_rule():
    markets = [
        Market(n_daily, bid, sigma, need=need)
        for n_daily in (30_000, 1_000_000)
        for bid in (1.0, 5.0)
        for sigma in (0.3, 0.5, 1.0)
        for need in (1.3, 2.0, 5.0, 20.0)
    ]
    pid, square_root = fly(BidMultiplier, markets, 4), fly(SquareRootRule, markets, 4)
    assert pid.spent_shares()[1:].min() >= square_root.spent_shares()[1:].min()
    assert pid.spent_shares()[1:].mean() >= square_root.spent_shares()[1:].mean()
    assert pid.unevenness().mean() < square_root.unevenness().mean() / 2


def test_spending_to_plan_keeps_the_multiplier():
    pacer = Paced(BidMultiplier)
    first = pacer.pace(state(1e6, 0, 0, 1), ONE)
    second = pacer.pace(state(950_000, 51_500, 0.05, 0.95), ONE)  # 3 % faster than the rest lasts: the headroom
    assert first.multiplier_bp == second.multiplier_bp == 2_000


@pytest.mark.parametrize(("spend", "multiplier_bp"), [(0.0, 3_333), (1e5, 1_291), (9e5, 666)])
def test_a_step_is_bounded_and_larger_down_than_up(spend, multiplier_bp):
    pacer = Paced(BidMultiplier)
    pacer.pace(state(1e6, 0, 0, 1), ONE)
    pace = pacer.pace(state(1e6 - spend, spend, 0.05, 0.95), ONE)
    assert pace.multiplier_bp[0] == multiplier_bp


def test_nothing_winds_up_at_the_bound():
    pacer = Paced(BidMultiplier)
    for _ in range(200):
        pace = pacer.pace(state(1e6, 1_000, 0.05, 0.9), ONE)
    assert pace.multiplier_bp == FULL_BP
    pace = pacer.pace(state(9e5, 1e5, 0.05, 0.9), ONE)
    assert pace.multiplier_bp < 0.75 * FULL_BP
