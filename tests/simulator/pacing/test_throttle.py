import numpy as np
import pytest

from simulator.pacing import FULL_BP, Observed, Throttle
from tests.simulator.pacing.paced import Paced

ONE = np.array([True])


def state(remaining: float, spend: float, last: float, coming: float, to_come: float) -> Observed:
    return Observed(*(np.array([value]) for value in (1e6, remaining, spend, last, coming, to_come)))


def test_participation_is_planned_spend_over_spend_at_full_participation():
    throttle = Paced(Throttle)
    assert throttle.pace(state(1e6, 0, 0, 0.1, 1.0), ONE).participation_bp == 1_000
    # A tenth of the auctions in a tenth of the traffic spent 40,000: all of the day's would spend 4 million.
    assert throttle.pace(state(960_000, 40_000, 0.1, 0.1, 0.9), ONE).participation_bp == int(1.03 * 960 / 0.9 / 4 * 10)


def test_participation_rises_fourfold_at_most():
    throttle = Paced(Throttle)
    states = [state(1e6, 0, last, 0.1, 1.0) for last in (0, 0.1, 0.1, 0.1)]
    assert [int(throttle.pace(each, ONE).participation_bp[0]) for each in states] == [1_000, 4_000, FULL_BP, FULL_BP]


@pytest.mark.parametrize(("coming", "participation_bp"), [(0.05, 1_000), (0.25, 5_000), (0.5, FULL_BP)])
def test_a_short_first_period_is_entered_faster(coming, participation_bp):
    assert Paced(Throttle).pace(state(1e6, 0, 0, coming, 0.5), ONE).participation_bp == participation_bp


def test_a_tick_that_ran_dry_teaches_nothing_but_that_it_was_too_fast():
    throttle = Paced(Throttle)
    for spend in (0, 40_000, 40_000):
        pace = throttle.pace(state(1e6, spend, 0.1, 0.1, 1.0), ONE)
    throttle.pace(state(100_000, 0, 0, 0.1, 0.1), ONE)  # the last hour of the day has 100,000, and spends them
    throttle.start_period(ONE)
    np.testing.assert_allclose(throttle.pace(state(1e6, 99_999, 0.1, 0.1, 1.0), ONE), pace, atol=600)
    throttle.pace(state(5_000, 995_000, 0.1, 0.1, 0.9), ONE)  # gone in an hour
    throttle.pace(state(5_000, 0, 0.1, 0.1, 0.8), ONE)
    throttle.start_period(ONE)
    assert throttle.pace(state(1e6, 0, 0.1, 0.1, 1.0), ONE).participation_bp < pace.participation_bp / 3
