"""How much traffic there is, and when: against the configuration itself, not against the code that draws it."""

import numpy as np
import pytest

from simulator.processes.traffic import n_opportunities_in_tick
from tests.simulator.worlds import ad_group, run_config

N_ACCOUNTS = 50_000


def arrivals(n_days=20, **settings) -> np.ndarray:
    config = run_config(ad_group(), flight={"n_days": n_days}, **settings)
    ticks = range(config.flight.n_hours)
    return np.array([n_opportunities_in_tick(config, N_ACCOUNTS, tick) for tick in ticks]).reshape(n_days, 24)


def test_a_day_brings_the_traffic_that_was_asked_for():
    expected = N_ACCOUNTS * 0.5
    # The mean of 20 Poisson days has a standard error of sqrt(expected / 20).
    assert arrivals().sum(axis=1).mean() == pytest.approx(expected, abs=4 * (expected / 20) ** 0.5)


def test_hours_follow_the_profile():
    profile = [1] * 12 + [3] * 12
    hours = arrivals(traffic={"opportunities_per_account_day": 2, "hourly_profile": profile}).mean(axis=0)
    expected = np.array(profile) / sum(profile) * N_ACCOUNTS * 2
    np.testing.assert_allclose(hours, expected, atol=5 * (expected.max() / 20) ** 0.5)


def test_an_hour_without_traffic_brings_none():
    assert arrivals(traffic={"hourly_profile": [0] * 23 + [1]})[:, :23].sum() == 0


def test_days_differ_as_poisson_days_do():
    days = arrivals(n_days=200).sum(axis=1)
    assert len(set(days.tolist())) > 100
    # Variance over mean is 1 for Poisson; its estimate from 200 days has a standard error of 0.1.
    assert days.var(ddof=1) / days.mean() == pytest.approx(1, abs=0.4)


def test_seeds_have_traffic_of_their_own():
    assert (arrivals(rng_seed=1) != arrivals(rng_seed=2)).any()
