from hypothesis import given
from hypothesis import strategies as st

from simulator.pacing.bounded_ratio import bounded_ratio

anything = st.floats(0, 1e300)


@given(anything, anything)
def test_it_never_warns_and_stays_within_its_bounds(numerator, denominator):
    assert 0.5 <= bounded_ratio(numerator, denominator, 0.5, 4.0) <= 4.0 * (1 + 1e-15)


def test_it_divides_and_has_an_answer_for_zeros():
    assert bounded_ratio(3.0, 2.0, 0.0, 4.0) == 1.5
    assert bounded_ratio(0.0, 2.0, 0.5, 4.0) == 0.5
    assert bounded_ratio(3.0, 0.0, 0.0, 4.0) == 4
    assert bounded_ratio(0.0, 0.0, 0.0, 4.0) == 4
