import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernels.draws import U64
from simulator.kernels.glances import ANYTHING, NOTHING, highest_score, may_reach, new_glances, promise_of
from simulator.kernels.knots import N_KNOTS, knot_draw
from simulator.kernels.ranking import scored
from simulator.kernels.tables import RATE_BITS, RATE_ONE
from tests.simulator.kernel_tables import lognormal_knots, uniform_knots

BITS = st.integers(0, 2**64 - 1)
PERSONAL = [lognormal_knots(0.3, RATE_ONE), lognormal_knots(2.0, RATE_ONE), uniform_knots(RATE_ONE)]
FIRST = U64(0)


def glance_at(effective, rate, personal):
    glances = new_glances(1, personal)
    glances.promises[0] = promise_of(effective, rate, 1, personal)
    return glances


def score_with(effective, rate, personal, bits):
    return scored(effective, max(1, (rate * knot_draw(personal, U64(bits))) >> RATE_BITS))


@given(st.integers(1, 10**10), st.integers(1, RATE_ONE), st.sampled_from(PERSONAL), BITS)
def test_a_glance_never_passes_over_what_reaches_a_score(effective, rate, personal, bits):
    score = score_with(effective, rate, personal, bits)
    assert may_reach(np.float32(score), FIRST, U64(bits), glance_at(effective, rate, personal))


@given(st.integers(10_000, 10**10), BITS)
def test_a_glance_is_off_by_a_step_of_the_distribution_and_no_more(effective, bits):
    personal = lognormal_knots(0.3, RATE_ONE)
    one_step_on = min(bits + (1 << 54), 2**64 - 1)
    above = np.float32(score_with(effective, RATE_ONE, personal, one_step_on) * (1 + 1e-5) + 1)
    glances = glance_at(effective, RATE_ONE, personal)
    assert not may_reach(above, FIRST, U64(bits), glances) or bits >> 54 == N_KNOTS - 2


def test_a_glance_tells_nothing_of_a_rate_that_is_the_same_for_everybody_or_too_low_to_follow_the_person():
    personal = lognormal_knots(0.3, RATE_ONE)
    assert promise_of(500, RATE_ONE, 0, personal) == promise_of(500, 1, 1, personal) == ANYTHING


def test_who_does_not_bid_never_reaches_a_score_of_nothing():
    glances = glance_at(0, RATE_ONE, PERSONAL[0])
    assert glances.promises[0] == NOTHING
    assert not may_reach(np.float32(0), FIRST, U64(2**63), glances)


@given(st.integers(0, 2**46))
def test_the_highest_score_is_not_below_the_score(score):
    assert highest_score(score) >= np.float32(score)
