from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.config import BudgetType
from simulator.pacing import traffic_plan

days = st.integers(1, 3).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 10**6), min_size=24 * n, max_size=24 * n),
        st.lists(st.booleans(), min_size=24 * n, max_size=24 * n),
    )
)


@given(days, st.sampled_from(BudgetType))
def test_shares_are_those_of_exact_sums(flight, budget_type):
    weights, may_run = flight
    plan = traffic_plan(np.array(weights, dtype=np.float64), np.array(may_run), budget_type)
    runs = [Fraction(weight * run) for weight, run in zip(weights, may_run, strict=True)]
    period = 24 if budget_type is BudgetType.DAILY else len(runs)
    unit = max(sum(runs[start : start + period]) for start in range(0, len(runs), period)) or Fraction(1)
    for tick, weight in enumerate(runs):
        end = (tick // period + 1) * period
        assert plan.coming_share[tick] == float(weight) / float(unit)
        assert plan.remaining_share[tick] == float(sum(runs[tick:end])) / float(unit)
        assert plan.last_share[tick] == (plan.coming_share[tick - 1] if tick else 0)


@given(st.lists(st.floats(0, 1e6), min_size=48, max_size=48))
def test_the_last_tick_has_exactly_what_remains(weights):
    plan = traffic_plan(np.array(weights), np.ones(48, dtype=bool), BudgetType.DAILY)
    assert plan.remaining_share[23] == plan.coming_share[23]
    assert plan.remaining_share[47] == plan.coming_share[47]
    assert (plan.remaining_share >= plan.coming_share).all()


@pytest.mark.parametrize(("budget_type", "first"), [(BudgetType.DAILY, [0.25, 1.0]), (BudgetType.LIFETIME, [1.0, 0.8])])
def test_a_short_first_day_is_less_than_a_period(budget_type, first):
    may_run = np.arange(48) >= 18
    plan = traffic_plan(np.ones(48), may_run, budget_type)
    np.testing.assert_allclose(plan.remaining_share[[18, 24]], first)
