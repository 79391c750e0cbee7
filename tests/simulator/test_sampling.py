import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simulator.kernels.draws import draw
from simulator.kernels.sampling import build_alias_table, drawn_account


def probabilities(table):
    """Add up, exactly, how much of each column goes to each account."""
    n = len(table.alias)
    stays = table.threshold.astype(np.float64) / 2**32
    share = stays / n
    np.add.at(share, table.alias, (1 - stays) / n)
    return share


@given(
    activity=hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1_000)).filter(lambda a: a.max() > 1e-3)
)
def test_each_account_is_drawn_in_proportion_to_its_activity(activity):
    np.testing.assert_allclose(probabilities(build_alias_table(activity)), activity / activity.sum(), atol=1e-8)


def test_draws_follow_the_table():
    activity = np.array([1.0, 0.0, 3.0, 6.0])
    table = build_alias_table(activity)
    n = 40_000
    drawn = [drawn_account(np.uint64(draw(np.uint64(9), np.uint64(step))), table) for step in range(n)]
    counts = np.bincount(drawn, minlength=4)
    assert counts[1] == 0
    np.testing.assert_allclose(counts / n, activity / 10, atol=4 * np.sqrt(0.25 / n))


@pytest.mark.parametrize("activity", [[], [0.0, 0.0], [1.0, -1.0], [np.nan], [np.inf, 1.0]])
def test_weights_that_mean_nothing_are_refused(activity):
    with pytest.raises(ValueError, match="check the accounts table"):
        build_alias_table(np.array(activity))
