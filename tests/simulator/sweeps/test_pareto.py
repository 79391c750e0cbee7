import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.sweeps.pareto import is_on_front, pareto_front

figures = st.one_of(st.integers(0, 6).map(float), st.just(math.nan))


def is_on_front_naively(cost, reach):
    def is_beaten(one):
        return any(
            cost[other] <= cost[one]
            and reach[other] >= reach[one]
            and (cost[other] < cost[one] or reach[other] > reach[one])
            for other in range(len(cost))
        )

    return [not math.isnan(cost[n] + reach[n]) and not is_beaten(n) for n in range(len(cost))]


@given(st.lists(st.tuples(figures, figures), max_size=12))
def test_front_agrees_with_comparing_every_pair(points):
    cost, reach = (np.array([point[n] for point in points], dtype=float) for n in (0, 1))
    known = ~np.isnan(cost + reach)
    expected = np.zeros(len(points), dtype=bool)
    expected[known] = is_on_front_naively(cost[known], reach[known])
    assert is_on_front(cost, reach).tolist() == expected.tolist()


def test_how_sure_a_point_is_on_the_front():
    rng = np.random.default_rng(1)
    cost = np.array([[1.0], [2], [3], [2.5]]) * np.ones((1, 30))
    reach = np.array([[10.0], [20], [30], [15]]) + rng.normal(0, 0.1, 30)
    front = pareto_front(cost, reach)
    assert front["is_on_front"].tolist() == [True, True, True, False]
    assert front["share_on_front"].tolist() == [1, 1, 1, 0]
    close = pareto_front(np.ones((2, 30)), rng.normal(0, 1, (2, 30)))
    assert 0 < close["share_on_front"].min() < 1
    assert close["share_on_front"].sum() == 1


def test_a_point_whose_reach_is_hidden_is_not_on_the_front():
    front = pareto_front(np.ones((2, 3)), np.array([[100.0, 100, 100], [math.nan, 200, 200]]))
    assert front["is_on_front"].tolist() == [True, False]
    assert math.isnan(front["reach"][1])
