import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.pacing.bounded_ratio import bounded_ratio

anything = st.floats(0, 1e300)


def ratio(numerator: float, denominator: float, least: float, most: float) -> float:
    return bounded_ratio(np.array([numerator]), np.array([denominator]), least, most)[0]


@given(anything, anything)
def test_it_never_warns_and_stays_within_its_bounds(numerator, denominator):
    assert 0.5 <= ratio(numerator, denominator, 0.5, 4.0) <= 4.0 * (1 + 1e-15)


def test_it_divides_and_has_an_answer_for_zeros():
    assert ratio(3, 2, 0.0, 4.0) == 1.5
    assert ratio(0, 2, 0.5, 4.0) == 0.5
    assert ratio(3, 0, 0.0, 4.0) == 4
    assert ratio(0, 0, 0.0, 4.0) == 4
